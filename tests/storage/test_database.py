"""Transactions, migrations, and the file itself."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import Database, Transaction
from storage.errors import AlreadyRunningError, DatabaseTooNewError, DatabaseTroubleError, DatabaseUnusableError


async def test_database_file_is_private_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "bot.db"
    async with Database.open(path) as database, database.transaction() as tx:
        await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (1)")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == {"bot.db": 0o600, "bot.db-wal": 0o600, "bot.db-shm": 0o600, "bot.db.lock": 0o600}


async def test_existing_file_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.touch(mode=0o644)
    async with Database.open(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_database_is_durable_and_checks_its_own_keys(database: Database) -> None:
    async with database.reading() as tx:
        settings = [await tx.row(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert [row[0] for row in settings if row] == ["wal", 2, 1]


async def test_every_table_is_strict(database: Database) -> None:
    async with database.reading() as tx:
        loose = await tx.rows(
            "SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'"
        )
    assert [row["name"] for row in loose] == []


async def test_second_instance_on_the_same_database_is_refused(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "bot.db"):
        with pytest.raises(AlreadyRunningError):
            async with Database.open(tmp_path / "bot.db"):
                pytest.fail("two instances opened one database")
    async with Database.open(tmp_path / "bot.db"):
        assert True, "the lock went with the first instance"


async def test_opening_again_keeps_what_was_written(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "bot.db") as database, database.transaction() as tx:
        await tx.execute("INSERT INTO guild_setting (guild_id, largest_count) VALUES (7, 3)")
    async with Database.open(tmp_path / "bot.db") as database, database.reading() as tx:
        assert await tx.value("SELECT largest_count FROM guild_setting WHERE guild_id = 7") == 3


async def test_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with pytest.raises(DatabaseTooNewError):
        async with Database.open(path):
            pytest.fail("a newer database was opened")


async def test_file_that_is_no_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.write_bytes(b"these are somebody's notes, not a database" * 100)
    with pytest.raises(DatabaseUnusableError, match="cannot be used as the database"):
        async with Database.open(path):
            pytest.fail("notes were opened as a database")
    assert path.read_bytes() == b"these are somebody's notes, not a database" * 100


async def test_path_that_cannot_be_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bot.db").mkdir()
    with pytest.raises(DatabaseUnusableError):
        async with Database.open(tmp_path / "bot.db"):
            pytest.fail("a folder was opened as a database")


async def test_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="half-way"):
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (1)")
            raise RuntimeError("half-way")
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM guild_setting") == 0


async def test_cancelled_transaction_leaves_nothing_and_frees_the_database(database: Database) -> None:
    inside = asyncio.Event()

    async def write_and_hang() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (1)")
            inside.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(write_and_hang())
    await inside.wait()
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    async with database.transaction() as tx:
        assert await tx.value("SELECT count(*) FROM guild_setting") == 0


@pytest.mark.parametrize("steps", range(12))
async def test_cancellation_at_any_moment_leaves_all_or_nothing(database: Database, steps: int) -> None:
    async def write_two() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (1)")
            await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (2)")

    writer = asyncio.create_task(write_two())
    for _ in range(steps):
        await asyncio.sleep(0)
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    async with database.transaction() as tx:
        assert await tx.value("SELECT count(*) FROM guild_setting") in {0, 2}


async def test_reading_never_keeps_what_it_wrote(database: Database) -> None:
    async with database.reading() as tx:
        await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (1)")
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM guild_setting") == 0


async def two_guilds(tx: Transaction) -> int:
    await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (1)")
    await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (2)")
    return await guilds(tx)


async def guilds(tx: Transaction) -> int:
    return await tx.value("SELECT count(*) FROM guild_setting")


async def test_work_in_one_go_is_kept_and_its_result_returned(database: Database) -> None:
    assert await database.run(two_guilds) == 2
    assert await database.look(guilds) == 2


async def test_work_in_one_go_that_raises_leaves_nothing(database: Database) -> None:
    async def fails(tx: Transaction) -> None:
        await two_guilds(tx)
        raise KeyError("no")

    with pytest.raises(KeyError):
        await database.run(fails)
    assert await database.look(guilds) == 0


async def test_look_in_one_go_never_keeps_what_it_wrote(database: Database) -> None:
    assert await database.look(two_guilds) == 2
    assert await database.look(guilds) == 0


async def test_work_that_waits_for_something_else_is_refused_and_leaves_nothing(database: Database) -> None:
    async def waits(tx: Transaction) -> None:
        await two_guilds(tx)
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited for something else"):
        await database.run(waits)
    assert await database.look(guilds) == 0


@pytest.mark.parametrize("steps", range(8))
async def test_cancellation_of_work_in_one_go_leaves_all_or_nothing(database: Database, steps: int) -> None:
    work = asyncio.create_task(database.run(two_guilds))
    for _ in range(steps):
        await asyncio.sleep(0)
    work.cancel()
    await asyncio.wait({work})
    assert await database.look(guilds) in {0, 2}


def test_no_statement_numbers_its_parameters() -> None:
    """Python 3.12 warns where a sequence is given for `?1`, and 3.14 will refuse it."""
    storage = Path(__file__).parents[2] / "storage"
    numbered = [path.name for path in storage.glob("*.py") if re.search(r"\?\d", path.read_text(encoding="utf-8"))]
    assert numbered == []


async def test_what_waits_behind_a_locked_database_fails_with_it_instead_of_waiting_as_long_in_turn(
    database: Database,
) -> None:
    connection = database._connection
    path = next(iter(await connection.execute_fetchall("PRAGMA database_list")))["file"]
    await connection.execute("PRAGMA busy_timeout = 20")
    begun: list[str] = []
    await connection.set_trace_callback(lambda sql: begun.append(sql) if sql == "BEGIN IMMEDIATE" else None)

    async def whole() -> None:
        async with database.transaction() as tx:
            await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (1)")

    async def at_once(tx: Transaction) -> None:
        await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (2)")

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for work in (whole, lambda: database.run(at_once)):
            begun.clear()
            failed = await asyncio.gather(*(work() for _ in range(50)), return_exceptions=True)
            assert {type(error) for error in failed} == {DatabaseTroubleError}
            assert len(begun) == 1
        other.execute("ROLLBACK")
    await whole()
    await database.run(at_once)
