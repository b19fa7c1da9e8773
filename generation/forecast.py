"""What a waiting request may expect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from generation.clock import Clock
from generation.durations import Durations
from generation.guild_queues import GuildQueues
from generation.hold import SubmissionHold
from generation.options import Resolution
from storage.jobs import Job


class Standstill(StrEnum):
    """Why nothing is begun at the moment."""

    PROVIDER = "provider"
    """The provider takes no work, or its account needs the operator."""
    MODERATORS = "moderators"
    """Moderators paused the guild's queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a waiting request may expect.

    Attributes:
        place: of its first waiting image in the guild's order of turns, 1 for the next; None where none waits.
        ready_at: when all its images should be there, aware UTC; means nothing during a standstill.
        held: why none of its waiting images is begun, None where they are.
    """

    place: int | None
    ready_at: datetime
    held: Standstill | None = None


class Forecaster:
    """Tells what to expect, from memory only."""

    def __init__(self, guilds: GuildQueues, durations: Durations, hold: SubmissionHold, clock: Clock) -> None:
        self._guilds = guilds
        self._durations = durations
        self._hold = hold
        self._clock = clock

    def forecast(self, unfinished: list[Job], resolution: Resolution) -> Forecast:
        """Return what the unfinished jobs of one request may expect."""
        now, expected_s = self._clock.now(), self._durations.expected_s(resolution)
        places: list[int] = []
        ready_at = now
        held = Standstill.PROVIDER if self._hold.is_waiting else None
        for job in unfinished:
            queue, place = self._guilds.get(job.account.guild_id), self._guilds.place_of(job)
            if queue is None or place is None:
                began = job.running_at or now
                ready_at = max(ready_at, began + timedelta(seconds=expected_s))
            else:
                places.append(place)
                held = Standstill.MODERATORS if queue.settings.queue_paused else held
                lanes = min(queue.settings.images_at_once, queue.settings.member_images_at_once)
                rounds = 1 + (place - 1) // max(1, lanes)
                ready_at = max(ready_at, now + timedelta(seconds=expected_s * (rounds + 0.5)))
        return Forecast(place=min(places, default=None), ready_at=ready_at, held=held)
