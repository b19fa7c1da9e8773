"""A guild's spending in a span of time: the numbers, and the images one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from generation.charts import ChartArtist, ChartData
from generation.clock import Clock
from generation.errors import FailureKind
from generation.options import Resolution
from generation.usage_spans import SpanChoice, longest_piece_s, span_of, steps_of
from storage import guild_settings, usage
from storage.database import Database
from storage.guild_settings import GuildSettings
from storage.jobs import JobState
from storage.periods import Calendar
from storage.usage import ImageCount, ImageLine, MemberUse, Span

EXPORT_PAGE = 2000
"""Images read at a time: the database is free for others in between."""


class Outcome(StrEnum):
    """What became of an image."""

    MADE = "made"
    REFUSED = "refused"
    """The provider's content rules or the model would not make it; refunded."""
    FAILED = "failed"
    """It could not be made, or was lost; the credits went back."""
    CANCELLED = "cancelled"
    IN_THE_MAKING = "in_the_making"


_REFUSALS = (FailureKind.REFUSED_CONTENT, FailureKind.REFUSED_BY_MODEL)


def outcome_of(state: JobState, failure_kind: str | None) -> Outcome:
    """Return what became of an image in a state."""
    match state:
        case JobState.DELIVERING | JobState.DELIVERED | JobState.UNDELIVERED:
            return Outcome.FAILED if failure_kind == FailureKind.RESULT_LOST else Outcome.MADE
        case JobState.FAILED:
            return Outcome.REFUSED if failure_kind in _REFUSALS else Outcome.FAILED
        case JobState.CANCELLED:
            return Outcome.CANCELLED
        case JobState.QUEUED | JobState.SUBMITTING | JobState.UNCERTAIN | JobState.RUNNING:
            return Outcome.IN_THE_MAKING


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A day of the guild's calendar, or an hour of a single day, and what was spent in it, in whole credits.

    Attributes:
        start: in the guild's time zone.
    """

    start: datetime
    amounts: Mapping[Resolution, int]

    @property
    def amount(self) -> int:
        """What was spent, whatever for."""
        return sum(self.amounts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """What a guild, or one member of it, used; amounts are whole credits.

    Attributes:
        spent: what was reserved in the span and not refunded. Of it:
        reserved: is held for images in the making.
        compensated: was paid for pictures that the provider lost, and given back as credits.
        steps: all days of the span, or the hours of a single one.
        members: who spent something, the most first.
        outcomes: images that were asked for in the span; every outcome is there.
    """

    span: Span
    calendar: Calendar
    spent: int
    reserved: int
    compensated: int
    steps: Sequence[Step]
    by_resolution: Mapping[Resolution, int]
    members: Sequence[MemberUse]
    outcomes: Mapping[Outcome, int]

    @property
    def images(self) -> int:
        """How many images were asked for."""
        return sum(self.outcomes.values())


class UsageDesk:
    """Reports on single guilds. Whether the caller may is asked before."""

    def __init__(self, database: Database, defaults: GuildSettings, clock: Clock) -> None:
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._artist = ChartArtist()

    async def report(self, guild_id: int, choice: SpanChoice, user_id: int | None = None) -> UsageReport:
        """Return the numbers of one span, of all members or of one."""
        async with self._database.reading() as tx:
            calendar = (await guild_settings.load(tx, guild_id, self._defaults)).calendar
            start, end = span_of(choice, self._clock.now(), calendar)
            span = Span(guild_id=guild_id, start=start, end=end, user_id=user_id)
            steps = steps_of(start, end, calendar)
            members = await usage.by_member(tx, span)
            counts = await usage.image_counts(tx, span, piece_s=longest_piece_s(steps, end))
        return _report(span, calendar, steps, members, counts)

    async def chart(self, data: ChartData) -> bytes | None:
        """Return a PNG, None where it could not be drawn."""
        return await self._artist.draw(data)

    async def calendar(self, guild_id: int) -> Calendar:
        """Return how a guild counts its days."""
        async with self._database.reading() as tx:
            return (await guild_settings.load(tx, guild_id, self._defaults)).calendar

    async def images(self, span: Span) -> AsyncGenerator[Sequence[ImageLine], None]:
        """Yield every image of a span, some at a time, in the order of asking."""
        last: ImageLine | None = None
        while True:
            async with self._database.reading() as tx:
                lines = await usage.images(tx, span, after=last, limit=EXPORT_PAGE)
            if not lines:
                return
            yield lines
            last = lines[-1]


def _report(
    span: Span,
    calendar: Calendar,
    starts: Sequence[datetime],
    members: Sequence[MemberUse],
    counts: Sequence[ImageCount],
) -> UsageReport:
    outcomes = dict.fromkeys(Outcome, 0)
    reserved = compensated = 0
    for count in counts:
        outcome = outcome_of(count.state, count.failure_kind)
        outcomes[outcome] += count.images
        if outcome is Outcome.IN_THE_MAKING:
            reserved += count.amount
        elif count.state is JobState.UNDELIVERED and outcome is Outcome.FAILED:
            compensated += count.amount
    return UsageReport(
        span=span,
        calendar=calendar,
        spent=sum(count.spent for count in counts),
        reserved=reserved,
        compensated=compensated,
        steps=_steps(counts, starts),
        by_resolution=_by_resolution(counts),
        members=members,
        outcomes=outcomes,
    )


def _steps(counts: Sequence[ImageCount], starts: Sequence[datetime]) -> list[Step]:
    moments = [start.timestamp() for start in starts]
    pieces: list[list[ImageCount]] = [[] for _ in starts]
    for count in counts:
        pieces[bisect_right(moments, count.at.timestamp()) - 1].append(count)
    return [Step(start=start, amounts=_by_resolution(part)) for start, part in zip(starts, pieces, strict=True)]


def _by_resolution(counts: Sequence[ImageCount]) -> dict[Resolution, int]:
    """Return what was spent in the order of the sizes; a size without any is left out."""
    found: dict[Resolution, int] = {}
    for count in counts:
        size = Resolution(count.resolution)
        found[size] = found.get(size, 0) + count.spent
    return {size: found[size] for size in Resolution if found.get(size)}
