"""The soak's verdict: what is steady passes, and each kind of growth is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.soak.samples import Sample
from tests.soak.verdict import growth, slower

MB = 1_000_000


def steady() -> list[Sample]:
    return [
        Sample(
            at_s=21_600.0 * number,
            images=1200 * number,
            rss_bytes=80 * MB + number % 3 * MB,
            objects=73_000 + number % 5 * 50,
            files=13,
            workers=15,
            database_bytes=1_200_000 * number,
            wal_bytes=4 * MB,
            rows={},
            medians_ms={"history": 0.5 + number % 4},
        )
        for number in range(1, 57)
    ]


def test_steady_process_has_no_problems() -> None:
    assert growth(steady()) + slower(steady()) == []


@pytest.mark.parametrize(
    ("told", "name", "gain"),
    [
        ("workers", "workers", 0.1),
        ("files", "files", 0.1),
        ("memory", "rss_bytes", 0.5 * MB),
        ("objects", "objects", 1200.0),
        ("database", "database_bytes", 600_000.0),
        ("write-ahead log", "wal_bytes", 0.3 * MB),
    ],
)
def test_growth_is_told(told: str, name: str, gain: float) -> None:
    power = 1.5 if name == "database_bytes" else 1  # it may grow with the images, but not faster
    samples = [
        replace(sample, **{name: int(getattr(sample, name) + gain * number**power)})
        for number, sample in enumerate(steady())
    ]
    problems = growth(samples)
    assert problems
    assert all(problem.startswith(told) for problem in problems)


def test_query_that_becomes_slower_with_the_bots_age_is_told() -> None:
    samples = [replace(sample, medians_ms={"history": 0.2 * number}) for number, sample in enumerate(steady())]
    assert [problem.split(":")[0] for problem in slower(samples)] == ["history"]
