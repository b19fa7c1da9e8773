"""The pieces of time in which spending is added up."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from generation.usage_spans import SpanChoice, longest_piece_s, span_of, steps_of
from storage.periods import Calendar

HOUR_S = 3600


@pytest.mark.parametrize(
    ("zone", "noon", "choice", "piece_s"),
    [
        ("UTC", datetime(2026, 11, 20, 12, tzinfo=UTC), SpanChoice.DAYS_90, 24 * HOUR_S),
        ("UTC", datetime(2026, 11, 20, 12, tzinfo=UTC), SpanChoice.TODAY, HOUR_S),
        ("Asia/Kathmandu", datetime(2026, 11, 20, 12, tzinfo=UTC), SpanChoice.DAYS_7, 24 * HOUR_S),
        ("Europe/Berlin", datetime(2026, 10, 28, 12, tzinfo=UTC), SpanChoice.DAYS_7, HOUR_S),
        ("Australia/Lord_Howe", datetime(2026, 10, 6, 12, tzinfo=UTC), SpanChoice.DAYS_7, HOUR_S // 2),
    ],
)
def test_a_piece_is_as_long_as_the_days_and_the_changes_of_the_clocks_allow(
    zone: str, noon: datetime, choice: SpanChoice, piece_s: int
) -> None:
    calendar = Calendar(time_zone=ZoneInfo(zone))
    start, end = span_of(choice, noon, calendar)
    steps = steps_of(start, end, calendar)
    assert longest_piece_s(steps, end) == piece_s
    assert all((step - start).total_seconds() % piece_s == 0 for step in steps)
