"""Removing rows that nothing reads any more, as the operator's settings say. What members made is no such row."""

from __future__ import annotations

import logging
from datetime import timedelta

from generation.clock import Clock
from storage import audit, open_forms
from storage.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S = 6 * 3600.0
AT_ONCE = 500
"""Rows in one transaction: short enough that no command waits for it."""


class Pruner:
    """Removes old rows, a few at a time."""

    def __init__(self, database: Database, clock: Clock, *, log_lines_kept: timedelta | None) -> None:
        """`log_lines_kept`: how long rows of what log channels showed are kept; None: for ever."""
        self._database = database
        self._clock = clock
        self._log_lines_kept = log_lines_kept

    async def work(self) -> None:
        """Prune, for ever."""
        while True:
            try:
                await self.prune()
            except Exception:  # a worker's loop
                log.exception("Old rows could not be removed")
            await self._clock.sleep(LOOK_EVERY_S)

    async def prune(self) -> None:
        """Remove all that is old now."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await open_forms.prune(tx, now)
        if self._log_lines_kept is None:
            return
        removed = AT_ONCE
        while removed == AT_ONCE:
            async with self._database.transaction() as tx:
                removed = await audit.prune(tx, before=now - self._log_lines_kept, limit=AT_ONCE)
