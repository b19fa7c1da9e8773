"""Work in threads. A caller that is cancelled sees its end all the same, and can clear away what it wrote."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_image_work = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="image")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Do as `asyncio.to_thread`; cancelled, raise when the work is over."""
    return await _to_its_end(asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs)), _never)


async def off_loop(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run image work in a thread, at most one piece per core in the whole process; the others wait for their turn.

    Cancelled, raise when the work is over; at once where its turn had not come, and then it is not done.
    """
    submitted = _image_work.submit(partial(work, *args, **kwargs))
    return await _to_its_end(asyncio.wrap_future(submitted), submitted.cancel)


async def _to_its_end(running: asyncio.Future[R], withdraw: Callable[[], bool]) -> R:
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if not withdraw():
            await asyncio.wait({running})
        raise


def _never() -> bool:
    return False
