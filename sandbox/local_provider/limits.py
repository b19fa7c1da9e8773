"""How often the provider lets one key ask: above it, 429 at once, nothing is queued."""

from collections import deque
from collections.abc import Callable


class WindowLimit:
    """At most `limit` in any `window_s` seconds. What is refused does not count."""

    def __init__(self, limit: int, window_s: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window_s = window_s
        self._clock = clock
        self._passed: deque[float] = deque()

    def admits(self) -> bool:
        """Count one more, or refuse it."""
        now = self._clock()
        while self._passed and self._passed[0] <= now - self._window_s:
            self._passed.popleft()
        if len(self._passed) >= self._limit:
            return False
        self._passed.append(now)
        return True

    def clear(self) -> None:
        """Forget what has passed."""
        self._passed.clear()
