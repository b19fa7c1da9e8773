"""What a waiting request may expect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
