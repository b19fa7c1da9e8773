"""What the panel of /settings says."""

from __future__ import annotations

from collections.abc import Collection

from cogs.plain_text import quoted
from cogs.texts import gallery, images_of
from cogs.texts.setting_values import (
    NAMES,
    Gone,
    allowed_words,
    askers,
    log_channel,
    moderators,
    places,
    yes_no,
)
from generation.setting_changes import SettingName
from storage.guild_settings import GuildSettings

# The panel

PANEL_HINT = "Press a button to change something. Changes count at once. Only you see this panel."
CREDITS_ELSEWHERE = "-# Who may spend how many credits is set with `/budget`."
BACK = "← Overview"
WHO, LIMITS, CHANNELS, CALENDAR, NOTICES = (
    "Who and where",
    "Limits",
    "Channel defaults",
    "Calendar",
    "Log, notices, gallery",
)
CHANGE_WHO, CHANGE_LIMITS, CHANGE_CHANNELS, CHANGE_CALENDAR, CHANGE_NOTICES = (
    "Change who",
    "Change limits",
    "Change defaults",
    "Change calendar",
    "Change notices",
)
OUTDATED = "This panel is from an older version of Plantain. Use `/settings` to open a new one. Nothing was changed."


def overview_title(guild: str) -> str:
    """The head of the first page."""
    return f"## Settings of {quoted(guild, limit=100)}\n{PANEL_HINT}"


def page_title(name: str) -> str:
    """The head of every other page."""
    return f"## {name}"


def section_title(name: str) -> str:
    """The head of one block of the first page, beside its button."""
    return f"### {name}"


# Who and where


def who_lines(settings: GuildSettings, *, channel_gone: Gone, role_gone: Gone) -> list[str]:
    """The overview of who may do what."""
    return [
        f"Images may be asked for in: **{places(settings.allowed_channels, channel_gone)}**",
        f"Members who may ask: **{askers(settings.allowed_roles, role_gone)}**",
        f"Moderators: **{moderators(settings.moderator_roles, role_gone)}**",
    ]


def channels_block(channel_ids: Collection[int], gone: Gone) -> str:
    """Above the choice of channels."""
    return (
        f"**Channels for images:** {places(channel_ids, gone)}\n"
        "-# Threads and forum posts go with their channel. Choose none for every channel."
    )


ALL_CHANNELS_GONE = (
    "⚠️ Every channel you had allowed is deleted, so **nobody can ask for images** until you choose others, or allow"
    " every channel."
)
ALL_ROLES_GONE = (
    "⚠️ Every role you had allowed is deleted, so **nobody can ask for images** until you choose others, or allow"
    " every member."
)


def roles_block(role_ids: Collection[int], gone: Gone) -> str:
    """Above the choice of roles that may ask."""
    return (
        f"**Members who may ask for images:** {askers(role_ids, gone)}\n"
        "-# Having one of the roles is enough. Choose none for every member."
    )


def moderators_block(role_ids: Collection[int], gone: Gone, *, may_change: bool) -> str:
    """Above the choice of moderator roles."""
    text = (
        f"**Moderators:** {moderators(role_ids, gone)}\n-# They use this panel, budgets, the block list and the queue."
    )
    if role_ids:
        text += (
            "\n-# Discord still shows these commands only to members with Manage Server. To show them to a role: "
            "**Server Settings → Integrations → Plantain**, then allow the role."
        )
    return text if may_change else f"{text}\n-# Only members with Manage Server can change this."


CHOOSE_CHANNELS = "Choose the channels for images"
CHOOSE_ROLES = "Choose the roles that may ask for images"
CHOOSE_MODERATORS = "Choose more moderator roles"
EVERY_CHANNEL = "Allow every channel"
EVERY_MEMBER = "Allow every member"
REMOVE_LOST_CHANNELS = "Remove deleted channels"
REMOVE_LOST_ROLES = "Remove deleted roles"
MANAGE_SERVER_ONLY = "Only members with **Manage Server** can change the moderator roles."
EVERYONE_IS_NO_MODERATOR = "@everyone cannot be a moderator role: every member could then change these settings."

# Limits


