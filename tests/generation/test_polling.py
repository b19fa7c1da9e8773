"""The poller: a callback makes it ask at once, and no change of the machine's time shortens or stretches a deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest

from generation.answers import TaskState, TaskStatus
from generation.client import KieClient
from generation.durations import Durations
from generation.errors import FailureKind
from generation.polling import Poller, RunningJob
from generation.workers import Workers
from storage import jobs, transitions
from storage.database import Database
from tests.conftest import HandClock
from tests.storage.books import reserve_job

DEADLINE = timedelta(minutes=15)


class Bench:
    """A poller, and a provider whose only task is pending until it is told otherwise."""

    def __init__(self, clock: HandClock, workers: Workers) -> None:
        self.asked_s: list[float] = []
        self.ended: list[str] = []
        self.state = TaskState.WAITING
        self.states: dict[str, TaskState] = {}
        self.took_s = 0.5
        self.hold_answers = asyncio.Event()
        self.hold_answers.set()
        self._clock = clock
        client = cast(KieClient, self)
        self.poller = Poller(client, self, Durations(), clock, workers, deadline=DEADLINE)

    async def query(self, remote_task_id: str, **_: Any) -> TaskStatus:
        self.asked_s.append(self._clock.steady_s())
        await self.hold_answers.wait()
        return TaskStatus(
            remote_task_id=remote_task_id,
            state=self.states.get(remote_task_id, self.state),
            result_urls=("https://files.example/a.png",),
            created_at=self._clock.now() - timedelta(seconds=self.took_s),
            completed_at=self._clock.now(),
        )

    async def task_succeeded(self, running: RunningJob, result_url: str, *, took_s: float | None) -> None:
        self.ended.append("succeeded")

    async def task_failed(self, running: RunningJob, kind: FailureKind, text: str) -> None:
        self.ended.append(kind)


@pytest.fixture
async def bench(clock: HandClock) -> AsyncIterator[Bench]:
    async with Workers() as workers:
        made = Bench(clock, workers)
        workers.start(made.poller.work(), name="poller")
        yield made


async def running_job(database: Database, clock: HandClock, name: str = "t1") -> RunningJob:
    job_id = await reserve_job(database, clock.now(), interaction_id=int(name[1:]) + 1, price=1)
    async with database.transaction() as tx:
        await transitions.submit(tx, job_id, clock.now())
        await transitions.run(tx, job_id, name, clock.now())
        job = await jobs.get(tx, job_id)
    assert job is not None
    return RunningJob(job, resolution="1K", clock=clock)


async def test_callback_makes_it_ask_at_once_and_only_once_more(
    bench: Bench, database: Database, clock: HandClock
) -> None:
    running = await running_job(database, clock)
    bench.poller.watch(running)
    bench.poller.ask_now(running.job.id)
    await clock.advance(0)
    assert bench.asked_s == [0]
    bench.state = TaskState.SUCCESS
    bench.poller.ask_now(running.job.id)
    await clock.advance(0)
    assert (bench.asked_s, bench.ended) == ([0, 0], ["succeeded"])
    bench.poller.ask_now(running.job.id)  # a repeated callback
    await clock.advance(3600)
    assert bench.asked_s == [0, 0]


async def test_callback_that_comes_while_it_asks_is_not_lost(
    bench: Bench, database: Database, clock: HandClock
) -> None:
    running = await running_job(database, clock)
    bench.poller.watch(running)
    bench.hold_answers.clear()
    bench.poller.ask_now(running.job.id)
    await clock.advance(0)
    bench.poller.ask_now(running.job.id)
    bench.hold_answers.set()
    await clock.advance(0)
    assert bench.asked_s == [0, 0]


@pytest.mark.parametrize("by", [timedelta(hours=1), timedelta(hours=-1)])
async def test_time_that_is_set_neither_ends_a_task_early_nor_stops_the_questions(
    bench: Bench, database: Database, clock: HandClock, by: timedelta
) -> None:
    bench.poller.watch(await running_job(database, clock))
    await clock.advance(20)
    asked = len(bench.asked_s)
    assert asked > 3
    clock.set_time(by)
    await clock.advance(60)
    assert len(bench.asked_s) > asked + 1
    assert bench.ended == []
    await clock.advance(DEADLINE.total_seconds())
    assert bench.ended == [FailureKind.DEADLINE]
    assert DEADLINE.total_seconds() <= bench.asked_s[-1] <= DEADLINE.total_seconds() + 31


async def test_time_set_back_over_a_restart_gives_a_task_its_whole_time(
    bench: Bench, database: Database, clock: HandClock
) -> None:
    running = await running_job(database, clock)
    clock.set_time(timedelta(hours=-1))
    bench.poller.watch(RunningJob(running.job, resolution="1K", clock=clock))
    await clock.advance(30)
    assert len(bench.asked_s) > 3
    assert bench.ended == []


async def test_first_end_that_was_seen_corrects_what_was_planned_for_the_others(
    bench: Bench, database: Database, clock: HandClock
) -> None:
    scout, other = await running_job(database, clock), await running_job(database, clock, "t2")
    bench.poller.watch(scout)
    bench.poller.watch(other)
    bench.state = TaskState.SUCCESS  # both were done after half a second, where 13 were assumed
    await clock.advance(2)
    assert bench.asked_s[0] == pytest.approx(1.0)
    assert bench.ended == ["succeeded", "succeeded"]


async def test_task_that_may_have_ended_while_the_bot_was_away_is_asked_about_at_once(
    bench: Bench, database: Database, clock: HandClock
) -> None:
    old, new = await running_job(database, clock), await running_job(database, clock, "t2")
    await clock.advance(60)
    bench.poller.watch(RunningJob(old.job, resolution="1K", clock=clock))
    await clock.advance(0)
    assert bench.asked_s == [60]
    bench.poller.watch(RunningJob(new.job, resolution="4K", clock=clock))
    await clock.advance(0.2)
    assert len(bench.asked_s) == 2


async def test_hundred_tasks_at_once_are_asked_about_no_more_than_ten_times_a_second(
    bench: Bench, database: Database, clock: HandClock
) -> None:
    for number in range(100):
        bench.poller.watch(await running_job(database, clock, f"t{number}"))
    await clock.advance(60)
    asked = [int(moment_s) for moment_s in bench.asked_s]
    likely = [asked.count(second) for second in range(14, 24)]
    assert sum(likely) / len(likely) <= 10
    assert len(bench.asked_s) > 300
