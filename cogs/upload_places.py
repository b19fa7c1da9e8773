"""Few uploads at one time: a hundred that share the line would all be late, and none might end before it times out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

AT_ONCE = 6
"""As many as downloads: enough to fill a line."""
AT_ONCE_IN_A_CHANNEL = 2
"""Discord takes one edit a second there: more would only keep places from other channels while they wait for it."""


class UploadPlaces:
    """Hands out places; whoever came first is first, within a channel and over all."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(AT_ONCE)
        self._channels: dict[int, asyncio.Semaphore] = {}
        self._interested: Counter[int] = Counter()

    @asynccontextmanager
    async def place(self, channel_id: int | None) -> AsyncGenerator[bool, None]:
        """Wait for a place, and hold it inside; yield whether there was anything to wait for.

        `channel_id` None: no limit of a channel holds this upload up.
        """
        if channel_id is None:
            has_waited = self._all.locked()
            async with self._all:
                yield has_waited
            return
        self._interested[channel_id] += 1
        its_own = self._channels.setdefault(channel_id, asyncio.Semaphore(AT_ONCE_IN_A_CHANNEL))
        try:
            has_waited = its_own.locked() or self._all.locked()
            async with its_own, self._all:
                yield has_waited
        finally:
            self._interested[channel_id] -= 1
            if not self._interested[channel_id]:
                del self._interested[channel_id], self._channels[channel_id]
