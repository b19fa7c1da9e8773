"""Figures of runs, ours beside somebody else's, and the table that shows them."""

from __future__ import annotations

import platform
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from os import cpu_count
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

RUNS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured thing; less is better in every row that has a goal.

    Attributes:
        unit: of every figure.
        ours: one figure for each run.
        beside: the competitor's figures, run by run with ours; empty where there is only a limit.
        most, most_ratio: what the median of ours, or of ours / beside, may be; None: not a goal, only told.
    """

    what: str
    unit: str
    ours: Sequence[float]
    beside: Sequence[float] = ()
    beside_name: str = "–"
    most: float | None = None
    most_ratio: float | None = None

    @property
    def ratios(self) -> list[float]:
        """Ours / beside, run by run; nothing where the competitor's figure is too small to be told from 0."""
        if not self.beside or min(self.beside) == 0:
            return []
        return [ours / other for ours, other in zip(self.ours, self.beside, strict=True)]

    @property
    def is_met(self) -> bool:
        if self.most is not None and median(self.ours) > self.most:
            return False
        return self.most_ratio is None or median(self.ratios) <= self.most_ratio


async def p99_row(what: str, calls: Sequence[Callable[[], Awaitable[object]]], *, most_ms: float) -> Row:
    """Make the calls in `RUNS` shares, one after the other, after a first share that is not counted."""
    share = len(calls) // RUNS
    for call in calls[:share]:
        await call()
    p99s: list[float] = []
    for run in range(RUNS):
        taken: list[float] = []
        for call in calls[run * share : (run + 1) * share]:
            began = perf_counter()
            await call()
            taken.append((perf_counter() - began) * 1000)
        p99s.append(percentile(taken, 99))
    return Row(what=what, unit="ms", ours=p99s, most=most_ms)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile, 1 to 99; of a single value that value."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def shown(rows: Sequence[Row]) -> str:
    """Return the table in Markdown: medians over the runs, with the least and the greatest."""
    lines = ["| what | ours | beside it | | ratio | goal | met |", "|---|---:|---|---:|---:|---|---|"]
    for row in rows:
        ratio = _spread(row.ratios, "×") if row.ratios else "–"
        goals = [
            *([f"{_figure(row.most)} {row.unit}"] if row.most is not None else []),
            *([f"{_figure(row.most_ratio)}×"] if row.most_ratio is not None else []),
        ]
        met = ("yes" if row.is_met else "**no**") if goals else "–"
        beside = _spread(row.beside, row.unit) if row.beside else "–"
        lines.append(
            f"| {row.what} | {_spread(row.ours, row.unit)} | {row.beside_name} | {beside} | {ratio}"
            f" | {' and '.join(goals) or '–'} | {met} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """Return in one line where it was measured."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in _read("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.processor() or "unknown processor",
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {cpu}, {cpu_count()} cores, Python {platform.python_version()},"
        f" SQLite {sqlite3.sqlite_version}"
    )


def _spread(values: Sequence[float], unit: str) -> str:
    middle = f"{_figure(median(values))}{'' if unit == '×' else ' '}{unit}".strip()
    if len(values) < 2:
        return middle
    return f"{middle} ({_figure(min(values))}–{_figure(max(values))})"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
