"""Days as members type them: 2026-11-01, yesterday, 3 days, last week, november, 5 nov 2025."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
SUGGESTED = (
    "today",
    "yesterday",
    "7 days",
    "30 days",
    "this week",
    "last week",
    "this month",
    "last month",
    "this year",
    "last year",
)
"""What is offered while nothing is typed yet."""

_DAY = timedelta(days=1)
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"(this|last) (week|month|year)")
_AGO = re.compile(r"(\d{1,4}) ?(d|w|m|y|days?|weeks?|months?|years?)(?: ago)?")
_YEAR_FIRST = re.compile(r"(\d{4})(?:[-/.](\d{1,2}))?(?:[-/.](\d{1,2}))?")
_YEAR_LAST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_MONTH = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)? )?([a-z]+)(?: (\d{1,2})(?:st|nd|rd|th)?)?(?: (\d{4}))?")


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included."""

    first: date
    last: date


def read_days(typed: str, today: date, *, week_starts_on: int) -> Days | None:
    """Return the days that are meant, None where nobody can tell. Days without a year are the latest ones.

    Args:
        today: as the guild counts it.
        week_starts_on: 0 is Monday, 6 is Sunday.
    """
    words = " ".join(typed.casefold().replace(",", " ").split())
    with suppress(ValueError, OverflowError):  # 31 February; 9,999 years ago
        found = (
            _named(words, today)
            or _whole(words, today, week_starts_on)
            or _ago(words, today)
            or _in_figures(words)
            or _by_month(words, today)
        )
        if found is not None and EARLIEST <= found.first <= found.last <= LATEST:
            return found
    return None


def midnight(day: date, time_zone: ZoneInfo) -> datetime:
    """Return the moment a day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=time_zone).astimezone(UTC)


def _named(words: str, today: date) -> Days | None:
    name = words.removeprefix("last ")
    back = {"today": 0, "yesterday": 1}.get(words)
    if back is None and len(name) >= 3:
        back = next(
            ((today.weekday() - place) % 7 for place, day in enumerate(_WEEKDAYS) if day.startswith(name)), None
        )
    return None if back is None else _one(today - back * _DAY)


def _whole(words: str, today: date, week_starts_on: int) -> Days | None:
    """This or last week, month or year."""
    found = _SPAN.fullmatch(words)
    if found is None:
        return None
    of_last, unit = found[1] == "last", found[2]
    if unit == "week":
        first = today - ((today.weekday() - week_starts_on) % 7 + 7 * of_last) * _DAY
        return Days(first, first + 6 * _DAY)
    if unit == "month":
        return _month_of(_months_before(today.replace(day=1), int(of_last)))
    return _year(today.year - of_last)


def _ago(words: str, today: date) -> Days | None:
    found = _AGO.fullmatch(words)
    if found is None:
        return None
    count = int(found[1])
    match found[2][0]:
        case "d":
            return _one(today - count * _DAY)
        case "w":
            return _one(today - 7 * count * _DAY)
        case "m":
            return _one(_months_before(today, count))
        case _:
            return _one(_months_before(today, 12 * count))


def _in_figures(words: str) -> Days | None:
    if found := _YEAR_LAST.fullmatch(words):
        return _one(date(int(found[3]), int(found[2]), int(found[1])))
    found = _YEAR_FIRST.fullmatch(words)
    if found is None:
        return None
    if found[3]:
        return _one(date(int(found[1]), int(found[2]), int(found[3])))
    return _month_of(date(int(found[1]), int(found[2]), 1)) if found[2] else _year(int(found[1]))


def _by_month(words: str, today: date) -> Days | None:
    found = _MONTH.fullmatch(words)
    if found is None or len(found[2]) < 3 or (found[1] and found[3]):
        return None
    month = next((place for place, name in enumerate(_MONTHS, 1) if name.startswith(found[2])), None)
    if month is None:
        return None
    day = found[1] or found[3]
    for year in _years(found[4], today):
        first = date(year, month, int(day or 1))
        if found[4] or first <= today:
            return _one(first) if day else _month_of(first)
    return None


def _years(typed: str | None, today: date) -> Iterator[int]:
    if typed:
        yield int(typed)
    else:
        yield from (today.year, today.year - 1)


def _months_before(day: date, months: int) -> date:
    """Return the same day of an earlier month, or that month's last day where it is shorter."""
    whole = day.year * 12 + day.month - 1 - months
    last = _month_of(date(whole // 12, whole % 12 + 1, 1)).last
    return last.replace(day=min(day.day, last.day))


def _one(day: date) -> Days:
    return Days(day, day)


def _month_of(first: date) -> Days:
    return Days(first, (first + 31 * _DAY).replace(day=1) - _DAY)


def _year(year: int) -> Days:
    return Days(date(year, 1, 1), date(year, 12, 31))
