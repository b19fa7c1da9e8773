"""Work in threads, and what a cancelled caller may rely on."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from generation.threads import in_thread, off_loop

Run = Callable[[Callable[[], None]], Awaitable[None]]


@pytest.mark.parametrize("run", [in_thread, off_loop])
async def test_a_cancelled_caller_goes_on_when_the_work_is_over(run: Run, tmp_path: Path) -> None:
    begun, may_end, path = threading.Event(), threading.Event(), tmp_path / "half-done"

    def write() -> None:
        begun.set()
        may_end.wait(10)
        path.write_bytes(b"late")

    async def call() -> None:
        try:
            await run(write)
        finally:
            path.unlink(missing_ok=True)

    caller = asyncio.create_task(call())
    await asyncio.to_thread(begun.wait, 10)
    caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert not path.exists()


async def test_image_work_that_waits_for_its_turn_is_not_done_for_a_cancelled_caller() -> None:
    may_end, done = threading.Event(), threading.Event()
    others = [asyncio.create_task(off_loop(may_end.wait, 10)) for _ in range(os.cpu_count() or 1)]
    caller = asyncio.create_task(off_loop(done.set))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    may_end.set()
    await asyncio.gather(*others)
    await off_loop(may_end.set)
    assert not done.is_set()
