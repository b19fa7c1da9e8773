"""The gates before the provider: how many pass in a window, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from random import Random

import pytest

from generation.gates import SlidingWindowGate, create_gate, query_gate
from tests.conftest import settle


class Alarm:
    def __init__(self, due_s: float, call: Callable[[], None]) -> None:
        self.due_s = due_s
        self.call = call
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class HandTime:
    """Monotonic seconds, and calls arranged on them, that move only by hand."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self._alarms: list[Alarm] = []

    def clock(self) -> float:
        return self.now_s

    def call_later(self, delay_s: float, call: Callable[[], None]) -> Alarm:
        alarm = Alarm(self.now_s + delay_s, call)
        self._alarms.append(alarm)
        return alarm

    @property
    def arranged(self) -> int:
        return sum(not alarm.is_cancelled for alarm in self._alarms)

    def ring(self) -> None:
        """Make the calls that are due, without letting anybody act in between."""
        for alarm in self._alarms.copy():
            if not alarm.is_cancelled and alarm.due_s <= self.now_s:
                self._alarms.remove(alarm)
                alarm.call()

    async def advance(self, seconds: float) -> None:
        end_s = self.now_s + seconds
        await settle()
        while due := [alarm for alarm in self._alarms if not alarm.is_cancelled and alarm.due_s <= end_s]:
            alarm = min(due, key=lambda alarm: alarm.due_s)
            self._alarms.remove(alarm)
            self.now_s = max(self.now_s, alarm.due_s)
            alarm.call()
            await settle()
        self.now_s = end_s


class Crowd:
    """Those who pass, with the time and the order of their passing."""

    def __init__(self, gate: SlidingWindowGate, time: HandTime) -> None:
        self.gate = gate
        self.time = time
        self.passed: list[tuple[float, str]] = []
        self.waits: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, key: Hashable = None) -> None:
        self.waits[name] = asyncio.create_task(self._pass(name, key))
        await settle(3)

    async def _pass(self, name: str, key: Hashable) -> None:
        await self.gate.pass_(key)
        self.passed.append((self.time.now_s, name))

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.passed]

    @property
    def times_s(self) -> list[float]:
        return [time_s for time_s, _ in self.passed]


def crowd(limit: int, window_s: float, *, reserve: int = 0, spacing_s: float = 0.0) -> Crowd:
    time = HandTime()
    gate = SlidingWindowGate(
        limit, window_s, reserve=reserve, spacing_s=spacing_s, clock=time.clock, call_later=time.call_later
    )
    return Crowd(gate, time)


def most_in_any_window(times_s: list[float], window_s: float) -> int:
    return max(sum(start_s <= time_s < start_s + window_s for time_s in times_s) for start_s in times_s)


async def test_no_window_ever_holds_more_than_the_limit() -> None:
    people = crowd(20, 10.0, reserve=4)
    random = Random(7)
    for arrival in range(200):
        await people.come(f"job {arrival}", key=random.randrange(4))
        if random.random() < 0.3:
            await people.time.advance(random.uniform(0, 4))
    await people.time.advance(200)
    assert len(people.passed) == 200
    assert most_in_any_window(people.times_s, 10.0) == 20


async def test_late_bursts_on_both_sides_of_a_border_count_together() -> None:
    people = crowd(5, 10.0)
    await people.come("early")
    await people.time.advance(9.9)
    for number in range(8):
        await people.come(f"late {number}")
    assert len(people.passed) == 5
    await people.time.advance(0.2)
    assert len(people.passed) == 6, "only the place of the early one is free again"
    await people.time.advance(9.7)
    assert len(people.passed) == 6
    await people.time.advance(0.2)
    assert len(people.passed) == 9


async def test_one_key_is_served_in_the_order_of_coming() -> None:
    people = crowd(2, 1.0)
    for name in "abcdefg":
        await people.come(name)
    await people.time.advance(10)
    assert people.names == list("abcdefg")


