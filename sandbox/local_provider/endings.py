"""How tasks end: when, with which pictures, and for how much of the account's balance."""

from collections.abc import Callable

from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.tasks import ProviderTime, RemoteTask, TaskBook

FIRST_BALANCE = 5000.25


class Account:
    """The operator's account: a float balance that falls with every picture."""

    def __init__(self) -> None:
        self.balance = FIRST_BALANCE


class Endings:
    """Ends each task once its time has come, and charges for it once.

    Whoever shows or changes a balance, a speed or a task calls `settle` first: then it makes no difference who looks,
    and how often.
    """

    def __init__(
        self,
        *,
        tasks: TaskBook,
        time: ProviderTime,
        clock: Callable[[], float],
        faults: ProviderFaults,
        account: Account,
    ) -> None:
        self._tasks = tasks
        self._time = time
        self._clock = clock
        self._faults = faults
        self._account = account
        self.base_url = ""

    def settle(self) -> None:
        """End every task whose time has come."""
        for task in self._tasks:
            self.state_of(task)

    def promised(self) -> int:
        """Return the credits that the tasks under way will cost if all succeed."""
        self.settle()
        return sum(task.price for task in self._tasks if task.ended_at is None)

    def state_of(self, task: RemoteTask) -> str:
        """Return the state now."""
        now = self._time.now()
        if task.ended_at is None and task.is_over(now):
            self._end(task)
        return task.state(now)

    def left_s(self, task: RemoteTask) -> float:
        """Return how many real seconds a task still takes at this speed; 0 or less where its time is over."""
        return self._time.real_s(task.began_at + task.duration_s - self._time.now())

    def _end(self, task: RemoteTask) -> None:
        drawn_at = self._time.clock_at(task.began_at + task.duration_s)
        task.ended_at = min(self._clock(), max(drawn_at, task.references_read_at or drawn_at))
        if task.failure is None:
            task.billed = task.price
            self._account.balance -= task.price
            self._name_files(task)

    def _name_files(self, task: RemoteTask) -> None:
        if self._faults.meets("success_without_urls"):
            return
        suffix = task.output_format
        if self._faults.meets("wrong_extension"):
            suffix = "jpg" if suffix == "png" else "png"
        count = 2 if self._faults.meets("two_results") else 1
        task.files = [f"{task.id}-{number}.{suffix}" for number in range(1, count + 1)]

    def urls_of(self, task: RemoteTask) -> list[str]:
        """Return the addresses of a task's pictures, none before its success."""
        return [f"{self.base_url}/files/{name}" for name in task.files]
