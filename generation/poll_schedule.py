"""When each running task is asked about next: by the chance that it is done, within one budget for all."""

from __future__ import annotations

from collections.abc import Iterable

from generation.durations import Durations

USUAL_GAP_S = 3.0
THRIFT = 0.95
"""A task may cost this share of the queries that asking every `USUAL_GAP_S`, as the provider advises, would take."""

FEWEST_POLLS = 3.0
"""What even the shortest task is worth."""

QUERIES_A_SECOND = 9.0
"""What the polls of all tasks take together; the rest of the provider's ten is for what callbacks wake."""

SHORTEST_GAP_S = 0.4
LONGEST_GAP_S = 20.0
STRAGGLER_GAP_S = 30.0

SCOUT_GAP_S, SCOUT_SHARE = 1.0, 0.3
"""What is assumed may be wrong: until a task ended, one of them, the scout, waits no longer, or a share of its age."""

WORTH_A_QUESTION = 0.1
"""The chance of having ended from which on a task is asked about at once after a restart."""

TRUSTED_STRETCH = 4.0
"""So much rarer is asking where callbacks told of every end lately."""


class PollSchedule:
    """The gaps between polls; of a task it knows the resolution and the age, in seconds since its create."""

    def __init__(self, durations: Durations, *, share: float = 1.0) -> None:
        """`share`: the part of the provider's limit that is this process's."""
        self._durations = durations
        self.queries_a_second = QUERIES_A_SECOND * share
        self._told = 0.0  # the share of the latest ends that a callback told of first

    def note_end(self, *, told: bool) -> None:
        """Count an end, and whether a callback told of it before a poll found it."""
        self._told += ((1.0 if told else 0.0) - self._told) * 0.2

    def rate(self, resolution: str, elapsed_s: float) -> float:
        """Return how many polls a second a task of this age wants, were it alone."""
        belief = self._durations.belief(resolution)
        if elapsed_s >= belief.ends_s:
            return 1 / self._straggler_gap_s(elapsed_s)
        around_s = max(SHORTEST_GAP_S, elapsed_s * 0.05)
        gained = belief.interest_at(elapsed_s + around_s) - belief.interest_at(elapsed_s)
        return min(1 / SHORTEST_GAP_S, gained / around_s / self._step(resolution))

    def stretch(self, tasks: Iterable[tuple[str, float]]) -> float:
        """Return by how much all are slowed, 1 or more, so that all of these tasks together keep within the budget."""
        return max(1.0, sum(self.rate(resolution, age_s) for resolution, age_s in tasks) / self.queries_a_second)

    def next_gap_s(self, resolution: str, elapsed_s: float, *, stretch: float = 1.0, is_scout: bool = False) -> float:
        """Return how long to wait before the next poll of a task that was not done `elapsed_s` after its create."""
        belief = self._durations.belief(resolution)
        if elapsed_s >= belief.ends_s:
            return self._straggler_gap_s(elapsed_s) * stretch
        target = belief.interest_at(elapsed_s) + self._step(resolution) * stretch
        gap_s = min(LONGEST_GAP_S * stretch, max(SHORTEST_GAP_S, belief.moment_of(target) - elapsed_s))
        if is_scout:
            gap_s = min(gap_s, max(SCOUT_GAP_S, elapsed_s * SCOUT_SHARE) * stretch)
        return gap_s

    def may_be_done(self, resolution: str, elapsed_s: float) -> bool:
        """Return whether a task of this age that nobody asked about is worth a question at once."""
        return self._durations.belief(resolution).left_at(elapsed_s) < 1 - WORTH_A_QUESTION

    def _step(self, resolution: str) -> float:
        """Return the step of interest between two polls."""
        belief = self._durations.belief(resolution)
        polls = max(FEWEST_POLLS, THRIFT * (belief.mean_s / USUAL_GAP_S + 0.5))
        return belief.step_for(polls) * (1 + (TRUSTED_STRETCH - 1) * self._told)

    @staticmethod
    def _straggler_gap_s(elapsed_s: float) -> float:
        return min(STRAGGLER_GAP_S, max(1.0, elapsed_s * 0.1))
