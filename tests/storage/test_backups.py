"""Backups: whole, checked, several kept; a restore overwrites nothing and sends nothing twice."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import backups, jobs, requests, transitions
from storage.database import Database
from storage.errors import AlreadyRunningError, BackupError, DatabaseUnusableError, UnusableBackupError
from storage.instance_lock import instance_lock
from storage.jobs import JobState
from storage.requests import CardPlace
from storage.restoring import restore
from tests.storage.books import reserve_job

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


def write(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(sql)


async def test_backup_is_made_while_the_database_is_used_and_holds_all_that_was_committed(
    path: Path, folder: Path
) -> None:
    async with Database.open(path) as database:
        first = await reserve_job(database, NOW)
        async with database.transaction() as tx:
            await tx.execute("UPDATE job SET price = price + 1")
            made = backups.make(path, folder, NOW, keep=3)  # in the middle of a transaction
    backups.require_sound(made.path)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    with closing(sqlite3.connect(made.path)) as copy:
        assert copy.execute("SELECT id, price FROM job").fetchall() == [(first, 18)]
    assert sorted(file.name for file in folder.iterdir()) == [made.path.name]


async def test_only_the_newest_backups_are_kept_and_nothing_else_in_the_folder_is_touched(
    database: Database, tmp_path: Path, folder: Path
) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    for day in range(5):
        backups.make(tmp_path / "bot.db", folder, NOW + timedelta(days=day), keep=2)
    assert [backup.made_at.day for backup in backups.listed(folder)] == [30, 29]
    assert (folder / "notes.txt").exists()


async def test_copies_that_were_killed_go_with_the_next_backup(
    database: Database, tmp_path: Path, folder: Path
) -> None:
    folder.mkdir()
    for left in ("plantain-2026-11-25T030000Z.part", "plantain-2026-11-25T030000Z.part-wal"):
        (folder / left).write_text("a token")
    made = backups.make(tmp_path / "bot.db", folder, NOW, keep=1)
    assert [file.name for file in folder.iterdir()] == [made.path.name]


async def test_no_token_gets_into_a_backup(database: Database, tmp_path: Path, folder: Path) -> None:
    job_id = await reserve_job(database, NOW)
    async with database.transaction() as tx:
        job = await jobs.get(tx, job_id)
        assert job is not None
        await requests.set_card(tx, job.request_id, CardPlace(1, 2, "a-secret-token"))
        await tx.execute('INSERT INTO open_form VALUES (5, 1, 1, \'{"secret": "of a form"}\', 0)')
    made = backups.make(tmp_path / "bot.db", folder, NOW, keep=2)
    content = made.path.read_bytes()
    assert b"a-secret-token" not in content
    assert b"of a form" not in content


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        ("UPDATE account SET grants = grants + 5", "accounts and their ledger"),
        ("DELETE FROM account", "accounts and their ledger"),
        ("UPDATE job SET price = 1", "images and their reservations"),
        ("UPDATE job SET state = 'cancelled'", "finished images"),
        ("UPDATE job SET request_id = 99", "rows name others"),
        ("PRAGMA user_version = 99", "schema version 99"),
    ],
)
async def test_copy_whose_sums_are_wrong_does_not_count_and_older_ones_stay(
    path: Path, folder: Path, harm: str, says: str
) -> None:
    async with Database.open(path) as database:
        await reserve_job(database, NOW)
    good = backups.make(path, folder, NOW, keep=1)
    write(path, harm)
    with pytest.raises(UnusableBackupError, match=says):
        backups.make(path, folder, NOW + timedelta(days=1), keep=1)
    assert [backup.path for backup in backups.listed(folder)] == [good.path]
    assert len(list(folder.iterdir())) == 1


async def test_what_is_no_database_is_no_backup(tmp_path: Path, folder: Path) -> None:
    folder.mkdir()
    bad = folder / "plantain-20261126T030000Z.db"
    bad.write_bytes(b"not a database at all" * 1000)
    (folder / "plantain-20261399T030000Z.db").write_bytes(b"")
    with pytest.raises(UnusableBackupError):
        backups.require_sound(bad)
    assert backups.newest_sound(folder) is None
    with pytest.raises(OSError, match="there is no database"):
        backups.make(tmp_path / "nowhere.db", folder, NOW, keep=1)
    (tmp_path / "broken.db").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(BackupError):
        backups.make(tmp_path / "broken.db", folder, NOW, keep=1)


async def test_restore_keeps_the_old_database_gives_back_what_waited_and_gives_no_id_again(
    path: Path, folder: Path
) -> None:
    async with Database.open(path) as database:
        waiting, running = [await reserve_job(database, NOW, interaction_id=number) for number in (1, 2)]
        async with database.transaction() as tx:
            await transitions.submit(tx, running, NOW)
            await transitions.run(tx, running, "task-of-running", NOW)
        made = backups.make(path, folder, NOW, keep=2)
        lost = await reserve_job(database, NOW, interaction_id=3)
    damaged = path.read_bytes()[:5000] + b"\xff" * 20_000
    path.write_bytes(damaged)
    with pytest.raises(DatabaseUnusableError):
        async with Database.open(path):
            pass
    assert path.read_bytes() == damaged, "refusing must change nothing"
    done = await restore(made.path, path, NOW + timedelta(hours=1))
    assert done.refunded == 1
    assert done.kept_as is not None
    assert done.kept_as.read_bytes() == damaged
    async with Database.open(path) as database:
        async with database.reading() as tx:
            found = [await jobs.get(tx, job_id) for job_id in (waiting, running, lost)]
        assert [job and (job.state, job.failure_kind) for job in found] == [
            (JobState.FAILED, "restored"),
            (JobState.RUNNING, None),
            None,
        ]
        later = [await reserve_job(database, NOW, interaction_id=number) for number in (4, 5)]
        assert later == [running + 1_000_001, running + 1_000_002]
    backups.require_sound(path)
    assert made.path.exists()
    assert not list(path.parent.glob("*.restoring*"))


async def test_restore_beside_a_running_bot_or_from_a_bad_backup_changes_nothing(path: Path, folder: Path) -> None:
    async with Database.open(path) as database:
        await reserve_job(database, NOW)
        made = backups.make(path, folder, NOW, keep=2)
    before = path.read_bytes()
    with instance_lock(path), pytest.raises(AlreadyRunningError):
        await restore(made.path, path, NOW)
    bad = folder / "plantain-20261127T030000Z.db"
    bad.write_bytes(made.path.read_bytes()[:-8192])
    with pytest.raises(UnusableBackupError):
        await restore(bad, path, NOW)
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.before-*"))
