"""The last movements of an account, as its owner reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from storage import ledger, statements, transitions
from storage.database import Database
from storage.statements import LineKind
from tests.storage.books import MAYA, THEO, reserve_job

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def lines(database: Database, limit: int = 10) -> list[tuple[LineKind, int]]:
    async with database.reading() as tx:
        return [(line.kind, line.amount) for line in await statements.latest(tx, MAYA, limit=limit)]


async def test_movements_come_newest_first_and_say_what_became_of_each_image(database: Database) -> None:
    kept = await reserve_job(database, NOW, interaction_id=1)
    cancelled = await reserve_job(database, NOW, interaction_id=2)
    assert await lines(database) == [(LineKind.RESERVED, -18), (LineKind.RESERVED, -18), (LineKind.ALLOWANCE, 360)]
    async with database.transaction() as tx:
        await transitions.cancel(tx, cancelled, NOW)
        await transitions.submit(tx, kept, NOW)
        await transitions.run(tx, kept, "task", NOW)
        await transitions.succeed(tx, kept, "http://127.0.0.1/a.png", NOW)
    assert await lines(database) == [
        (LineKind.CANCELLED, 18),
        (LineKind.SPENT, -18),
        (LineKind.SPENT, -18),
        (LineKind.ALLOWANCE, 360),
    ]


async def test_grants_name_who_gave_them_and_old_allowance_ends(database: Database) -> None:
    await reserve_job(database, NOW, interaction_id=1)
    async with database.transaction() as tx:
        await ledger.grant(tx, MAYA, amount=100, actor_id=7, note="won the contest", now=NOW)
    await reserve_job(database, NOW + timedelta(days=7), interaction_id=2)
    async with database.reading() as tx:
        found = await statements.latest(tx, MAYA, limit=10)
    assert [(line.kind, line.amount) for line in found[:4]] == [
        (LineKind.RESERVED, -18),
        (LineKind.ALLOWANCE, 360),
        (LineKind.EXPIRED, -342),
        (LineKind.GRANT, 100),
    ]
    assert (found[3].actor_id, found[3].note, found[3].prompt, found[0].prompt) == (7, "won the contest", None, "a fox")


async def test_statement_is_of_one_account_and_ends_at_its_limit(database: Database) -> None:
    for number in range(12):
        await reserve_job(database, NOW, interaction_id=number, price=1)
    await reserve_job(database, NOW, interaction_id=99, account=THEO)
    assert await lines(database) == [(LineKind.RESERVED, -1)] * 10
