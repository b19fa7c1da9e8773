"""The operator's account is looked at often enough to warn in time, and not more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime

import pytest

from generation.alarm import Alarm
from generation.alerts import LowBalanceAlert
from generation.balance_watch import BalanceWatch
from generation.errors import BlockedBy, ServiceUnavailableError, UnavailableReason
from generation.workers import Workers
from storage.database import Database
from tests.conftest import HandClock
from tests.storage.books import reserve_job

MINUTE_S = 60


class Account:
    """The provider's account as the watch knows it, counting how often it is asked."""

    def __init__(self) -> None:
        self.left: float | Exception = 1000.0
        self.asked = 0
        self.told: BlockedBy | None = None

    async def balance(self) -> float:
        self.asked += 1
        if isinstance(self.left, Exception):
            raise self.left
        return self.left


class Inbox:
    """The operator's direct messages."""

    def __init__(self) -> None:
        self.alerts: list[object] = []

    def alert_operator(self, alert: object) -> None:
        self.alerts.append(alert)


class Bench:
    def __init__(self, database: Database, clock: HandClock, workers: Workers) -> None:
        self.account, self.inbox, self.clock, self.database = Account(), Inbox(), clock, database
        alarm = Alarm(database, self.inbox, clock, workers)  # type: ignore[arg-type]
        self.watch = BalanceWatch(self.account, database, alarm, self.account, clock, threshold=500)  # type: ignore[arg-type]
        self.worker = asyncio.create_task(self.watch.work())

    async def pass_minutes(self, minutes: int) -> None:
        for _ in range(minutes // 10):
            await self.clock.until_waited_for(self.worker)
            await self.clock.advance(10 * MINUTE_S)
        await self.clock.until_waited_for(self.worker)

    async def make_image(self, now: datetime) -> None:
        job_id = await reserve_job(self.database, now, interaction_id=int(now.timestamp()))
        async with self.database.transaction() as tx:
            await tx.execute("UPDATE job SET delivering_at = ? WHERE id = ?", (int(now.timestamp()), job_id))


@pytest.fixture
async def bench(database: Database, clock: HandClock) -> AsyncIterator[Bench]:
    async with Workers() as workers:
        made = Bench(database, clock, workers)
        await clock.until_waited_for(made.worker)
        yield made
        made.worker.cancel()
        with suppress(asyncio.CancelledError):
            await made.worker


async def test_low_balance_is_told_once_and_its_end_once(bench: Bench) -> None:
    bench.account.left = 499.5
    await bench.pass_minutes(180)
    assert bench.inbox.alerts == [LowBalanceAlert(499.5, 500)]
    bench.account.left = 500.0
    await bench.pass_minutes(180)
    assert bench.inbox.alerts[1:] == [LowBalanceAlert(500.0, 500, over=True)]


async def test_idle_bot_asks_once_an_hour_and_a_busy_one_every_ten_minutes(bench: Bench) -> None:
    assert bench.account.asked == 1
    await bench.pass_minutes(120)
    assert bench.account.asked == 3
    for _ in range(3):
        await bench.make_image(bench.clock.now())
        await bench.pass_minutes(10)
    assert bench.account.asked == 6


async def test_provider_that_does_not_answer_is_no_alarm(bench: Bench) -> None:
    bench.account.left = ServiceUnavailableError(UnavailableReason.UNREACHABLE)
    await bench.pass_minutes(120)
    assert bench.inbox.alerts == []


async def test_who_knows_that_the_account_is_empty_is_not_told_that_it_is_low(bench: Bench) -> None:
    bench.account.left, bench.account.told = 0.0, BlockedBy.CREDITS
    await bench.pass_minutes(120)
    assert bench.inbox.alerts == []
