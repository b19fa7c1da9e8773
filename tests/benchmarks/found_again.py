"""Finding images again among a million: the history, search, credits, families; and what a guild used."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from generation.clock import SystemClock
from generation.usage_desk import UsageDesk
from generation.usage_spans import SpanChoice
from storage import accounts, history, lineage, statements
from storage.accounts import Account
from storage.database import Database
from storage.guild_settings import GuildSettings
from storage.history import HistoryFilter, Only
from tests.benchmarks.million import FIRST_DAY, HEAVY, IMAGES, SECONDS_BETWEEN, build, vocabulary
from tests.benchmarks.table import Row, p99_row

CALLS = 2000
REPORTS = 240
GOAL_MS, REPORT_GOAL_MS = 10.0, 100.0
A_PAGE = 10

Call = Callable[[], Awaitable[object]]


async def rows(folder: Path) -> list[Row]:
    """Measure through the functions that the bot itself calls."""
    path = await build(folder)
    await asyncio.to_thread(_read_once, path)
    chance = random.Random(11)
    words = vocabulary(random.Random(7))
    heavy = Account(guild_id=HEAVY[0], user_id=HEAVY[1])
    async with Database.open(path) as database:
        async with database.reading() as tx:
            known = await tx.rows("SELECT DISTINCT guild_id, user_id FROM account ORDER BY random() LIMIT 500")
        everybody = [Account(guild_id=row["guild_id"], user_id=row["user_id"]) for row in known]

        def page(account: Account, *, before: int | None = None, **filters: object) -> Call:
            async def call() -> object:
                async with database.reading() as tx:
                    wanted = HistoryFilter(account=account, **filters)  # type: ignore[arg-type]
                    return await history.page(tx, wanted, before=before, limit=A_PAGE)

            return call

        def found(account: Account, text: str, skip: int = 0) -> Call:
            async def call() -> object:
                async with database.reading() as tx:
                    return await history.search(tx, HistoryFilter(account=account, words=text), skip=skip, limit=A_PAGE)

            return call

        def credits_of(account: Account) -> Call:
            async def call() -> object:
                async with database.transaction() as tx:
                    now = datetime(2026, 11, 26, tzinfo=UTC)
                    await accounts.balance(tx, account, GuildSettings(), now, role_ids=())
                    return await statements.latest(tx, account, limit=10)

            return call

        def family(job_id: int) -> Call:
            async def call() -> object:
                async with database.reading() as tx:
                    return await lineage.family(tx, job_id)

            return call

        last_moment = datetime.fromtimestamp(FIRST_DAY, UTC) + timedelta(
            seconds=SECONDS_BETWEEN * await _asked(database)
        )
        desk = UsageDesk(database, GuildSettings(), StandingClock(last_moment))

        def used(account: Account, span: SpanChoice, *, alone: bool = False) -> Call:
            return lambda: desk.report(account.guild_id, span, account.user_id if alone else None)

        def any_account() -> Account:
            return heavy if chance.random() < 0.5 else chance.choice(everybody)

        day = datetime.fromtimestamp(FIRST_DAY, UTC)
        since = [day + timedelta(days=chance.randrange(500)) for _ in range(CALLS)]
        groups: list[tuple[str, list[Call]]] = [
            ("history, newest page", [page(any_account()) for _ in range(CALLS)]),
            ("history, any page", [page(any_account(), before=chance.randrange(IMAGES)) for _ in range(CALLS)]),
            (
                "history, one size",
                [
                    page(any_account(), before=chance.randrange(IMAGES), resolution=chance.choice(["1K", "2K", "4K"]))
                    for _ in range(CALLS)
                ],
            ),
            (
                "history, a week",
                [page(any_account(), since=start, until=start + timedelta(days=7)) for start in since],
            ),
            (
                "history, one size in a week",
                [page(any_account(), since=start, until=start + timedelta(days=7), resolution="4K") for start in since],
            ),
            ("history, remixes", [page(any_account(), only=Only.REMIXES) for _ in range(CALLS)]),
            ("history, undelivered", [page(any_account(), only=Only.UNDELIVERED) for _ in range(CALLS)]),
            (
                "history of others, without private ones",
                [page(any_account(), before=chance.randrange(IMAGES), with_private=False) for _ in range(CALLS)],
            ),
            (
                "search, one of the commonest words",
                [found(any_account(), chance.choice(words[:10])) for _ in range(CALLS)],
            ),
            ("search, any word", [found(any_account(), chance.choice(words)) for _ in range(CALLS)]),
            (
                "search, two words",
                [found(any_account(), " ".join(chance.sample(words[:200], 2))) for _ in range(CALLS)],
            ),
            ("search, no valid query", [found(any_account(), f'"{chance.choice(words)} (') for _ in range(CALLS)]),
            ("search, a later page", [found(heavy, chance.choice(words[:40]), skip=50) for _ in range(CALLS)]),
            ("credits", [credits_of(any_account()) for _ in range(CALLS)]),
            ("family of an image", [family(chance.randrange(1, IMAGES)) for _ in range(CALLS)]),
        ]
        reports: list[tuple[str, list[Call]]] = [
            ("usage of 30 days", [used(any_account(), SpanChoice.DAYS_30) for _ in range(REPORTS)]),
            ("usage of 90 days", [used(any_account(), SpanChoice.DAYS_90) for _ in range(REPORTS)]),
            (
                "usage of one member in 90 days",
                [used(any_account(), SpanChoice.DAYS_90, alone=True) for _ in range(REPORTS)],
            ),
        ]
        return [
            *[await p99_row(f"{name}, p99", calls, most_ms=GOAL_MS) for name, calls in groups],
            *[await p99_row(f"{name}, p99", calls, most_ms=REPORT_GOAL_MS) for name, calls in reports],
        ]


def _read_once(path: Path) -> None:
    """Bring the file into the machine's cache, where that of a bot that runs is: else the disk is measured."""
    with path.open("rb") as file:
        while file.read(1024 * 1024):
            pass


async def _asked(database: Database) -> int:
    """Return how many requests there are."""
    async with database.reading() as tx:
        return await tx.value("SELECT count(*) FROM request")


class StandingClock(SystemClock):
    """Shows one moment."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self._moment = moment

    def now(self) -> datetime:
        return self._moment
