"""What is believed of durations: learned from what was seen, sensible before."""

from __future__ import annotations

import random

import pytest

from generation.durations import Durations


@pytest.mark.parametrize(("resolution", "expected_s"), [("1K", 19.0), ("2K", 45.5), ("4K", 86.0)])
def test_expected_time_is_sensible_before_anything_was_learned(resolution: str, expected_s: float) -> None:
    assert Durations().expected_s(resolution) == pytest.approx(expected_s)
    assert Durations().belief(resolution).mean_s == pytest.approx(expected_s, rel=0.05)


def test_expected_time_is_that_of_half_of_the_newest_tasks() -> None:
    durations = Durations()
    for seconds in (10, 11, 12, 90, 8):
        durations.learn("1K", seconds)
    assert durations.expected_s("1K") == 11


def test_what_was_assumed_goes_when_the_provider_shows_another_pace() -> None:
    durations = Durations()
    durations.learn("1K", 0.5)
    assert durations.belief("1K").left_at(2.0) < 0.05
    assert durations.expected_s("1K") == 0.5


def test_old_pace_is_forgotten_after_sixty_tasks() -> None:
    durations = Durations()
    for _ in range(60):
        durations.learn("4K", 100.0)
    for _ in range(60):
        durations.learn("4K", 30.0)
    assert durations.seen("4K") == 60
    assert durations.belief("4K").left_at(60.0) < 0.1


@pytest.mark.parametrize("seconds", [0.0, -3.0])
def test_duration_that_cannot_be_is_not_learned(seconds: float) -> None:
    durations = Durations()
    durations.learn("1K", seconds)
    assert durations.seen("1K") == 0


def test_chance_that_a_task_is_not_done_falls_from_one_to_nothing_and_is_near_the_truth() -> None:
    durations, chance = Durations(), random.Random(4)
    for _ in range(60):
        durations.learn("2K", chance.uniform(20, 60))
    belief = durations.belief("2K")
    assert belief.left_at(0) == 1
    assert belief.left_at(belief.ends_s) == 0
    assert all(a >= b for a, b in zip(belief.left, belief.left[1:], strict=False))
    for moment_s in (25, 30, 40, 50, 55):
        assert belief.left_at(moment_s) == pytest.approx((60 - moment_s) / 40, abs=0.15)


def test_the_same_duration_again_and_again_is_no_trouble() -> None:
    durations = Durations()
    for _ in range(60):
        durations.learn("1K", 20.0)
    assert durations.belief("1K").mean_s == pytest.approx(20, rel=0.1)
