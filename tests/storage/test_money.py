"""Money moves with the state of a job, exactly once, and goes back to where it came from."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from storage import accounts, forgetting, jobs, ledger, requests, statements, transitions
from storage.accounts import Account
from storage.allowances import Allowance, AllowanceKind
from storage.database import Database
from storage.errors import AdjustmentTooLargeError, DuplicateRequestError, InsufficientCreditsError
from storage.guild_settings import GuildSettings
from storage.jobs import JobState
from storage.periods import PeriodKind
from tests.storage.books import DEFAULTS, MAYA, THEO, audit, balance_of, kinds, new_request, reserve_job

MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def submitted(database: Database, job_id: int, *, remote_task_id: str = "t1") -> None:
    async with database.transaction() as tx:
        assert await transitions.submit(tx, job_id, MONDAY_NOON)
        assert await transitions.run(tx, job_id, remote_task_id, MONDAY_NOON)


async def grant(database: Database, account: Account, amount: int) -> None:
    async with database.transaction() as tx:
        await accounts.balance(tx, account, DEFAULTS, MONDAY_NOON)
        await ledger.grant(tx, account, amount=amount, actor_id=9, note="a prize", now=MONDAY_NOON)


async def test_member_starts_with_the_weekly_allowance(database: Database) -> None:
    balance = await balance_of(database, MONDAY_NOON)
    assert (balance.allowance, balance.grants, balance.reserved) == (360, 0, 0)
    assert balance.refills_at == datetime(2026, 11, 30, tzinfo=UTC)


async def test_asking_twice_grants_the_allowance_once(database: Database) -> None:
    for _ in range(3):
        balance = await balance_of(database, MONDAY_NOON)
    assert balance.available == 360
    async with database.reading() as tx:
        assert await kinds(tx) == [("allowance", 360)]


async def test_unspent_allowance_ends_with_its_week(database: Database) -> None:
    await reserve_job(database, MONDAY_NOON)
    balance = await balance_of(database, MONDAY_NOON + timedelta(days=7))
    assert (balance.allowance, balance.reserved) == (360, 18)
    async with database.reading() as tx:
        assert await kinds(tx) == [("allowance", 360), ("reserve", -18), ("expire", -342), ("allowance", 360)]
    await audit(database)


async def test_success_settles_the_reservation(database: Database) -> None:
    job_id = await reserve_job(database, MONDAY_NOON)
    await submitted(database, job_id)
    async with database.transaction() as tx:
        assert await transitions.succeed(tx, job_id, "https://example.com/x.png", MONDAY_NOON)
    balance = await balance_of(database, MONDAY_NOON)
    assert (balance.available, balance.reserved) == (342, 0)
    await audit(database)


async def test_failure_refunds_the_reservation(database: Database) -> None:
    job_id = await reserve_job(database, MONDAY_NOON)
    await submitted(database, job_id)
    async with database.transaction() as tx:
        assert await transitions.fail(tx, job_id, kind="provider_error", text="", now=MONDAY_NOON)
    balance = await balance_of(database, MONDAY_NOON)
    assert (balance.available, balance.reserved) == (360, 0)
    await audit(database)


async def test_cancel_refunds_only_what_was_not_sent(database: Database) -> None:
    waiting = await reserve_job(database, MONDAY_NOON, interaction_id=1)
    sent = await reserve_job(database, MONDAY_NOON, interaction_id=2)
    await submitted(database, sent)
    async with database.transaction() as tx:
        assert await transitions.cancel(tx, waiting, MONDAY_NOON)
        assert not await transitions.cancel(tx, sent, MONDAY_NOON)
    balance = await balance_of(database, MONDAY_NOON)
    assert (balance.available, balance.reserved) == (342, 18)
    await audit(database)


async def test_of_two_racers_one_wins_and_money_moves_once(database: Database) -> None:
    job_id = await reserve_job(database, MONDAY_NOON)
    await submitted(database, job_id)

    async def succeed() -> bool:
        async with database.transaction() as tx:
            return await transitions.succeed(tx, job_id, "https://example.com/x.png", MONDAY_NOON)

    async def fail() -> bool:
        async with database.transaction() as tx:
            return await transitions.fail(tx, job_id, kind="deadline", text="", now=MONDAY_NOON)

    won = await asyncio.gather(succeed(), fail(), succeed(), fail())
    assert won.count(True) == 1
    await audit(database)


async def test_fifty_at_once_with_credits_for_ten_get_exactly_ten(database: Database) -> None:
    async def ask(number: int) -> bool:
        try:
            await reserve_job(database, MONDAY_NOON, interaction_id=number, price=36)
        except InsufficientCreditsError:
            return False
        return True

    accepted = await asyncio.gather(*(ask(number) for number in range(50)))
    assert accepted.count(True) == 10
    await audit(database)


async def test_refusal_says_how_many_credits_are_missing_and_when_they_come(database: Database) -> None:
    with pytest.raises(InsufficientCreditsError) as refusal:
        await reserve_job(database, MONDAY_NOON, price=400)
    assert (refusal.value.missing, refusal.value.refill_amount) == (40, 360)
    assert refusal.value.refills_at == datetime(2026, 11, 30, tzinfo=UTC)
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM request") == 0


async def test_allowance_is_spent_before_grants_and_a_refund_goes_back_to_both(database: Database) -> None:
    await grant(database, MAYA, 100)
    job_id = await reserve_job(database, MONDAY_NOON, price=400)
    balance = await balance_of(database, MONDAY_NOON)
    assert (balance.allowance, balance.grants) == (0, 60)
    async with database.transaction() as tx:
        await transitions.cancel(tx, job_id, MONDAY_NOON)
    balance = await balance_of(database, MONDAY_NOON)
    assert (balance.allowance, balance.grants) == (360, 100)
    await audit(database)


async def test_refund_of_an_ended_week_ends_with_it_and_keeps_the_granted_share(database: Database) -> None:
    await grant(database, MAYA, 100)
    job_id = await reserve_job(database, MONDAY_NOON, price=400)
    next_week = MONDAY_NOON + timedelta(days=7)
    await balance_of(database, next_week)
    async with database.transaction() as tx:
        await transitions.cancel(tx, job_id, next_week)
    balance = await balance_of(database, next_week)
    assert (balance.allowance, balance.grants) == (360, 100)
    await audit(database)


async def test_lost_picture_gives_its_price_back_as_credits_that_stay(database: Database) -> None:
    job_id = await reserve_job(database, MONDAY_NOON)
    await submitted(database, job_id)
    async with database.transaction() as tx:
        await transitions.succeed(tx, job_id, "https://example.com/x.png", MONDAY_NOON)
        assert await transitions.lose_result(tx, job_id, MONDAY_NOON)
        assert not await transitions.lose_result(tx, job_id, MONDAY_NOON)
    balance = await balance_of(database, MONDAY_NOON)
    assert (balance.allowance, balance.grants) == (342, 18)


async def test_repeated_interaction_makes_no_second_request(database: Database) -> None:
    await reserve_job(database, MONDAY_NOON, interaction_id=5)
    with pytest.raises(DuplicateRequestError):
        await reserve_job(database, MONDAY_NOON, interaction_id=5)
    assert (await balance_of(database, MONDAY_NOON)).reserved == 18
    await audit(database)


async def test_members_do_not_share_an_account(database: Database) -> None:
    await reserve_job(database, MONDAY_NOON, account=MAYA, interaction_id=1)
    elsewhere = Account(guild_id=1002, user_id=MAYA.user_id)
    assert [(await balance_of(database, MONDAY_NOON, who)).available for who in (MAYA, THEO, elsewhere)] == [
        342,
        360,
        360,
    ]


@pytest.mark.parametrize("statement", ["UPDATE ledger_entry SET amount = 1", "DELETE FROM ledger_entry"])
async def test_ledger_is_append_only(database: Database, statement: str) -> None:
    await balance_of(database, MONDAY_NOON)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        async with database.transaction() as tx:
            await tx.execute(statement)


async def test_database_itself_refuses_a_balance_below_zero(database: Database) -> None:
    await balance_of(database, MONDAY_NOON)
    with pytest.raises(sqlite3.IntegrityError):
        async with database.transaction() as tx:
            request_id = (await requests.insert(tx, new_request(MAYA, 1), MONDAY_NOON)).id
            job_id = (await jobs.insert(tx, MAYA, request_id=request_id, position=1, price=361, now=MONDAY_NOON)).id
            await ledger.reserve(tx, MAYA, job_id=job_id, amount=361, now=MONDAY_NOON)
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM job") == 0


async def test_job_found_submitting_after_a_crash_becomes_uncertain_and_stays_reserved(database: Database) -> None:
    job_id = await reserve_job(database, MONDAY_NOON)
    async with database.transaction() as tx:
        await transitions.submit(tx, job_id, MONDAY_NOON)
    async with database.transaction() as tx:
        assert await transitions.recover(tx, MONDAY_NOON) == 1
        job = await jobs.get(tx, job_id)
    assert job is not None
    assert job.state is JobState.UNCERTAIN
    assert (await balance_of(database, MONDAY_NOON)).reserved == 18


async def test_every_change_of_a_job_makes_its_card_stale(database: Database) -> None:
    job_id = await reserve_job(database, MONDAY_NOON)
    async with database.transaction() as tx:
        await requests.mark_shown(tx, 1, 1)
        await requests.close_notice(tx, 1)
        assert await requests.ids_to_show(tx) == []
        await transitions.submit(tx, job_id, MONDAY_NOON)
        assert await requests.ids_to_show(tx) == [1]


async def test_refund_above_what_a_lowered_rule_gives_ends_at_once(database: Database) -> None:
    lowered = GuildSettings(default_allowance=Allowance.of(100, PeriodKind.WEEK))
    first = await reserve_job(database, MONDAY_NOON, interaction_id=1, price=90)
    await reserve_job(database, MONDAY_NOON, interaction_id=2, price=80)
    assert (await balance_of(database, MONDAY_NOON, settings=lowered)).allowance == 0
    async with database.transaction() as tx:
        await transitions.cancel(tx, first, MONDAY_NOON)
        assert (await kinds(tx))[-2:] == [("refund", 90), ("expire", -70)]
    assert (await balance_of(database, MONDAY_NOON, settings=lowered)).allowance == 20
    await audit(database)


async def test_credits_are_taken_away_from_grants_first_and_never_below_zero(database: Database) -> None:
    await grant(database, MAYA, 50)
    for amount, left in ((-30, (360, 20)), (-60, (320, 0)), (-321, (320, 0)), (10, (320, 10)), (-330, (0, 0))):
        with suppress(AdjustmentTooLargeError):
            async with database.transaction() as tx:
                balance = await accounts.balance(tx, MAYA, DEFAULTS, MONDAY_NOON)
                await ledger.adjust(tx, MAYA, balance, amount=amount, actor_id=9, note=None, now=MONDAY_NOON)
        balance = await balance_of(database, MONDAY_NOON)
        assert (balance.allowance, balance.grants) == left
    assert (await balance_of(database, MONDAY_NOON + timedelta(days=7))).available == 360
    await audit(database)


async def test_forgotten_member_has_the_same_credits_by_whatever_rule_comes_next(database: Database) -> None:
    unlimited = GuildSettings(default_allowance=Allowance(kind=AllowanceKind.UNLIMITED))
    for number, day in enumerate((0, 0, 0, 8), start=1):
        asked_at = MONDAY_NOON + timedelta(days=day)
        job_id = await reserve_job(database, asked_at, interaction_id=number, settings=unlimited)
        await submitted(database, job_id, remote_task_id=f"t{number}")
        async with database.transaction() as tx:
            assert await transitions.succeed(tx, job_id, "https://pictures.example/1.png", asked_at)
            await tx.execute("UPDATE job SET state = 'delivered', delivered_at = delivering_at")
    now = MONDAY_NOON + timedelta(days=9)
    async with database.transaction() as tx:
        before = await accounts.balance(tx, MAYA, DEFAULTS, now)
        begun = await forgetting.begin(tx, MAYA.user_id, now)
        after = await accounts.balance(tx, MAYA, DEFAULTS, now)
        assert (after.allowance, after.grants) == (before.allowance, before.grants) == (342, 0)
        lines = await statements.latest(tx, MAYA, limit=10)
        assert [line.amount for line in lines] == [342]
        nobody = Account(guild_id=MAYA.guild_id, user_id=begun.nobody_id)
        once = GuildSettings(default_allowance=Allowance.of(100, PeriodKind.NEVER))
        assert (await accounts.balance(tx, MAYA, once, now)).allowance == 28
        assert await statements.length(tx, nobody) >= 4
