"""How long a remote task takes: learned per resolution, sensible before anything was learned."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from storage.durations import KEPT

# Seconds, as resellers of the provider report them (2026-01).
ASSUMED_RANGE_S = {"1K": (13.0, 25.0), "2K": (16.0, 75.0), "4K": (22.0, 150.0)}

ASSUMED_WEIGHT = 4.0
"""The assumed range counts as much as so many durations of our own, until these contradict it."""

STRANGE_SHARE = 0.03
"""The chance of quite another time than all that is known: from a third of the least to thrice the most."""

NARROWEST, WIDEST = 0.04, 0.35
"""How far, as a share, one more duration may lie from one that was seen: the least, and where only one was seen."""

GRID = 120

SETTLED_AT, SETTLED_EVERY = 20, 5
"""From so many durations on, one more changes little: what is thought is thought over after each fifth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is thought of a resolution's durations, on a grid of moments that grows by equal factors.

    Attributes:
        mean_s: the mean duration.
        moments_s: the grid, seconds after the create.
        left: by moment, the chance that a task is not done then; 1 at the first, 0 at the last.
        interest: by moment, the integral of the square root of the chance per second that a task which is not done
            ends now. Polls at equal steps of it find the most ends the soonest: of all schedules with as many polls
            their mean delay is the least (by the calculus of variations; half a gap is the delay of an end).
        interest_met: how much of it passes in the mean before a task ends.
    """

    mean_s: float
    interest_met: float
    moments_s: Sequence[float]
    left: Sequence[float]
    interest: Sequence[float]

    @property
    def ends_s(self) -> float:
        """After so long without an end, nothing is known any more."""
        return self.moments_s[-1]

    def left_at(self, elapsed_s: float) -> float:
        """Return the chance that a task of this age is not done."""
        return _between(self.moments_s, self.left, elapsed_s)

    def interest_at(self, elapsed_s: float) -> float:
        """Return the interest up to a moment."""
        return _between(self.moments_s, self.interest, elapsed_s)

    def moment_of(self, interest: float) -> float:
        """Return when the interest reaches a value; the end of the grid, where it never does."""
        return _between(self.interest, self.moments_s, interest)

    def step_for(self, polls: float) -> float:
        """Return the step of interest with which a task takes so many polls in the mean."""
        # Half a poll more than the integral of the rate: the one that finds the end comes after it.
        return self.interest_met / max(0.5, polls - 0.5)


class Durations:
    """The newest durations of each resolution, and what follows from them."""

    def __init__(self) -> None:
        self._seen_s: dict[str, deque[float]] = {name: deque(maxlen=KEPT) for name in ASSUMED_RANGE_S}
        self._learned: Counter[str] = Counter()
        self._beliefs: dict[str, Belief] = {}

    def learn(self, resolution: str, seconds: float) -> None:
        """Add how long one task took, by the provider's own times."""
        if seconds <= 0:
            return
        self._seen_s[resolution].append(seconds)
        self._learned[resolution] += 1
        if len(self._seen_s[resolution]) < SETTLED_AT or self._learned[resolution] % SETTLED_EVERY == 0:
            self._beliefs.pop(resolution, None)

    def seen(self, resolution: str) -> int:
        """Return how many durations of our own are known, at most `KEPT`."""
        return len(self._seen_s[resolution])

    def expected_s(self, resolution: str) -> float:
        """Return the duration to promise: half of the tasks are done by then."""
        seen_s = sorted(self._seen_s[resolution])
        least_s, most_s = (
            (seen_s[(len(seen_s) - 1) // 2], seen_s[len(seen_s) // 2]) if seen_s else ASSUMED_RANGE_S[resolution]
        )
        return (least_s + most_s) / 2

    def belief(self, resolution: str) -> Belief:
        """Return what is thought of this resolution's durations now."""
        if resolution not in self._beliefs:
            self._beliefs[resolution] = _belief(list(self._seen_s[resolution]), ASSUMED_RANGE_S[resolution])
        return self._beliefs[resolution]


def _belief(seen_s: list[float], assumed_s: tuple[float, float]) -> Belief:
    shortest_s, longest_s = assumed_s
    agreeing = sum(shortest_s / 2 <= seconds <= longest_s * 1.5 for seconds in seen_s)
    assumed_weight = ASSUMED_WEIGHT if agreeing * 2 >= len(seen_s) else 0.0
    known_s = [*seen_s, *(assumed_s if assumed_weight else ())]
    first_s, last_s = min(known_s) / 3, max(known_s) * 3
    width = _width(seen_s)
    total = assumed_weight + len(seen_s)
    strange, logs = math.log(last_s / first_s), [math.log(seconds) for seconds in seen_s]

    def done(moment_s: float) -> float:
        normal = assumed_weight * min(1.0, max(0.0, (moment_s - shortest_s) / (longest_s - shortest_s)))
        moment = math.log(moment_s)
        normal += sum(0.5 * math.erfc((seen - moment) / width) for seen in logs)
        return STRANGE_SHARE * math.log(moment_s / first_s) / strange + (1 - STRANGE_SHARE) * normal / total

    moments_s = [first_s * (last_s / first_s) ** (step / GRID) for step in range(GRID + 1)]
    left = [1.0, *(1 - done(moment_s) for moment_s in moments_s[1:-1]), 0.0]
    interests, mean_s, interest_met = [0.0], first_s, 0.0
    for index in range(GRID):
        gap_s, before, after = moments_s[index + 1] - moments_s[index], left[index], left[index + 1]
        hazard = max(0.0, before - after) / gap_s / max(1e-9, (before + after) / 2)
        interests.append(math.sqrt(hazard) * gap_s)
        mean_s += gap_s * (before + after) / 2
        interest_met += interests[-1] * (before + after) / 2
    return Belief(
        mean_s=mean_s, interest_met=interest_met, moments_s=moments_s, left=left, interest=list(accumulate(interests))
    )


def _width(seen_s: Sequence[float]) -> float:
    """Return how widely to spread each seen duration: a share of it, times the square root of 2 as `erfc` wants it."""
    if not seen_s:
        return NARROWEST
    logs = sorted(math.log(seconds) for seconds in seen_s)
    middle_half = logs[(3 * len(logs)) // 4] - logs[len(logs) // 4]
    rule_of_thumb = 0.67 * middle_half * len(logs) ** -0.2  # Silverman's, for what is nearly normal
    return math.sqrt(2) * min(WIDEST, max(NARROWEST, rule_of_thumb, WIDEST / len(logs)))


def _between(keys: Sequence[float], values: Sequence[float], key: float) -> float:
    """Return the value at a key, on a straight line between its neighbours; the first or last value outside."""
    index = bisect_right(keys, key)
    if index == 0:
        return values[0]
    if index == len(keys):
        return values[-1]
    low, high = keys[index - 1], keys[index]
    return values[index - 1] + (values[index] - values[index - 1]) * (key - low) / (high - low)
