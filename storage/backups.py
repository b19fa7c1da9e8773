"""Backups: whole copies of the database, made while the bot runs, checked before they count, the newest kept.

All functions block. Pictures are no part of a backup: files of the media folder never change, so any copy of it does.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.durability import sync
from storage.errors import BackupError, UnusableBackupError
from storage.migrations import numbered_scripts

_NAME = re.compile(r"plantain-(\d{8}T\d{6})Z\.db")
_TIME = "%Y%m%dT%H%M%S"
# What a thief could use, and what is of no use later: tokens of interactions, forms that are open.
_SECRETS = (
    "UPDATE request SET card_token = NULL WHERE card_token IS NOT NULL",
    "DELETE FROM open_form",
    "DELETE FROM pending_card",
)
_DIFFERENCES = (
    (
        "accounts and their ledger",
        """
        SELECT count(*) FROM (
            SELECT sum(amount) AS difference FROM (
                SELECT guild_id, user_id, amount FROM ledger_entry
                UNION ALL SELECT guild_id, user_id, -(allowance + grants) FROM account
            ) GROUP BY guild_id, user_id
        ) WHERE difference <> 0""",
    ),
    (
        "images and their reservations",
        """
        SELECT count(*) FROM job WHERE NOT EXISTS
            (SELECT 1 FROM ledger_entry WHERE job_id = job.id AND kind = 'reserve' AND amount = -job.price)""",
    ),
    (
        "finished images and what closed them",
        """
        SELECT count(*) FROM job WHERE (state IN ('queued', 'submitting', 'uncertain', 'running')) = EXISTS
            (SELECT 1 FROM ledger_entry WHERE job_id = job.id AND kind IN ('settle', 'refund'))""",
    ),
)


@dataclass(frozen=True, slots=True)
class Backup:
    """A file that counts as a backup. `made_at`: aware UTC, from its name."""

    path: Path
    made_at: datetime


def listed(folder: Path) -> list[Backup]:
    """Return the backups in a folder, the newest first."""
    found: list[Backup] = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            with suppress(ValueError):
                found.append(Backup(path, datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)))
    return sorted(found, key=lambda backup: backup.made_at, reverse=True)


def make(database_path: Path, folder: Path, now: datetime, *, keep: int) -> Backup:
    """Copy the database as it is at one moment, also while a bot uses it; remove all but the newest `keep`.

    Raises:
        UnusableBackupError: the copy is not whole or its sums are wrong, so that it does not count; older ones stay.
        BackupError, OSError: it could not be made.
    """
    if not database_path.exists():
        raise FileNotFoundError(f"there is no database {database_path}")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"plantain-{now.astimezone(UTC).strftime(_TIME)}Z.db"
    part = path.with_suffix(".part")
    for left in folder.glob("plantain-*.part*"):  # of a copy that was killed; it may hold what no backup does
        left.unlink(missing_ok=True)
    try:
        _copy(database_path, part)
        require_sound(part)
        sync(part)
        part.replace(path)
        sync(folder)
    except sqlite3.Error as error:
        raise BackupError(f"{database_path} could not be copied: {error}") from error
    finally:
        for left in with_logs(part):
            left.unlink(missing_ok=True)
    for old in listed(folder)[max(1, keep) :]:
        old.path.unlink(missing_ok=True)
    return Backup(path, now)


def require_sound(path: Path) -> None:
    """See that a backup is whole, of a version that this bot knows, and that its ledger adds up.

    Raises:
        UnusableBackupError: it is not.
    """
    try:
        with closing(_open(path, "ro")) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if not 1 <= version <= numbered_scripts()[-1][0]:
                raise UnusableBackupError(path, f"it has schema version {version}, which this version does not know")
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            if found != ["ok"]:
                raise UnusableBackupError(path, found[0])
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise UnusableBackupError(path, "rows name others that are not there")
            for what, sql in _DIFFERENCES:
                if count := connection.execute(sql).fetchone()[0]:
                    raise UnusableBackupError(path, f"{what} differ in {count} places")
    except (sqlite3.Error, OSError) as error:
        raise UnusableBackupError(path, str(error)) from error


def newest_sound(folder: Path) -> Backup | None:
    """Return the newest backup that can be restored."""
    for backup in listed(folder):
        try:
            require_sound(backup.path)
        except UnusableBackupError:
            continue
        return backup
    return None


def _copy(database_path: Path, part: Path) -> None:
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT, 0o600))
    with closing(_open(database_path, "ro")) as source, closing(_open(part, "rw")) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        target.execute("PRAGMA secure_delete = ON")
        for statement in _SECRETS:
            target.execute(statement)
        target.commit()


def with_logs(path: Path) -> list[Path]:
    """Return the file and those that SQLite may keep beside it."""
    return [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))]


def _open(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=30)
