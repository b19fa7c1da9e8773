"""The calendar of allowances and pools: which day, week or month a moment belongs to, in a guild's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

EARLIEST = datetime.fromtimestamp(0, UTC)


class PeriodKind(StrEnum):
    """How often something comes back. `NEVER`: it is given once."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How a guild counts its days. `week_starts_on`: 0 is Monday, 6 is Sunday."""

    time_zone: ZoneInfo
    week_starts_on: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`. Both aware UTC; an end of None never comes."""

    start: datetime
    end: datetime | None


def period_of(moment: datetime, kind: PeriodKind, calendar: Calendar) -> Period:
    """Return the period that holds `moment` (aware). Where clocks change a day has 23 or 25 hours."""
    today = moment.astimezone(calendar.time_zone).date()
    match kind:
        case PeriodKind.NEVER:
            return Period(EARLIEST, None)
        case PeriodKind.DAY:
            first, after = today, today + timedelta(days=1)
        case PeriodKind.WEEK:
            first = today - timedelta(days=(today.weekday() - calendar.week_starts_on) % 7)
            after = first + timedelta(days=7)
        case PeriodKind.MONTH:
            first = today.replace(day=1)
            after = (first + timedelta(days=31)).replace(day=1)
    return Period(_midnight(first, calendar.time_zone), _midnight(after, calendar.time_zone))


def _midnight(day: date, time_zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=time_zone).astimezone(UTC)
