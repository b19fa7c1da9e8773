"""How often a bot may start sessions: one per 5 s and key, where shards share keys by `max_concurrency`."""

from collections import deque

from sandbox.json_values import JsonObject
from sandbox.local_discord.clock import Clock

STARTS_A_DAY = 1000
DAY_S = 86_400.0


class IdentifyLimits:
    """Discord's session start limit; a start too early is answered with op 9.

    Attributes:
        shards: how many Discord recommends to the bot.
        max_concurrency: how many shards may start within one window: those with different `shard_id % max_concurrency`.
        window_s: what one start costs. Tests that restart a bot many times set it to 0.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_s: dict[int, float] = {}
        self._starts_s: deque[float] = deque()
        self.shards = 1
        self.max_concurrency = 1
        self.window_s = 5.0

    def admit(self, shard: int) -> bool:
        """Count a start of this shard, unless it comes too early."""
        now_s = self._clock.now()
        key = shard % self.max_concurrency
        last_s = self._last_s.get(key)
        if (last_s is not None and now_s - last_s < self.window_s) or self._remaining(now_s) == 0:
            return False
        self._last_s[key] = now_s
        self._starts_s.append(now_s)
        return True

    def as_json(self) -> JsonObject:
        """Return `session_start_limit` as GET /gateway/bot shows it."""
        now_s = self._clock.now()
        remaining = self._remaining(now_s)
        reset_s = self._starts_s[0] + DAY_S - now_s if self._starts_s else DAY_S
        return {
            "total": STARTS_A_DAY,
            "remaining": remaining,
            "reset_after": int(reset_s * 1000),
            "max_concurrency": self.max_concurrency,
        }

    def _remaining(self, now_s: float) -> int:
        while self._starts_s and self._starts_s[0] <= now_s - DAY_S:
            self._starts_s.popleft()
        return STARTS_A_DAY - len(self._starts_s)
