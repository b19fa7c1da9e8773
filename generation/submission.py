"""Submitting one job: its references go up, then exactly one create is sent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import TypeVar

from generation.callback_paths import JobNamed
from generation.client import KieClient
from generation.clock import Clock
from generation.errors import (
    BrokenAnswerError,
    FailureKind,
    GenerationError,
    InvalidRequestError,
    RequestRejectedError,
    ServiceUnavailableError,
    SubmissionUncertainError,
    UnavailableReason,
)
from generation.hold import SubmissionHold
from generation.options import AspectRatio, GenerationRequest, OutputFormat, Resolution
from generation.references import ReferenceMissingError, ReferenceUploads
from generation.until_written import until_written
from storage import jobs, requests, transitions
from storage.database import Database, Transaction, Work
from storage.errors import DatabaseTroubleError
from storage.jobs import Job, JobState
from storage.requests import Request

log = logging.getLogger(__name__)

T = TypeVar("T")


class Outcome(Enum):
    """What became of a submission."""

    RUNNING = auto()
    UNCERTAIN = auto()
    ENDED = auto()
    """Refused and refunded, or cancelled by its member before it was sent."""
    PUT_BACK = auto()
    """Queued as before: the provider made no task of it, and it may be sent again later."""


class Submitter:
    """Turns a queued job into a remote task.

    `may_send` is asked last for the guild, when everything is ready and the state is not yet written: a bot that is
    stopping, that holds all creates by now, or whose moderators paused, says no. It is asked in the database's thread.
    """

    def __init__(
        self,
        client: KieClient,
        database: Database,
        uploads: ReferenceUploads,
        hold: SubmissionHold,
        clock: Clock,
        *,
        may_send: Callable[[int], bool],
        callback_url: Callable[[JobNamed], str | None],
    ) -> None:
        self._client = client
        self._database = database
        self._uploads = uploads
        self._hold = hold
        self._clock = clock
        self._may_send = may_send
        self._callback_url = callback_url

    async def submit(self, job_id: int) -> Outcome:
        """Send the job's one create. Whatever happens, its state in the database says truly what is known."""
        job, request = await until_written(
            lambda: self._database.look(lambda tx: with_request(tx, job_id)), self._clock
        )
        if job is None or request is None or job.state is not JobState.QUEUED:
            return Outcome.ENDED
        try:
            remote_task_id = await self._create(job, request)
        except RequestRejectedError as error:
            return await self._fail(job, error.kind, error.provider_message)
        except ReferenceMissingError as error:
            log.error("Job %d cannot be made: %s", job.id, error)
            return await self._fail(job, FailureKind.REFERENCE_MISSING, "")
        except InvalidRequestError as error:
            log.error("Job %d holds a request that the client refuses: %s", job.id, error.field)
            return await self._fail(job, FailureKind.INVALID_REQUEST, str(error.problem))
        except ServiceUnavailableError as error:
            self._hold.pause(error)
            return await self._put_back(job)
        except BrokenAnswerError as error:  # to an upload: nothing was created yet
            log.warning("The upload of a reference of job %d was answered strangely: %s", job.id, error)
            self._hold.pause(ServiceUnavailableError(UnavailableReason.SERVER_TROUBLE))
            return await self._put_back(job)
        except SubmissionUncertainError as error:
            log.warning("The answer to the create of job %d was lost: %s", job.id, error)
            return await self._lose_sight(job)
        except (_NotSentError, DatabaseTroubleError):  # that nothing can be written down was found before it was sent
            return await self._put_back(job)
        self._hold.succeeded()

        await self._written(lambda tx: transitions.run(tx, job.id, remote_task_id, self._clock.now()))
        return Outcome.RUNNING

    async def _create(self, job: Job, request: Request) -> str:
        urls = await self._uploads.urls(request.id) if request.reference_count else ()
        order = GenerationRequest(
            prompt=request.prompt,
            aspect_ratio=AspectRatio(request.aspect_ratio),
            resolution=Resolution(request.resolution),
            output_format=OutputFormat(request.output_format),
            reference_urls=urls,
        )

        async def submit(tx: Transaction) -> bool:
            return self._may_send(job.account.guild_id) and await transitions.submit(tx, job.id, self._clock.now())

        async def write_down() -> None:
            if not await self._database.run(submit):
                raise _NotSentError

        return await self._client.create(
            order,
            callback_url=self._callback_url(named(job)),
            turn_key=job.account.guild_id,
            before_send=write_down,
        )

    async def give_up(self, job_id: int) -> Outcome:
        """After a fault of our own: refund what was certainly not sent, and leave open what may have been."""

        async def write(tx: Transaction) -> Outcome:
            now = self._clock.now()
            if await transitions.lose_sight(tx, job_id, now):
                return Outcome.UNCERTAIN
            job = await jobs.get(tx, job_id)
            if job is not None and job.state is JobState.QUEUED:
                await transitions.fail(tx, job_id, kind=FailureKind.PROVIDER_ERROR, text="", now=now)
            return Outcome.ENDED

        return await self._written(write)

    async def _lose_sight(self, job: Job) -> Outcome:
        async def write(tx: Transaction) -> Outcome:
            await transitions.lose_sight(tx, job.id, self._clock.now())
            return await _outcome(tx, job.id)

        return await self._written(write)

    async def _fail(self, job: Job, kind: FailureKind, text: str) -> Outcome:
        async def write(tx: Transaction) -> Outcome:
            if await _outcome(tx, job.id) is not Outcome.RUNNING:
                await transitions.fail(tx, job.id, kind=kind, text=text, now=self._clock.now())
            return await _outcome(tx, job.id)

        return await self._written(write)

    async def _put_back(self, job: Job) -> Outcome:
        async def write(tx: Transaction) -> Outcome:
            await transitions.requeue(tx, job.id)
            return await _outcome(tx, job.id)

        return await self._written(write)

    async def _written(self, work: Work[T]) -> T:
        """Write down what happened, which nobody else knows, as soon as the database can be used."""
        return await until_written(lambda: self._database.run(work), self._clock)


async def with_request(tx: Transaction, job_id: int) -> tuple[Job | None, Request | None]:
    """Return a job and its request, or None where there is none."""
    job = await jobs.get(tx, job_id)
    return job, None if job is None else await requests.get(tx, job.request_id)


def named(job: Job) -> JobNamed:
    """Return what a callback names a job by."""
    return JobNamed(job.id, int(job.queued_at.timestamp()))


async def _outcome(tx: Transaction, job_id: int) -> Outcome:
    """Return what became of a job: a callback may have named its task before the create was answered."""
    job = await jobs.get(tx, job_id)
    states = {
        JobState.QUEUED: Outcome.PUT_BACK,
        JobState.UNCERTAIN: Outcome.UNCERTAIN,
        JobState.RUNNING: Outcome.RUNNING,
    }
    return Outcome.ENDED if job is None else states.get(job.state, Outcome.ENDED)


class _NotSentError(GenerationError):
    """The create was held back at the last moment; nothing was written or sent."""
