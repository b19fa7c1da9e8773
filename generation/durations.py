"""How long a remote task takes: learned per resolution, sensible before anything was learned."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from statistics import median

REMEMBERED = 60
"""Newest durations kept per resolution: few enough to follow a provider whose pace changes."""

ENOUGH = 5
"""From this many durations of our own on, the assumed range is no longer used."""

# Seconds, as resellers of the provider report them (2026-01).
ASSUMED_RANGE_S = {"1K": (13.0, 25.0), "2K": (16.0, 75.0), "4K": (22.0, 150.0)}

SHORTEST_GAP_S = 0.5
EARLY_GAP_S = 1.0
LONGEST_GAP_S = 10.0
STRAGGLER_GAP_S = 30.0
STEP = 0.15
"""The next poll comes when this share of the tasks still unfinished should have ended."""


class Durations:
    """What is known of durations, and the poll times that follow from it."""

    def __init__(self) -> None:
        self._seen_s: dict[str, deque[float]] = {name: deque(maxlen=REMEMBERED) for name in ASSUMED_RANGE_S}

    def learn(self, resolution: str, seconds: float) -> None:
        """Add how long one task took."""
        if seconds > 0:
            self._seen_s[resolution].append(seconds)

    def expected_s(self, resolution: str) -> float:
        """Return the duration to promise: half of the tasks are done by then."""
        return median(self._samples(resolution))

    def next_gap_s(self, resolution: str, elapsed_s: float) -> float:
        """Return how long to wait before the next poll of a task that was not done `elapsed_s` after its create."""
        samples = self._samples(resolution)
        left = samples[bisect_right(samples, elapsed_s) :]
        if not left:  # a straggler: ever more rarely
            return min(STRAGGLER_GAP_S, max(EARLY_GAP_S, elapsed_s * 0.1))
        target_s = left[min(len(left) - 1, int(len(left) * STEP))]
        gap_s = max(SHORTEST_GAP_S, target_s - elapsed_s)
        if len(self._seen_s[resolution]) < ENOUGH:
            return min(gap_s, EARLY_GAP_S)  # the assumption may be wrong: look now and then
        return min(gap_s, LONGEST_GAP_S)

    def _samples(self, resolution: str) -> list[float]:
        seen_s = self._seen_s[resolution]
        if len(seen_s) >= ENOUGH:
            return sorted(seen_s)
        shortest, longest = ASSUMED_RANGE_S[resolution]
        return sorted([*seen_s, *(shortest + (longest - shortest) * step / 20 for step in range(21))])
