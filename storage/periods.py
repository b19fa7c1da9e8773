"""The calendar of allowances: which week a moment belongs to, in a guild's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.guild_settings import GuildSettings


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`. Both aware UTC."""

    start: datetime
    end: datetime


def week_of(moment: datetime, settings: GuildSettings) -> Period:
    """Return the guild's week that holds `moment` (aware). It may be 167 or 169 hours long where clocks change."""
    local = moment.astimezone(settings.time_zone)
    days_since_start = (local.weekday() - settings.week_starts_on) % 7
    first_day = local.date() - timedelta(days=days_since_start)

    def midnight(days: int) -> datetime:
        day = first_day + timedelta(days=days)
        return datetime(day.year, day.month, day.day, tzinfo=settings.time_zone).astimezone(UTC)

    return Period(midnight(0), midnight(7))
