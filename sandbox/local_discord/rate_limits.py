"""Rate limits per bucket and over all, as headers and as real refusals."""

import hashlib
from dataclasses import dataclass

from sandbox.local_discord.clock import Clock

GLOBAL_REQUESTS_PER_S = 50


@dataclass(frozen=True, slots=True)
class RouteLimit:
    """So many requests per window; `shared` buckets span several routes of one major parameter."""

    requests: int
    window_s: float
    shared: str | None = None


@dataclass(slots=True)
class _Window:
    ends_at_s: float
    used: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Headers for the answer; `retry_after_s` is set where the request is refused."""

    headers: dict[str, str]
    retry_after_s: float | None = None
    is_global: bool = False


class RateLimits:
    """Counts requests; `enabled = False` lets everything through, still with headers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[str, str], _Window] = {}
        self.enabled = True

    def take(self, route: str, major: str, limit: RouteLimit, *, counts_globally: bool) -> Verdict:
        """Count one request."""
        name = limit.shared or route
        if counts_globally:
            window = self._window("global", "", 1.0)
            if window.used >= GLOBAL_REQUESTS_PER_S and self.enabled:
                wait = window.ends_at_s - self._clock.now()
                return Verdict(headers={"X-RateLimit-Global": "true"}, retry_after_s=wait, is_global=True)
            window.used += 1
        window = self._window(name, major, limit.window_s)
        wait = max(0.001, window.ends_at_s - self._clock.now())
        refused = self.enabled and window.used >= limit.requests
        window.used += 0 if refused else 1
        remaining = max(0, limit.requests - window.used) if self.enabled else limit.requests
        headers = {
            "X-RateLimit-Limit": str(limit.requests),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": f"{window.ends_at_s:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": hashlib.blake2s(name.encode(), digest_size=16).hexdigest(),
        }
        return Verdict(headers=headers, retry_after_s=wait if refused else None)

    def _window(self, name: str, major: str, length_s: float) -> _Window:
        now = self._clock.now()
        window = self._windows.get((name, major))
        if window is None or window.ends_at_s <= now:
            window = self._windows[(name, major)] = _Window(now + length_s)
        return window
