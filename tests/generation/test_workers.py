"""Workers end with their owner, whatever they wait for at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from generation import workers
from generation.workers import Workers, cancel


async def forgetful(begun: asyncio.Event, *, go: asyncio.Event) -> None:
    """Forget one cancellation, as discord.py's connecting does with the `wait_for` of Python 3.11."""
    begun.set()
    try:
        await go.wait()
    except asyncio.CancelledError:
        begun.clear()
    await go.wait()


async def end_of_owner(start: Callable[..., Any]) -> None:
    async with Workers() as owner:
        await start(lambda work: owner.start(work, name="forgetful"))


async def end_of_task(start: Callable[..., Any]) -> None:
    tasks: list[asyncio.Task[None]] = []
    await start(lambda work: tasks.append(asyncio.create_task(work)))
    await cancel(*tasks)
    assert [task.cancelled() for task in tasks] == [True]


@pytest.mark.parametrize("end", [end_of_owner, end_of_task])
async def test_worker_that_forgot_that_it_was_cancelled_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch, end: Callable[..., Any]
) -> None:
    monkeypatch.setattr(workers, "CANCEL_AGAIN_AFTER_S", 0.01)
    begun = asyncio.Event()

    async def start(begin: Callable[[Any], object]) -> None:
        begin(forgetful(begun, go=asyncio.Event()))
        await begun.wait()

    async with asyncio.timeout(5):
        await end(start)
    assert not begun.is_set(), "it forgot the first one"


async def test_a_task_that_ended_with_an_error_is_gone_as_well() -> None:
    async def fail() -> None:
        raise ValueError

    failed = asyncio.create_task(fail())
    await cancel(failed)
    assert failed.cancelled() or isinstance(failed.exception(), ValueError)
