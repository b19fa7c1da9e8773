"""Polling remote tasks until they end: one heap of due times for all, asked one after the other."""

from __future__ import annotations

import asyncio
import heapq
import logging
from datetime import timedelta
from itertools import count
from typing import Protocol

from generation.answers import TaskState, TaskStatus
from generation.client import KieClient
from generation.clock import Clock, wait_until_set
from generation.durations import Durations
from generation.errors import (
    FailureKind,
    GenerationError,
    GenerationFailedError,
    OperatorActionNeededError,
    ServiceUnavailableError,
)
from generation.poll_schedule import PollSchedule
from generation.workers import Workers
from storage.jobs import Job

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
DEMAND_HOLDS_S = 0.5
"""For so long it is not counted anew how much all tasks together want to be asked."""

LAST_CHANCE = timedelta(minutes=2)
"""A task past its deadline that cannot be asked about is given up this long after it was first tried to."""


class RunningJob:
    """A job whose remote task is being watched."""

    def __init__(self, job: Job, *, resolution: str, clock: Clock) -> None:
        assert job.remote_task_id is not None
        now, steady_s = clock.now(), clock.steady_s()
        self.job = job
        self.remote_task_id = job.remote_task_id
        self.resolution = resolution
        self._watched_since_s = steady_s
        age_s = (now - (job.running_at or now)).total_seconds()
        self._age_before_s = max(0.0, age_s)  # below 0: the machine's time was set back
        self.troubles = 0  # failed polls in a row
        self.due_s: float | None = None  # by the steady clock; None while it is being asked about
        self.asked_s = self._age_before_s  # how old it was when it was last asked about
        self.was_told = False  # a callback spoke of it
        self.is_urgent = False  # a callback came while it was being asked about

    def elapsed_s(self, steady_s: float) -> float:
        """Return how long ago the task was created."""
        return self._age_before_s + self.watched_s(steady_s)

    def watched_s(self, steady_s: float) -> float:
        """Return for how long this process has been asking about it."""
        return steady_s - self._watched_since_s


class TaskEnds(Protocol):
    """Who is told how a remote task ended. Each is awaited before the task is forgotten."""

    async def task_succeeded(self, running: RunningJob, result_url: str, *, took_s: float | None) -> None:
        """Handle a task whose picture is ready; `took_s`: by the provider's own times, where it tells them."""
        ...

    async def task_failed(self, running: RunningJob, kind: FailureKind, text: str) -> None:
        """Handle a task without a picture."""
        ...


