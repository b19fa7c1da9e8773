"""Polling remote tasks until they end: one heap of due times, asked one after the other."""

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
from generation.workers import Workers
from storage.jobs import Job

log = logging.getLogger(__name__)

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
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
        self.is_urgent = False  # a callback came while it was being asked about

    def elapsed_s(self, steady_s: float) -> float:
        """Return how long ago the task was created."""
        return self._age_before_s + self.watched_s(steady_s)

    def watched_s(self, steady_s: float) -> float:
        """Return for how long this process has been asking about it."""
        return steady_s - self._watched_since_s


class TaskEnds(Protocol):
    """Who is told how a remote task ended. Each is awaited before the task is forgotten."""

    async def task_succeeded(self, running: RunningJob, result_url: str) -> None:
        """Handle a task whose picture is ready."""
        ...

    async def task_failed(self, running: RunningJob, kind: FailureKind, text: str) -> None:
        """Handle a task without a picture."""
        ...


class Poller:
    """Watches remote tasks. How often each is asked about follows from the durations seen so far."""

    def __init__(
        self,
        client: KieClient,
        ends: TaskEnds,
        durations: Durations,
        clock: Clock,
        workers: Workers,
        *,
        deadline: timedelta,
    ) -> None:
        self._client = client
        self._ends = ends
        self._durations = durations
        self._clock = clock
        self._workers = workers
        self._deadline = deadline
        self._due: list[tuple[float, int, RunningJob]] = []  # by the steady clock, in seconds
        self._order = count()
        self._watched: dict[int, RunningJob] = {}
        self._changed = asyncio.Event()

    def watch(self, running: RunningJob) -> None:
        """Poll the task until it ends."""
        elapsed_s = running.elapsed_s(self._clock.steady_s())
        past_deadline = elapsed_s >= self._deadline.total_seconds()  # the bot was away: ask at once
        self._schedule(running, 0.0 if past_deadline else self._durations.next_gap_s(running.resolution, elapsed_s))

    def ask_now(self, job_id: int) -> None:
        """Ask about a task at once, if it is watched."""
        running = self._watched.get(job_id)
        if running is None:
            return
        if running.due_s is None:
            running.is_urgent = True
        else:
            self._schedule(running, 0.0)

    async def work(self) -> None:
        """Ask about each task when it is due. Runs for ever."""
        while True:
            timeout_s = self._due[0][0] - self._clock.steady_s() if self._due else None
            if timeout_s is None or timeout_s > 0:
                if await wait_until_set(self._changed, timeout_s=timeout_s, clock=self._clock):
                    self._changed.clear()
                continue
            due_s, _, running = heapq.heappop(self._due)
            if due_s != running.due_s:  # it was asked about earlier than planned
                continue
            running.due_s = None
            self._workers.start(self._poll(running), name=f"poll job {running.job.id}")

    def _schedule(self, running: RunningJob, gap_s: float) -> None:
        running.due_s = self._clock.steady_s() + gap_s
        self._watched[running.job.id] = running
        heapq.heappush(self._due, (running.due_s, next(self._order), running))
        self._changed.set()

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
            self._schedule(running, 0.0)
        else:
            elapsed_s = running.elapsed_s(self._clock.steady_s())
            gap_s = self._durations.next_gap_s(running.resolution, elapsed_s)
            if running.troubles:
                gap_s = max(gap_s, min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** (running.troubles - 1)))
            self._schedule(running, gap_s)

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
        if status.created_at and status.completed_at:
            self._durations.learn(running.resolution, (status.completed_at - status.created_at).total_seconds())
        await self._ends.task_succeeded(running, status.result_urls[0])

    async def _in_trouble(self, running: RunningJob) -> bool:
        running.troubles += 1
        steady_s = self._clock.steady_s()
        is_due = running.elapsed_s(steady_s) >= self._deadline.total_seconds()
        if not is_due or running.watched_s(steady_s) < LAST_CHANCE.total_seconds():
            return False
        await self._ends.task_failed(running, FailureKind.DEADLINE, "")
        return True
