"""Work that comes while a commit is under way shares the next one, and is still kept whole or not at all."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiosqlite
import pytest

from storage.database import Database, Transaction
from storage.errors import DatabaseTroubleError

Work = Callable[[Transaction], Coroutine[Any, Any, None]]


def adding(guild_id: int, *, then: BaseException | None = None) -> Work:
    async def add(tx: Transaction) -> None:
        await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (?)", (guild_id,))
        if then is not None:
            raise then

    return add


async def guilds(tx: Transaction) -> set[int]:
    return {row["guild_id"] for row in await tx.rows("SELECT guild_id FROM guild_setting")}


async def together(database: Database, *works: Work) -> list[BaseException | None]:
    return await asyncio.gather(*(database.run(work) for work in works), return_exceptions=True)


@pytest.fixture
async def commits(database: Database) -> list[str]:
    """Every COMMIT from now on."""
    seen: list[str] = []
    connection: aiosqlite.Connection = database._connection
    await connection.set_trace_callback(lambda sql: seen.append(sql) if sql == "COMMIT" else None)
    return seen


async def test_work_that_comes_together_shares_a_commit(database: Database, commits: list[str]) -> None:
    await together(database, *(adding(guild_id) for guild_id in range(20)))
    assert await database.look(guilds) == set(range(20))
    assert len(commits) == 1


async def test_more_than_a_group_holds_is_done_in_turn(database: Database, commits: list[str]) -> None:
    await together(database, *(adding(guild_id) for guild_id in range(100)))
    assert await database.look(guilds) == set(range(100))
    assert 1 < len(commits) < 10


async def test_work_that_raises_leaves_nothing_and_the_others_of_its_group_stay(database: Database) -> None:
    failed = await together(database, adding(1), adding(2, then=KeyError("no")), adding(3))
    assert [type(error) for error in failed] == [type(None), KeyError, type(None)]
    assert await database.look(guilds) == {1, 3}


async def test_reads_that_come_with_writes_are_answered_before_them(database: Database) -> None:
    order: list[str] = []

    async def write() -> None:
        await database.run(adding(1))
        order.append("written")

    async def read() -> None:
        assert await database.look(guilds) == set()
        order.append("read")

    await asyncio.gather(write(), read())
    assert order == ["read", "written"]


async def test_what_one_read_writes_no_other_sees(database: Database) -> None:
    async def writes(tx: Transaction) -> set[int]:
        await adding(1)(tx)
        return await guilds(tx)

    assert await asyncio.gather(database.look(writes), database.look(guilds)) == [{1}, set()]


async def test_group_whose_commit_fails_leaves_nothing_and_all_are_told(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(f"PRAGMA max_page_count = {await tx.value('PRAGMA page_count')}")

    async def fills_the_disk(tx: Transaction) -> None:
        await tx.execute("CREATE TABLE filling (bytes BLOB)")
        await tx.execute("INSERT INTO filling VALUES (zeroblob(10000000))")

    failed = await together(database, adding(1), fills_the_disk, adding(2))
    assert isinstance(failed[1], DatabaseTroubleError)
    kept = {guild_id for guild_id, error in ((1, failed[0]), (2, failed[2])) if error is None}
    assert await database.look(guilds) == kept
    await database.run(adding(3))
    assert 3 in await database.look(guilds)


@pytest.mark.parametrize("seed", range(10))
async def test_cancelled_work_of_a_group_is_kept_or_not_and_the_others_are_kept(database: Database, seed: int) -> None:
    chance = random.Random(seed)
    works = [asyncio.create_task(database.run(adding(guild_id))) for guild_id in range(10)]
    for _ in range(chance.randint(0, 6)):
        await asyncio.sleep(0)
    cancelled = set(chance.sample(range(10), 3))
    for guild_id in cancelled:
        works[guild_id].cancel()
    await asyncio.gather(*works, return_exceptions=True)
    assert await database.look(guilds) | cancelled == set(range(10))


async def test_work_waits_for_a_transaction_that_is_under_way(database: Database) -> None:
    async with database.transaction() as tx:
        waiting = asyncio.create_task(database.run(adding(1)))
        await asyncio.sleep(0)
        await adding(2)(tx)
    await waiting
    assert await database.look(guilds) == {1, 2}


async def test_closed_database_says_so(tmp_path: Path) -> None:
    async with Database.open(tmp_path / "closed.db") as database:
        pass
    with pytest.raises(ValueError, match=r"closed|no active connection"):
        await database.run(adding(1))
