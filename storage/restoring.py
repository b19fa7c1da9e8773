"""Putting a backup in the place of a database that is damaged or lost."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage import backups, id_floors, jobs, transitions
from storage.database import Database
from storage.durability import sync
from storage.instance_lock import instance_lock, lock_path
from storage.jobs import JobState


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did: where the database from before is now (None: there was none), images given back."""

    kept_as: Path | None
    refunded: int


async def restore(backup: Path, database_path: Path, now: datetime) -> Restored:
    """Put a backup in the database's place. The database from before is kept beside it, whatever its state.

    Images that waited when the backup was made may have been sent to the provider since, so they are given back and
    not sent again; those that were with it are asked about by the next start.

    Raises:
        AlreadyRunningError: a bot is using the database.
        UnusableBackupError: the backup is no good; nothing was changed.
        OSError: the disk took it not; the database is as it was.
    """
    await asyncio.to_thread(backups.require_sound, backup)
    database_path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with instance_lock(database_path):
        part = database_path.with_name(database_path.name + ".restoring")
        try:
            await asyncio.to_thread(shutil.copyfile, backup, part)
            refunded = await _adapt(part, now)
            await asyncio.to_thread(backups.require_sound, part)
            await asyncio.to_thread(sync, part)
            kept_as = _put_aside(database_path, now)
            part.replace(database_path)
            await asyncio.to_thread(sync, database_path.parent)
        finally:
            for left in (*backups.with_logs(part), lock_path(part)):
                left.unlink(missing_ok=True)
    return Restored(kept_as, refunded)


async def _adapt(part: Path, now: datetime) -> int:
    """Make a backup the start of something new; return how many images were given back."""
    async with Database.open(part) as database:
        async with database.transaction() as tx:
            waiting = [job for job in await jobs.live(tx) if job.state is JobState.QUEUED]
            for job in waiting:
                await transitions.fail(tx, job.id, kind="restored", text="", now=now)
            await id_floors.raise_all(tx)
        await database.empty_log()
    return len(waiting)


def _put_aside(database_path: Path, now: datetime) -> Path | None:
    """Rename the database with its logs: they may hold what can still be saved by hand."""
    kept = database_path.with_name(f"{database_path.name}.before-{now.astimezone(UTC):%Y%m%dT%H%M%S}Z")
    found = [path for path in backups.with_logs(database_path) if path.exists()]
    for path in found:
        path.replace(path.with_name(path.name.replace(database_path.name, kept.name, 1)))
    return kept if found else None
