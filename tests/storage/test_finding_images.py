"""Finding images again: pages without gaps, search that stays within one's own prompts, and plans that use indexes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from storage import accounts, history, jobs, lineage, presets, prompts, references, requests, statements
from storage.accounts import Account
from storage.database import Database, Transaction
from storage.errors import TooManyPresetsError
from storage.guild_settings import GuildSettings
from storage.history import HistoryFilter, Only
from storage.jobs import ResultFile
from storage.presets import NewPreset
from storage.prompts import MARK_END, MARK_START
from storage.references import NewReference
from storage.requests import NewRequest

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
MAYA, THEO = Account(guild_id=1, user_id=10), Account(guild_id=1, user_id=11)
MAYA_ELSEWHERE = Account(guild_id=2, user_id=10)


async def image(
    tx: Transaction,
    number: int,
    *,
    account: Account = MAYA,
    prompt: str = "a fox",
    resolution: str = "1K",
    private: bool = False,
    parent: int | None = None,
    uploads: tuple[NewReference, ...] = (),
    finished: bool = True,
) -> int:
    """Store an image that was asked for `number` hours after noon; return its job."""
    at = NOON + timedelta(hours=number)
    new = NewRequest(
        account=account,
        channel_id=5,
        interaction_id=account.guild_id * 1_000_000 + account.user_id * 1000 + number,
        prompt=prompt,
        aspect_ratio="1:1",
        resolution=resolution,
        output_format="png",
        image_count=1,
        spoiler=False,
        notice_needed=False,
        private=private,
    )
    request_id = (await requests.insert(tx, new, at)).id
    await references.attach(tx, request_id, uploads, at)
    job_id = (
        await jobs.insert(tx, account, request_id=request_id, position=1, price=18, now=at, parent_job_id=parent)
    ).id
    if finished:
        await tx.execute(
            "UPDATE job SET state = 'delivered', remote_task_id = ?, delivering_at = ?, delivered_at = ? WHERE id = ?",
            (f"t{job_id}", int(at.timestamp()), int(at.timestamp()), job_id),
        )
        result = ResultFile(sha256=f"{job_id:064}", image_type="png", size_bytes=1000, width=64, height=64)
        await jobs.set_result(tx, job_id, result)
    return job_id


async def ids(database: Database, wanted: HistoryFilter, **place: Any) -> list[int]:
    async with database.reading() as tx:
        return [one.job.id for one in (await history.page(tx, wanted, limit=10, **place)).images]


async def test_pages_follow_each_other_both_ways_without_gaps_or_repeats(database: Database) -> None:
    async with database.transaction() as tx:
        made = [await image(tx, number) for number in range(35)]
        await image(tx, 99, account=THEO)
    expected, wanted = made[::-1], HistoryFilter(account=MAYA)
    pages: list[list[int]] = []
    before = None
    while True:
        async with database.reading() as tx:
            page = await history.page(tx, wanted, before=before, limit=10)
        pages.append([one.job.id for one in page.images])
        assert page.has_newer == (len(pages) > 1)
        if not page.has_older:
            break
        before = pages[-1][-1]
    assert [job_id for page_of in pages for job_id in page_of] == expected
    for newer, older in pairwise(pages):
        assert await ids(database, wanted, after=older[0]) == newer


async def test_filters_hold_alone_and_together(database: Database) -> None:
    async with database.transaction() as tx:
        first = await image(tx, 0, resolution="4K")
        private = await image(tx, 1, private=True)
        remix = await image(tx, 2, parent=first, resolution="4K")
        await image(tx, 3, finished=False)
        await tx.execute("UPDATE job SET state = 'undelivered' WHERE id = ?", (private,))
    for changes, expected in (
        ({}, [remix, private, first]),
        ({"with_private": False}, [remix, first]),
        ({"resolution": "4K"}, [remix, first]),
        ({"resolution": "4K", "only": Only.REMIXES}, [remix]),
        ({"only": Only.REMIXES}, [remix]),
        ({"only": Only.UNDELIVERED}, [private]),
        ({"only": Only.UNDELIVERED, "with_private": False}, []),
        ({"since": NOON + timedelta(hours=1)}, [remix, private]),
        ({"until": NOON + timedelta(hours=2)}, [private, first]),
        ({"since": NOON + timedelta(hours=1), "until": NOON + timedelta(hours=2)}, [private]),
        ({"since": NOON + timedelta(hours=1), "resolution": "4K"}, [remix]),
        ({"since": NOON + timedelta(days=9)}, []),
    ):
        assert await ids(database, HistoryFilter(account=MAYA, **changes)) == expected, changes


HOSTILE = [
    "fox OR owner : g1u11",
    "owner:g1u11",
    "{owner prompt} : secret",
    "fox) OR (secret",
    '" OR secret OR "',
    "secret OR secret) OR (owner : g1u11",
    "NOT fox",
    "fox NOT secret",
    "NEAR(secret fox, 99)",
    "^secret",
    "secret*",
    "- owner : secret",
    "fox\0secret",
    "🦊" * 100,
    "((((((((",
    "a " * 3000,
]


async def test_no_query_reaches_the_prompts_of_others(database: Database) -> None:
    async with database.transaction() as tx:
        mine = await image(tx, 0, prompt="a fox")
        await image(tx, 1, account=THEO, prompt="a secret fox g1u11")
        await image(tx, 2, account=MAYA_ELSEWHERE, prompt="a secret fox")
    for words in HOSTILE:
        async with database.reading() as tx:
            found = await history.search(tx, HistoryFilter(account=MAYA, words=words), skip=0, limit=10)
        assert {one.job.id for one in found.images} <= {mine}, words


async def test_search_ranks_marks_and_takes_what_is_no_query_as_words(database: Database) -> None:
    async with database.transaction() as tx:
        long = await image(tx, 0, prompt="a fox and " + "many other things " * 20)
        short = await image(tx, 1, prompt="Fox, fox!")
        cafe = await image(tx, 2, prompt="a café")
    async with database.reading() as tx:

        async def hits(words: str) -> list[int]:
            found = await history.search(tx, HistoryFilter(account=MAYA, words=words), skip=0, limit=10)
            return [one.job.id for one in found.images]

        assert await hits("fox") == [short, long]
        assert await hits('fox" things (') == [long]
        assert await hits('"many other"') == [long]
        assert await hits("thin*") == [long]
        assert await hits("cafe") == [cafe]
        assert await hits("!!!") == []
        found = await history.search(tx, HistoryFilter(account=MAYA, words="fox"), skip=0, limit=1)
        assert found.images[0].marked == f"{MARK_START}Fox{MARK_END}, {MARK_START}fox{MARK_END}!"
        assert found.has_older
    assert prompts.expression(MAYA, "fox") == "owner : g1u10 AND prompt : (fox)"


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("f*", '"f"'),
        ('"fo"*', '"fo"'),
        ("fox* OR hen* OR owl* OR cat*", '"fox" "OR" "hen" "OR" "owl" "OR" "cat"'),
        ('"a fox" OR "a hen" OR "an owl"', '"a" "fox" "OR" "a" "hen" "OR" "an" "owl"'),
        ("x " * 40, " ".join(['"x"'] * 32)),
        ('fox* AND "a red hen"', 'fox* AND "a red hen"'),
    ],
)
def test_query_that_would_look_through_the_words_of_all_members_is_searched_as_words(typed: str, searched: str) -> None:
    assert prompts.expression(MAYA, typed) == f"owner : g1u10 AND prompt : ({searched})"


async def test_family_holds_all_that_were_made_from_its_first_image(database: Database) -> None:
    async with database.transaction() as tx:
        first = await image(tx, 0)
        second = await image(tx, 1, account=THEO, parent=first)
        third = await image(tx, 2, parent=second)
        await image(tx, 3, parent=second, finished=False)
        alone = await image(tx, 4)
    async with database.reading() as tx:
        for member in (first, second, third):
            assert [one.job.id for one in await lineage.family(tx, member)] == [first, second, third]
            assert await lineage.child_count(tx, member) == 2
        assert [one.job.id for one in await lineage.family(tx, alone)] == [alone]
        assert await lineage.child_count(tx, alone) == 0


def upload(name: str, size: int = 100) -> NewReference:
    return NewReference(sha256=name * 64, image_type="png", size_bytes=size, width=64, height=64)


async def test_references_are_stored_once_and_stay_while_something_needs_them(database: Database) -> None:
    async with database.transaction() as tx:
        waiting = await image(tx, 0, uploads=(upload("a"), upload("b")), finished=False)
        await image(tx, 1, uploads=(upload("b"), upload("c")))
        new = NewPreset(
            guild_id=1, user_id=10, name="x", prompt="x", aspect_ratio=None, resolution=None, output_format=None,
            image_count=None,
        )  # fmt: skip
        await presets.save(tx, new, [upload("d")], most=1, actor_id=10, now=NOON)
        assert await tx.value("SELECT count(*) FROM reference") == 4
        assert await references.kept_bytes(tx) == 400
        gone = await references.removable(tx, unused_since=None, limit=10)
        assert [one.sha256[0] for one in gone] == ["c"]
        await tx.execute("UPDATE job SET state = 'cancelled' WHERE id = ?", (waiting,))
        gone = await references.removable(tx, unused_since=NOON + timedelta(minutes=1), limit=10)
        assert [one.sha256[0] for one in gone] == ["a"]  # "b" was named by the later request too
        await references.let_go(tx, gone[0], NOON)
        assert not await references.is_known(tx, "a" * 64)
        await image(tx, 5, uploads=(upload("a"),), finished=False)
        assert await references.is_known(tx, "a" * 64)
        with pytest.raises(TooManyPresetsError):
            await presets.save(tx, replace(new, name="y"), [], most=1, actor_id=10, now=NOON)


async def test_what_members_look_at_is_found_by_indexes(database: Database) -> None:
    """A plan that looks through a whole table takes a second where there are a million images."""
    seen: list[str] = []

    class Explaining(Transaction):
        async def rows(self, sql: str, parameters: Any = ()) -> Any:
            seen.extend(
                f"{row['detail']} in {sql}" for row in await super().rows(f"EXPLAIN QUERY PLAN {sql}", parameters)
            )
            return await super().rows(sql, parameters)

        async def value(self, sql: str, parameters: Any = ()) -> Any:
            await self.rows(sql, parameters)
            return await super().value(sql, parameters)

    async with database.transaction() as plain:
        await image(plain, 0)
        tx = Explaining(plain._connection)
        await accounts.balance(tx, MAYA, GuildSettings(), NOON)
        await statements.latest(tx, MAYA, limit=10)
        for only in Only:
            for resolution in (None, "1K"):
                for with_private in (True, False):
                    wanted = HistoryFilter(account=MAYA, only=only, resolution=resolution, with_private=with_private)
                    await history.page(tx, wanted, before=5, limit=10)
        await history.search(tx, HistoryFilter(account=MAYA, words="fox"), skip=0, limit=10)
        await lineage.family(tx, 1)
        await history.kept(tx, MAYA, after=0)
    tables = ("SCAN job", "SCAN request", "SCAN ledger_entry", "SCAN e ", "SCAN account")
    assert [detail for detail in seen if detail.startswith(tables)] == []
    assert len(seen) > 20
