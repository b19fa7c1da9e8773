"""The chart of /usage: drawn for any numbers, legible, and no harm where it cannot be drawn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from generation import charts
from generation.chart_drawing import CARD, FAINT, INK, MEMBER_BAR, OUTCOMES, SIZES
from generation.charts import ChartArtist, ChartData
from generation.usage_desk import SpanChoice, span_of
from storage.periods import Calendar

MONTH = [(date(2026, 11, 1) + timedelta(days=number)).isoformat() for number in range(30)]
DATA = ChartData(
    title="1 to 30 November 2026",
    days=MONTH,
    by_day={"1K": [18] * 30, "2K": [0] * 30, "4K": [24, 48] * 15},
    members=[300, 200, 1],
    by_resolution={"1K": 540, "2K": 0, "4K": 1080},
    outcomes={"made": 70, "refunded": 4, "cancelled": 1, "in_the_making": 0},
)


@pytest.mark.parametrize(
    "data",
    [
        DATA,
        replace(DATA, days=MONTH[:1], by_day={"1K": [18], "2K": [0], "4K": [0]}, members=[18]),
        replace(DATA, members=list(range(10**8, 10**8 - 20, -1)), by_resolution={"1K": 10**9, "2K": 0, "4K": 3}),
        replace(DATA, by_day={"1K": [0] * 30, "2K": [0] * 30, "4K": [0] * 30}, members=[], by_resolution={}),
        replace(DATA, outcomes={"made": 0, "refunded": 0, "cancelled": 0, "in_the_making": 0}),
    ],
)
async def test_any_numbers_give_a_picture(data: ChartData) -> None:
    drawn = await ChartArtist().draw(data)
    assert drawn is not None
    assert Image.open(BytesIO(drawn)).size == (1280, 1120)


async def test_drawing_that_fails_gives_no_picture_and_says_why_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert await ChartArtist().draw(replace(DATA, days=["no date"])) is None
    assert "could not be drawn" in caplog.text
    monkeypatch.setattr(charts, "DRAWN_WITHIN_S", 0.0)
    assert await ChartArtist().draw(DATA) is None
    assert "was not drawn within" in caplog.text


async def test_drawing_process_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", "key-of-kie")
    assert "KIE_API_KEY" not in charts._environment()


def luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [INK, FAINT, MEMBER_BAR, *SIZES.values(), *(pair[1] for pair in OUTCOMES.values())])
def test_every_colour_stands_out_from_the_card(colour: str) -> None:
    assert (luminance(colour) + 0.05) / (luminance(CARD) + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("choice", "start", "end"),
    [
        # Berlin left summer time on Sunday 2026-10-25; it is Monday 2026-10-26 there.
        (SpanChoice.TODAY, "2026-10-25T23:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.DAYS_7, "2026-10-19T22:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.THIS_WEEK, "2026-10-25T23:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.THIS_MONTH, "2026-09-30T22:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.LAST_MONTH, "2026-08-31T22:00Z", "2026-09-30T22:00Z"),
        (SpanChoice.DAYS_90, "2026-07-28T22:00Z", "2026-10-26T23:00Z"),
    ],
)
def test_spans_follow_the_guilds_calendar_also_when_clocks_change(choice: SpanChoice, start: str, end: str) -> None:
    berlin = Calendar(time_zone=ZoneInfo("Europe/Berlin"))
    found = span_of(choice, datetime(2026, 10, 26, 9, tzinfo=UTC), berlin)
    assert found == (datetime.fromisoformat(start), datetime.fromisoformat(end))
