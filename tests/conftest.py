"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database


class HandClock:
    """A clock that only moves when a test moves it."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._order), wake))
        await wake

    async def advance(self, seconds: float) -> None:
        """Move on, waking every sleeper at its own time and letting it act before the next."""
        end = self._now + timedelta(seconds=seconds)
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now, _, wake = heapq.heappop(self._sleepers)
            if not wake.done():
                wake.set_result(None)
                await settle()
        self._now = end
        await settle()

    async def until_waited_for(self, worker: asyncio.Task[Any]) -> None:
        """Let a worker finish what other threads do for it, until it ends or waits for this clock again."""
        while not worker.done() and not self._sleepers:  # noqa: ASYNC110 (other threads set it)
            await asyncio.sleep(0)


async def settle(rounds: int = 30) -> None:
    """Let everything that can go on without waiting for time or sockets do so."""
    for _ in range(rounds):
        await asyncio.sleep(0)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "bot.db") as opened:
        yield opened
