"""The spans of time that moderators choose from, in their guild's calendar, and the steps a chart shows them in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from storage.periods import Calendar, PeriodKind, period_of

HOUR = timedelta(hours=1)


class SpanChoice(StrEnum):
    """Spans of whole days. Those of the last days, and this week and month, end with today."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_WEEK = "this_week"
    LAST_WEEK = "last_week"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    DAYS_7 = "days_7"
    DAYS_30 = "days_30"
    DAYS_90 = "days_90"


_KINDS = {
    SpanChoice.TODAY: PeriodKind.DAY,
    SpanChoice.THIS_WEEK: PeriodKind.WEEK,
    SpanChoice.THIS_MONTH: PeriodKind.MONTH,
    SpanChoice.YESTERDAY: PeriodKind.DAY,
    SpanChoice.LAST_WEEK: PeriodKind.WEEK,
    SpanChoice.LAST_MONTH: PeriodKind.MONTH,
}


def span_of(choice: SpanChoice, now: datetime, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return the first moment of a span and the first after it, in UTC."""
    today = period_of(now, PeriodKind.DAY, calendar)
    assert today.end is not None
    match choice:
        case SpanChoice.TODAY | SpanChoice.THIS_WEEK | SpanChoice.THIS_MONTH:
            return period_of(now, _KINDS[choice], calendar).start, today.end
        case SpanChoice.YESTERDAY | SpanChoice.LAST_WEEK | SpanChoice.LAST_MONTH:
            end = period_of(now, _KINDS[choice], calendar).start
            return period_of(end - HOUR, _KINDS[choice], calendar).start, end
        case SpanChoice.DAYS_7 | SpanChoice.DAYS_30 | SpanChoice.DAYS_90:
            days = int(choice.removeprefix("days_"))
            noon = today.start + 12 * HOUR  # a day more or less of daylight saving still lands on that day
            return period_of(noon - timedelta(days=days - 1), PeriodKind.DAY, calendar).start, today.end


def steps_of(start: datetime, end: datetime, calendar: Calendar) -> Sequence[datetime]:
    """Return where each day of a span begins, of a single day each hour, in the guild's time zone.

    A day has 23, 24 or 25 hours; its hours are counted from its beginning.
    """
    ends_first_day = period_of(start, PeriodKind.DAY, calendar).end
    single = ends_first_day is not None and ends_first_day >= end
    steps: list[datetime] = []
    while start < end:
        steps.append(start.astimezone(calendar.time_zone))
        following = start + HOUR if single else period_of(start, PeriodKind.DAY, calendar).end
        assert following is not None
        start = following.astimezone(UTC)
    return steps


def longest_piece_s(steps: Sequence[datetime], end: datetime) -> int:
    """Return the longest time of which every step is a whole number: a day, or less where the clocks are changed."""
    moments = [int(moment.timestamp()) for moment in (*steps, end)]
    return math.gcd(*(following - moment for moment, following in pairwise(moments)))
