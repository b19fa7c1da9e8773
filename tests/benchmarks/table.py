"""Measuring calls, and the table that shows them."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: times in milliseconds, and what the 99th percentile may be. `runs`: medians of whole runs."""

    name: str
    calls: int
    p50: float
    p99: float
    worst: float
    spread: tuple[float, float]
    goal_p99: float

    @property
    def is_met(self) -> bool:
        return self.p99 <= self.goal_p99


async def measured(
    name: str, calls: Sequence[Callable[[], Awaitable[object]]], *, goal_p99: float, runs: int = 5
) -> Row:
    """Make every call once in each of `runs` rounds, one after the other; a first round is not counted."""
    for call in calls[: len(calls) // runs or 1]:
        await call()
    times: list[float] = []
    p99s: list[float] = []
    share = max(1, len(calls) // runs)
    for run in range(runs):
        taken: list[float] = []
        for call in calls[run * share : (run + 1) * share]:
            began = perf_counter()
            await call()
            taken.append((perf_counter() - began) * 1000)
        times += taken
        p99s.append(quantiles(taken, n=100)[98] if len(taken) > 1 else taken[0])
    return row_of(name, times, goal=goal_p99, p99s=p99s)


def row_of(name: str, times: Sequence[float], *, goal: float, p99s: Sequence[float] = ()) -> Row:
    """Make a row of times in milliseconds; `p99s` are those of single runs, where there were several."""
    p99 = quantiles(times, n=100)[98]
    return Row(
        name=name,
        calls=len(times),
        p50=median(times),
        p99=p99,
        worst=max(times),
        spread=(min(p99s, default=p99), max(p99s, default=p99)),
        goal_p99=goal,
    )


def shown(rows: Sequence[Row]) -> str:
    """Return the table in Markdown."""
    lines = [
        "| what | calls | p50 ms | p99 ms | p99 of single runs | worst ms | goal p99 | met |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for row in rows:
        low, high = row.spread
        lines.append(
            f"| {row.name} | {row.calls:,} | {row.p50:.2f} | {row.p99:.2f} | {low:.2f}–{high:.2f} | {row.worst:.2f}"
            f" | {row.goal_p99:g} | {'yes' if row.is_met else '**no**'} |"
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


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
