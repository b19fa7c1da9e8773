"""What moderators see of their guild's queue, and how they pause it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generation.clock import Clock
from generation.queue import GenerationQueue
from storage import audit, guild_settings, jobs, requests
from storage.audit import AuditEntry, AuditKind
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings, Setting
from storage.jobs import Job, JobState
from storage.requests import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedRequest:
    """A request with unfinished images.

    Attributes:
        waiting: its images that were not sent yet.
        under_way: its images that are with the provider, or on their way back.
        place: of its first waiting image in the order of turns, 1 for the next.
    """

    request: Request
    waiting: list[Job]
    under_way: list[Job]
    place: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOverview:
    """A guild's queue: requests with waiting images in the order of their turns, then those all under way.

    Attributes:
        paused: the audit entry of the pause that holds, None where the queue runs.
        is_paused: whether it is paused; an old pause may have no entry.
    """

    requests: list[QueuedRequest]
    is_paused: bool
    paused: AuditEntry | None

    @property
    def waiting_images(self) -> int:
        """Images that were not sent yet."""
        return sum(len(queued.waiting) for queued in self.requests)

    @property
    def images_under_way(self) -> int:
        """Images that are with the provider, or on their way back."""
        return sum(len(queued.under_way) for queued in self.requests)

    @property
    def waiting_amount(self) -> int:
        """Whole credits reserved for images that were not sent yet."""
        return sum(job.price for queued in self.requests for job in queued.waiting)


class QueueDesk:
    """Shows and pauses a guild's queue. Whether the caller may is asked before."""

    def __init__(self, database: Database, queue: GenerationQueue, defaults: GuildSettings, clock: Clock) -> None:
        self._database = database
        self._queue = queue
        self._defaults = defaults
        self._clock = clock

    async def overview(self, guild_id: int) -> QueueOverview:
        """Return the guild's queue as it is now."""

        async def read(
            tx: Transaction,
        ) -> tuple[list[tuple[Request | None, list[Job]]], GuildSettings, AuditEntry | None]:
            settings = await guild_settings.load(tx, guild_id, self._defaults)
            by_request: dict[int, list[Job]] = {}
            for job in await jobs.live_of_guild(tx, guild_id):
                by_request.setdefault(job.request_id, []).append(job)
            found = [(await requests.get(tx, request_id), its_jobs) for request_id, its_jobs in by_request.items()]
            paused = await audit.latest(tx, guild_id, AuditKind.QUEUE_PAUSED) if settings.queue_paused else None
            return found, settings, paused

        found, settings, paused = await self._database.look(read)  # in one go: thousands may be waiting
        queue = self._queue.guilds.get(guild_id)
        places = {job.id: place for place, job in enumerate(queue.in_order() if queue else (), start=1)}
        listed = [_queued(request, its_jobs, places) for request, its_jobs in found if request is not None]
        listed.sort(key=lambda queued: (not queued.waiting, queued.place or 0, queued.request.id))
        return QueueOverview(requests=listed, is_paused=settings.queue_paused, paused=paused)

    async def pause(self, guild_id: int, *, actor_id: int) -> bool:
        """Begin no more images of a guild; return whether that is new."""
        return await self._set_paused(guild_id, actor_id, True, AuditKind.QUEUE_PAUSED)

    async def resume(self, guild_id: int, *, actor_id: int) -> bool:
        """Begin images of a guild again; return whether that is new."""
        return await self._set_paused(guild_id, actor_id, False, AuditKind.QUEUE_RESUMED)

    async def _set_paused(self, guild_id: int, actor_id: int, wanted: bool, kind: AuditKind) -> bool:
        async with self._database.transaction() as tx:
            before = await guild_settings.load(tx, guild_id, self._defaults)
            if before.queue_paused == wanted:
                return False
            await guild_settings.put(tx, guild_id, Setting.QUEUE_PAUSED, int(wanted))
            await audit.record(tx, guild_id=guild_id, actor_id=actor_id, kind=kind, now=self._clock.now())
            settings = await guild_settings.load(tx, guild_id, self._defaults)
        self._queue.settings_changed(guild_id, settings)
        return True


def _queued(request: Request, its_jobs: list[Job], places: Mapping[int, int]) -> QueuedRequest:
    waiting = [job for job in its_jobs if job.state is JobState.QUEUED]
    return QueuedRequest(
        request=request,
        waiting=waiting,
        under_way=[job for job in its_jobs if job.state is not JobState.QUEUED],
        place=min((places[job.id] for job in waiting if job.id in places), default=None),
    )
