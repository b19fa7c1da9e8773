"""The clock that workers wait by, so that tests can move it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        ...

    def steady_s(self) -> float:
        """Return seconds since some moment. Nobody who sets the machine's time moves them: for gaps and deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return `seconds` later, at once where that is not positive; by the steady clock."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        return datetime.now(UTC)

    def steady_s(self) -> float:
        """Return the seconds of the machine's monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Return `seconds` later, at once where that is not positive."""
        await asyncio.sleep(max(0.0, seconds))


async def wait_until_set(event: asyncio.Event, *, timeout_s: float | None, clock: Clock) -> bool:
    """Wait for `event`, at most `timeout_s` seconds (None: without end); return whether it is set."""
    if timeout_s is None or event.is_set():
        return await event.wait()
    if timeout_s <= 0:
        return False
    waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(timeout_s))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)
    return event.is_set()
