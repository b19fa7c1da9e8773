"""Remote tasks: their life is a function of the provider's time, which runs faster than the real one."""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.json_values import JsonObject

# Seconds, as resellers report them.
DURATIONS_S = {"1K": (13.0, 25.0), "2K": (16.0, 75.0), "4K": (22.0, 150.0)}
PRICES: dict[str, int] = {"1K": 18, "2K": 18, "4K": 24}
STRAIGHT_TO_SUCCESS = 0.2
"""The share of tasks that are never seen generating."""
ENDED = frozenset({"success", "fail"})


class ProviderTime:
    """Time that runs `speed` times as fast as the clock; a change of speed holds from then on."""

    def __init__(self, clock: Callable[[], float], speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._since = clock()
        self._passed_s = 0.0

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._passed_s, self._since, self._speed = self.now(), self._clock(), speed

    def now(self) -> float:
        """Return seconds of the provider's time since it began."""
        return self._passed_s + max(0.0, self._clock() - self._since) * self._speed

    def clock_at(self, moment: float) -> float:
        """Return when, by the clock, a moment of the provider's time since the last change of speed was or will be."""
        return self._since + max(0.0, moment - self._passed_s) / self._speed

    def real_s(self, seconds: float) -> float:
        """Return how long so many seconds of the provider's time last in reality."""
        return seconds / self._speed


@dataclass(frozen=True, slots=True)
class Failure:
    """`failCode` and `failMsg` of a failed task."""

    code: str | None
    message: str


@dataclass(slots=True, kw_only=True)
class RemoteTask:
    """One task.

    Attributes:
        input: exactly as received.
        began_at, duration_s: in the provider's time; `created_at` is the real time, Unix seconds.
        never_ends: it stays pending for good.
        is_seen_queuing: it is `queuing` for a quarter of its time, between waiting and the rest.
        null_polls: so many queries to come do not find it yet.
        failure: why it fails in the end; None where it succeeds.
        references: SHA-256 of each reference that was fetched, in order.
        references_read_at: when that was done, Unix seconds; it cannot end before.
        billed: credits charged, at its success only.
        files: the names of its pictures.
        ended_at: Unix seconds, None while it is pending.
    """

    id: str
    number: int
    input: JsonObject
    call_back_url: str | None
    created_at: float
    began_at: float
    duration_s: float
    skips_generating: bool
    never_ends: bool = False
    is_seen_queuing: bool = False
    null_polls: int = 0
    failure: Failure | None = None
    references: list[str] = field(default_factory=list[str])
    references_read_at: float | None = None
    billed: int = 0
    files: list[str] = field(default_factory=list[str])
    ended_at: float | None = None

    @property
    def resolution(self) -> str:
        return self.input.get("resolution", "1K")

    @property
    def price(self) -> int:
        return PRICES[self.resolution]

    @property
    def output_format(self) -> str:
        return self.input.get("output_format", "png")

    @property
    def reference_urls(self) -> list[str]:
        return self.input.get("image_input", [])

    def is_over(self, now: float) -> bool:
        """Tell whether it has to end by this moment of the provider's time."""
        return not self.never_ends and self.references_read_at is not None and now >= self.began_at + self.duration_s

    def state(self, now: float) -> str:
        """Return the state at this moment of the provider's time, as far as the end is known."""
        if self.ended_at is not None:
            return "success" if self.failure is None else "fail"
        done = (now - self.began_at) / self.duration_s
        if self.is_seen_queuing and 0.25 <= done < 0.5:
            return "queuing"
        return "generating" if done >= 0.5 and not self.skips_generating else "waiting"


class TaskBook:
    """All tasks, oldest first."""

    def __init__(self, time: ProviderTime, clock: Callable[[], float], seed: int) -> None:
        self._time = time
        self._clock = clock
        self._chance = random.Random(seed)  # noqa: S311 (not a secret)
        self._tasks: dict[str, RemoteTask] = {}

    def __iter__(self) -> Iterator[RemoteTask]:
        return iter(self._tasks.values())

    def __len__(self) -> int:
        return len(self._tasks)

    def get(self, task_id: str) -> RemoteTask | None:
        """Return the task, or None where there is none."""
        return self._tasks.get(task_id)

    def add(self, task_input: JsonObject, call_back_url: str | None, *, prefixed: bool) -> RemoteTask:
        """Make a task; its duration is drawn from the range of its resolution."""
        created_at = self._clock()
        task_id = f"task_nano-banana-pro_{int(created_at * 1000) + len(self._tasks)}" if prefixed else uuid.uuid4().hex
        shortest, longest = DURATIONS_S[task_input.get("resolution", "1K")]
        task = RemoteTask(
            id=task_id,
            number=len(self._tasks) + 1,
            input=task_input,
            call_back_url=call_back_url,
            created_at=created_at,
            began_at=self._time.now(),
            duration_s=self._chance.uniform(shortest, longest),
            skips_generating=self._chance.random() < STRAIGHT_TO_SUCCESS,
        )
        self._tasks[task_id] = task
        return task

    def clear(self) -> None:
        """Forget all tasks."""
        self._tasks.clear()
