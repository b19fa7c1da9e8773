"""A guild's spending in a span of time: the numbers, the picture of them, and the export."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from generation.charts import ChartArtist, ChartData
from generation.clock import Clock
from generation.options import Resolution
from storage import guild_settings, usage
from storage.database import Database
from storage.guild_settings import GuildSettings
from storage.jobs import JobState
from storage.periods import Calendar, PeriodKind, period_of
from storage.usage import ImageLine, MemberUse, Span, Spent

EXPORT_PAGE = 2000
"""Images read at a time: the database is free for others in between."""


class SpanChoice(StrEnum):
    """Spans that moderators choose from, in their guild's calendar."""

    TODAY = "today"
    THIS_WEEK = "this_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    DAYS_7 = "days_7"
    DAYS_30 = "days_30"
    DAYS_90 = "days_90"


class Outcome(StrEnum):
    """What became of an image."""

    MADE = "made"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    IN_THE_MAKING = "in_the_making"


_OUTCOMES = {
    JobState.DELIVERING: Outcome.MADE,
    JobState.DELIVERED: Outcome.MADE,
    JobState.UNDELIVERED: Outcome.MADE,
    JobState.FAILED: Outcome.REFUNDED,
    JobState.CANCELLED: Outcome.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """What a guild used, in whole credits.

    Attributes:
        spent: reserved in the span and not refunded; `reserved` of it is still held.
        by_day: by day of the guild's calendar, then by resolution; every day of the span is there.
        members: who spent something, the most first.
        outcomes: images that were asked for in the span.
    """

    span: Span
    calendar: Calendar
    spent: int
    reserved: int
    by_day: Mapping[date, Mapping[Resolution, int]]
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

    async def report(self, guild_id: int, choice: SpanChoice) -> UsageReport:
        """Return the numbers of one span."""
        async with self._database.reading() as tx:
            settings = await guild_settings.load(tx, guild_id, self._defaults)
            start, end = span_of(choice, self._clock.now(), settings.calendar)
            span = Span(guild_id=guild_id, start=start, end=end)
            spent = await usage.spent_by_quarter(tx, span)
            members = await usage.by_member(tx, span)
            states = await usage.images_by_state(tx, span)
            reserved = await usage.reserved(tx, span)
        outcomes = dict.fromkeys(Outcome, 0)
        for state, images in states.items():
            outcomes[_OUTCOMES.get(state, Outcome.IN_THE_MAKING)] += images
        return UsageReport(
            span=span,
            calendar=settings.calendar,
            spent=sum(piece.amount for piece in spent),
            reserved=reserved,
            by_day=_by_day(spent, span, settings.calendar),
            by_resolution=_by_resolution(spent),
            members=members,
            outcomes=outcomes,
        )

    async def chart(self, report: UsageReport, title: str) -> bytes | None:
        """Return a PNG of the numbers, None where it could not be drawn."""
        return await self._artist.draw(
            ChartData(
                title=title,
                days=[day.isoformat() for day in report.by_day],
                by_day={size: [amounts.get(size, 0) for amounts in report.by_day.values()] for size in Resolution},
                members=[member.amount for member in report.members],
                by_resolution={size: report.by_resolution.get(size, 0) for size in Resolution},
                outcomes={outcome: report.outcomes[outcome] for outcome in Outcome},
            )
        )

    async def calendar(self, guild_id: int) -> Calendar:
        """Return how a guild counts its days."""
        async with self._database.reading() as tx:
            return (await guild_settings.load(tx, guild_id, self._defaults)).calendar

    async def images(self, span: Span) -> AsyncGenerator[Sequence[ImageLine], None]:
        """Yield every image of a span, some at a time, in the order of asking."""
        after_id = 0
        while True:
            async with self._database.reading() as tx:
                lines = await usage.images(tx, span, after_id=after_id, limit=EXPORT_PAGE)
            if not lines:
                return
            yield lines
            after_id = lines[-1].job_id


def span_of(choice: SpanChoice, now: datetime, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return the first moment of a span and the first after it. Today belongs to the spans of the last days."""
    today = period_of(now, PeriodKind.DAY, calendar)
    assert today.end is not None
    match choice:
        case SpanChoice.TODAY:
            return today.start, today.end
        case SpanChoice.THIS_WEEK:
            return period_of(now, PeriodKind.WEEK, calendar).start, today.end
        case SpanChoice.THIS_MONTH:
            return period_of(now, PeriodKind.MONTH, calendar).start, today.end
        case SpanChoice.LAST_MONTH:
            this = period_of(now, PeriodKind.MONTH, calendar).start
            return period_of(this - timedelta(hours=1), PeriodKind.MONTH, calendar).start, this
        case SpanChoice.DAYS_7 | SpanChoice.DAYS_30 | SpanChoice.DAYS_90:
            days = int(choice.removeprefix("days_"))
            noon = today.start + timedelta(hours=12)  # a day more or less of daylight saving still lands on that day
            return period_of(noon - timedelta(days=days - 1), PeriodKind.DAY, calendar).start, today.end


def _by_day(spent: Sequence[Spent], span: Span, calendar: Calendar) -> dict[date, dict[Resolution, int]]:
    first = span.start.astimezone(calendar.time_zone).date()
    last = (span.end - timedelta(seconds=1)).astimezone(calendar.time_zone).date()
    days: dict[date, dict[Resolution, int]] = {
        first + timedelta(days=number): {} for number in range((last - first).days + 1)
    }
    for piece in spent:
        amounts, size = days[piece.at.astimezone(calendar.time_zone).date()], Resolution(piece.resolution)
        amounts[size] = amounts.get(size, 0) + piece.amount
    return days


def _by_resolution(spent: Sequence[Spent]) -> dict[Resolution, int]:
    found: dict[Resolution, int] = {}
    for piece in spent:
        size = Resolution(piece.resolution)
        found[size] = found.get(size, 0) + piece.amount
    return {size: found[size] for size in Resolution if size in found}
