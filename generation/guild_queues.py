"""The guilds that have work: each with its queue, and with a worker while something waits in it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

from generation.guild_queue import GuildQueue, WaitingJob
from generation.places import Places
from generation.workers import Workers
from storage.guild_settings import GuildSettings
from storage.jobs import Job


class GuildQueues:
    """Holds nothing of a guild without work."""

    def __init__(
        self,
        workers: Workers,
        *,
        places: Places,
        wait_for_go: Callable[[], Awaitable[None]],
        start: Callable[[WaitingJob], None],
    ) -> None:
        """`start` is called with each job whose turn has come, once `wait_for_go` returned and a place was free."""
        self._workers = workers
        self._places = places
        self._wait_for_go = wait_for_go
        self._start = start
        self._queues: dict[int, GuildQueue] = {}
        self._working: dict[int, asyncio.Task[None]] = {}

    def __iter__(self) -> Iterator[int]:
        """The ids of the guilds that have work."""
        return iter(self._queues)

    def __getitem__(self, guild_id: int) -> GuildQueue:
        """The queue of a guild that has work."""
        return self._queues[guild_id]

    def get(self, guild_id: int) -> GuildQueue | None:
        """Return the queue of a guild, None where it has no work."""
        return self._queues.get(guild_id)

    def open(self, guild_id: int, settings: GuildSettings) -> GuildQueue:
        """Return the queue of a guild that is about to have work; the settings count from now on."""
        queue = self._queues.get(guild_id)
        if queue is None:
            queue = GuildQueue(settings, places=self._places, wait_for_go=self._wait_for_go, start=self._start)
            self._queues[guild_id] = queue
        queue.take_settings(settings)
        return queue

    def wake(self, guild_id: int) -> None:
        """See that the guild has a worker while it has waiting jobs, and no queue when it has none."""
        queue, worker = self._queues[guild_id], self._working.get(guild_id)
        if queue.has_waiting and (worker is None or worker.done()):
            self._working[guild_id] = self._workers.start(queue.work(), name=f"guild {guild_id}")
        elif queue.is_idle:
            del self._queues[guild_id]
            self._working.pop(guild_id, None)

    def place_of(self, job: Job) -> int | None:
        """Return the place of a waiting job in its guild's order of turns, 1 for the next; None: it does not wait."""
        queue = self.get(job.account.guild_id)
        return queue.place_of(job.id, job.account.user_id) if queue else None
