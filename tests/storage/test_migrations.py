"""A database of the version before, with money in it, is brought up to date and loses none of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import accounts, allowances, guild_settings, pools, transitions
from storage.accounts import Account
from storage.allowances import Allowance, AllowanceKind, AllowanceRule, Scope
from storage.database import Database
from storage.errors import DatabaseUnusableError
from storage.guild_settings import GuildSettings
from storage.jobs import JobState
from storage.migrations import numbered_scripts
from storage.periods import PeriodKind
from tests.storage.books import DEFAULTS, MAYA, ORCHARD, THEO, audit, kinds

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
MONDAY = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())
LAST_MONDAY = MONDAY - 7 * 86_400
QUARRY, MEADOW = 1002, 1003


@contextmanager
def version_1(path: Path) -> Iterator[sqlite3.Connection]:
    """A database as version 1 left it."""
    script = dict(numbered_scripts())[1]
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script.read_text(encoding="utf-8"))
        connection.execute("PRAGMA foreign_keys = ON")
        yield connection
        connection.commit()


def fill(old: sqlite3.Connection) -> None:
    """Two members, who spent this week and last, with an image in each state that matters to money."""
    old.executemany(
        "INSERT INTO guild_setting (guild_id, time_zone, week_starts_on, weekly_allowance, images_at_once,"
        " member_images_at_once, notify_when_done) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(ORCHARD, "UTC", 0, 100, 7, 2, 0), (QUARRY, "Europe/Berlin", 6, 0, None, None, 1)],
    )
    old.execute("INSERT INTO guild_setting (guild_id) VALUES (?)", (MEADOW,))
    old.executemany(
        "INSERT INTO account (guild_id, user_id, period_start) VALUES (?, ?, ?)",
        [(*MAYA.key, MONDAY), (*THEO.key, LAST_MONDAY)],
    )
    jobs = [
        # id, account, state, when it was reserved
        (1, MAYA, "delivered", LAST_MONDAY + 3600),
        (2, MAYA, "failed", LAST_MONDAY + 7200),  # it failed only this week
        (3, MAYA, "delivered", MONDAY + 3600),
        (4, MAYA, "queued", MONDAY + 7200),
        (5, MAYA, "cancelled", MONDAY + 7200),
        (6, THEO, "running", LAST_MONDAY + 3600),
    ]
    for job_id, account, state, at in jobs:
        old.execute(
            "INSERT INTO request (id, guild_id, channel_id, user_id, interaction_id, prompt, aspect_ratio, resolution,"
            " output_format, image_count, spoiler, created_at)"
            " VALUES (?, ?, 1, ?, ?, 'a', '1:1', '1K', 'png', 1, 0, ?)",
            (job_id, *account.key, job_id, at),
        )
        task, failure = f"t{job_id}", "deadline" if state == "failed" else None
        old.execute(
            "INSERT INTO job (id, request_id, guild_id, user_id, position, state, price, remote_task_id, failure_kind,"
            " queued_at) VALUES (?, ?, ?, ?, 1, ?, 18, ?, ?, ?)",
            (job_id, job_id, *account.key, state, task, failure, at),
        )
    entries = [
        # account, job, kind, amount, allowance's part, period, at
        (MAYA, None, "allowance", 100, 100, LAST_MONDAY, LAST_MONDAY),
        (MAYA, None, "grant", 50, 0, None, LAST_MONDAY),
        (MAYA, 1, "reserve", -18, -18, LAST_MONDAY, LAST_MONDAY + 3600),
        (MAYA, 1, "settle", 0, 0, LAST_MONDAY, LAST_MONDAY + 3700),
        (MAYA, 2, "reserve", -18, -10, LAST_MONDAY, LAST_MONDAY + 7200),  # 8 of it from the grants
        (MAYA, None, "expire", -72, -72, LAST_MONDAY, MONDAY + 60),
        (MAYA, None, "allowance", 100, 100, MONDAY, MONDAY + 60),
        (MAYA, 2, "refund", 18, 10, LAST_MONDAY, MONDAY + 120),
        (MAYA, None, "expire", -10, -10, LAST_MONDAY, MONDAY + 120),
        (MAYA, 3, "reserve", -18, -18, MONDAY, MONDAY + 3600),
        (MAYA, 3, "settle", 0, 0, MONDAY, MONDAY + 3700),
        (MAYA, 4, "reserve", -18, -18, MONDAY, MONDAY + 7200),
        (MAYA, 5, "reserve", -18, -18, MONDAY, MONDAY + 7200),
        (MAYA, 5, "refund", 18, 18, MONDAY, MONDAY + 7300),
        (MAYA, None, "adjust", 18, 0, None, MONDAY + 7400),  # for a picture that the provider lost
        (THEO, None, "allowance", 100, 100, LAST_MONDAY, LAST_MONDAY),
        (THEO, 6, "reserve", -18, -18, LAST_MONDAY, LAST_MONDAY + 3600),
    ]
    old.executemany(
        "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, allowance_part, period_start, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(*account.key, *rest) for account, *rest in entries],
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bot.db"
    with version_1(path) as old:
        fill(old)
    return path


async def held(database: Database, account: Account, now: datetime = NOW) -> tuple[int, int, int]:
    async with database.transaction() as tx:
        settings = await guild_settings.load(tx, account.guild_id, DEFAULTS)
        balance = await accounts.balance(tx, account, settings, now)
    return balance.allowance, balance.grants, balance.reserved


async def test_every_entry_is_kept_in_its_order(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        columns = "id, guild_id, user_id, job_id, kind, amount, allowance_part, actor_id, note, created_at"
        before = old.execute(f"SELECT {columns} FROM ledger_entry ORDER BY id").fetchall()
    async with Database.open(path) as database, database.reading() as tx:
        after = [tuple(row) for row in await tx.rows(f"SELECT {columns} FROM ledger_entry ORDER BY id")]
        assert len(before) == 17
        assert after == before


async def test_balances_stay_and_looking_at_them_moves_nothing_within_the_week(path: Path) -> None:
    async with Database.open(path) as database:
        async with database.reading() as tx:
            entries = await kinds(tx)
        await audit(database)
        assert await held(database, MAYA) == (64, 68, 18)
        await audit(database)
        async with database.reading() as tx:
            assert await kinds(tx) == entries


async def test_account_last_seen_in_the_week_before_gets_the_new_week_once(path: Path) -> None:
    async with Database.open(path) as database:
        for _ in range(2):
            assert await held(database, THEO) == (100, 0, 18)
        async with database.reading() as tx:
            assert (await kinds(tx))[-2:] == [("expire", -82), ("allowance", 100)]
        await audit(database)


async def test_refund_counts_in_the_week_of_its_reservation(path: Path) -> None:
    async with Database.open(path) as database, database.reading() as tx:
        rows = await tx.rows("SELECT job_id, kind, counts_at FROM ledger_entry WHERE job_id IS NOT NULL ORDER BY id")
    reserved = {row["job_id"]: row["counts_at"] for row in rows if row["kind"] == "reserve"}
    assert reserved[2] == LAST_MONDAY + 7200
    assert [row["counts_at"] for row in rows] == [reserved[row["job_id"]] for row in rows]


async def test_images_on_their_way_are_paid_for_and_refunded_as_if_nothing_had_happened(path: Path) -> None:
    async with Database.open(path) as database:
        async with database.transaction() as tx:
            assert await transitions.cancel(tx, 4, NOW)
            assert await transitions.fail(tx, 6, kind="deadline", text="", now=NOW)
        assert await held(database, MAYA) == (82, 68, 0)
        assert await held(database, THEO) == (100, 0, 0)
        await audit(database)


async def test_spending_is_recounted_for_each_guild_and_for_all(path: Path) -> None:
    async with Database.open(path) as database, database.reading() as tx:
        for guild_id in (ORCHARD, pools.ALL_GUILDS):
            for since, spent in ((LAST_MONDAY, 72), (MONDAY, 36), (MONDAY + 7200, 18)):
                assert await pools.spent_since(tx, guild_id, datetime.fromtimestamp(since, UTC)) == spent
        assert await pools.spent_since(tx, QUARRY, datetime.fromtimestamp(0, UTC)) == 0


async def test_weekly_allowance_of_a_guild_becomes_its_default_rule(path: Path) -> None:
    async with Database.open(path) as database, database.reading() as tx:
        orchard, quarry, meadow = [
            await allowances.of_guild(tx, guild_id, Allowance.of(360, PeriodKind.WEEK))
            for guild_id in (ORCHARD, QUARRY, MEADOW)
        ]
    assert [rule.allowance for rule in orchard] == [Allowance.of(100, PeriodKind.WEEK)]
    assert [rule.allowance for rule in quarry] == [Allowance(kind=AllowanceKind.NONE)]
    assert meadow == [AllowanceRule(scope=Scope.DEFAULT, target_id=0, allowance=Allowance.of(360, PeriodKind.WEEK))], (
        "a guild that chose none keeps the operator's"
    )
    assert orchard[0].set_by is None


async def test_other_settings_of_a_guild_stay_and_new_ones_begin_as_before(path: Path) -> None:
    async with Database.open(path) as database, database.reading() as tx:
        found = [await guild_settings.load(tx, guild_id, DEFAULTS) for guild_id in (ORCHARD, QUARRY, MEADOW)]
    orchard, quarry, meadow = found
    assert (orchard.images_at_once, orchard.member_images_at_once, orchard.notify_when_done) == (7, 2, False)
    assert (quarry.time_zone.key, quarry.week_starts_on, quarry.images_at_once) == ("Europe/Berlin", 6, 20)
    assert meadow == GuildSettings()


async def test_jobs_and_requests_are_untouched(path: Path) -> None:
    async with Database.open(path) as database, database.reading() as tx:
        states = [row["state"] for row in await tx.rows("SELECT state FROM job ORDER BY id")]
        assert states == ["delivered", "failed", "delivered", "queued", "cancelled", "running"]
        assert await tx.rows("PRAGMA foreign_key_check") == []
        integrity = await tx.row("PRAGMA integrity_check")
    assert JobState(states[3]) is JobState.QUEUED
    assert integrity is not None
    assert tuple(integrity) == ("ok",)


async def test_old_and_new_databases_have_the_same_schema(path: Path, tmp_path: Path) -> None:
    schemas: list[list[tuple[object, ...]]] = []
    for each in (path, tmp_path / "new.db"):
        async with Database.open(each) as database, database.reading() as tx:
            schemas.append(
                [tuple(row) for row in await tx.rows("SELECT type, name, sql FROM sqlite_schema ORDER BY 2")]
            )
    assert schemas[0] == schemas[1]
    assert not [name for _, name, _ in schemas[0] if str(name).endswith("_before")]


async def test_migrating_again_changes_nothing(path: Path) -> None:
    for _ in range(2):
        async with Database.open(path) as database:
            assert await held(database, MAYA) == (64, 68, 18)
            async with database.reading() as tx:
                assert await tx.value("PRAGMA user_version") == numbered_scripts()[-1][0]


async def test_migration_that_fails_leaves_the_version_before(path: Path) -> None:
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE spending (somebody_elses INTEGER)")  # the new version needs this name
        before = list(old.iterdump())
    with pytest.raises(DatabaseUnusableError, match="spending"):
        async with Database.open(path):
            pytest.fail("half a migration was opened")
    with closing(sqlite3.connect(path)) as old:
        assert old.execute("PRAGMA user_version").fetchone() == (1,)
        assert list(old.iterdump()) == before


async def test_next_week_after_the_migration_is_like_any_other(path: Path) -> None:
    async with Database.open(path) as database:
        await held(database, MAYA)
        assert await held(database, MAYA, NOW + timedelta(days=7)) == (100, 68, 18)
        await audit(database)
