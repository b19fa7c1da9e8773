"""The days that members type for /history."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cogs.history.days import SUGGESTED, Days, midnight, read_days

TODAY = date(2026, 11, 26)  # a Thursday


def days(first: str, last: str | None = None) -> Days:
    return Days(date.fromisoformat(first), date.fromisoformat(last or first))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("today", days("2026-11-26")),
        ("  Yesterday ", days("2026-11-25")),
        ("3 days", days("2026-11-23")),
        ("3 days ago", days("2026-11-23")),
        ("2w", days("2026-11-12")),
        ("1 month", days("2026-10-26")),
        ("9 months ago", days("2026-02-26")),
        ("2 years", days("2024-11-26")),
        ("this week", days("2026-11-23", "2026-11-29")),
        ("last week", days("2026-11-16", "2026-11-22")),
        ("last month", days("2026-10-01", "2026-10-31")),
        ("last year", days("2025-01-01", "2025-12-31")),
        ("thursday", days("2026-11-26")),
        ("last fri", days("2026-11-20")),
        ("2026-11-01", days("2026-11-01")),
        ("2026/2/3", days("2026-02-03")),
        ("1.11.2026", days("2026-11-01")),
        ("2024-02", days("2024-02-01", "2024-02-29")),
        ("2025", days("2025-01-01", "2025-12-31")),
        ("November", days("2026-11-01", "2026-11-30")),
        ("december", days("2025-12-01", "2025-12-31")),
        ("feb 2024", days("2024-02-01", "2024-02-29")),
        ("5 nov", days("2026-11-05")),
        ("Nov 27th", days("2025-11-27")),
        ("November 1st, 2024", days("2024-11-01")),
        ("29 february 2024", days("2024-02-29")),
    ],
)
def test_days_are_understood(typed: str, meant: Days) -> None:
    assert read_days(typed, TODAY, week_starts_on=0) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon",
        "31 february 2026",
        "2026-13-01",
        "11/01/2026",
        "9999 years",
        "1 nov 2",
        "5 nov 6",
        "1850",
        "m",
        "٣ x",
    ],
)
def test_what_nobody_can_tell_is_none(typed: str) -> None:
    assert read_days(typed, TODAY, week_starts_on=0) is None


def test_a_shorter_month_ends_sooner_and_weeks_begin_where_the_guild_says() -> None:
    assert read_days("1 month", date(2026, 3, 31), week_starts_on=0) == days("2026-02-28")
    assert read_days("12 months", date(2026, 1, 31), week_starts_on=0) == days("2025-01-31")
    assert read_days("this week", TODAY, week_starts_on=6) == days("2026-11-22", "2026-11-28")
    assert read_days("29 feb", date(2026, 11, 26), week_starts_on=0) is None


def test_everything_that_is_suggested_is_understood() -> None:
    assert all(read_days(words, TODAY, week_starts_on=0) for words in SUGGESTED)


def test_a_day_begins_at_midnight_of_the_guild() -> None:
    assert midnight(date(2026, 11, 1), ZoneInfo("America/New_York")) == datetime(2026, 11, 1, 4, tzinfo=UTC)
