"""Fixtures that every folder of tests may use."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from sandbox.app import Sandbox
from sandbox.client import SandboxClient
from storage.database import Database
from tests import loop_watch
from tests.warm_bots import warm_starter
from tests.world import REQUEST_LOGS, World


class HandClock:
    """A clock that only moves when a test moves it."""

    def __init__(self, start: datetime = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) -> None:
        self._now = self._started = start
        self._set_by = timedelta()
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return self._now + self._set_by

    def steady_s(self) -> float:
        return (self._now - self._started).total_seconds()

    def set_time(self, by: timedelta) -> None:
        """Move the time as somebody does who sets the machine's clock: no sleeper wakes, no second passes."""
        self._set_by += by

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wake = asyncio.get_running_loop().create_future()
        until = self._now + timedelta(microseconds=ceil(seconds * 1e6))  # never less than was asked for
        heapq.heappush(self._sleepers, (until, next(self._order), wake))
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


@pytest.fixture(scope="session")
def request_log(worker_id: str) -> Path:
    """A file for every request that bots make in this run, to be checked against Discord's document afterwards."""
    REQUEST_LOGS.mkdir(parents=True, exist_ok=True)
    path = REQUEST_LOGS / f"{worker_id}.jsonl"
    path.unlink(missing_ok=True)
    return path


@pytest.fixture(scope="session")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A process that has imported the bot and splits off those of the tests."""
    with warm_starter(tmp_path_factory.mktemp("warm") / "starter") as path:
        yield path


@pytest.fixture
async def empty_world(tmp_path: Path, request_log: Path, starter: Path) -> AsyncIterator[World]:
    """A sandbox without a bot."""
    async with (
        Sandbox(port=0, bot=False, provider_speed=40, request_log=request_log) as sandbox,
        SandboxClient(sandbox.control) as client,
    ):
        # A restart within five seconds of a start costs five seconds; one test keeps that, the others do not wait.
        sandbox.discord.gateway.identify_limits.window_s = 0
        # The suite runs many worlds on few cores; how fast the bot answers is measured by `make bench`, alone.
        sandbox.discord.interactions.response_within_s = 15
        world = World(sandbox, client, tmp_path, starter=starter)
        yield world
        if world.bot is not None:
            await world.bot.stop()
        unknown = sandbox.discord.world.unknown_routes
    held = [line for line in world.log_lines() if loop_watch.WORDS in line]
    assert world.is_held_on_purpose or not held, f"the bot's event loop was held: {held}"
    assert not unknown, f"the bot used routes that the local Discord does not have: {unknown}"


@pytest.fixture
async def world(empty_world: World) -> World:
    """A sandbox with the bot running."""
    await empty_world.start_bot()
    return empty_world
