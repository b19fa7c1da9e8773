"""The words of prompts: in the index once from the first image on, and gone with those who are forgotten."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from storage import accounts, forgetting, history, jobs, ledger, requests, transitions
from storage.database import Database, Transaction
from storage.history import HistoryFilter
from storage.jobs import ResultFile
from storage.migrations import numbered_scripts
from tests.conftest import HandClock
from tests.storage.books import DEFAULTS, MAYA, THEO, new_request, reserve_job

WHOLE = "INSERT INTO prompt_index (prompt_index) VALUES ('integrity-check')"
RESULT = ResultFile(sha256="a" * 64, image_type="png", size_bytes=1000, width=64, height=64)


async def indexed(tx: Transaction) -> list[int]:
    """Return the requests whose words are in the index; raises where the index contradicts itself."""
    await tx.execute(WHOLE)
    return [row["id"] for row in await tx.rows("SELECT id FROM prompt_index_docsize ORDER BY id")]


async def found(tx: Transaction, words: str) -> int:
    return len((await history.search(tx, HistoryFilter(account=MAYA, words=words), skip=0, limit=10)).images)


async def finish(database: Database, job_id: int, clock: HandClock) -> None:
    async with database.transaction() as tx:
        await transitions.submit(tx, job_id, clock.now())
        await transitions.run(tx, job_id, f"t{job_id}", clock.now())
        await transitions.succeed(tx, job_id, "https://example.com/x.png", clock.now())
        await jobs.set_result(tx, job_id, RESULT)


async def test_prompt_is_found_from_its_first_image_on_and_its_words_count_once(
    database: Database, clock: HandClock
) -> None:
    async with database.transaction() as tx:
        await accounts.balance(tx, MAYA, DEFAULTS, clock.now())
        request_id = (await requests.insert(tx, new_request(MAYA, 1), clock.now())).id
        job_ids: list[int] = []
        for position in (1, 2):
            job = await jobs.insert(tx, MAYA, request_id=request_id, position=position, price=18, now=clock.now())
            await ledger.reserve(tx, MAYA, job_id=job.id, amount=18, now=clock.now())
            job_ids.append(job.id)
        assert await indexed(tx) == []
        assert await found(tx, "fox") == 0
    for images, job_id in enumerate(job_ids, start=1):
        await finish(database, job_id, clock)
        async with database.transaction() as tx:
            assert await indexed(tx) == [request_id]
            assert await found(tx, "fox") == images


async def test_picture_that_is_lost_and_fetched_again_is_indexed_once(database: Database, clock: HandClock) -> None:
    job_id = await reserve_job(database, clock.now())
    await finish(database, job_id, clock)
    async with database.transaction() as tx:
        await tx.execute("UPDATE job SET result_sha256 = NULL WHERE id = ?", (job_id,))
        await jobs.set_result(tx, job_id, RESULT)
        assert len(await indexed(tx)) == 1
        assert await found(tx, "fox") == 1


async def test_finished_request_that_is_brought_from_another_database_is_found(
    database: Database, clock: HandClock
) -> None:
    job_id = await reserve_job(database, clock.now())
    await finish(database, job_id, clock)
    async with database.transaction() as tx:
        for table, changes in (
            ("request", {"id": 9, "interaction_id": 9, "prompt": "an owl", "shown_revision": 3}),
            ("job", {"id": 9, "request_id": 9, "remote_task_id": "t9"}),
        ):
            (row,) = await tx.rows(f"SELECT * FROM {table}")
            copy = dict(row) | changes
            places = ", ".join("?" * len(copy))
            await tx.execute(f"INSERT INTO {table} ({', '.join(copy)}) VALUES ({places})", list(copy.values()))
        assert len(await indexed(tx)) == 2
        assert await found(tx, "owl") == 1


async def test_words_of_somebody_forgotten_are_found_by_nobody_whether_there_was_an_image_or_not(
    database: Database, clock: HandClock
) -> None:
    made = await reserve_job(database, clock.now(), interaction_id=1)
    cancelled = await reserve_job(database, clock.now(), interaction_id=2)
    theirs = await reserve_job(database, clock.now(), account=THEO, interaction_id=3)
    await finish(database, made, clock)
    await finish(database, theirs, clock)
    async with database.transaction() as tx:
        await transitions.deliver(tx, made, clock.now())
        await transitions.cancel(tx, cancelled, clock.now())
        begun = await forgetting.begin(tx, MAYA.user_id, clock.now())
        assert not await forgetting.erase_some(tx, begun, clock.now())
        (kept,) = await indexed(tx)
        matches = await tx.rows("SELECT rowid FROM prompt_index WHERE prompt_index MATCH 'fox'")
    assert [row["rowid"] for row in matches] == [kept]


async def test_database_whose_every_prompt_was_indexed_goes_on_without_indexing_any_twice(
    tmp_path: Path, clock: HandClock
) -> None:
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        for version, script in numbered_scripts():
            if version <= 5:
                old.executescript(script.read_text(encoding="utf-8"))
        old.execute("INSERT INTO account (guild_id, user_id, period_start) VALUES (?, ?, 0)", MAYA.key)
        for number in (1, 2):
            old.execute(
                "INSERT INTO request (id, guild_id, channel_id, user_id, interaction_id, prompt, aspect_ratio,"
                " resolution, output_format, image_count, spoiler, created_at)"
                " VALUES (?, ?, 1, ?, ?, 'a fox', '1:1', '1K', 'png', 1, 0, 0)",
                (number, *MAYA.key, number),
            )
            old.execute(
                "INSERT INTO job (id, request_id, guild_id, user_id, position, state, price, queued_at)"
                " VALUES (?, ?, ?, ?, 1, 'queued', 18, 0)",
                (number, number, *MAYA.key),
            )
            old.execute(
                "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, counts_at, created_at)"
                " VALUES (?, ?, 'grant', 18, 0, 0)",
                MAYA.key,
            )
            old.execute(
                "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, counts_at, created_at)"
                " VALUES (?, ?, ?, 'reserve', -18, 0, 0)",
                (*MAYA.key, number),
            )
    async with Database.open(path) as database:
        await finish(database, 1, clock)
        async with database.transaction() as tx:
            assert await indexed(tx) == [1, 2]
            assert await found(tx, "fox") == 1
            await transitions.deliver(tx, 1, clock.now())
            await transitions.cancel(tx, 2, clock.now())
            await forgetting.erase_some(tx, await forgetting.begin(tx, MAYA.user_id, clock.now()), clock.now())
            assert await indexed(tx) == []


async def test_forgetting_asked_for_again_meanwhile_stays_to_be_done(database: Database, clock: HandClock) -> None:
    await finish(database, await reserve_job(database, clock.now(), interaction_id=1), clock)
    async with database.transaction() as tx:
        await tx.execute("UPDATE job SET state = 'delivered', delivered_at = delivering_at")
        first = await forgetting.begin(tx, MAYA.user_id, clock.now())
    await finish(database, await reserve_job(database, clock.now(), interaction_id=2), clock)
    async with database.transaction() as tx:
        await tx.execute("UPDATE job SET state = 'delivered', delivered_at = delivering_at")
        again = await forgetting.begin(tx, MAYA.user_id, clock.now())
        await forgetting.finish(tx, first)
        assert await forgetting.unfinished(tx) == [again]
