"""How long a suspension lasts, as moderators write it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cogs.errors import RefusalError
from cogs.moderation.suspend import read_length


@pytest.mark.parametrize(
    ("written", "means"),
    [
        ("90m", timedelta(minutes=90)),
        ("90 Minutes", timedelta(minutes=90)),
        ("1h", timedelta(hours=1)),
        ("2 hrs", timedelta(hours=2)),
        ("3 days", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
        ("1 week", timedelta(weeks=1)),
        ("Forever", None),
    ],
)
def test_length_is_what_it_says(written: str, means: timedelta | None) -> None:
    assert read_length(written) == means


@pytest.mark.parametrize(
    "written", ["2 months", "1 month", "3mo", "2 moons", "1 decade", "0d", "53 weeks", "soon", "5"]
)
def test_what_could_be_taken_for_another_length_is_refused(written: str) -> None:
    with pytest.raises(RefusalError):
        read_length(written)
