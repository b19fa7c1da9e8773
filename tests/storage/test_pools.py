"""What a guild, or all guilds together, may spend: three ceilings that hold at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from generation.asking import Ask, Asker
from generation.intake import Intake
from generation.options import GenerationRequest
from generation.prices import PriceTable
from storage import allowances, guild_settings, pools, transitions
from storage.accounts import Account
from storage.allowances import Allowance, AllowanceKind, AllowanceRule, Scope
from storage.card_readings import CardReading
from storage.database import Database
from storage.errors import InsufficientCreditsError, PoolExhaustedError
from storage.guild_settings import GuildSettings, Setting
from storage.periods import PeriodKind
from storage.pools import ALL_GUILDS, Pool, PoolLevel, PoolOwner
from tests.conftest import HandClock
from tests.storage.books import ORCHARD, audit

QUARRY = 1002
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)  # a Monday
DAY, WEEK, MONTH, NEVER = PeriodKind
RICH = GuildSettings(default_allowance=Allowance.of(1_000, WEEK))
GUILD, OPERATOR = PoolOwner


@pytest.fixture
def intake(database: Database, clock: HandClock) -> Intake:
    return Intake(database, PriceTable(), RICH, clock)


async def set_pool(
    database: Database, amount: int, period: PeriodKind = WEEK, owner: PoolOwner = GUILD, guild_id: int = ORCHARD
) -> None:
    async with database.transaction() as tx:
        await pools.put(tx, Pool(guild_id=guild_id, owner=owner, amount=amount, period=period, set_by=9), NOW)


async def ask(
    intake: Intake, interaction_id: int, *, count: int = 1, user_id: int = 1, guild_id: int = ORCHARD
) -> CardReading:
    account = Account(guild_id=guild_id, user_id=user_id)
    return await intake.accept(
        Ask(
            asker=Asker(account=account, role_ids=frozenset(), channel_id=2001),
            interaction_id=interaction_id,
            order=GenerationRequest(prompt="a fox"),
            image_count=count,
            spoiler=False,
        )
    )


async def levels(database: Database, now: datetime, *, guild_id: int = ORCHARD) -> list[PoolLevel]:
    async with database.reading() as tx:
        settings = await guild_settings.load(tx, guild_id, RICH)
        return await pools.levels(tx, guild_id, settings, None, now)


async def test_guild_without_a_pool_may_spend_what_its_members_have(database: Database, intake: Intake) -> None:
    await ask(intake, 1, count=4)
    assert await levels(database, NOW) == []


@pytest.mark.parametrize(
    ("amounts", "named"),
    [
        ({(GUILD, ORCHARD): 71, (OPERATOR, ORCHARD): 72, (OPERATOR, ALL_GUILDS): 72}, (GUILD, ORCHARD)),
        ({(GUILD, ORCHARD): 72, (OPERATOR, ORCHARD): 71, (OPERATOR, ALL_GUILDS): 72}, (OPERATOR, ORCHARD)),
        ({(GUILD, ORCHARD): 72, (OPERATOR, ORCHARD): 72, (OPERATOR, ALL_GUILDS): 71}, (OPERATOR, ALL_GUILDS)),
        ({(GUILD, ORCHARD): 1, (OPERATOR, ORCHARD): 2, (OPERATOR, ALL_GUILDS): 3}, (GUILD, ORCHARD)),
        ({(OPERATOR, ORCHARD): 1, (OPERATOR, ALL_GUILDS): 3}, (OPERATOR, ORCHARD)),
    ],
)
async def test_refusal_names_the_first_pool_that_does_not_hold_it(
    database: Database, intake: Intake, amounts: dict[tuple[PoolOwner, int], int], named: tuple[PoolOwner, int]
) -> None:
    for (owner, guild_id), amount in amounts.items():
        await set_pool(database, amount, owner=owner, guild_id=guild_id)
    with pytest.raises(PoolExhaustedError) as refusal:
        await ask(intake, 1, count=4)
    assert (refusal.value.by_operator, refusal.value.guild_id) == (named[0] is OPERATOR, named[1])
    assert (refusal.value.needed, refusal.value.left, refusal.value.amount) == (72, amounts[named], amounts[named])
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM request") == 0


async def test_all_three_that_hold_it_exactly_accept_it_and_then_nothing(database: Database, intake: Intake) -> None:
    for owner, guild_id in ((GUILD, ORCHARD), (OPERATOR, ORCHARD), (OPERATOR, ALL_GUILDS)):
        await set_pool(database, 72, owner=owner, guild_id=guild_id)
    await ask(intake, 1, count=4)
    assert [level.left for level in await levels(database, NOW)] == [0, 0, 0]
    with pytest.raises(PoolExhaustedError):
        await ask(intake, 2, user_id=2)


async def test_member_who_cannot_pay_hears_of_their_own_balance_first(database: Database, intake: Intake) -> None:
    await set_pool(database, 0)
    async with database.transaction() as tx:
        rule = AllowanceRule(scope=Scope.MEMBER, target_id=1, allowance=Allowance(kind=AllowanceKind.NONE))
        await allowances.put(tx, ORCHARD, rule, NOW)
    with pytest.raises(InsufficientCreditsError):
        await ask(intake, 1)


async def test_member_without_limit_is_held_by_the_pool(database: Database, intake: Intake) -> None:
    await set_pool(database, 40)
    async with database.transaction() as tx:
        rule = AllowanceRule(scope=Scope.MEMBER, target_id=1, allowance=Allowance(kind=AllowanceKind.UNLIMITED))
        await allowances.put(tx, ORCHARD, rule, NOW)
    await ask(intake, 1, count=2)
    with pytest.raises(PoolExhaustedError) as refusal:
        await ask(intake, 2)
    assert refusal.value.left == 4


async def test_pool_of_one_guild_does_not_hold_another(database: Database, intake: Intake) -> None:
    await set_pool(database, 0)
    await ask(intake, 1, guild_id=QUARRY)


async def test_pool_over_all_guilds_is_spent_by_each(database: Database, intake: Intake) -> None:
    await set_pool(database, 50, owner=OPERATOR, guild_id=ALL_GUILDS)
    await ask(intake, 1, guild_id=ORCHARD)
    await ask(intake, 2, guild_id=QUARRY)
    for guild_id in (ORCHARD, QUARRY, 1003):
        with pytest.raises(PoolExhaustedError) as refusal:
            await ask(intake, 3, guild_id=guild_id)
        assert (refusal.value.guild_id, refusal.value.left) == (ALL_GUILDS, 14)


async def test_operators_setting_holds_until_a_pool_is_set(database: Database, clock: HandClock) -> None:
    setting = Pool(guild_id=ALL_GUILDS, owner=OPERATOR, amount=18, period=DAY)
    intake = Intake(database, PriceTable(), RICH, clock, operator_pool=setting)
    with pytest.raises(PoolExhaustedError):
        await ask(intake, 1, count=2)
    await set_pool(database, 36, owner=OPERATOR, guild_id=ALL_GUILDS)
    await ask(intake, 2, count=2)
    async with database.transaction() as tx:
        await pools.remove(tx, ALL_GUILDS, OPERATOR)
    with pytest.raises(PoolExhaustedError) as refusal:
        await ask(intake, 3)
    assert (refusal.value.amount, refusal.value.left) == (18, 0)


@pytest.mark.parametrize(
    ("owner", "period", "refills_at"),
    [
        # The guild's is in Chatham, 13:45 hours ahead, with weeks from Sunday; the operator's in UTC, from Monday.
        (GUILD, DAY, "2026-11-24T10:15Z"),
        (GUILD, WEEK, "2026-11-28T10:15Z"),
        (GUILD, MONTH, "2026-11-30T10:15Z"),
        (OPERATOR, DAY, "2026-11-24T00:00Z"),
        (OPERATOR, WEEK, "2026-11-30T00:00Z"),
        (OPERATOR, MONTH, "2026-12-01T00:00Z"),
        (GUILD, NEVER, None),
    ],
)
async def test_refusal_says_when_the_pool_is_full_again_and_then_it_is(
    database: Database, intake: Intake, clock: HandClock, owner: PoolOwner, period: PeriodKind, refills_at: str | None
) -> None:
    async with database.transaction() as tx:
        await guild_settings.put(tx, ORCHARD, Setting.TIME_ZONE, "Pacific/Chatham")
        await guild_settings.put(tx, ORCHARD, Setting.WEEK_STARTS_ON, 6)
    await set_pool(database, 18, period, owner)
    await ask(intake, 1)
    with pytest.raises(PoolExhaustedError) as refusal:
        await ask(intake, 2)
    if refills_at is None:
        assert refusal.value.refills_at is None
        return
    refill = datetime.fromisoformat(refills_at)
    assert refusal.value.refills_at == refill
    await clock.advance((refill - clock.now()).total_seconds() - 1)
    with pytest.raises(PoolExhaustedError):
        await ask(intake, 3)
    await clock.advance(1)
    await ask(intake, 4)


async def test_refund_gives_the_pool_its_share_back_but_a_lost_picture_was_paid(
    database: Database, intake: Intake
) -> None:
    await set_pool(database, 72)
    cancelled, failed, lost, _ = [job.id for job in (await ask(intake, 1, count=4)).jobs]
    async with database.transaction() as tx:
        assert await transitions.cancel(tx, cancelled, NOW)
        assert await transitions.fail(tx, failed, kind="provider_error", text="", now=NOW)
        assert await transitions.submit(tx, lost, NOW)
        assert await transitions.run(tx, lost, "t1", NOW)
        assert await transitions.succeed(tx, lost, "http://127.0.0.1/x.png", NOW)
        assert await transitions.lose_result(tx, lost, NOW)
    assert [(level.used, level.left) for level in await levels(database, NOW)] == [(36, 36)]
    await audit(database)


async def test_refund_of_an_ended_day_does_not_fill_todays_pool(database: Database, intake: Intake) -> None:
    await set_pool(database, 36, DAY)
    (yesterdays,) = [job.id for job in (await ask(intake, 1)).jobs]
    tomorrow = NOW + timedelta(days=1)
    async with database.transaction() as tx:
        assert await transitions.cancel(tx, yesterdays, tomorrow)
    assert [(level.used, level.left) for level in await levels(database, tomorrow)] == [(0, 36)]


async def test_pool_lowered_under_what_was_used_is_empty_and_not_below(database: Database, intake: Intake) -> None:
    await set_pool(database, 100)
    await ask(intake, 1, count=4)
    await set_pool(database, 50)
    (level,) = await levels(database, NOW)
    assert (level.used, level.left) == (72, 0)
    with pytest.raises(PoolExhaustedError) as refusal:
        await ask(intake, 2)
    assert refusal.value.left == 0
    await set_pool(database, 90)
    await ask(intake, 3)


async def test_pool_set_late_counts_what_was_spent_before_it_was_set(database: Database, intake: Intake) -> None:
    await ask(intake, 1, count=4)
    await set_pool(database, 89)
    with pytest.raises(PoolExhaustedError) as refusal:
        await ask(intake, 2)
    assert refusal.value.left == 17


async def test_time_zone_of_the_guild_moves_its_own_pool_and_not_the_operators(
    database: Database, intake: Intake, clock: HandClock
) -> None:
    """At 20:00 in UTC it is tomorrow in Berlin only after a change to a zone further east."""
    await set_pool(database, 18, DAY)
    await set_pool(database, 36, DAY, OPERATOR)
    await ask(intake, 1)
    async with database.transaction() as tx:
        await guild_settings.put(tx, ORCHARD, Setting.TIME_ZONE, "Asia/Tokyo")
    await clock.advance(4 * 3600)  # 16:00 in UTC, one o'clock of the next day in Tokyo
    await ask(intake, 2)
    assert [level.used for level in await levels(database, clock.now())] == [18, 36]


async def test_operator_hears_of_their_pool_once_another_image_does_not_fit(database: Database, intake: Intake) -> None:
    heard: list[PoolLevel] = []
    intake.pool_used_up = heard.append
    await set_pool(database, 36)
    await set_pool(database, 53, owner=OPERATOR)
    await ask(intake, 1)
    assert heard == []
    await ask(intake, 2)
    assert [(level.pool.owner, level.left) for level in heard] == [(OPERATOR, 17)]


@pytest.mark.parametrize("order", range(5))
@pytest.mark.parametrize(
    ("owner", "guild_id"), [(GUILD, ORCHARD), (OPERATOR, ORCHARD), (OPERATOR, ALL_GUILDS)], ids=str
)
async def test_fifty_members_at_once_with_a_pool_for_ten_images_get_exactly_ten(
    database: Database, intake: Intake, owner: PoolOwner, guild_id: int, order: int
) -> None:
    await set_pool(database, 10 * 18 + 17, owner=owner, guild_id=guild_id)
    members = list(range(1, 51))
    Random(order).shuffle(members)
    answers = await asyncio.gather(*(ask(intake, member, user_id=member) for member in members), return_exceptions=True)
    assert [type(answer) for answer in answers].count(CardReading) == 10
    assert [type(answer) for answer in answers].count(PoolExhaustedError) == 40
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM job") == 10
        assert await tx.value("SELECT count(DISTINCT user_id) FROM job") == 10
        assert await tx.value("SELECT -sum(amount) FROM ledger_entry WHERE kind = 'reserve'") == 180
    await audit(database)


@pytest.mark.parametrize("order", range(5))
async def test_fifty_asks_of_up_to_four_images_never_pass_the_pool(
    database: Database, intake: Intake, order: int
) -> None:
    """Whole requests are accepted or refused; what fits later in the row may still be accepted."""
    await set_pool(database, 10 * 18)
    random = Random(order)
    counts = [random.randint(1, 4) for _ in range(50)]
    answers = await asyncio.gather(
        *(ask(intake, number, count=count, user_id=number) for number, count in enumerate(counts, 1)),
        return_exceptions=True,
    )
    made = sum(count for count, answer in zip(counts, answers, strict=True) if isinstance(answer, CardReading))
    refused = [count for count, answer in zip(counts, answers, strict=True) if not isinstance(answer, CardReading)]
    assert made <= 10
    assert min(refused) > 10 - made, "nothing was refused that fits"
    await audit(database)


async def test_pools_hold_over_a_restart(tmp_path: Path, clock: HandClock) -> None:
    path = tmp_path / "bot.db"
    for number, expected in ((1, True), (2, True), (3, False)):
        async with Database.open(path) as database:
            await set_pool(database, 36)
            answer = await asyncio.gather(
                ask(Intake(database, PriceTable(), RICH, clock), number), return_exceptions=True
            )
            assert isinstance(answer[0], CardReading) is expected


def test_operators_calendar_is_utc_from_monday() -> None:
    assert (pools.OPERATOR_CALENDAR.time_zone, pools.OPERATOR_CALENDAR.week_starts_on) == (ZoneInfo("UTC"), 0)
