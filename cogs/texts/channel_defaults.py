"""What the panel of /settings says of the defaults of channels."""

from __future__ import annotations

from cogs.texts.form import RATIO_NOTES
from cogs.texts.setting_values import AS_EVERYWHERE, MOST_SHOWN, Gone, default_words, defaults_words
from generation.setting_changes import ChannelOption
from storage.channel_settings import ChannelDefaults

CHANNELS_INTRO = (
    "What members get who choose nothing themselves. Elsewhere that is 1:1, 1K, PNG, no spoiler.\n"
    "Choose a channel to see and change its defaults. Threads and forum posts go with their channel."
)
CHOOSE_CHANNEL = "Choose a channel"
NO_CHANNEL_DEFAULTS = "No channel has defaults of its own."
CLEAR_CHANNEL = "Clear this channel"
ALL_DEFAULTS = "← All channels"
OPTION_NAMES = {
    ChannelOption.ASPECT_RATIO: "Shape",
    ChannelOption.RESOLUTION: "Size",
    ChannelOption.OUTPUT_FORMAT: "File",
    ChannelOption.SPOILER: "Spoiler",
}
EVERYWHERE = {
    ChannelOption.ASPECT_RATIO: "1:1",
    ChannelOption.RESOLUTION: "1K",
    ChannelOption.OUTPUT_FORMAT: "PNG",
    ChannelOption.SPOILER: "no",
}


def channel_title(channel_id: int) -> str:
    """The head of one channel's page."""
    return f"## Defaults in <#{channel_id}>\nWhat members get here who choose nothing themselves."


def defaults_overview(defaults: dict[int, ChannelDefaults], gone: Gone, *, most: int = MOST_SHOWN) -> list[str]:
    """The channels with defaults of their own, one line each, at most `most`; the rest is counted."""
    alive = [channel_id for channel_id in defaults if not gone(channel_id)]
    lines = [f"<#{channel_id}>: {defaults_words(defaults[channel_id])}" for channel_id in alive[:most]]
    if len(alive) > most:
        lines.append(f"and {len(alive) - most} more")
    lost = len(defaults) - len(alive)
    if lost:
        lines.append("a deleted channel" if lost == 1 else f"{lost} deleted channels")
    return lines or [NO_CHANNEL_DEFAULTS]


def option_label(option: ChannelOption, value: str | bool | None) -> str:
    """One entry of a channel's select: "Shape: 16:9 · wide screen"."""
    if value is None:
        return f"{OPTION_NAMES[option]}: {AS_EVERYWHERE} ({EVERYWHERE[option]})"
    words = default_words(option, value)
    note = RATIO_NOTES.get(str(value)) if option is ChannelOption.ASPECT_RATIO else None
    return f"{OPTION_NAMES[option]}: {words}" if note is None else f"{OPTION_NAMES[option]}: {words} · {note}"


def above_highest(wanted: str, highest: str) -> str:
    """A channel's size that the guild's limit cuts."""
    return f"⚠️ {wanted} is above this server's largest size, so members get {highest} here."
