"""Workers: asyncio tasks with an owner that names them, holds them, logs what ends them and awaits their end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

log = logging.getLogger(__name__)

CANCEL_AGAIN_AFTER_S = 5.0
"""Longer than what a worker does at its end takes."""


class Workers:
    """The owner of workers. Leaving its context cancels them and waits until they are gone."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run `work` until it ends by itself or this owner leaves."""
        worker = asyncio.create_task(work, name=name)
        self._tasks.add(worker)
        worker.add_done_callback(self._forget)
        return worker

    def _forget(self, worker: asyncio.Task[None]) -> None:
        self._tasks.discard(worker)
        if not worker.cancelled() and (error := worker.exception()) is not None:
            log.error("Worker %s ended with an error", worker.get_name(), exc_info=error)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._tasks:  # a worker that ends may have started another
            await cancel(*self._tasks)


async def cancel(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks and return when they are gone, however they end.

    Once is not always enough: `asyncio.wait_for` of Python 3.11, which discord.py connects with, forgets that it was
    cancelled where what it waits for is done at that moment.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_AFTER_S)
