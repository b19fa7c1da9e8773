"""The poll schedule over thousands of simulated tasks: the bot's own poller and gate, by a clock that is moved."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import mean
from typing import Any, cast
from unittest.mock import patch

from generation.answers import TaskState, TaskStatus
from generation.client import KieClient
from generation.durations import ASSUMED_RANGE_S, Durations
from generation.errors import FailureKind
from generation.gates import QUERIES, QUERY_WINDOW_S, SlidingWindowGate
from generation.poll_schedule import PollSchedule
from generation.polling import Poller, RunningJob
from generation.workers import Workers
from storage.accounts import Account
from storage.jobs import Job, JobState
from tests.benchmarks.fixed_polls import FixedSchedule
from tests.benchmarks.table import RUNS, Row, percentile
from tests.conftest import HandClock

TASKS_A_RUN = 160
CREATES_A_SECOND = 2.0
STRAGGLERS = 0.05
LATE_FACTOR = 3.0

Draw = Callable[[random.Random], float]


@dataclass
class Outcome:
    """What a run cost."""

    delays_s: list[float] = field(default_factory=list)
    queries: int = 0
    tasks: int = 0


class _Alarm:
    def __init__(self, task: asyncio.Task[None]) -> None:
        self._task = task

    def cancel(self) -> None:
        self._task.cancel()


class Provider:
    """Answers the poller by the clock, behind the bot's own gate."""

    def __init__(self, clock: HandClock, outcome: Outcome) -> None:
        self._clock = clock
        self._outcome = outcome
        self._ends_s: dict[str, tuple[float, float]] = {}
        self.finished = asyncio.Event()
        self._gate = SlidingWindowGate(
            QUERIES,
            QUERY_WINDOW_S,
            reserve=0,
            spacing_s=QUERY_WINDOW_S / QUERIES,
            clock=clock.steady_s,
            call_later=self._call_later,
        )

    def _call_later(self, delay_s: float, call: Callable[[], None]) -> _Alarm:
        async def wait() -> None:
            await self._clock.sleep(delay_s)
            call()

        return _Alarm(asyncio.create_task(wait()))

    def create(self, name: str, took_s: float) -> None:
        began_s = self._clock.steady_s()
        self._ends_s[name] = (began_s, began_s + took_s)

    async def query(self, remote_task_id: str, **_: Any) -> TaskStatus:
        await self._gate.pass_(0)
        self._outcome.queries += 1
        began_s, ends_s = self._ends_s[remote_task_id]
        if self._clock.steady_s() < ends_s:
            return TaskStatus(remote_task_id=remote_task_id, state=TaskState.GENERATING)
        created_at = self._clock.now() - timedelta(seconds=self._clock.steady_s() - began_s)
        return TaskStatus(
            remote_task_id=remote_task_id,
            state=TaskState.SUCCESS,
            result_urls=("https://files.example/a.png",),
            created_at=created_at,
            completed_at=created_at + timedelta(seconds=ends_s - began_s),
        )

    async def task_succeeded(self, running: RunningJob, result_url: str, *, took_s: float | None) -> None:
        self._outcome.delays_s.append(self._clock.steady_s() - self._ends_s[running.remote_task_id][1])
        self.finished.set()

    async def task_failed(self, running: RunningJob, kind: FailureKind, text: str) -> None:
        raise AssertionError(f"no task fails here, but {running.remote_task_id} did: {kind}")


async def simulate(
    seed: int, *, at_once: int, mix: Sequence[tuple[str, Draw]], schedule: type[PollSchedule]
) -> Outcome:
    """Keep so many tasks running, until `TASKS_A_RUN` are done."""
    chance, clock, outcome = random.Random(seed), HandClock(), Outcome()
    provider = Provider(clock, outcome)
    durations = Durations()
    with patch("generation.polling.PollSchedule", schedule):
        async with Workers() as workers:
            poller = Poller(
                cast(KieClient, provider), provider, durations, clock, workers, deadline=timedelta(minutes=15)
            )
            workers.start(poller.work(), name="poller")
            running = 0
            while len(outcome.delays_s) < TASKS_A_RUN:
                running = outcome.tasks - len(outcome.delays_s)
                if running < at_once and outcome.tasks < TASKS_A_RUN:
                    outcome.tasks += 1
                    resolution, draw = chance.choice(mix)
                    name = f"t{outcome.tasks}"
                    provider.create(name, draw(chance))
                    poller.watch(RunningJob(_job(outcome.tasks, name, clock), resolution=resolution, clock=clock))
                    await clock.advance(1 / CREATES_A_SECOND)
                else:
                    await clock.advance(0.25)
    return outcome


def _job(number: int, name: str, clock: HandClock) -> Job:
    job = object.__new__(Job)
    for field_name in Job.__dataclass_fields__:
        object.__setattr__(job, field_name, None)
    for field_name, value in {
        "id": number,
        "remote_task_id": name,
        "state": JobState.RUNNING,
        "account": Account(guild_id=1, user_id=1),
        "running_at": clock.now(),
    }.items():
        object.__setattr__(job, field_name, value)
    return job


def durations_of(resolution: str) -> Draw:
    """Return a draw from the range that resellers report, a few tasks being much later."""
    shortest_s, longest_s = ASSUMED_RANGE_S[resolution]

    def draw(chance: random.Random) -> float:
        if chance.random() < STRAGGLERS:
            return chance.uniform(longest_s, LATE_FACTOR * longest_s)
        return chance.uniform(shortest_s, longest_s)

    return draw


async def rows() -> list[Row]:
    """Simulate each resolution, and all mixed, at 5, 20 and 80 at once."""
    each = {resolution: [(resolution, durations_of(resolution))] for resolution in ASSUMED_RANGE_S}
    mixes = {"1K": each["1K"], "4K": each["4K"], "all sizes": [pair for pairs in each.values() for pair in pairs]}
    found: list[Row] = []
    for at_once in (5, 20, 80):
        for name, mix in mixes.items():
            runs = [
                [await simulate(seed, at_once=at_once, mix=mix, schedule=schedule) for seed in range(RUNS)]
                for schedule in (PollSchedule, FixedSchedule)
            ]
            what = f"{name}, {at_once} at once"
            ours, fixed = runs
            beside = "every 3 s"
            found += [
                Row(
                    what=f"{what}: end to its discovery, mean",
                    unit="s",
                    ours=[mean(run.delays_s) for run in ours],
                    beside=[mean(run.delays_s) for run in fixed],
                    beside_name=beside,
                    most_ratio=1.0,
                ),
                Row(
                    what=f"{what}: the same, p95",
                    unit="s",
                    ours=[percentile(run.delays_s, 95) for run in ours],
                    beside=[percentile(run.delays_s, 95) for run in fixed],
                    beside_name=beside,
                ),
                Row(
                    what=f"{what}: queries for an image",
                    unit="",
                    ours=[run.queries / run.tasks for run in ours],
                    beside=[run.queries / run.tasks for run in fixed],
                    beside_name=beside,
                    most_ratio=1.0,
                ),
            ]
    return found
