"""Which of the rules that concern a member counts."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import pytest

from storage import accounts, allowances, ledger
from storage.accounts import Balance
from storage.allowances import Allowance, AllowanceKind, AllowanceRule, Scope
from storage.database import Database
from storage.guild_settings import GuildSettings
from storage.periods import PeriodKind
from tests.storage.books import DEFAULTS, MAYA, ORCHARD, THEO, kinds, reserve_job

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNLIMITED = Allowance(kind=AllowanceKind.UNLIMITED)
NONE = Allowance(kind=AllowanceKind.NONE)
OLD_ROLE, NEW_ROLE = 71, 72


def giving(amount: int, period: str) -> Allowance:
    return Allowance.of(amount, PeriodKind(period))


def default(allowance: Allowance) -> AllowanceRule:
    return AllowanceRule(scope=Scope.DEFAULT, target_id=0, allowance=allowance)


def role(allowance: Allowance, role_id: int = OLD_ROLE) -> AllowanceRule:
    return AllowanceRule(scope=Scope.ROLE, target_id=role_id, allowance=allowance)


def own(allowance: Allowance) -> AllowanceRule:
    return AllowanceRule(scope=Scope.MEMBER, target_id=MAYA.user_id, allowance=allowance)


# Each line: what it says, the rules that concern a member, and the place of the one that counts.
TABLE = {
    "alone the default counts": ([default(giving(90, "week"))], 0),
    "a default of none gives nothing": ([default(NONE)], 0),
    "a role that gives more counts": ([default(giving(90, "week")), role(giving(180, "week"))], 1),
    "a role that gives less does not": ([default(giving(90, "week")), role(giving(36, "week"))], 0),
    "an own rule that gives less does not": ([default(giving(90, "week")), own(giving(36, "week"))], 0),
    "the best of two roles counts": (
        [default(NONE), role(giving(90, "week")), role(giving(91, "week"), NEW_ROLE)],
        2,
    ),
    "a role counts where the default is none": ([default(NONE), role(giving(1, "month"))], 1),
    "a role's none shuts out the default": ([default(giving(900, "day")), role(NONE)], 1),
    "a role's none shuts out a default without limit": ([default(UNLIMITED), role(NONE)], 1),
    "a role's none does not shut out another role": (
        [default(giving(900, "day")), role(NONE), role(giving(18, "week"), NEW_ROLE)],
        2,
    ),
    "a role's none does not shut out an own rule": (
        [default(giving(900, "day")), role(NONE), own(giving(18, "week"))],
        2,
    ),
    "an own none shuts out everything": (
        [default(UNLIMITED), role(UNLIMITED), role(giving(900, "day"), NEW_ROLE), own(NONE)],
        3,
    ),
    "of two roles with none the older is named": ([default(giving(90, "week")), role(NONE, NEW_ROLE), role(NONE)], 2),
    "no limit beats any amount": ([default(UNLIMITED), role(giving(1_000_000, "day")), own(giving(900, "day"))], 0),
    "where all are without limit the own rule is named": ([default(UNLIMITED), role(UNLIMITED), own(UNLIMITED)], 2),
    "of equals the more personal is named": (
        [default(giving(90, "week")), role(giving(90, "week")), own(giving(90, "week"))],
        2,
    ),
    "of equal roles the older is named": (
        [default(giving(36, "week")), role(giving(90, "week"), NEW_ROLE), role(giving(90, "week"))],
        2,
    ),
    "18 a day beats 125 a week": ([default(giving(125, "week")), role(giving(18, "day"))], 1),
    "127 a week beats 18 a day": ([default(giving(127, "week")), role(giving(18, "day"))], 0),
    "18 a day beats 539 a month": ([default(giving(539, "month")), role(giving(18, "day"))], 1),
    "541 a month beats 18 a day": ([default(giving(541, "month")), role(giving(18, "day"))], 0),
    "70 a week beats 299 a month": ([default(giving(299, "month")), role(giving(70, "week"))], 1),
    "301 a month beats 70 a week": ([default(giving(301, "month")), role(giving(70, "week"))], 0),
    "as much a day in a longer period is better": ([own(giving(18, "day")), default(giving(126, "week"))], 1),
    "a little each month beats much once": ([default(giving(1, "month")), own(giving(1_000_000, "never"))], 0),
    "of two given once the larger counts": ([default(giving(91, "never")), own(giving(90, "never"))], 0),
    "once is better than none": ([default(NONE), role(giving(1, "never"))], 1),
    "an own once does not shut out a role": ([default(NONE), role(giving(18, "week")), own(giving(90, "never"))], 1),
}


@pytest.mark.parametrize(("rules", "wins"), TABLE.values(), ids=TABLE.keys())
def test_rule_that_counts(rules: list[AllowanceRule], wins: int) -> None:
    assert allowances.winner(rules) == rules[wins]
    assert allowances.winner(rules[::-1]) == rules[wins], "the order in which they are read must not matter"


async def set_rules(database: Database, *rules: AllowanceRule) -> None:
    async with database.transaction() as tx:
        for rule in rules:
            await allowances.put(tx, ORCHARD, rule, NOW)


async def look(
    database: Database, *, role_ids: frozenset[int] = frozenset(), settings: GuildSettings = DEFAULTS
) -> Balance:
    async with database.transaction() as tx:
        return await accounts.balance(tx, MAYA, settings, NOW, role_ids=role_ids)


async def test_only_rules_of_the_member_and_of_their_roles_now_concern_them(database: Database) -> None:
    await set_rules(database, default(giving(90, "week")), role(giving(180, "week")), own(giving(18, "week")))
    async with database.transaction() as tx:
        for user_id, role_ids in ((MAYA.user_id, {OLD_ROLE, 99}), (MAYA.user_id, {99}), (THEO.user_id, {NEW_ROLE})):
            found = await allowances.concerning(
                tx, guild_id=ORCHARD, user_id=user_id, role_ids=role_ids, operator_default=NONE
            )
            expected = [Scope.DEFAULT]
            expected += [Scope.ROLE] if OLD_ROLE in role_ids else []
            expected += [Scope.MEMBER] if user_id == MAYA.user_id else []
            assert [rule.scope for rule in found] == expected


async def test_rules_of_another_guild_do_not_concern_a_member(database: Database) -> None:
    async with database.transaction() as tx:
        for rule in (default(UNLIMITED), role(UNLIMITED), own(UNLIMITED)):
            await allowances.put(tx, ORCHARD + 1, rule, NOW)
    balance = await look(database, role_ids=frozenset({OLD_ROLE}))
    assert (balance.rule, balance.available) == (default(DEFAULTS.default_allowance), 360)


async def test_operators_default_holds_until_the_guild_sets_its_own(database: Database) -> None:
    settings = GuildSettings(default_allowance=giving(72, "day"))
    assert (await look(database, settings=settings)).available == 72
    await set_rules(database, default(giving(90, "week")))
    assert (await look(database, settings=settings)).available == 90
    async with database.transaction() as tx:
        await allowances.remove(tx, ORCHARD, Scope.DEFAULT, 0)
    assert (await look(database, settings=settings)).available == 72


async def test_stored_rule_says_who_set_it_and_when_and_replaces_the_one_before(database: Database) -> None:
    for amount in (90, 180):
        await set_rules(
            database,
            AllowanceRule(scope=Scope.ROLE, target_id=OLD_ROLE, allowance=giving(amount, "month"), set_by=9),
        )
    async with database.reading() as tx:
        stored = await allowances.get(tx, ORCHARD, Scope.ROLE, OLD_ROLE)
        everything = await allowances.of_guild(tx, ORCHARD, NONE)
    assert stored == AllowanceRule(
        scope=Scope.ROLE, target_id=OLD_ROLE, allowance=giving(180, "month"), set_by=9, set_at=NOW
    )
    assert everything == [default(NONE), stored]


async def test_rules_of_a_guild_are_listed_from_general_to_personal(database: Database) -> None:
    await set_rules(database, own(NONE), role(NONE, NEW_ROLE), role(UNLIMITED), default(giving(90, "never")))
    async with database.reading() as tx:
        listed = await allowances.of_guild(tx, ORCHARD, NONE)
    assert [(rule.scope, rule.target_id) for rule in listed] == [
        (Scope.DEFAULT, 0),
        (Scope.ROLE, OLD_ROLE),
        (Scope.ROLE, NEW_ROLE),
        (Scope.MEMBER, MAYA.user_id),
    ]


def test_zero_credits_are_none() -> None:
    assert giving(0, "week") == NONE


@pytest.mark.parametrize(
    "values",
    [
        "'default', 0, 'credits', NULL, 'week'",
        "'default', 0, 'credits', 90, NULL",
        "'default', 0, 'credits', 0, 'week'",
        "'default', 0, 'unlimited', 90, NULL",
        "'default', 5, 'none', NULL, NULL",
        "'role', 0, 'none', NULL, NULL",
        "'everybody', 0, 'none', NULL, NULL",
    ],
)
async def test_database_itself_refuses_a_rule_that_makes_no_sense(database: Database, values: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        async with database.transaction() as tx:
            await tx.execute(
                "INSERT INTO allowance_rule (guild_id, scope, target_id, kind, amount, period, set_by, set_at)"
                f" VALUES (1, {values}, 9, 0)"
            )


# What a changed rule or role does to an account in the middle of its period


async def test_better_rule_adds_only_the_difference_to_what_was_used(database: Database) -> None:
    await reserve_job(database, NOW, price=100)
    await set_rules(database, default(giving(500, "week")))
    assert (await look(database)).available == 400


async def test_worse_rule_takes_what_is_left_but_never_more(database: Database) -> None:
    await reserve_job(database, NOW, price=100)
    await set_rules(database, default(giving(90, "week")))
    assert (await look(database)).available == 0
    await set_rules(database, default(giving(150, "week")))
    assert (await look(database)).available == 50


async def test_role_that_comes_and_goes_gives_nothing_twice(database: Database) -> None:
    await set_rules(database, role(giving(500, "week")))
    seen = [(await look(database, role_ids=roles)).available for roles in (frozenset({OLD_ROLE}), frozenset[int]()) * 3]
    assert seen == [500, 360] * 3
    await reserve_job(database, NOW, price=360)
    assert (await look(database, role_ids=frozenset({OLD_ROLE}))).available == 140


async def test_once_is_given_once_and_what_was_used_of_it_stays_used(database: Database) -> None:
    await set_rules(database, default(giving(100, "never")))
    await reserve_job(database, NOW, price=60)
    for later in (NOW, NOW.replace(month=12), NOW.replace(year=2030)):
        async with database.transaction() as tx:
            balance = await accounts.balance(tx, MAYA, DEFAULTS, later)
        assert (balance.available, balance.refills_at) == (40, None)


async def test_what_was_spent_without_limit_counts_when_a_limit_comes(database: Database) -> None:
    await set_rules(database, default(UNLIMITED))
    balance = await look(database)
    assert (balance.unlimited, balance.refill_amount, balance.refills_at) == (True, 0, None)
    await reserve_job(database, NOW, price=80)
    async with database.reading() as tx:
        assert await kinds(tx) == [("allowance", 80), ("reserve", -80)]
    await set_rules(database, default(giving(100, "week")))
    assert (await look(database)).available == 20


async def test_credits_that_stay_are_left_to_a_member_with_none(database: Database) -> None:
    await look(database)
    async with database.transaction() as tx:
        await ledger.grant(tx, MAYA, amount=50, actor_id=9, note=None, now=NOW)
    await set_rules(database, own(NONE))
    balance = await look(database)
    assert (balance.allowance, balance.grants) == (0, 50)
