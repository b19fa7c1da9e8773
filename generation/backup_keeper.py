"""The nightly backup, without anybody asking for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from generation.clock import Clock
from storage import backups
from storage.errors import BackupError

log = logging.getLogger(__name__)

AT = time(3, 0, tzinfo=UTC)
FIRST_AFTER = timedelta(hours=1)
"""After the start of a bot that has no backup yet."""
LOOK_EVERY_S = 600.0


class BackupKeeper:
    """Makes a backup each night and keeps the newest. One that failed is tried again at the next look."""

    def __init__(
        self,
        database_path: Path,
        folder: Path,
        clock: Clock,
        *,
        keep: int,
        failed: Callable[[bool], None],
    ) -> None:
        """`keep` 0 turns it off. `failed` is told after each one whether it failed."""
        self._database_path = database_path
        self._folder = folder
        self._clock = clock
        self._keep = keep
        self._failed = failed
        self._started_at = clock.now()

    async def work(self) -> None:
        """Make backups as long as the bot runs."""
        while self._keep > 0:
            try:
                await self._make_if_due()
            except Exception:  # a worker's loop
                log.exception("The backup failed")
                self._failed(True)
            await self._clock.sleep(LOOK_EVERY_S)

    async def _make_if_due(self) -> None:
        now = self._clock.now()
        if now < await asyncio.to_thread(self._due_at):
            return
        try:
            made = await asyncio.to_thread(backups.make, self._database_path, self._folder, now, keep=self._keep)
        except (BackupError, OSError) as error:
            log.error("No backup was made: %s", error)
            self._failed(True)
            return
        log.info("Backup %s was made", made.path.name)
        self._failed(False)

    def _due_at(self) -> datetime:
        newest = next(iter(backups.listed(self._folder)), None)
        if newest is None:
            return self._started_at + FIRST_AFTER
        night = datetime.combine(newest.made_at.date(), AT)
        return night if newest.made_at < night else night + timedelta(days=1)
