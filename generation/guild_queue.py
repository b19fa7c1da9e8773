"""The queue of one guild: its waiting jobs, and the turns among its members."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from generation.places import Places
from storage.guild_settings import GuildSettings


@dataclass(frozen=True, slots=True)
class WaitingJob:
    """What the queue keeps of a job in memory; the database holds the rest."""

    id: int
    guild_id: int
    user_id: int


class GuildQueue:
    """Gives out jobs one member after the other, a member's own in order, within the guild's limits."""

    def __init__(
        self,
        settings: GuildSettings,
        *,
        places: Places,
        wait_for_go: Callable[[], Awaitable[None]],
        start: Callable[[WaitingJob], None],
    ) -> None:
        self.settings = settings
        self._places = places
        self._wait_for_go = wait_for_go
        self._start = start
        self._lines: dict[int, deque[WaitingJob]] = {}  # by member, in the order of their turns
        self._running: Counter[int] = Counter()  # by member
        self._changed = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        return not self._lines and not self._running.total()

    @property
    def has_waiting(self) -> bool:
        """Whether a worker is needed."""
        return bool(self._lines)

    def add(self, job: WaitingJob) -> None:
        """Put a job at the end of its member's line; a member without a line gets the last turn."""
        self._lines.setdefault(job.user_id, deque()).append(job)
        self._changed.set()

    def put_back(self, job: WaitingJob) -> None:
        """Give a job that could not be submitted its old place: first in its member's line, and the next turn."""
        self.leave(job)
        line = self._lines.pop(job.user_id, deque())
        line.appendleft(job)
        self._lines = {job.user_id: line, **self._lines}

    def remove(self, job_id: int, user_id: int) -> None:
        """Take a cancelled job out of its line, if it is in one."""
        line = self._lines.get(user_id)
        if line is None:
            return
        for index, job in enumerate(line):  # mostly near the front: who clears a queue begins with the oldest
            if job.id == job_id:
                del line[index]
                break
        if not line:
            del self._lines[user_id]
        self._changed.set()

    def take_settings(self, settings: GuildSettings) -> None:
        """Go on with other limits, from now on."""
        self.settings = settings
        self._changed.set()

    def occupy(self, job: WaitingJob) -> None:
        """Count a job as running that was so before a restart."""
        self._places.occupy()
        self._running[job.user_id] += 1

    def leave(self, job: WaitingJob) -> None:
        """Note that a job is no longer with the provider; its place is free."""
        self._running[job.user_id] -= 1
        if not self._running[job.user_id]:
            del self._running[job.user_id]
        self._places.free()
        self._changed.set()

    def place_of(self, job_id: int, user_id: int) -> int | None:
        """Return the place of a waiting job in the order of turns, 1 for the next; None where it does not wait."""
        line = self._lines.get(user_id)
        index = next((index for index, job in enumerate(line or ()) if job.id == job_id), None)
        if index is None:
            return None
        place, before = index + 1, True
        for member, other in self._lines.items():
            if member == user_id:
                before = False
                continue
            place += min(len(other), index + 1 if before else index)
        return place

    def in_order(self) -> Iterator[WaitingJob]:
        """Yield all that wait, in the order of turns: what `place_of` counts, in one go for thousands."""
        for turn in zip_longest(*self._lines.values()):
            yield from (job for job in turn if job is not None)

    async def work(self) -> None:
        """Start waiting jobs until none is left."""
        while self._lines:
            if self._next_member() is None:  # every member with a line is at a limit
                self._changed.clear()
                await self._changed.wait()
                continue
            await self._wait_for_go()
            await self._places.take()
            job = self._take()  # chosen only now: a cancel or another's turn may have come meanwhile
            if job is None:
                self._places.free()
            else:
                self._start(job)

    def _next_member(self) -> int | None:
        if self.settings.queue_paused or self._running.total() >= self.settings.images_at_once:
            return None
        limit = self.settings.member_images_at_once
        return next((member for member in self._lines if self._running[member] < limit), None)

    def _take(self) -> WaitingJob | None:
        member = self._next_member()
        if member is None:
            return None
        line = self._lines.pop(member)
        job = line.popleft()
        if line:
            self._lines[member] = line  # at the end: the others' turns come first
        self._running[member] += 1
        return job
