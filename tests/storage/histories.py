"""Histories as data: lists of steps, each a kind and some numbers that choose among what is possible at that moment.

So one can be drawn from a seed, and another by Hypothesis, which can make a failing one shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TypeVar

T = TypeVar("T")

USERS, ROLES = (1, 2, 3), (71, 72, 73)
PERIODS = ("day", "week", "month", "never")
AMOUNTS = (17, 36, 71, 107, 150, 240)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # changes by half an hour
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/Santiago",  # changes at midnight: a day that begins at one o'clock
    "Atlantic/Azores",  # a day with two midnights
    "Pacific/Kiritimati",
)
# Around changes of clocks in both hemispheres, the ends of months and years, and a leap day.
STARTS = tuple(
    int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    for day in (
        "2026-03-07 22:10",
        "2026-03-28 12:00",
        "2026-04-04 09:00",
        "2026-09-05 20:00",
        "2026-09-26 08:30",
        "2026-10-03 11:59",
        "2026-10-24 21:00",
        "2026-10-31 18:00",
        "2026-12-31 08:00",
        "2028-02-28 23:50",
    )
)
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
KINDS = {
    "ask": 10,
    "move": 12,
    "race": 8,
    "jump": 8,
    "set_rule": 5,
    "set_pool": 4,
    "roles": 3,
    "clear_rule": 2,
    "adjust": 2,
    "clear_pool": 1,
    "grant": 2,
    "zone": 1,
    "week_start": 1,
    "look": 1,
    "check": 1,
    "restart": 1,
}


@dataclass(frozen=True)
class Step:
    kind: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class History:
    beginning: tuple[int, ...]
    steps: tuple[Step, ...]

    @classmethod
    def of_seed(cls, seed: int, *, length: int) -> History:
        random = Random(seed)

        def numbers() -> tuple[int, ...]:
            return tuple(random.randrange(10_000) for _ in range(14))

        kinds = random.choices(list(KINDS), list(KINDS.values()), k=length)
        return cls(numbers(), tuple(Step(kind, numbers()) for kind in kinds))


class Choices:
    """Turns a step's numbers into choices; where they run out, the first is chosen."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = iter(numbers)

    def among(self, offered: Sequence[T]) -> T:
        return offered[next(self._numbers, 0) % len(offered)]

    def of(self, lowest: int, highest: int) -> int:
        return self.among(range(lowest, highest + 1))

    def once_in(self, times: int) -> bool:
        return self.of(0, times - 1) == times - 1
