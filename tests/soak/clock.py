"""Simulated time: an event loop whose clock jumps to the next due time whenever nothing is left to be done before it.

The clock of tests/conftest.py has to be told how far to go and cannot see other threads at work. This one stands still
while a thread works on the database or on a file, so all that happens takes no time unless it waits for time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
LOOK_AGAIN_S = 1.0


class JumpingLoop(asyncio.SelectorEventLoop):
    """Its `time` is simulated: timers, sleeps and timeouts of asyncio all go by it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.is_busy: Callable[[], bool] = lambda: False
        """Whether a thread that the loop did not start works for somebody."""
        self._in_threads = 0
        super().__init__(_Jumper(self))

    def time(self) -> float:
        return self.now_s

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._in_threads += 1
        future.add_done_callback(self._thread_is_done)
        return future

    async def shutdown_default_executor(self, *_timeout_s: float | None) -> None:
        """Wait for the threads without the limit that newer Pythons set: time would jump to it at once."""
        await super().shutdown_default_executor()

    @property
    def must_wait(self) -> bool:
        return self._in_threads > 0 or self.is_busy()

    def _thread_is_done(self, _: asyncio.Future[Any]) -> None:
        self._in_threads -= 1


class _Jumper(selectors.DefaultSelector):
    """Is asked how long the loop may sleep; jumps instead."""

    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if self._loop.must_wait:
            return super().select(LOOK_AGAIN_S)  # a thread that is done wakes the loop at once
        ready = super().select(0)
        if not ready:
            self._loop.now_s += timeout
        return ready


class LoopClock:
    """A `generation.clock.Clock` that goes by the loop, from a Monday on."""

    def __init__(self, loop: JumpingLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return MONDAY + timedelta(seconds=self._loop.time())

    def steady_s(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))