def limits_lines(settings: GuildSettings) -> list[str]:
    """The overview of limits."""
    remixable = "also images of others" if settings.remix_others else "only their own images"
    return [
        f"Largest size: **{settings.highest_resolution}** · at most **{images_of(settings.largest_count)}** a request",
        f"Made at the same time: **{settings.images_at_once}** in the server,"
        f" **{settings.member_images_at_once}** for each member",
        f"Members may remix: **{remixable}**",
    ]


RESOLUTION_BLOCK = "**Largest size**\n-# Larger ones are refused. 1K is about 1,000 pixels a side, 4K about 4,000."
COUNT_BLOCK = "**Most images of one request**"


def chosen(label: str, is_chosen: bool) -> str:
    """A button among several of which one holds."""
    return f"✓ {label}" if is_chosen else label


def at_once_block(settings: GuildSettings, *, most: int, most_of_member: int) -> str:
    """Above the button that opens the form with both numbers."""
    return (
        "**Images made at the same time**\n"
        f"In the whole server: **{settings.images_at_once}** (1 to {most} possible)\n"
        f"For each member: **{settings.member_images_at_once}** (1 to {most_of_member} possible)\n"
        "-# More wait in line. Whoever runs Plantain decides what is possible."
    )


CHANGE_NUMBERS = "Change numbers"


def remix_block(allowed: bool) -> str:
    """Beside the switch."""
    return f"**Remixing images of others:** {allowed_words(allowed)}\n-# A remix is paid by the member who makes it."


FORBID, ALLOW = "Forbid", "Allow"
FORM_AT_ONCE_TITLE = "Images made at the same time"
FORM_OF_GUILD = "In the whole server"
FORM_OF_MEMBER = "For each member"


def number_hint(highest: int) -> str:
    """Below a field for a number."""
    return f"A whole number from 1 to {highest}"


def no_number(typed: str) -> str:
    """A field for a number holds something else."""
    return f"“{quoted(typed, limit=40)}” is not a whole number. Type one such as 3."


def out_of_range(setting: SettingName, *, found: int, lowest: int, highest: int) -> str:
    """A number that cannot be set."""
    allowed = f"{lowest} to {highest}" if highest > lowest else str(lowest)
    return f"{NAMES[setting]} can be {allowed}, not {found:,}."


MEMBER_WITHIN_GUILD = "A member cannot have more than the whole server."


# Log and notices


def notices_lines(settings: GuildSettings, gone: Gone) -> list[str]:
    """The overview of what is told where."""
    return [
        f"Log channel: **{log_channel(settings.log_channel_id, gone)}**",
        f"Mention members when their images are ready: **{yes_no(settings.notify_when_done)}**",
        gallery.line(settings, gone),
    ]


def log_block(channel_id: int | None, gone: Gone) -> str:
    """Above the choice of the log channel."""
    return (
        f"**Log channel:** {log_channel(channel_id, gone)}\n"
        "-# Each image made, each refusal by one of your rules and each change of settings or credits is told there,"
        " with prompts: choose a channel that only moderators read."
    )


LOG_CHANNEL_GONE = "⚠️ The log channel is deleted, so nothing is logged. Choose another one, or turn the log off."
LOG_IS_OPEN = "⚠️ Every member can read this channel, so everybody sees the log."
CHOOSE_LOG = "Choose the log channel"
LOG_OFF = "Turn the log off"
TURN_OFF, TURN_ON = "Turn off", "Turn on"


def notify_block(notify: bool) -> str:
    """Beside the switch."""
    return (
        f"**Mention members when their images are ready:** {yes_no(notify)}\n"
        "-# A short reply below the images; never for images that took under 15 seconds."
    )


def log_begins(actor_id: int) -> str:
    """The first line in a new log channel."""
    return (
        f"📋 <@{actor_id}> made this Plantain's log channel. Images made, refusals by a rule, and changes of settings"
        " and credits are told here."
    )


def cannot_post_there(channel_id: int) -> str:
    """Discord did not let us post the first line."""
    return (
        f"Plantain may not post in <#{channel_id}>. Give it **View Channel** and **Send Messages** there (the channel's"
        " settings → Permissions → add Plantain), then choose the channel again."
    )


def discord_would_not(channel_id: int) -> str:
    """The first line did not arrive, for no reason that a moderator can mend."""
    return f"Discord did not take a message in <#{channel_id}> just now. Try again in a minute."


CHANNEL_IS_GONE = "That channel does not exist any more. Choose another one."