async def test_keys_take_turns() -> None:
    people = crowd(1, 1.0)
    for name in ("a1", "a2", "a3", "a4", "b1", "b2", "c1"):
        await people.come(name, key=name[0])
    await people.time.advance(20)
    assert people.names == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_a_newcomer_finds_a_place_in_the_window_of_anothers_burst() -> None:
    people = crowd(20, 10.0, reserve=4)
    for number in range(40):
        await people.come(f"burst {number}", key="greedy")
    assert len(people.passed) == 16
    await people.come("newcomer", key="modest")
    assert people.names[-1] == "newcomer"
    assert people.times_s[-1] == people.times_s[0]


async def test_the_burst_goes_on_when_its_own_places_are_free_again() -> None:
    people = crowd(5, 10.0, reserve=1)
    for number in range(9):
        await people.come(f"burst {number}", key="greedy")
    assert len(people.passed) == 4
    await people.time.advance(10)
    assert len(people.passed) == 8
    await people.time.advance(10)
    assert len(people.passed) == 9
    assert most_in_any_window(people.times_s, 10.0) == 4


async def test_passes_keep_their_distance() -> None:
    people = crowd(10, 1.0, spacing_s=0.1)
    for number in range(5):
        await people.come(str(number))
    await people.time.advance(1)
    gaps = [later - earlier for earlier, later in zip(people.times_s, people.times_s[1:], strict=False)]
    assert gaps == pytest.approx([0.1] * 4)


async def test_one_who_leaves_the_line_takes_no_place() -> None:
    people = crowd(1, 1.0)
    for name in ("first", "leaver", "last"):
        await people.come(name)
    people.waits["leaver"].cancel()
    await people.time.advance(1.0)
    assert people.names == ["first", "last"]
    assert people.waits["leaver"].cancelled()


async def test_one_who_leaves_in_the_moment_of_being_served_takes_no_place() -> None:
    people = crowd(1, 1.0)
    for name in ("first", "leaver", "last"):
        await people.come(name)
    people.time.now_s += 1.0
    people.waits["leaver"].cancel()
    people.time.ring()  # the gate serves before the leaver has woken to leave
    await people.time.advance(0)
    assert people.names == ["first", "last"]


async def test_nothing_is_arranged_when_nobody_waits() -> None:
    people = crowd(1, 1.0)
    await people.come("first")
    assert people.time.arranged == 0
    await people.come("second")
    assert people.time.arranged == 1
    people.waits["second"].cancel()
    await settle()
    assert (people.time.arranged, people.gate.waiting) == (0, 0)


async def test_the_real_clock_works_too() -> None:
    gate = SlidingWindowGate(2, 0.02)
    await asyncio.gather(*(gate.pass_() for _ in range(4)))
    assert gate.waiting == 0


@pytest.mark.parametrize(
    ("limit", "window_s", "reserve"), [(0, 1.0, 0), (1, 0.0, 0), (1, 1.0, 1), (5, 1.0, -1), (5, -1.0, 0)]
)
def test_an_impossible_gate_is_refused(limit: int, window_s: float, reserve: int) -> None:
    with pytest.raises(ValueError, match="no gate"):
        SlidingWindowGate(limit, window_s, reserve=reserve)


@pytest.mark.parametrize(("make", "limit", "window_s"), [(create_gate, 20, 10.0), (query_gate, 10, 1.0)])
async def test_the_gates_in_use_keep_the_providers_limits(
    monkeypatch: pytest.MonkeyPatch, make: Callable[[], SlidingWindowGate], limit: int, window_s: float
) -> None:
    time = HandTime()
    gate = make()
    monkeypatch.setattr(gate, "_clock", time.clock)
    monkeypatch.setattr(gate, "_call_later", time.call_later)
    people = Crowd(gate, time)
    for number in range(5 * limit):
        await people.come(str(number), key=number % 3)
    await time.advance(100)
    assert len(people.passed) == 5 * limit
    assert most_in_any_window(people.times_s, window_s) <= limit
