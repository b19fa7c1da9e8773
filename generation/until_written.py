"""Work on the database that must not be given up, as what it writes down has happened already."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from generation.clock import Clock
from storage.errors import DatabaseTroubleError

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 2.0
T = TypeVar("T")


async def until_written(work: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Carry out `work` again and again while the database cannot be used; return what it returns."""
    while True:
        try:
            return await work()
        except DatabaseTroubleError as error:
            log.warning("What happened is written down later: %s", error)
            await clock.sleep(AGAIN_AFTER_S)
