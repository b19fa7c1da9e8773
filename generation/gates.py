"""Gates before the provider: so many requests in a window of time, fair among those who ask."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

# The provider's limits (its documentation, 2026-01) with a little room: requests do not all travel equally fast.
CREATES, CREATE_WINDOW_S = 20, 10.5
QUERIES, QUERY_WINDOW_S = 10, 1.05


class Timer(Protocol):
    """A call that has been arranged."""

    def cancel(self) -> None:
        """Call it off."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    key: Hashable
    turn: asyncio.Future[None]


class SlidingWindowGate:
    """Lets at most `limit` pass in any window of `window_s` seconds, whenever that window begins.

    Those who wait are served in turn over their keys, and first come, first served within a key. One key takes at most
    `limit - reserve` places of a window, so that a newcomer is not held up by another's burst. `spacing_s` is the least
    time between two passes. A leaky bucket would be simpler, but admits nearly `2 * limit` in some windows.
    """

    def __init__(
        self,
        limit: int,
        window_s: float,
        *,
        reserve: int | None = None,
        spacing_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        call_later: Callable[[float, Callable[[], None]], Timer] | None = None,
    ) -> None:
        reserve = limit // 5 if reserve is None else reserve
        if limit < 1 or window_s <= 0 or not 0 <= reserve < limit:
            raise ValueError(f"no gate with limit {limit}, window_s {window_s}, reserve {reserve}")
        self._limit = limit
        self._window_s = window_s
        self._limit_per_key = limit - reserve
        self._spacing_s = spacing_s
        self._clock = clock
        self._call_later = call_later
        self._passes: deque[tuple[float, Hashable]] = deque()  # of the last window, oldest first
        self._passes_of: Counter[Hashable] = Counter()
        self._lines: dict[Hashable, deque[_Waiter]] = {}  # by key, in the order of their turns
        self._timer: Timer | None = None

    @property
    def waiting(self) -> int:
        """How many are waiting now."""
        return sum(map(len, self._lines.values()))

    async def pass_(self, key: Hashable = None) -> None:
        """Wait for the turn of `key` (a guild's id, say) and take it."""
        waiter = _Waiter(key, asyncio.get_running_loop().create_future())
        self._lines.setdefault(key, deque()).append(waiter)
        self._serve()
        try:
            await waiter.turn
        except asyncio.CancelledError:
            self._leave(waiter)
            raise

    def _serve(self) -> None:
        """Let pass who may, and arrange to look again when the next place opens."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now_s = self._clock()
        self._forget_old(now_s)
        while self._opens_at_s() <= now_s:
            line = next((line for key, line in self._lines.items() if self._has_place(key)), None)
            if line is None:
                break
            self._admit(line[0], now_s)
        if self._lines:
            self._arrange(max(0.0, self._next_chance_s() - now_s))

    def _forget_old(self, now_s: float) -> None:
        while self._passes and self._passes[0][0] + self._window_s <= now_s:
            _, key = self._passes.popleft()
            self._passes_of[key] -= 1
            if not self._passes_of[key]:
                del self._passes_of[key]

    def _has_place(self, key: Hashable) -> bool:
        return self._passes_of[key] < self._limit_per_key

    def _opens_at_s(self) -> float:
        """Return when the next may pass, whoever it is."""
        opens_at_s = self._passes[-1][0] + self._spacing_s if self._passes else float("-inf")
        if len(self._passes) < self._limit:
            return opens_at_s
        return max(opens_at_s, self._passes[0][0] + self._window_s)

    def _next_chance_s(self) -> float:
        """Return when somebody who waits may pass, unless others come meanwhile."""
        opens_at_s = self._opens_at_s()
        if any(self._has_place(key) for key in self._lines):
            return opens_at_s
        oldest_s = next(passed_s for passed_s, key in self._passes if key in self._lines)
        return max(opens_at_s, oldest_s + self._window_s)

    def _admit(self, waiter: _Waiter, now_s: float) -> None:
        line = self._lines.pop(waiter.key)
        line.popleft()
        if line:
            self._lines[waiter.key] = line  # at the end: the others' turns come first
        if not waiter.turn.done():  # done: cancelled a moment ago
            self._passes.append((now_s, waiter.key))
            self._passes_of[waiter.key] += 1
            waiter.turn.set_result(None)

    def _arrange(self, delay_s: float) -> None:
        call_later = self._call_later or asyncio.get_running_loop().call_later
        self._timer = call_later(delay_s, self._serve)

    def _leave(self, waiter: _Waiter) -> None:
        """Take a cancelled waiter out of its line. One that was admitted already keeps its place in the window."""
        line = self._lines.get(waiter.key)
        if line is None or waiter not in line:
            return
        line.remove(waiter)
        if not line:
            del self._lines[waiter.key]
        self._serve()


def create_gate(share: float = 1.0) -> SlidingWindowGate:
    """Return the gate for creates of one provider account; its keys are guilds.

    `share`: the part of the account's limit that is this process's, where several use one account.
    """
    creates, window_s = _part(CREATES, CREATE_WINDOW_S, share)
    return SlidingWindowGate(creates, window_s)


def query_gate(share: float = 1.0) -> SlidingWindowGate:
    """Return the gate for queries of one provider key: evenly spread, because simultaneous ones are refused too."""
    queries, window_s = _part(QUERIES, QUERY_WINDOW_S, share)
    return SlidingWindowGate(queries, window_s, reserve=0, spacing_s=window_s / queries)


def _part(limit: int, window_s: float, share: float) -> tuple[int, float]:
    """Return a limit and its window for a part of them: whole places, or one place in a longer window."""
    part = limit * share
    return (int(part), window_s) if part >= 1 else (1, window_s / part)
