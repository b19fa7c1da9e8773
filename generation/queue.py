"""The queue: one `GuildQueue` per guild with work, the gates they share, and what carries each job to its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Self

from generation.alarm import Alarm
from generation.asking import Ask, Asker
from generation.callback_paths import JobNamed
from generation.cancelling import Canceller
from generation.client import KieClient
from generation.clock import Clock
from generation.delivery import Delivery
from generation.durations import Durations
from generation.errors import FailureKind
from generation.forecast import Forecaster
from generation.guild_queue import WaitingJob
from generation.guild_queues import GuildQueues
from generation.hold import SubmissionHold
from generation.intake import Intake
from generation.left_behind import left_behind
from generation.media import MediaStore
from generation.places import Places
from generation.polling import Poller, RunningJob
from generation.references import ReferenceUploads
from generation.results import ResultFetcher
from generation.submission import Outcome, Submitter, named, with_request
from generation.thumbnails_ahead import ThumbnailsAhead
from generation.until_written import until_written
from generation.workers import Workers
from storage import durations, guild_settings, jobs, requests, transitions
from storage.card_readings import CardReading
from storage.channel_settings import ChannelDefaults
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings
from storage.jobs import Job, JobState

log = logging.getLogger(__name__)

STEP_AGAIN_S = 30.0
SLOW_TO_SHRINK_PIXELS = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the operator allows.

    Attributes:
        jobs_at_once: tasks with the provider at one time, over all guilds.
        deadline: how long a task may run, or an unanswered create may stay unexplained, before it is refunded.
        share: the part of the provider's limits that is this process's, where several use one key.
    """

    jobs_at_once: int = 80
    deadline: timedelta = timedelta(minutes=15)
    share: float = 1.0


