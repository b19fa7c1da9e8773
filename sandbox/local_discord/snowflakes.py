"""Discord's ids: 42 bits of milliseconds since 2015, then a counter."""

from datetime import UTC, datetime

from sandbox.local_discord.clock import Clock

EPOCH_MS = 1_420_070_400_000


def snowflake_at(time_s: float, counter: int = 0) -> int:
    """Return the id that something created at this Unix time would have."""
    return (int(time_s * 1000) - EPOCH_MS << 22) | counter


def created_at_s(snowflake: int) -> float:
    """Return the Unix time inside an id."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000


def iso_time(time_s: float) -> str:
    """Return the time as Discord writes it."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="microseconds")


class Snowflakes:
    """Hands out ids that only grow."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        self._last = max(self._last + 1, snowflake_at(self._clock.now()))
        return self._last
