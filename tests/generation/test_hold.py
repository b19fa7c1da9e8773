"""Pauses and blocks of the creates: what ends them, and what the operator is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from generation.alerts import OperatorAlert
from generation.errors import (
    BlockedBy,
    OperatorActionNeededError,
    ServiceUnavailableError,
    UnavailableReason,
)
from generation.hold import SubmissionHold
from storage.errors import DatabaseTroubleError, Trouble
from tests.conftest import HandClock

RATE_LIMITED = ServiceUnavailableError(UnavailableReason.RATE_LIMITED, retry_after_s=7.0)
UNREACHABLE = ServiceUnavailableError(UnavailableReason.UNREACHABLE)


class Bench:
    def __init__(self, clock: HandClock) -> None:
        self.alerts: list[OperatorAlert] = []
        self.balance: float | Exception = 0.0
        self.probes = 0
        self.changes: list[bool] = []
        self.hold = SubmissionHold(probe_balance=self._probe, alert=self._alert, changed=self._note, clock=clock)

    def _note(self) -> None:
        self.changes.append(self.hold.is_waiting)

    async def _probe(self) -> float:
        self.probes += 1
        if isinstance(self.balance, Exception):
            raise self.balance
        return self.balance

    async def _alert(self, alert: OperatorAlert) -> None:
        self.alerts.append(alert)


@pytest.fixture
async def bench(clock: HandClock) -> AsyncIterator[Bench]:
    made = Bench(clock)
    worker = asyncio.create_task(made.hold.work())
    yield made
    worker.cancel()


async def test_rate_limit_holds_creates_as_long_as_the_provider_asked(bench: Bench, clock: HandClock) -> None:
    bench.hold.pause(RATE_LIMITED)
    await clock.advance(6.9)
    assert bench.hold.is_waiting
    await clock.advance(0.2)
    assert not bench.hold.is_waiting
    assert bench.changes == [True, False]
    assert bench.alerts == []


async def test_pauses_grow_while_the_trouble_lasts_and_are_short_after_a_success(
    bench: Bench, clock: HandClock
) -> None:
    lengths_s: list[float] = []
    for attempt in range(8):
        if attempt == 7:
            bench.hold.succeeded()
        bench.hold.pause(UNREACHABLE)
        began = clock.now()
        while bench.hold.is_waiting:
            await clock.advance(1)
        lengths_s.append((clock.now() - began).total_seconds())
    assert lengths_s == [2, 4, 8, 16, 32, 60, 60, 2]


async def test_alert_that_cannot_be_written_down_yet_is_told_later_and_ends_nothing(
    bench: Bench, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, left = bench.hold._alert, [1, 2, 3]

    async def locked_at_first(alert: OperatorAlert) -> None:
        if left:
            left.pop()
            raise DatabaseTroubleError(Trouble.LOCKED)
        await told(alert)

    monkeypatch.setattr(bench.hold, "_alert", locked_at_first)
    bench.hold.pause(OperatorActionNeededError(BlockedBy.CREDITS))
    await clock.advance(600)
    assert bench.alerts == [OperatorAlert(BlockedBy.CREDITS)]
    bench.balance = 100.5
    await clock.advance(600)
    assert not bench.hold.is_waiting


async def test_time_of_day_in_place_of_seconds_holds_creates_for_an_hour_at_most(
    bench: Bench, clock: HandClock
) -> None:
    bench.hold.pause(ServiceUnavailableError(UnavailableReason.RATE_LIMITED, retry_after_s=1_764_556_800))
    await clock.advance(3601)
    assert not bench.hold.is_waiting


async def test_creates_that_fail_together_are_one_trouble_and_one_pause(bench: Bench, clock: HandClock) -> None:
    for length_s in (2, 4):
        for _ in range(12):
            bench.hold.pause(UNREACHABLE)
        await clock.advance(length_s - 0.1)
        assert bench.hold.is_waiting
        await clock.advance(0.2)
        assert not bench.hold.is_waiting


async def test_block_tells_the_operator_once_and_ends_when_a_probe_works(bench: Bench, clock: HandClock) -> None:
    refused = OperatorActionNeededError(BlockedBy.CREDITS)
    bench.hold.pause(refused)
    bench.hold.pause(refused)
    await clock.advance(600)
    assert bench.alerts == [OperatorAlert(BlockedBy.CREDITS)]
    assert bench.hold.is_waiting
    bench.balance = 100.5
    await clock.advance(301)
    assert not bench.hold.is_waiting
    assert len(bench.alerts) == 1
    bench.hold.succeeded()
    await clock.advance(0)
    assert bench.alerts[1:] == [OperatorAlert(BlockedBy.CREDITS, over=True)]


async def test_balance_that_pays_for_no_image_keeps_the_block(bench: Bench, clock: HandClock) -> None:
    bench.balance = 17.5
    bench.hold.pause(OperatorActionNeededError(BlockedBy.CREDITS))
    await clock.advance(3600)
    assert bench.hold.is_waiting


async def test_block_that_comes_back_after_a_probe_is_not_told_again(bench: Bench, clock: HandClock) -> None:
    bench.balance = 5000.0
    for _ in range(5):
        bench.hold.pause(OperatorActionNeededError(BlockedBy.KEY_LIMIT))
        while bench.hold.is_waiting:
            await clock.advance(60)
    assert bench.alerts == [OperatorAlert(BlockedBy.KEY_LIMIT)]


async def test_trouble_told_before_a_restart_is_not_told_again(bench: Bench, clock: HandClock) -> None:
    bench.hold.resume(BlockedBy.CREDENTIALS)
    bench.hold.pause(OperatorActionNeededError(BlockedBy.CREDENTIALS))
    await clock.advance(600)
    assert bench.alerts == []


async def test_restart_in_the_middle_of_a_block_reads_the_balance_before_any_create(
    bench: Bench, clock: HandClock
) -> None:
    bench.hold.resume(BlockedBy.CREDITS)
    assert bench.hold.is_waiting
    await clock.advance(0.1)
    assert (bench.probes, bench.hold.is_waiting) == (1, True)
    bench.balance = 5000.0
    await clock.advance(15)
    assert (bench.probes, bench.hold.is_waiting) == (2, False)


async def test_restart_after_the_account_was_mended_lets_creates_through_at_once(
    bench: Bench, clock: HandClock
) -> None:
    bench.balance = 5000.0
    bench.hold.resume(BlockedBy.CREDITS)
    await clock.advance(0.1)
    assert not bench.hold.is_waiting


async def test_probe_that_fails_keeps_the_block(bench: Bench, clock: HandClock) -> None:
    bench.balance = OperatorActionNeededError(BlockedBy.CREDENTIALS)
    bench.hold.pause(OperatorActionNeededError(BlockedBy.CREDENTIALS))
    await clock.advance(3600)
    assert bench.hold.is_waiting
    assert 10 <= bench.probes <= 20


async def test_hour_of_rate_limits_costs_at_most_a_minute_after_its_end(bench: Bench, clock: HandClock) -> None:
    began_s, attempts = clock.steady_s(), 0
    while clock.steady_s() - began_s < 3600:
        if not bench.hold.is_waiting:
            attempts += 1
            bench.hold.pause(ServiceUnavailableError(UnavailableReason.RATE_LIMITED))
        await clock.advance(1)
    assert attempts < 70
    assert bench.alerts == []
    await clock.advance(60)
    assert not bench.hold.is_waiting


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1)])
async def test_pause_lasts_as_long_when_the_machines_time_is_set(bench: Bench, clock: HandClock, by: timedelta) -> None:
    bench.hold.pause(RATE_LIMITED)
    clock.set_time(by)
    await clock.advance(6.9)
    assert bench.hold.is_waiting
    await clock.advance(0.2)
    assert not bench.hold.is_waiting
