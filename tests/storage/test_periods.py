"""Days, weeks and months begin at a guild's own midnight, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from storage.periods import Calendar, Period, PeriodKind, period_of

DAY, WEEK, MONTH, NEVER = PeriodKind
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/Santiago",
    "Atlantic/Azores",
    "Pacific/Kiritimati",
)


def period(moment: str, kind: PeriodKind, zone: str = "UTC", *, week_starts_on: int = 0) -> Period:
    calendar = Calendar(time_zone=ZoneInfo(zone), week_starts_on=week_starts_on)
    return period_of(datetime.fromisoformat(moment), kind, calendar)


def between(start: str, end: str) -> Period:
    return Period(datetime.fromisoformat(start), datetime.fromisoformat(end))


@pytest.mark.parametrize(
    ("zone", "noon", "start", "end", "hours"),
    [
        ("UTC", "2026-03-29T12:00Z", "2026-03-29T00:00Z", "2026-03-30T00:00Z", 24),
        ("Europe/Berlin", "2026-03-29T10:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z", 23),
        ("Europe/Berlin", "2026-10-25T10:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z", 25),
        ("America/New_York", "2026-03-08T12:00Z", "2026-03-08T05:00Z", "2026-03-09T04:00Z", 23),
        ("America/New_York", "2026-11-01T12:00Z", "2026-11-01T04:00Z", "2026-11-02T05:00Z", 25),
        # Lord Howe moves its clocks by half an hour.
        ("Australia/Lord_Howe", "2026-10-04T00:00Z", "2026-10-03T13:30Z", "2026-10-04T13:00Z", 23.5),
        ("Australia/Lord_Howe", "2026-04-05T00:00Z", "2026-04-04T13:00Z", "2026-04-05T13:30Z", 24.5),
        ("Pacific/Chatham", "2026-04-05T00:00Z", "2026-04-04T10:15Z", "2026-04-05T11:15Z", 25),
        ("Asia/Kathmandu", "2026-06-01T06:00Z", "2026-05-31T18:15Z", "2026-06-01T18:15Z", 24),
        # Santiago leaves midnight out: its day begins at one o'clock.
        ("America/Santiago", "2026-09-06T15:00Z", "2026-09-06T04:00Z", "2026-09-07T03:00Z", 23),
        # The Azores have midnight twice: the first begins the day.
        ("Atlantic/Azores", "2026-10-25T12:00Z", "2026-10-25T00:00Z", "2026-10-26T01:00Z", 25),
    ],
)
def test_day_lasts_as_long_as_the_guilds_clocks_say(zone: str, noon: str, start: str, end: str, hours: float) -> None:
    day = period(noon, DAY, zone)
    assert day == between(start, end)
    assert day.end is not None
    assert day.end - day.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        # Berlin leaves summer time on Sunday 2026-10-25: that week has 169 hours.
        ("2026-10-24T12:00Z", "2026-10-18T22:00Z", "2026-10-25T23:00Z"),
        ("2026-03-29T12:00Z", "2026-03-22T23:00Z", "2026-03-29T22:00Z"),
        ("2027-01-01T12:00Z", "2026-12-27T23:00Z", "2027-01-03T23:00Z"),
    ],
)
def test_week_begins_at_the_guilds_own_midnight_also_when_clocks_change(moment: str, start: str, end: str) -> None:
    assert period(moment, WEEK, "Europe/Berlin") == between(start, end)


@pytest.mark.parametrize("first", range(7))
def test_week_may_begin_on_any_day(first: int) -> None:
    week = period("2026-11-25T12:00Z", WEEK, week_starts_on=first)
    assert week.end is not None
    assert week.start.weekday() == first
    assert week.start <= datetime(2026, 11, 25, 12, tzinfo=UTC) < week.end == week.start + timedelta(days=7)


def test_week_begins_today_on_its_own_first_day() -> None:
    assert period("2026-11-25T00:00Z", WEEK, week_starts_on=2) == between("2026-11-25T00:00Z", "2026-12-02T00:00Z")
    assert period("2026-11-24T23:59Z", WEEK, week_starts_on=2) == between("2026-11-18T00:00Z", "2026-11-25T00:00Z")


@pytest.mark.parametrize(
    ("moment", "start", "end"),
    [
        ("2028-02-29T12:00Z", "2028-02-01T00:00Z", "2028-03-01T00:00Z"),
        ("2026-02-28T23:59Z", "2026-02-01T00:00Z", "2026-03-01T00:00Z"),
        ("2026-12-31T23:59Z", "2026-12-01T00:00Z", "2027-01-01T00:00Z"),
        ("2027-01-31T00:00Z", "2027-01-01T00:00Z", "2027-02-01T00:00Z"),
        ("2026-04-30T12:00Z", "2026-04-01T00:00Z", "2026-05-01T00:00Z"),
    ],
)
def test_month_is_the_calendars_however_long(moment: str, start: str, end: str) -> None:
    assert period(moment, MONTH) == between(start, end)


def test_month_belongs_to_the_guilds_date_not_to_utcs() -> None:
    """When it is still the 31st in UTC it is the 1st on Kiritimati, and the other way round in New York."""
    assert period("2026-12-31T11:00Z", MONTH, "Pacific/Kiritimati").start == datetime(2026, 12, 31, 10, tzinfo=UTC)
    assert period("2027-01-01T04:00Z", MONTH, "America/New_York").end == datetime(2027, 1, 1, 5, tzinfo=UTC)


def test_month_in_which_clocks_change_begins_and_ends_by_different_offsets() -> None:
    assert period("2026-10-31T12:00Z", MONTH, "Europe/Berlin") == between("2026-09-30T22:00Z", "2026-10-31T23:00Z")


def test_once_has_no_end() -> None:
    once = period("2026-11-23T12:00Z", NEVER, "Europe/Berlin")
    assert (once.start, once.end) == (datetime(1970, 1, 1, tzinfo=UTC), None)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("kind", [DAY, WEEK, MONTH])
def test_periods_follow_one_another_without_gap_for_three_years(zone: str, kind: PeriodKind) -> None:
    calendar = Calendar(time_zone=ZoneInfo(zone), week_starts_on=3)
    now, last = datetime(2025, 12, 31, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
    while now < last:
        current = period_of(now, kind, calendar)
        assert current.end is not None
        assert current.start <= now < current.end
        assert period_of(current.end - timedelta(microseconds=1), kind, calendar) == current
        assert period_of(current.end, kind, calendar).start == current.end
        now = current.end


@pytest.mark.parametrize("zone", ZONES)
def test_every_day_begins_at_a_quarter_of_an_hour(zone: str) -> None:
    """Spending is kept by quarters of an hour, so a period of any zone is made of whole ones."""
    calendar = Calendar(time_zone=ZoneInfo(zone))
    noons = (datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day) for day in range(366))
    assert {int(period_of(noon, DAY, calendar).start.timestamp()) % 900 for noon in noons} == {0}
