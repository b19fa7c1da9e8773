"""What the panel of /settings says of the guild's calendar."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from cogs.plain_text import quoted
from cogs.texts.setting_values import WEEKDAYS, local_time
from generation.time_zones import UnknownTimeZoneError
from storage.guild_settings import GuildSettings


def calendar_lines(settings: GuildSettings, now: datetime) -> list[str]:
    """The overview of the calendar."""
    return [
        f"Time zone: **{settings.time_zone.key}**, where it is {local_time(settings.time_zone, now)}",
        f"Weeks begin on **{WEEKDAYS[settings.week_starts_on]}**",
    ]


def zone_block(time_zone: ZoneInfo, now: datetime) -> str:
    """Above the button that opens the form of the time zone."""
    return f"**Time zone:** {time_zone.key}\nThere it is {local_time(time_zone, now)} now."


WEEK_BLOCK = "**First day of the week**"
CHANGE_ZONE = "Change time zone"
CALENDAR_MEANS = (
    "-# Credits that come back every day, week or month do so at midnight of this calendar. A change counts from"
    " now on: today, this week and this month are then those of the new calendar, and what was spent in them still"
    " counts."
)
FORM_ZONE_TITLE = "Time zone of this server"
FORM_ZONE = "City or time zone"
FORM_ZONE_HINT = "Such as Berlin, New York or Asia/Tokyo"


def week_label(weekday: int) -> str:
    """One entry of the select."""
    return f"Weeks begin on {WEEKDAYS[weekday]}"


def unknown_zone(error: UnknownTimeZoneError) -> str:
    """A zone that nobody knows, or that several are called."""
    typed = quoted(error.typed, limit=60)
    if error.is_offset:
        return (
            f"“{typed}” is a number of hours, which changes where clocks change. Type a city of your time zone, such as"
            " Berlin."
        )
    if not error.suggestions:
        return f"There is no time zone “{typed}”. Type the nearest large city, such as Berlin or New York."
    *others, last = error.suggestions
    names = f"{', '.join(others)} or {last}" if others else last
    return f"There is no time zone “{typed}”. Did you mean {names}?"
