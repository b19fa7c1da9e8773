"""What a guild can set, by name, and what a change of it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from storage.guild_settings import GuildSettings, Setting


class Listing(StrEnum):
    """The settings that are a list of channels or roles."""

    ALLOWED_CHANNELS = "allowed_channels"
    ALLOWED_ROLES = "allowed_roles"
    MODERATOR_ROLES = "moderator_roles"


class ChannelOption(StrEnum):
    """What a channel may have a default of its own for."""

    ASPECT_RATIO = "aspect_ratio"
    RESOLUTION = "resolution"
    OUTPUT_FORMAT = "output_format"
    SPOILER = "spoiler"


SettingName = Setting | Listing | ChannelOption


def setting_named(name: str) -> SettingName:
    """Return the setting that the audit trail calls so. Raises ValueError where there is none."""
    for setting in (*Setting, *Listing, *ChannelOption):
        if setting == name:
            return setting
    raise ValueError(f"no setting is called {name!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """What a setting is now, and what it was.

    Attributes:
        channel_id: of a default of one channel, else None.
        before, after: JSON values: text, a number, a truth value, a sorted list of ids, or None for nothing of its own.
        set_by, set_at: who had set `before`, and when; None: nobody, it was so from the start.
    """

    setting: SettingName
    channel_id: int | None = None
    before: Any
    after: Any
    set_by: int | None = None
    set_at: datetime | None = None

    @property
    def is_one(self) -> bool:
        """Whether anything changed."""
        return self.before != self.after


def setting_value(settings: GuildSettings, name: Setting | Listing) -> Any:
    """Return a setting as a JSON value: zones by name, ids as a sorted list."""
    value = getattr(settings, name)
    match value:
        case ZoneInfo():
            return value.key
        case frozenset():
            return sorted(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case _:
            return value
