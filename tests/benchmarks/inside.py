"""Accepting a request, and turns among guilds: the bot's own parts, called directly."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

from generation.asking import Ask, Asker
from generation.clock import SystemClock
from generation.guild_queue import GuildQueue, WaitingJob
from generation.intake import Intake
from generation.options import GenerationRequest
from generation.places import Places
from generation.prices import PriceTable
from storage.accounts import Account
from storage.allowances import Allowance
from storage.database import Database, InThread, Parameters
from storage.guild_settings import GuildSettings
from storage.periods import PeriodKind
from tests.benchmarks.table import RUNS, Row

ACCEPTS = 200
MOST_RATIO = 1.5
DEFAULTS = GuildSettings(default_allowance=Allowance.of(1_000_000, PeriodKind.WEEK))
GUILDS, BURST, PLACES = 50, 500, 80

Statements = list[tuple[str, Parameters]]


async def rows() -> list[Row]:
    """Measure the one in milliseconds, the other in rounds."""
    return [await _accept(1), await _accept(20), await _fairness()]


async def _accept(at_once: int) -> Row:
    """Accept the same asks through the bot's `Intake`, and as the same statements on a connection of sqlite3."""
    ours: list[float] = []
    straight: list[float] = []
    with tempfile.TemporaryDirectory(prefix="plantain-bench-") as folder:
        base = Path(folder) / "base.db"
        async with Database.open(base) as database:
            await _accept_all(database, 0, 20, at_once=1)
        for run in range(RUNS):
            copies = [Path(folder) / f"{run}-{name}.db" for name in ("recorded", "ours", "straight")]
            for copy in copies:
                shutil.copy(base, copy)
            transactions = await _recorded(copies[0])
            async with Database.open(copies[1]) as database:
                began_s = perf_counter()
                await _accept_all(database, 1, ACCEPTS, at_once=at_once)
                ours.append((perf_counter() - began_s) / ACCEPTS * 1000)
            straight.append(await asyncio.to_thread(_straight, copies[2], transactions))
    return Row(
        what=f"accepting a request, durably, {at_once} at a time",
        unit="ms",
        ours=ours,
        beside=straight,
        beside_name="sqlite3, the same statements, one after another",
        most_ratio=MOST_RATIO,
    )


async def _accept_all(database: Database, batch: int, count: int, *, at_once: int) -> None:
    intake = Intake(database, PriceTable.parse(""), DEFAULTS, SystemClock())
    numbers = iter(range(count))

    async def go_on() -> None:
        for number in numbers:
            await accept(number)

    async def accept(number: int) -> None:
        account = Account(guild_id=1 + number % 5, user_id=1 + number % 20)
        asker = Asker(account=account, role_ids=frozenset(), channel_id=7, name="Maya")
        order = GenerationRequest(prompt=f"a fox in the snow, number {number}")
        ask = Ask(asker=asker, interaction_id=batch * 10_000 + number + 1, order=order, image_count=1, spoiler=False)
        await intake.accept(ask)

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(go_on())


async def _recorded(path: Path) -> list[Statements]:
    """Return what `_accept_all` does in each transaction."""
    transactions: list[Statements] = []

    class Recording(InThread):
        def __init__(self, connection: sqlite3.Connection) -> None:
            super().__init__(connection)
            transactions.append([])

        async def execute(self, sql: str, parameters: Parameters = ()) -> int:
            transactions[-1].append((sql, parameters))
            return await super().execute(sql, parameters)

        async def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
            transactions[-1].append((sql, parameters))
            return await super().row(sql, parameters)

        async def insert(self, sql: str, parameters: Parameters = ()) -> int:
            transactions[-1].append((sql, parameters))
            return await super().insert(sql, parameters)

        async def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
            transactions[-1].append((sql, parameters))
            return await super().rows(sql, parameters)

    with patch("storage.database.InThread", Recording):
        async with Database.open(path) as database:
            await _accept_all(database, 1, ACCEPTS, at_once=1)
    return transactions


def _straight(path: Path, transactions: Sequence[Statements]) -> float:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
        began_s = perf_counter()
        for statements in transactions:
            connection.execute("BEGIN IMMEDIATE")
            for sql, parameters in statements:
                connection.execute(sql, parameters).fetchall()
            connection.execute("COMMIT")
        return (perf_counter() - began_s) / len(transactions) * 1000


async def _fairness() -> Row:
    """Tell how many rounds a single image elsewhere waits for one guild's burst; a round is one for each guild."""
    ours, in_line = [], []
    for burst_guild in range(RUNS):
        order = await _order_of_turns(burst_guild)
        singles = [place for place, job in enumerate(order) if job.guild_id != burst_guild]
        # Whoever comes after a burst of 500 waits for all of it, where nobody takes turns.
        ours.append(max(place - nth for nth, place in enumerate(singles)) / GUILDS)
        in_line.append(BURST / GUILDS)
    return Row(
        what=f"{GUILDS} guilds, one with {BURST} images: longest extra wait of a single image elsewhere",
        unit="rounds",
        ours=ours,
        beside=in_line,
        beside_name="first come, first served",
        most=1.0,
    )


async def _order_of_turns(burst_guild: int) -> list[WaitingJob]:
    """Let all guilds queue for places that are taken; return who got those that came free."""
    places, started = Places(PLACES), list[WaitingJob]()
    for _ in range(PLACES):
        places.occupy()

    async def go() -> None:
        return

    settings = GuildSettings(images_at_once=BURST, member_images_at_once=BURST)
    queues = {
        guild: GuildQueue(settings, places=places, wait_for_go=go, start=started.append) for guild in range(GUILDS)
    }
    for number in range(BURST):
        queues[burst_guild].add(WaitingJob(number, burst_guild, number % 25))
    workers = [asyncio.create_task(queues[burst_guild].work())]
    await asyncio.sleep(0)
    for guild in queues.keys() - {burst_guild}:
        queues[guild].add(WaitingJob(10_000 + guild, guild, 1))
        workers.append(asyncio.create_task(queues[guild].work()))
    await asyncio.sleep(0)
    while any(not worker.done() for worker in workers):
        places.free()
        for _ in range(5):
            await asyncio.sleep(0)
    return started