class Poller:
    """Watches remote tasks. When each is asked about follows from the durations seen so far."""

    def __init__(
        self,
        client: KieClient,
        ends: TaskEnds,
        durations: Durations,
        clock: Clock,
        workers: Workers,
        *,
        deadline: timedelta,
        share: float = 1.0,
    ) -> None:
        """`share`: the part of the provider's limit that is this process's."""
        self._client = client
        self._ends = ends
        self._durations = durations
        self._schedule = PollSchedule(durations, share=share)
        self._clock = clock
        self._workers = workers
        self._deadline = deadline
        self._due: list[tuple[float, int, RunningJob]] = []  # by the steady clock, in seconds
        self._order = count()
        self._watched: dict[int, RunningJob] = {}
        self._changed = asyncio.Event()
        self._stretch = 1.0
        self._stretch_counted_s = float("-inf")

    def watch(self, running: RunningJob) -> None:
        """Poll the task until it ends; at once where it may have ended while nobody asked."""
        self._watched[running.job.id] = running
        if self._schedule.may_be_done(running.resolution, running.asked_s):
            self._ask_in(running, 0.0)
        else:
            self._plan(running)

    def ask_now(self, job_id: int) -> None:
        """Ask about a task at once, if it is watched."""
        running = self._watched.get(job_id)
        if running is None:
            return
        running.was_told = True
        if running.due_s is None:
            running.is_urgent = True
        else:
            self._start_poll(running)  # past all that is due: the place that polls leave in the budget is for these

    async def work(self) -> None:
        """Ask about each task when it is due, one after the other within the budget. Runs for ever."""
        next_turn_s = float("-inf")
        while True:
            while self._due and self._due[0][0] != self._due[0][2].due_s:  # it was planned anew, or asked about sooner
                heapq.heappop(self._due)
            now_s = self._clock.steady_s()
            timeout_s = max(self._due[0][0], next_turn_s) - now_s if self._due else None
            if timeout_s is None or timeout_s > 0:
                if await wait_until_set(self._changed, timeout_s=timeout_s, clock=self._clock):
                    self._changed.clear()
                continue
            _, _, running = heapq.heappop(self._due)
            next_turn_s = now_s + 1 / self._schedule.queries_a_second
            self._start_poll(running)

    def _start_poll(self, running: RunningJob) -> None:
        running.due_s = None
        self._workers.start(self._poll(running), name=f"poll job {running.job.id}")

    def _plan(self, running: RunningJob) -> None:
        """Arrange the next poll, counted from the last one."""
        gap_s = self._schedule.next_gap_s(
            running.resolution, running.asked_s, stretch=self._stretch_now(), is_scout=self._is_scout(running)
        )
        if (left_s := self._deadline.total_seconds() - running.asked_s) > 0:
            gap_s = min(gap_s, left_s)
        if running.troubles:
            gap_s = max(gap_s, min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** (running.troubles - 1)))
        self._ask_in(running, running.asked_s + gap_s - running.elapsed_s(self._clock.steady_s()))

    def _is_scout(self, running: RunningJob) -> bool:
        if self._durations.seen(running.resolution):
            return False
        return running is next(one for one in self._watched.values() if one.resolution == running.resolution)

    def _ask_in(self, running: RunningJob, gap_s: float) -> None:
        running.due_s = self._clock.steady_s() + max(0.0, gap_s)
        heapq.heappush(self._due, (running.due_s, next(self._order), running))
        self._changed.set()

    def _stretch_now(self) -> float:
        now_s = self._clock.steady_s()
        if now_s - self._stretch_counted_s >= DEMAND_HOLDS_S:
            tasks = ((one.resolution, one.elapsed_s(now_s)) for one in self._watched.values())
            self._stretch, self._stretch_counted_s = self._schedule.stretch(tasks), now_s
        return self._stretch

    async def _poll(self, running: RunningJob) -> None:
        ended = False
        for attempt in (self._ask, self._in_trouble):
            try:
                ended = await attempt(running)
                break
            except Exception:  # a worker's loop: what nobody foresaw must neither end the watch nor escape its deadline
                log.exception("Polling job %d failed", running.job.id)
        if ended:
            del self._watched[running.job.id]
        elif running.is_urgent:
            running.is_urgent = False
            self._start_poll(running)
        else:
            self._plan(running)

    async def _ask(self, running: RunningJob) -> bool:
        """Return whether the task has ended."""
        elapsed_s = running.elapsed_s(self._clock.steady_s())
        try:
            status = await self._client.query(
                running.remote_task_id, since_create_s=elapsed_s, turn_key=running.job.account.guild_id
            )
        except GenerationFailedError as error:
            await self._ends.task_failed(running, error.kind, error.provider_message)
            return True
        except (ServiceUnavailableError, OperatorActionNeededError, GenerationError) as error:
            log.info("Job %d could not be asked about: %s", running.job.id, type(error).__name__)
            return await self._in_trouble(running)
        finally:
            running.asked_s = running.elapsed_s(self._clock.steady_s())  # now: it may have waited for its turn
        running.troubles = 0
        if status.state is TaskState.SUCCESS:
            await self._succeeded(running, status)
            return True
        if status.state is TaskState.FAIL:
            failure = status.failure
            kind, text = (failure.kind, failure.message) if failure else (FailureKind.PROVIDER_ERROR, "")
            await self._ends.task_failed(running, kind, text)
            return True
        if elapsed_s >= self._deadline.total_seconds():
            await self._ends.task_failed(running, FailureKind.DEADLINE, "")
            return True
        return False

    async def _succeeded(self, running: RunningJob, status: TaskStatus) -> None:
        if not status.result_urls:
            await self._ends.task_failed(running, FailureKind.NO_RESULT, "")
            return
        self._schedule.note_end(told=running.was_told)
        took_s = None
        if status.created_at and status.completed_at:
            took_s = (status.completed_at - status.created_at).total_seconds()
            self._learn(running, took_s)
        await self._ends.task_succeeded(running, status.result_urls[0], took_s=took_s)

    def _learn(self, running: RunningJob, took_s: float) -> None:
        """Take a duration in, and plan the resolution's other tasks anew: what was thought of them may be wrong."""
        self._durations.learn(running.resolution, took_s)
        now_s = self._clock.steady_s()
        for other in self._watched.values():
            waits = other.due_s is not None and other.due_s > now_s
            if waits and other is not running and other.resolution == running.resolution:
                self._plan(other)

    async def _in_trouble(self, running: RunningJob) -> bool:
        running.troubles += 1
        steady_s = self._clock.steady_s()
        is_due = running.elapsed_s(steady_s) >= self._deadline.total_seconds()
        if not is_due or running.watched_s(steady_s) < LAST_CHANCE.total_seconds():
            return False
        await self._ends.task_failed(running, FailureKind.DEADLINE, "")
        return True
