"""The places for tasks that are with the provider at one time, over all guilds."""

from __future__ import annotations

import asyncio
from collections import deque


class Places:
    """A bounded number of places, given out in the order of asking.

    A guild asks for one place at a time, so first come, first served is a turn for each guild.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a free place and take it."""
        if self._taken < self._limit and not self._waiting:
            self._taken += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.free()  # the place was handed over in the very moment of the cancellation
            else:
                self._waiting.remove(turn)
            raise

    def occupy(self) -> None:
        """Take a place at once, over the limit if need be: after a restart its task is with the provider already."""
        self._taken += 1

    def free(self) -> None:
        """Give a place back."""
        self._taken -= 1
        while self._waiting and self._taken < self._limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)
