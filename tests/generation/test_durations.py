"""When a task is asked about next: never in vain while an answer is improbable, often when it is likely."""

from __future__ import annotations

import random

import pytest

from generation.durations import Durations


def poll_times(durations: Durations, resolution: str, done_after_s: float) -> list[float]:
    """Return the moments at which a task that takes so long is asked about, the last being the one that finds it."""
    times, elapsed_s = [], 0.0
    while elapsed_s < done_after_s:
        elapsed_s += durations.next_gap_s(resolution, elapsed_s)
        times.append(elapsed_s)
    return times


def test_before_anything_was_learned_a_task_is_asked_about_every_second_at_least() -> None:
    times = poll_times(Durations(), "1K", 12.0)
    assert max(b - a for a, b in zip([0.0, *times], times, strict=False)) <= 1.01


def test_learned_durations_save_the_polls_that_cannot_succeed() -> None:
    durations = Durations()
    chance = random.Random(7)
    for _ in range(60):
        durations.learn("2K", chance.uniform(30, 40))
    times = poll_times(durations, "2K", 35.0)
    assert len(times) <= 8
    assert times[-1] - 35.0 < 1.5


def test_faster_provider_is_noticed_within_a_few_tasks() -> None:
    durations = Durations()
    for _ in range(60):
        durations.learn("4K", 100.0)
    for _ in range(40):
        durations.learn("4K", 2.0)
    assert durations.expected_s("4K") == 2.0
    assert poll_times(durations, "4K", 2.0)[-1] < 3.0


def test_straggler_is_asked_about_ever_more_rarely() -> None:
    durations = Durations()
    for _ in range(10):
        durations.learn("1K", 15.0)
    assert [durations.next_gap_s("1K", elapsed) for elapsed in (20, 100, 800)] == [2.0, 10.0, 30.0]


@pytest.mark.parametrize(("resolution", "expected_s"), [("1K", 19.0), ("2K", 45.5), ("4K", 86.0)])
def test_expected_time_is_sensible_before_anything_was_learned(resolution: str, expected_s: float) -> None:
    assert Durations().expected_s(resolution) == pytest.approx(expected_s)
