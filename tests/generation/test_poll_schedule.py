"""When a task is asked about next: never in vain while an end is improbable, often when it is likely."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from generation.durations import ASSUMED_RANGE_S, Durations
from generation.poll_schedule import QUERIES_A_SECOND, TRUSTED_STRETCH, PollSchedule

Draw = Callable[[random.Random], float]
EVERY_3_S = 3.0


def poll_times(schedule: PollSchedule, resolution: str, done_after_s: float, **how: bool) -> list[float]:
    """Return the moments at which a task that takes so long is asked about, the last being the one that finds it."""
    times, elapsed_s = [], 0.0
    while elapsed_s < done_after_s:
        elapsed_s += schedule.next_gap_s(resolution, elapsed_s, **how)
        times.append(elapsed_s)
    return times


def mean_cost(draw: Draw, resolution: str, *, learned: int) -> tuple[float, float, float, float]:
    """Return queries and delay of a task in the mean: by the schedule, then by asking every three seconds."""
    chance, durations = random.Random(1), Durations()
    for _ in range(learned):
        durations.learn(resolution, draw(chance))
    schedule, tasks = PollSchedule(durations), 800
    queries = delay_s = fixed_queries = fixed_delay_s = 0.0
    for _ in range(tasks):
        took_s = draw(chance)
        times = poll_times(schedule, resolution, took_s)
        fixed = -(-took_s // EVERY_3_S)
        queries, delay_s = queries + len(times), delay_s + times[-1] - took_s
        fixed_queries, fixed_delay_s = fixed_queries + fixed, fixed_delay_s + fixed * EVERY_3_S - took_s
    return queries / tasks, delay_s / tasks, fixed_queries / tasks, fixed_delay_s / tasks


def evenly(resolution: str) -> Draw:
    shortest_s, longest_s = ASSUMED_RANGE_S[resolution]
    return lambda chance: chance.uniform(shortest_s, longest_s)


def peaked(resolution: str) -> Draw:
    shortest_s, longest_s = ASSUMED_RANGE_S[resolution]
    return lambda chance: (shortest_s * longest_s) ** 0.5 * chance.lognormvariate(0, 0.3)


@pytest.mark.parametrize("learned", [0, 1, 5, 60])
@pytest.mark.parametrize("resolution", ["1K", "2K", "4K"])
@pytest.mark.parametrize("durations_of", [evenly, peaked])
def test_finds_ends_sooner_than_asking_every_three_seconds_and_asks_less(
    durations_of: Callable[[str], Draw], resolution: str, learned: int
) -> None:
    queries, delay_s, fixed_queries, fixed_delay_s = mean_cost(durations_of(resolution), resolution, learned=learned)
    assert queries < fixed_queries
    assert delay_s < fixed_delay_s


def test_usual_image_is_found_within_two_thirds_of_a_second_in_the_mean() -> None:
    _, delay_s, _, _ = mean_cost(evenly("1K"), "1K", learned=60)
    assert delay_s < 0.67


@pytest.mark.parametrize("resolution", ["1K", "2K", "4K"])
def test_stragglers_make_it_ask_no_more_than_every_three_seconds_would(resolution: str) -> None:
    shortest_s, longest_s = ASSUMED_RANGE_S[resolution]

    def draw(chance: random.Random) -> float:
        is_late = chance.random() < 0.05
        return chance.uniform(longest_s, 4 * longest_s) if is_late else chance.uniform(shortest_s, longest_s)

    queries, delay_s, fixed_queries, fixed_delay_s = mean_cost(draw, resolution, learned=60)
    assert queries < fixed_queries
    assert delay_s < fixed_delay_s


def test_nothing_is_asked_while_an_end_is_improbable() -> None:
    durations, chance = Durations(), random.Random(7)
    for _ in range(60):
        durations.learn("2K", chance.uniform(30, 40))
    times = poll_times(PollSchedule(durations), "2K", 35.0)
    assert sum(time < 28 for time in times) <= 2


def test_scout_finds_out_soon_that_the_provider_is_much_faster_than_assumed() -> None:
    assert poll_times(PollSchedule(Durations()), "4K", 2.0, is_scout=True)[-1] <= 3.0


def test_straggler_is_asked_about_ever_more_rarely() -> None:
    durations = Durations()
    for _ in range(10):
        durations.learn("1K", 15.0)
    schedule = PollSchedule(durations)
    assert [schedule.next_gap_s("1K", elapsed) for elapsed in (100, 200, 800)] == [10.0, 20.0, 30.0]


def test_many_tasks_together_are_all_slowed_alike_to_the_budget() -> None:
    schedule = PollSchedule(Durations())
    tasks = [("1K", 20.0)] * 100
    stretch = schedule.stretch(tasks)
    wanted = sum(schedule.rate(resolution, age_s) for resolution, age_s in tasks)
    assert wanted / stretch == pytest.approx(QUERIES_A_SECOND)
    assert schedule.next_gap_s("1K", 20.0, stretch=stretch) > 2 * schedule.next_gap_s("1K", 20.0)
    assert schedule.stretch(tasks[:3]) == 1


def test_where_callbacks_tell_of_ends_asking_becomes_rare_and_comes_back_without_them() -> None:
    schedule = PollSchedule(Durations())
    usual = schedule.rate("1K", 20.0)
    for _ in range(40):
        schedule.note_end(told=True)
    assert schedule.rate("1K", 20.0) == pytest.approx(usual / TRUSTED_STRETCH, rel=0.01)
    for _ in range(8):
        schedule.note_end(told=False)
    assert schedule.rate("1K", 20.0) > usual * 0.6
