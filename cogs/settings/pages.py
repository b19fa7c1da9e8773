"""What stands on each page of the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import discord
from discord import ChannelType, SelectOption, ui

from cogs.settings.control import (
    AS_EVERYWHERE,
    Act,
    Page,
    PanelControl,
    button,
    channel_select,
    options_select,
    role_select,
)
from cogs.settings.panel import Part, Shown, framed
from cogs.texts import calendar, channel_defaults
from cogs.texts import gallery as gallery_texts
from cogs.texts import settings as texts
from cogs.texts.setting_values import WEEKDAYS
from generation.options import MAX_IMAGES, AspectRatio, OutputFormat, Resolution
from generation.setting_changes import ChannelOption
from generation.settings_desk import MAX_NAMED
from storage.channel_settings import ChannelDefaults

PLACES_FOR_IMAGES = (
    ChannelType.text,
    ChannelType.news,
    ChannelType.forum,
    ChannelType.voice,
    ChannelType.stage_voice,
)
THRESHOLDS = (1, 2, 3, 5, 10)
"""Stars that can be chosen as enough."""

PLACES_FOR_THE_LOG = (ChannelType.text, ChannelType.news, ChannelType.voice)


def render(shown: Shown) -> ui.LayoutView:
    """Return a new view; it holds only controls that outlive restarts, so it never has to be kept."""
    if shown.page is Page.CHANNELS and shown.channel_id is not None:
        return framed(shown, _one_channel)
    return framed(shown, PAGES[shown.page])


def _overview(shown: Shown) -> Sequence[Part]:
    settings, places = shown.report.settings, shown.places
    who = texts.who_lines(settings, channel_gone=places.channel_gone, role_gone=places.role_gone)
    channels = channel_defaults.defaults_overview(shown.report.channel_defaults, places.channel_gone, most=3)
    warnings = _warnings(shown)
    parts: list[Part] = [texts.overview_title(places.name), *([None, *warnings] if warnings else [])]
    for page, title, label, lines in (
        (Page.WHO, texts.WHO, texts.CHANGE_WHO, who),
        (Page.LIMITS, texts.LIMITS, texts.CHANGE_LIMITS, texts.limits_lines(settings)),
        (Page.CHANNELS, texts.CHANNELS, texts.CHANGE_CHANNELS, channels),
        (Page.CALENDAR, texts.CALENDAR, texts.CHANGE_CALENDAR, calendar.calendar_lines(settings, shown.report.now)),
        (Page.NOTICES, texts.NOTICES, texts.CHANGE_NOTICES, texts.notices_lines(settings, places.channel_gone)),
    ):
        # Only the title stands beside the button: on a phone there is no room for more.
        parts += [None, (texts.section_title(title), button(page, Act.OPEN, label)), "\n".join(lines)]
    return [*parts, texts.CREDITS_ELSEWHERE]


def _warnings(shown: Shown) -> list[str]:
    """What is wrong with the settings as they are, the worst first."""
    settings, places = shown.report.settings, shown.places
    found: list[str] = []
    if settings.allowed_channels and all(map(places.channel_gone, settings.allowed_channels)):
        found.append(texts.ALL_CHANNELS_GONE)
    if settings.allowed_roles and all(map(places.role_gone, settings.allowed_roles)):
        found.append(texts.ALL_ROLES_GONE)
    if settings.log_channel_id is not None and places.channel_gone(settings.log_channel_id):
        found.append(texts.LOG_CHANNEL_GONE)
    return found


def _who(shown: Shown) -> Sequence[Part]:
    return [texts.page_title(texts.WHO), *_where(shown), None, *_askers(shown), None, *_moderators(shown)]


def _where(shown: Shown) -> list[Part]:
    channels, gone = shown.report.settings.allowed_channels, shown.places.channel_gone
    alive = sorted(channel_id for channel_id in channels if not gone(channel_id))
    parts: list[Part] = [texts.channels_block(channels, gone)]
    if channels and not alive:
        parts.append(texts.ALL_CHANNELS_GONE)
    parts.append(
        [
            channel_select(
                Page.WHO, Act.CHANNELS, texts.CHOOSE_CHANNELS, kinds=PLACES_FOR_IMAGES, chosen=alive, most=MAX_NAMED
            )
        ]
    )
    buttons: list[PanelControl] = []
    if channels:
        buttons.append(button(Page.WHO, Act.EVERY_CHANNEL, texts.EVERY_CHANNEL))
    if alive and len(alive) < len(channels):
        buttons.append(button(Page.WHO, Act.FORGET_CHANNELS, texts.REMOVE_LOST_CHANNELS))
    return [*parts, buttons] if buttons else parts


def _askers(shown: Shown) -> list[Part]:
    roles, gone = shown.report.settings.allowed_roles, shown.places.role_gone
    alive = sorted(role_id for role_id in roles if not gone(role_id))
    parts: list[Part] = [texts.roles_block(roles, gone)]
    if roles and not alive:
        parts.append(texts.ALL_ROLES_GONE)
    parts.append([role_select(Page.WHO, Act.ROLES, texts.CHOOSE_ROLES, chosen=alive, most=MAX_NAMED)])
    buttons: list[PanelControl] = []
    if roles:
        buttons.append(button(Page.WHO, Act.EVERY_MEMBER, texts.EVERY_MEMBER))
    if alive and len(alive) < len(roles):
        buttons.append(button(Page.WHO, Act.FORGET_ROLES, texts.REMOVE_LOST_ROLES))
    return [*parts, buttons] if buttons else parts


def _moderators(shown: Shown) -> list[Part]:
    roles, gone, may = shown.report.settings.moderator_roles, shown.places.role_gone, shown.names_moderators
    alive = sorted(role_id for role_id in roles if not gone(role_id))
    parts: list[Part] = [
        texts.moderators_block(roles, gone, may_change=may),
        [
            role_select(
                Page.WHO, Act.MODERATORS, texts.CHOOSE_MODERATORS, chosen=alive, most=MAX_NAMED, disabled=not may
            )
        ],
    ]
    if len(alive) < len(roles) and may:
        parts.append([button(Page.WHO, Act.FORGET_MODERATORS, texts.REMOVE_LOST_ROLES)])
    return parts


def _limits(shown: Shown) -> Sequence[Part]:
    report, settings = shown.report, shown.report.settings
    at_once = texts.at_once_block(
        settings, most=report.most_at_once, most_of_member=min(report.most_at_once_of_member, settings.images_at_once)
    )
    remix = settings.remix_others
    return [
        texts.page_title(texts.LIMITS),
        texts.RESOLUTION_BLOCK,
        [_choice(Act.RESOLUTION, size.value, size == settings.highest_resolution) for size in Resolution],
        texts.COUNT_BLOCK,
        [_choice(Act.COUNT, str(count), count == settings.largest_count) for count in range(1, MAX_IMAGES + 1)],
        None,
        at_once,
        [button(Page.LIMITS, Act.AT_ONCE_FORM, texts.CHANGE_NUMBERS)],
        None,
        (
            texts.remix_block(remix),
            button(Page.LIMITS, Act.REMIX, texts.FORBID if remix else texts.ALLOW, argument=int(not remix)),
        ),
    ]


def _choice(act: Act, value: str, is_chosen: bool) -> PanelControl:
    style = discord.ButtonStyle.success if is_chosen else discord.ButtonStyle.secondary
    return button(Page.LIMITS, act, texts.chosen(value, is_chosen), argument=value, style=style)


def _channels(shown: Shown) -> Sequence[Part]:
    defaults, gone = shown.report.channel_defaults, shown.places.channel_gone
    parts: list[Part] = [
        texts.page_title(texts.CHANNELS),
        channel_defaults.CHANNELS_INTRO,
        "\n".join(channel_defaults.defaults_overview(defaults, gone)),
        [
            channel_select(
                Page.CHANNELS, Act.OPEN_CHOSEN, channel_defaults.CHOOSE_CHANNEL, kinds=PLACES_FOR_IMAGES, least=1
            )
        ],
    ]
    if any(map(gone, defaults)):
        parts.append([button(Page.CHANNELS, Act.FORGET_DEFAULTS, texts.REMOVE_LOST_CHANNELS)])
    return parts


def _one_channel(shown: Shown) -> Sequence[Part]:
    channel_id = shown.channel_id
    assert channel_id is not None
    own = shown.report.channel_defaults.get(channel_id, ChannelDefaults())
    highest = shown.report.settings.highest_resolution
    parts: list[Part] = [
        channel_defaults.channel_title(channel_id),
        *([_options(channel_id, option, getattr(own, option))] for option in ChannelOption),
    ]
    if own.resolution is not None and own.resolution > highest:  # "1K", "2K", "4K" sort as they are
        parts.append(channel_defaults.above_highest(own.resolution, highest))
    if own != ChannelDefaults():
        parts.append([button(Page.CHANNELS, Act.CLEAR, channel_defaults.CLEAR_CHANNEL, argument=channel_id)])
    return parts


def _options(channel_id: int, option: ChannelOption, chosen: str | bool | None) -> PanelControl:
    options = [
        SelectOption(
            label=channel_defaults.option_label(option, value),
            value=_option_value(value),
            default=_is_same(value, chosen),
        )
        for value in (None, *CHOICES[option])
    ]
    return options_select(Page.CHANNELS, Act.DEFAULT, options, argument=f"{channel_id}/{option}")


CHOICES: dict[ChannelOption, Sequence[str | bool]] = {
    ChannelOption.ASPECT_RATIO: [ratio.value for ratio in AspectRatio],
    ChannelOption.RESOLUTION: [resolution.value for resolution in Resolution],
    ChannelOption.OUTPUT_FORMAT: [output_format.value for output_format in OutputFormat],
    ChannelOption.SPOILER: [True, False],
}


def _option_value(value: str | bool | None) -> str:
    return AS_EVERYWHERE if value is None else str(int(value)) if isinstance(value, bool) else value


def _is_same(value: str | bool | None, chosen: str | bool | None) -> bool:
    return value is chosen if value is None or chosen is None else value == chosen


def _calendar(shown: Shown) -> Sequence[Part]:
    settings = shown.report.settings
    week = [
        SelectOption(label=calendar.week_label(weekday), value=str(weekday), default=weekday == settings.week_starts_on)
        for weekday in range(len(WEEKDAYS))
    ]
    return [
        texts.page_title(texts.CALENDAR),
        calendar.zone_block(settings.time_zone, shown.report.now),
        [button(Page.CALENDAR, Act.ZONE_FORM, calendar.CHANGE_ZONE)],
        None,
        calendar.WEEK_BLOCK,
        [options_select(Page.CALENDAR, Act.WEEK, week)],
        calendar.CALENDAR_MEANS,
    ]


def _notices(shown: Shown) -> Sequence[Part]:
    settings, gone = shown.report.settings, shown.places.channel_gone
    log_id, notify = settings.log_channel_id, settings.notify_when_done
    is_gone = log_id is not None and gone(log_id)
    parts: list[Part] = [texts.page_title(texts.NOTICES), texts.log_block(log_id, gone)]
    if is_gone:
        parts.append(texts.LOG_CHANNEL_GONE)
    elif log_id in shown.places.open_channels:
        parts.append(texts.LOG_IS_OPEN)
    chosen = [] if log_id is None or is_gone else [log_id]
    parts.append([channel_select(Page.NOTICES, Act.LOG, texts.CHOOSE_LOG, kinds=PLACES_FOR_THE_LOG, chosen=chosen)])
    if log_id is not None:
        parts.append([button(Page.NOTICES, Act.LOG_OFF, texts.LOG_OFF)])
    switch = button(Page.NOTICES, Act.NOTIFY, texts.TURN_OFF if notify else texts.TURN_ON, argument=int(not notify))
    return [*parts, None, (texts.notify_block(notify), switch), None, *_gallery(shown)]


def _gallery(shown: Shown) -> list[Part]:
    settings, gone = shown.report.settings, shown.places.channel_gone
    gallery_id = settings.gallery_channel_id
    is_gone = gallery_id is not None and gone(gallery_id)
    parts: list[Part] = [gallery_texts.block(settings, gone), *([gallery_texts.CHANNEL_GONE] if is_gone else [])]
    chosen = [] if gallery_id is None or is_gone else [gallery_id]
    kinds = PLACES_FOR_THE_LOG
    parts.append([channel_select(Page.NOTICES, Act.GALLERY, gallery_texts.CHOOSE, kinds=kinds, chosen=chosen)])
    if gallery_id is None:
        return parts
    threshold = settings.star_threshold
    choices = THRESHOLDS if threshold in THRESHOLDS else sorted({*THRESHOLDS[:4], threshold})
    return [
        *parts,
        [button(Page.NOTICES, Act.GALLERY_OFF, gallery_texts.OFF)],
        gallery_texts.threshold_block(threshold),
        [_star_choice(count, count == threshold) for count in choices],
    ]


def _star_choice(count: int, is_chosen: bool) -> PanelControl:
    style = discord.ButtonStyle.success if is_chosen else discord.ButtonStyle.secondary
    return button(Page.NOTICES, Act.STARS, texts.chosen(str(count), is_chosen), argument=count, style=style)


PAGES: dict[Page, Callable[[Shown], Sequence[Part]]] = {
    Page.OVERVIEW: _overview,
    Page.WHO: _who,
    Page.LIMITS: _limits,
    Page.CHANNELS: _channels,
    Page.CALENDAR: _calendar,
    Page.NOTICES: _notices,
}
