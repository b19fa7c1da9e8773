"""What the panel's controls and forms do, and what the panel then says about it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import discord

from cogs.errors import RefusalError
from cogs.settings.control import AS_EVERYWHERE, Act, Page, Use, button
from cogs.settings.first_line import begin_posting
from cogs.settings.forms import Form, typed, whole_number
from cogs.settings.guild_places import GuildPlaces
from cogs.settings.panel import Note
from cogs.texts import calendar, setting_values
from cogs.texts import gallery as gallery_texts
from cogs.texts import settings as texts
from generation.budget_desk import Change
from generation.options import Resolution
from generation.setting_changes import ChannelOption, SettingChange
from generation.settings_desk import OutOfRangeError, SettingsDesk
from generation.time_zones import UnknownTimeZoneError, find_time_zone
from storage.guild_settings import Setting

Interaction = discord.Interaction[Any]


class Acts:
    """Changes settings as controls and forms ask. Whether the member moderates is asked before."""

    def __init__(self, desk: SettingsDesk) -> None:
        self._desk = desk
        self._by_act: dict[Act, Callable[[Interaction, Change, Use], Awaitable[SettingChange | Note | None]]] = {
            Act.CHANNELS: self._channels,
            Act.EVERY_CHANNEL: self._every_channel,
            Act.FORGET_CHANNELS: self._forget_channels,
            Act.ROLES: self._roles,
            Act.EVERY_MEMBER: self._every_member,
            Act.FORGET_ROLES: self._forget_roles,
            Act.MODERATORS: self._moderators,
            Act.FORGET_MODERATORS: self._forget_moderators,
            Act.RESOLUTION: self._resolution,
            Act.COUNT: self._count,
            Act.REMIX: self._remix,
            Act.DEFAULT: self._default,
            Act.CLEAR: self._clear,
            Act.FORGET_DEFAULTS: self._forget_defaults,
            Act.ZONE: self._zone,
            Act.WEEK: self._week,
            Act.LOG: self._log,
            Act.LOG_OFF: self._log_off,
            Act.GALLERY: self._gallery,
            Act.GALLERY_OFF: self._gallery_off,
            Act.STARS: self._stars,
            Act.NOTIFY: self._notify,
        }

    async def use(self, interaction: Interaction, use: Use) -> Note | None:
        """Do what a control is for; return what to say, None where it only opens a page."""
        act = None if use.act is None else self._by_act.get(use.act)
        if act is None:
            return None
        try:
            result = await act(interaction, _change(interaction), use)
        except RefusalError as refusal:
            return Note(text=setting_values.not_changed(refusal.text))
        return _note(interaction, result) if isinstance(result, SettingChange) else result

    async def take(self, interaction: Interaction, form: Form, data: Mapping[str, Any]) -> Note:
        """Do what a form that was sent asks for; return what to say."""
        match form:
            case Form.AT_ONCE:
                return await self._take_numbers(interaction, typed(data, "of_guild"), typed(data, "of_member"))
            case Form.ZONE:
                return await self._take_zone(interaction, typed(data, "zone"))

    # Who and where

    async def _channels(self, interaction: Interaction, change: Change, use: Use) -> SettingChange:
        places = GuildPlaces.of(interaction.guild)
        if use.ids and all(map(places.channel_gone, use.ids)):
            raise RefusalError(texts.CHANNEL_IS_GONE)
        return await self._desk.set_allowed_channels(change, use.ids)

    async def _every_channel(self, _interaction: Interaction, change: Change, _use: Use) -> SettingChange:
        return await self._desk.set_allowed_channels(change, ())

    async def _forget_channels(self, interaction: Interaction, change: Change, _use: Use) -> SettingChange:
        named = (await self._desk.report(change.guild_id)).settings.allowed_channels
        alive = _kept(named, GuildPlaces.of(interaction.guild).channel_gone)
        if named and not alive:  # none named would open every channel
            raise RefusalError(texts.ALL_CHANNELS_GONE)
        return await self._desk.set_allowed_channels(change, alive)

    async def _roles(self, interaction: Interaction, change: Change, use: Use) -> SettingChange:
        everyone = interaction.guild_id in use.ids  # the role @everyone has the guild's id
        return await self._desk.set_allowed_roles(change, () if everyone else use.ids)

    async def _every_member(self, _interaction: Interaction, change: Change, _use: Use) -> SettingChange:
        return await self._desk.set_allowed_roles(change, ())

    async def _forget_roles(self, interaction: Interaction, change: Change, _use: Use) -> SettingChange:
        named = (await self._desk.report(change.guild_id)).settings.allowed_roles
        alive = _kept(named, GuildPlaces.of(interaction.guild).role_gone)
        if named and not alive:  # none named would let every member ask
            raise RefusalError(texts.ALL_ROLES_GONE)
        return await self._desk.set_allowed_roles(change, alive)

    async def _moderators(self, interaction: Interaction, change: Change, use: Use) -> SettingChange:
        _require_manage_server(interaction)
        if interaction.guild_id in use.ids:
            raise RefusalError(texts.EVERYONE_IS_NO_MODERATOR)
        return await self._desk.set_moderator_roles(change, use.ids)

    async def _forget_moderators(self, interaction: Interaction, change: Change, _use: Use) -> SettingChange:
        _require_manage_server(interaction)
        named = (await self._desk.report(change.guild_id)).settings.moderator_roles
        return await self._desk.set_moderator_roles(change, _kept(named, GuildPlaces.of(interaction.guild).role_gone))

    # Limits

    async def _resolution(self, _interaction: Interaction, change: Change, use: Use) -> SettingChange:
        return await self._desk.set_highest_resolution(change, Resolution(use.argument))

    async def _count(self, _interaction: Interaction, change: Change, use: Use) -> SettingChange:
        return await self._desk.set_largest_count(change, int(use.argument))

    async def _remix(self, _interaction: Interaction, change: Change, use: Use) -> SettingChange:
        return await self._desk.set_remix_others(change, use.argument == "1")

    async def _take_numbers(self, interaction: Interaction, of_guild: str, of_member: str) -> Note:
        numbers = whole_number(of_guild), whole_number(of_member)
        if numbers[0] is None or numbers[1] is None:
            return Note(text=setting_values.not_changed(texts.no_number(of_guild if numbers[0] is None else of_member)))
        try:
            changes = await self._desk.set_images_at_once(
                _change(interaction), of_guild=numbers[0], of_member=numbers[1]
            )
        except OutOfRangeError as error:
            reason = texts.out_of_range(error.setting, found=error.found, lowest=error.lowest, highest=error.highest)
            if error.setting is Setting.MEMBER_IMAGES_AT_ONCE and error.highest == numbers[0]:
                reason += f" {texts.MEMBER_WITHIN_GUILD}"
            return Note(text=setting_values.not_changed(reason))
        told = [change for change in changes if change.is_one] or changes
        return Note(text="\n".join(setting_values.changed(change) for change in told))

    # Defaults of channels

    async def _default(self, interaction: Interaction, change: Change, use: Use) -> SettingChange:
        channel, _, name = use.argument.partition("/")
        if GuildPlaces.of(interaction.guild).channel_gone(int(channel)):
            raise RefusalError(texts.CHANNEL_IS_GONE)
        option, chosen = ChannelOption(name), use.values[0]
        value = None if chosen == AS_EVERYWHERE else chosen == "1" if option is ChannelOption.SPOILER else chosen
        return await self._desk.set_channel_default(change, int(channel), option, value)

    async def _clear(self, _interaction: Interaction, change: Change, use: Use) -> Note:
        return await self._cleared(change, [int(use.argument)])

    async def _forget_defaults(self, interaction: Interaction, change: Change, _use: Use) -> Note:
        gone = GuildPlaces.of(interaction.guild).channel_gone
        defaults = (await self._desk.report(change.guild_id)).channel_defaults
        return await self._cleared(change, filter(gone, defaults))

    async def _cleared(self, change: Change, channel_ids: Iterable[int]) -> Note:
        lost = await self._desk.clear_channel_defaults(change, list(channel_ids))
        return Note(text=setting_values.cleared(len({one.channel_id for one in lost})))

    # The calendar

    async def _zone(self, _interaction: Interaction, change: Change, use: Use) -> SettingChange:
        return await self._desk.set_time_zone(change, await _zone_named(use.argument))

    async def _take_zone(self, interaction: Interaction, name: str) -> Note:
        try:
            zone = await _zone_named(name)
        except UnknownTimeZoneError as error:
            meant = [button(Page.CALENDAR, Act.ZONE, zone, argument=zone) for zone in error.suggestions]
            return Note(text=setting_values.not_changed(calendar.unknown_zone(error)), buttons=meant)
        return _note(interaction, await self._desk.set_time_zone(_change(interaction), zone))

    async def _week(self, _interaction: Interaction, change: Change, use: Use) -> SettingChange:
        return await self._desk.set_week_start(change, int(use.values[0]))

    # Log and mentions

    async def _log(self, interaction: Interaction, change: Change, use: Use) -> SettingChange:
        if not use.ids:
            return await self._desk.set_log_channel(change, None)
        (channel_id,) = use.ids
        if (await self._desk.report(change.guild_id)).settings.log_channel_id != channel_id:
            await begin_posting(interaction, channel_id, texts.log_begins(interaction.user.id))
        return await self._desk.set_log_channel(change, channel_id)

    async def _log_off(self, _interaction: Interaction, change: Change, _use: Use) -> SettingChange:
        return await self._desk.set_log_channel(change, None)

    async def _gallery(self, interaction: Interaction, change: Change, use: Use) -> SettingChange:
        if not use.ids:
            return await self._desk.set_gallery_channel(change, None)
        (channel_id,) = use.ids
        settings = (await self._desk.report(change.guild_id)).settings
        if settings.gallery_channel_id != channel_id:
            await begin_posting(interaction, channel_id, gallery_texts.begins(change.actor_id, settings.star_threshold))
        return await self._desk.set_gallery_channel(change, channel_id)

    async def _gallery_off(self, _interaction: Interaction, change: Change, _use: Use) -> SettingChange:
        return await self._desk.set_gallery_channel(change, None)

    async def _stars(self, _interaction: Interaction, change: Change, use: Use) -> SettingChange:
        return await self._desk.set_star_threshold(change, int(use.argument))

    async def _notify(self, _interaction: Interaction, change: Change, use: Use) -> SettingChange:
        return await self._desk.set_notify_when_done(change, use.argument == "1")


async def _zone_named(name: str) -> ZoneInfo:
    return await asyncio.to_thread(find_time_zone, name)  # reads files the first time


def _change(interaction: Interaction) -> Change:
    assert interaction.guild_id is not None
    return Change(guild_id=interaction.guild_id, actor_id=interaction.user.id)


def _note(interaction: Interaction, change: SettingChange) -> Note:
    return Note(text=setting_values.changed(change, GuildPlaces.of(interaction.guild).gone))


def _kept(ids: Iterable[int], gone: Callable[[int], bool]) -> list[int]:
    return [one for one in ids if not gone(one)]


def _require_manage_server(interaction: Interaction) -> None:
    if not interaction.permissions.manage_guild:
        raise RefusalError(texts.MANAGE_SERVER_ONLY)
