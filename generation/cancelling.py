"""Taking back images that were not sent to the provider yet: by their member, or by a moderator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from generation.clock import Clock
from generation.delivery import Delivery
from storage import audit, jobs, requests, transitions
from storage.audit import AuditKind
from storage.database import Database, Transaction
from storage.jobs import Job, JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What was taken back.

    Attributes:
        amount: the whole credits that went back to their members.
        still_made: whether others of what was to be cancelled are unfinished, and can be stopped no more.
    """

    images: int
    members: int
    amount: int
    still_made: bool


class Canceller:
    """Cancels jobs that are queued; each with its refund, and the trail, in one transaction."""

    def __init__(
        self, database: Database, delivery: Delivery, clock: Clock, *, taken_back: Callable[[Job], None]
    ) -> None:
        """Take what lets the queue in memory forget a job, called once its cancellation is committed."""
        self._database = database
        self._delivery = delivery
        self._clock = clock
        self._taken_back = taken_back

    async def cancel(self, request_id: int, *, actor_id: int) -> Cancelled:
        """Cancel the images of a request that were not sent yet."""
        async with self._database.transaction() as tx:
            candidates = await jobs.of_request(tx, request_id)
            cancelled = await self._cancel_queued(tx, candidates)
            request = await requests.get(tx, request_id)
            if cancelled and request is not None and request.account.user_id != actor_id:
                await audit.record(
                    tx,
                    guild_id=request.account.guild_id,
                    actor_id=actor_id,
                    kind=AuditKind.JOB_CANCELLED,
                    target_id=request.account.user_id,
                    job_id=cancelled[0].id,
                    after=_facts(cancelled),
                    now=self._clock.now(),
                )
        return self._announce(cancelled, candidates)

    async def clear(self, guild_id: int, *, actor_id: int) -> Cancelled:
        """Cancel all images of a guild that were not sent yet."""

        async def clear(tx: Transaction) -> tuple[list[Job], list[Job]]:
            candidates = await jobs.live_of_guild(tx, guild_id)
            cancelled = await self._cancel_queued(tx, candidates)
            if cancelled:
                await audit.record(
                    tx,
                    guild_id=guild_id,
                    actor_id=actor_id,
                    kind=AuditKind.QUEUE_CLEARED,
                    after=_facts(cancelled),
                    now=self._clock.now(),
                )
            return cancelled, candidates

        cancelled, candidates = await self._database.run(clear)  # in one go: thousands may be waiting
        return self._announce(cancelled, candidates)

    async def _cancel_queued(self, tx: Transaction, candidates: list[Job]) -> list[Job]:
        now = self._clock.now()
        return [job for job in candidates if job.state is JobState.QUEUED and await transitions.cancel(tx, job.id, now)]

    def _announce(self, cancelled: list[Job], candidates: list[Job]) -> Cancelled:
        for job in cancelled:
            self._taken_back(job)
        for request_id in {job.request_id for job in cancelled}:
            self._delivery.request_changed(request_id)
        for guild_id in {job.account.guild_id for job in cancelled}:
            self._delivery.places_changed(guild_id)
        unfinished = sum(not job.state.is_final for job in candidates)
        return Cancelled(**_facts(cancelled), still_made=unfinished > len(cancelled))


def _facts(cancelled: list[Job]) -> dict[str, int]:
    """Return a cancellation as the audit trail keeps it."""
    return {
        "images": len(cancelled),
        "members": len({job.account.user_id for job in cancelled}),
        "amount": sum(job.price for job in cancelled),
    }