class GenerationQueue:
    """Carries every accepted request to its end. Entering it resumes what an earlier process left."""

    def __init__(
        self,
        client: KieClient,
        database: Database,
        delivery: Delivery,
        media: MediaStore,
        intake: Intake,
        *,
        limits: Limits,
        defaults: GuildSettings,
        clock: Clock,
        callback_url: Callable[[JobNamed], str | None] = lambda _: None,
    ) -> None:
        """`callback_url` names what the provider is to call for a job, None for nothing."""
        self._database = database
        self._delivery = delivery
        self._clock = clock
        self._limits = limits
        self._defaults = defaults
        self._workers = Workers()
        self._submissions: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._exit = AsyncExitStack()
        self.intake = intake
        self.durations = Durations()
        self.alarm = Alarm(database, delivery, clock, self._workers)
        intake.pool_used_up = self.alarm.pool_used_up
        self.hold = SubmissionHold(
            probe_balance=client.balance, alert=self.alarm.account, changed=self._hold_changed, clock=clock
        )
        self.guilds = GuildQueues(
            self._workers,
            places=Places(limits.jobs_at_once),
            wait_for_go=self.hold.wait,
            start=self._start_submission,
        )
        self.forecaster = Forecaster(self.guilds, self.durations, self.hold, clock)
        self.cancelling = Canceller(database, delivery, clock, taken_back=self._taken_back)
        self._uploads = ReferenceUploads(client, database, media, clock)
        self._submitter = Submitter(
            client,
            database,
            self._uploads,
            self.hold,
            clock,
            may_send=self._may_send,
            callback_url=callback_url,
        )
        self._fetcher = ResultFetcher(client, database, media, clock)
        self._media = media
        self._thumbnails = ThumbnailsAhead(media)
        self._poller = Poller(
            client, self, self.durations, clock, self._workers, deadline=limits.deadline, share=limits.share
        )

    async def __aenter__(self) -> Self:
        await self._exit.enter_async_context(self._workers)
        self._workers.start(self.hold.work(), name="submission hold")
        self._workers.start(self._poller.work(), name="poller")
        self._workers.start(self._thumbnails.work(), name="small copies")
        await self._resume()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    # What members do

    async def accept(self, ask: Ask) -> CardReading:
        """Store and pay a request (see `Intake.accept`, which says what it raises), and queue its images."""
        return self._take_in(await self.intake.accept(ask))

    async def accept_with_usual(self, asker: Asker, complete: Callable[[ChannelDefaults], Ask]) -> CardReading:
        """As `accept`, of an ask that is made of what is usual (see `Intake.accept_with_usual`)."""
        return self._take_in(await self.intake.accept_with_usual(asker, complete))

    def _take_in(self, card: CardReading) -> CardReading:
        guild_id = card.request.account.guild_id
        queue = self.guilds.open(guild_id, card.settings)
        for job in card.jobs:
            queue.add(_waiting_form(job))
        self.guilds.wake(guild_id)
        return card

    def settings_changed(self, guild_id: int, settings: GuildSettings) -> None:
        """Let a guild's new limits, or its pause, count at once."""
        if queue := self.guilds.get(guild_id):
            queue.take_settings(settings)
            self._delivery.places_changed(guild_id)

    # What the provider says

    async def callback_heard(self, job: JobNamed, remote_task_id: str) -> None:
        """Ask at once about a task that is said to have ended; what came of it, only the answer decides.

        A job whose create was never answered learns here that it was heard, and what its task is called.
        """
        async with self._database.transaction() as tx:
            before = await jobs.get(tx, job.job_id)
            if before is None or named(before) != job:
                return
            found = await transitions.name_task(tx, before.id, remote_task_id, self._clock.now())
            request = await requests.get(tx, before.request_id)
            after = await jobs.get(tx, before.id)
        if before.remote_task_id == remote_task_id:
            self._poller.ask_now(before.id)
        if found and before.state is JobState.UNCERTAIN and request is not None and after is not None:
            log.info("A callback named the task of job %d, whose create had not been answered", before.id)
            async with self._database.reading() as tx:
                settings = await guild_settings.load(tx, before.account.guild_id, self._defaults)
            self.guilds.open(before.account.guild_id, settings).occupy(_waiting_form(after))
            self._poller.watch(RunningJob(after, resolution=request.resolution, clock=self._clock))
            self._poller.ask_now(before.id)
            self._delivery.request_changed(request.id)

    # Stopping

    async def drain(self, *, timeout_s: float) -> None:
        """Take nothing new, and let creates that are under way hear their answer."""
        self._stopping = True
        self.intake.is_open = False
        if self._submissions:
            await asyncio.wait(self._submissions, timeout=timeout_s)

    # The life of a job

    def _may_send(self, guild_id: int) -> bool:
        """Whether a create whose turn at the gate has come may go out: a hold may have begun while it waited there."""
        queue = self.guilds.get(guild_id)
        is_paused = queue is not None and queue.settings.queue_paused
        return not self._stopping and not self.hold.is_waiting and not is_paused

    def _taken_back(self, job: Job) -> None:
        if queue := self.guilds.get(job.account.guild_id):
            queue.remove(job.id, job.account.user_id)
            if queue.is_idle:
                self.guilds.wake(job.account.guild_id)

    async def _resume(self) -> None:
        found = await left_behind(self._database, self._defaults, self._clock.now())
        for resolution, times in found.durations.items():
            for seconds in times:
                self.durations.learn(resolution, seconds)
        for cause in (await self.alarm.told())[:1]:
            self.hold.resume(cause)
        if found.jobs:
            log.info("Resuming %d jobs, %d of them with an unknown outcome", len(found.jobs), found.lost)
        for guild_id, settings in found.settings.items():
            self.guilds.open(guild_id, settings)
        for job in found.jobs:
            self._resume_job(job, found.resolutions)
        for guild_id in found.settings:
            self.guilds.wake(guild_id)

    def _resume_job(self, job: Job, resolutions: Mapping[int, str]) -> None:
        queue, waiting = self.guilds[job.account.guild_id], _waiting_form(job)
        if job.state is JobState.QUEUED:
            queue.add(waiting)
        elif job.state is JobState.RUNNING:
            queue.occupy(waiting)
            self._poller.watch(RunningJob(job, resolution=resolutions[job.request_id], clock=self._clock))
        elif job.state is JobState.UNCERTAIN:
            self._persist(self._explain, job)
            self._delivery.request_changed(job.request_id)  # it may have become so just now
        else:
            self._persist(self._fetch, job)

    def _start_submission(self, waiting: WaitingJob) -> None:
        worker = self._workers.start(self._submit(waiting), name=f"submit job {waiting.id}")
        self._submissions.add(worker)
        worker.add_done_callback(self._submissions.discard)
        self._delivery.places_changed(waiting.guild_id)

    async def _submit(self, waiting: WaitingJob) -> None:
        try:
            outcome = await self._submitter.submit(waiting.id)
        except Exception:  # a worker: a fault of ours must not leave a member's credits reserved
            log.exception("Submitting job %d failed", waiting.id)
            outcome = await self._submitter.give_up(waiting.id)
        if outcome is not Outcome.RUNNING:
            self._after_no_task(waiting, outcome)
        job, request = await until_written(
            lambda: self._database.look(lambda tx: with_request(tx, waiting.id)), self._clock
        )
        if job is None or request is None:
            return
        self._delivery.request_changed(request.id)
        if outcome is Outcome.RUNNING:
            self._poller.watch(RunningJob(job, resolution=request.resolution, clock=self._clock))
        elif outcome is Outcome.UNCERTAIN:
            self._persist(self._explain, job)

    def _after_no_task(self, waiting: WaitingJob, outcome: Outcome) -> None:
        queue = self.guilds[waiting.guild_id]
        if outcome is Outcome.PUT_BACK:
            queue.put_back(waiting)
        else:
            queue.leave(waiting)
        if not self._stopping:
            self.guilds.wake(waiting.guild_id)

    async def task_succeeded(self, running: RunningJob, result_url: str, *, took_s: float | None) -> None:
        """Settle the job whose picture is ready, and fetch the picture."""

        async def settle(tx: Transaction) -> tuple[bool, Job | None]:
            moved = await transitions.succeed(tx, running.job.id, result_url, self._clock.now())
            if moved and took_s is not None:
                await durations.add(tx, running.resolution, took_s)
            return moved, await jobs.get(tx, running.job.id)

        moved, job = await self._database.run(settle)
        self._task_over(running)
        if moved and job is not None:
            self._persist(self._fetch, job)

    async def task_failed(self, running: RunningJob, kind: FailureKind, text: str) -> None:
        """Refund the job whose task ended without a picture."""
        async with self._database.transaction() as tx:
            await transitions.fail(tx, running.job.id, kind=kind, text=text, now=self._clock.now())
        if kind is FailureKind.REFERENCE_UNREADABLE:
            await self._uploads.forget(running.job.request_id)
        self._task_over(running)
        self._delivery.request_changed(running.job.request_id)

    def _task_over(self, running: RunningJob) -> None:
        waiting = _waiting_form(running.job)
        self.guilds[waiting.guild_id].leave(waiting)
        self.guilds.wake(waiting.guild_id)

    def _persist(self, step: Callable[[Job], Awaitable[None]], job: Job) -> None:
        """Carry out a step of a job in the background, again and again until it succeeds."""

        async def work() -> None:
            while True:
                try:
                    return await step(job)
                except Exception:  # a worker's loop: a full disk or a bug must not leave the job where it is for ever
                    log.exception("A step of job %d failed", job.id)
                    await self._clock.sleep(STEP_AGAIN_S)

        self._workers.start(work(), name=f"{step.__name__} job {job.id}")

    async def _fetch(self, job: Job) -> None:
        result = await self._fetcher.fetch(job)
        self._delivery.request_changed(job.request_id)
        if result is not None and result.width * result.height >= SLOW_TO_SHRINK_PIXELS:
            # Made now, so that the history opens at once; for a smaller picture that is soon enough when it is needed.
            self._thumbnails.want(self._media.result(result.sha256, result.image_type), result.sha256)

    async def _explain(self, job: Job) -> None:
        """Give an uncertain job its time to turn up, then refund it."""
        since = job.uncertain_at or self._clock.now()
        left = since + self._limits.deadline - self._clock.now()
        await self._clock.sleep(min(left, self._limits.deadline).total_seconds())  # longer: the time was set back
        async with self._database.transaction() as tx:
            still = await jobs.get(tx, job.id)
            if still is None or still.state is not JobState.UNCERTAIN:
                return
            await transitions.fail(tx, job.id, kind=FailureKind.LOST_ANSWER, text="", now=self._clock.now())
        self._delivery.request_changed(job.request_id)

    def _hold_changed(self) -> None:
        for guild_id in self.guilds:
            self._delivery.places_changed(guild_id)


def _waiting_form(job: Job) -> WaitingJob:
    return WaitingJob(job.id, job.account.guild_id, job.account.user_id)
