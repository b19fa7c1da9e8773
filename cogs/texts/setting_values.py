"""How a setting, its value and a change of it read in words."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cogs.texts import moment
from generation.setting_changes import ChannelOption, Listing, SettingChange, SettingName
from storage.channel_settings import ChannelDefaults
from storage.guild_settings import Setting

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MOST_SHOWN = 15
"""Channels or roles that a line shows; the rest is counted."""

Gone = Callable[[int], bool]
"""Whether a channel or role is deleted."""


def is_never_gone(_target_id: int) -> bool:
    """For places that cannot know."""
    return False


AS_EVERYWHERE = "as everywhere"


NAMES: dict[SettingName, str] = {
    Setting.TIME_ZONE: "Time zone",
    Setting.WEEK_STARTS_ON: "First day of the week",
    Setting.IMAGES_AT_ONCE: "Images at the same time in the whole server",
    Setting.MEMBER_IMAGES_AT_ONCE: "Images at the same time for each member",
    Setting.NOTIFY_WHEN_DONE: "Mention when images are ready",
    Setting.HIGHEST_RESOLUTION: "Largest size",
    Setting.LARGEST_COUNT: "Most images of one request",
    Setting.REMIX_OTHERS: "Remixing images of others",
    Setting.QUEUE_PAUSED: "Queue",
    Setting.LOG_CHANNEL: "Log channel",
    Setting.GALLERY_CHANNEL: "Gallery",
    Setting.STAR_THRESHOLD: "Stars for the gallery",
    Listing.ALLOWED_CHANNELS: "Channels for images",
    Listing.ALLOWED_ROLES: "Members who may ask for images",
    Listing.MODERATOR_ROLES: "Moderators",
    ChannelOption.ASPECT_RATIO: "Default shape",
    ChannelOption.RESOLUTION: "Default size",
    ChannelOption.OUTPUT_FORMAT: "Default file",
    ChannelOption.SPOILER: "Default spoiler",
}


def setting_name(setting: SettingName, channel_id: int | None = None) -> str:
    """What a setting is called; with its channel where it belongs to one."""
    return NAMES[setting] if channel_id is None else f"{NAMES[setting]} in <#{channel_id}>"


def value_words(setting: SettingName, value: Any, gone: Gone = is_never_gone) -> str:
    """Return a setting's JSON value, as the audit trail keeps it, in words."""
    match setting:
        case Setting.WEEK_STARTS_ON:
            return WEEKDAYS[int(value)]
        case Setting.NOTIFY_WHEN_DONE:
            return yes_no(value)
        case Setting.REMIX_OTHERS:
            return allowed_words(value)
        case Setting.QUEUE_PAUSED:
            return "paused" if value else "running"
        case Setting.LOG_CHANNEL | Setting.GALLERY_CHANNEL:
            return log_channel(value, gone)
        case Listing.ALLOWED_CHANNELS:
            return places(value, gone)
        case Listing.ALLOWED_ROLES:
            return askers(value, gone)
        case Listing.MODERATOR_ROLES:
            return moderators(value, gone)
        case ChannelOption():
            return AS_EVERYWHERE if value is None else default_words(setting, value)
        case _:
            return str(value)


def changed(change: SettingChange, gone: Gone = is_never_gone) -> str:
    """What the panel says after a change: from what to what, and who had set it before."""
    name = setting_name(change.setting, change.channel_id)
    after = value_words(change.setting, change.after, gone)
    set_by = "" if change.set_by is None or change.set_at is None else _set_by(change.set_by, change.set_at)
    if not change.is_one:
        return f"☑️ **{name}:** {after} already, so nothing changed{set_by and f' (set {set_by})'}"
    before = value_words(change.setting, change.before, gone)
    was = set_by and f" ({'that' if len(before) > 40 else before} was set {set_by})"
    return f"✅ **{name}:** {before} → **{after}**{was}"


def _set_by(user_id: int, when: datetime) -> str:
    return f"by <@{user_id}> {moment(when, 'R')}"


def not_changed(reason: str) -> str:
    """What the panel says where nothing was changed."""
    return f"⚠️ **Nothing was changed.** {reason}"


def cleared(channel_count: int) -> str:
    """Channels that are as everywhere from now on."""
    if not channel_count:
        return "☑️ There was nothing to clear."
    return f"✅ Cleared the defaults of {channel_count} channel{'' if channel_count == 1 else 's'}."


def default_words(option: ChannelOption, value: str | bool) -> str:
    """One default of a channel."""
    if option is ChannelOption.SPOILER:
        return yes_no(bool(value))
    return str(value).upper() if option is ChannelOption.OUTPUT_FORMAT else str(value)


def yes_no(value: bool) -> str:
    """A switch in words."""
    return "yes" if value else "no"


def allowed_words(value: bool) -> str:
    """A permission in words."""
    return "allowed" if value else "forbidden"


def places(channel_ids: Collection[int], gone: Gone) -> str:
    """The channels where images may be asked for."""
    return _listed(channel_ids, "<#{}>", "a deleted channel", gone) or "every channel"


def askers(role_ids: Collection[int], gone: Gone) -> str:
    """The roles that may ask for images."""
    return _listed(role_ids, "<@&{}>", "a deleted role", gone) or "every member"


def moderators(role_ids: Collection[int], gone: Gone) -> str:
    """Who moderates."""
    named = _listed(role_ids, "<@&{}>", "a deleted role", gone)
    return f"members with Manage Server, and {named}" if named else "members with Manage Server"


def _listed(ids: Collection[int], mention: str, deleted: str, gone: Gone) -> str:
    shown = [mention.format(one) for one in sorted(ids) if not gone(one)]
    lost = sum(gone(one) for one in ids)
    if len(shown) > MOST_SHOWN:
        shown = [*shown[:MOST_SHOWN], f"{len(shown) - MOST_SHOWN} more"]
    if lost:
        shown.append(deleted if lost == 1 else f"{lost}{deleted.removeprefix('a')}s")
    return ", ".join(shown)


def log_channel(channel_id: int | None, gone: Gone) -> str:
    """Where the log goes."""
    if channel_id is None:
        return "none"
    return "a deleted channel" if gone(channel_id) else f"<#{channel_id}>"


def defaults_words(defaults: ChannelDefaults) -> str:
    """16:9, 2K, spoiler."""
    own = [(option, getattr(defaults, option)) for option in ChannelOption]
    return ", ".join(_own_default(option, value) for option, value in own if value is not None)


def _own_default(option: ChannelOption, value: str | bool) -> str:
    if option is ChannelOption.SPOILER:
        return "spoiler" if value else "no spoiler"
    return str(value).upper() if option is ChannelOption.OUTPUT_FORMAT else str(value)


def local_time(time_zone: ZoneInfo, now: datetime) -> str:
    """Monday 23 November, 13:05."""
    there = now.astimezone(time_zone)
    return f"{WEEKDAYS[there.weekday()]} {there.day} {MONTHS[there.month - 1]}, {there:%H:%M}"
