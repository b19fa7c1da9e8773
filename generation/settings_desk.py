"""What moderators set for their guild and its channels; each change is one transaction with its audit record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from generation.budget_desk import Change
from generation.clock import Clock
from generation.errors import GenerationError
from generation.options import MAX_IMAGES, AspectRatio, OutputFormat, Resolution
from generation.setting_changes import ChannelOption, Listing, SettingChange, SettingName, setting_value
from storage import audit, channel_settings, guild_settings, setting_history
from storage.audit import AuditKind
from storage.channel_settings import ChannelDefaults
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings, RolePurpose, Setting

MAX_NAMED = 25
"""Channels or roles that one list may name: what Discord lets one choose at a time."""

MAX_STARS = 50
"""More members than ever press one button."""


class OutOfRangeError(GenerationError):
    """A number that cannot be set. Nothing was changed. `lowest` and `highest` could be."""

    def __init__(self, setting: Setting, *, found: int, lowest: int, highest: int) -> None:
        super().__init__(f"{setting} is {found}, not {lowest} to {highest}")
        self.setting = setting
        self.found = found
        self.lowest = lowest
        self.highest = highest


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsReport:
    """All that a guild has set.

    Attributes:
        channel_defaults: of every channel that has any, by channel.
        most_at_once, most_at_once_of_member: as far as the operator lets the guild go.
    """

    settings: GuildSettings
    channel_defaults: dict[int, ChannelDefaults]
    most_at_once: int
    most_at_once_of_member: int
    now: datetime


class SettingsDesk:
    """Shows and changes a guild's settings. Whether the caller may is asked before.

    Args:
        defaults: the operator's; a guild may take fewer images at once than these, never more.
        changed: called after each change that was committed, with the guild and its settings from now on.
    """

    def __init__(
        self,
        database: Database,
        defaults: GuildSettings,
        clock: Clock,
        changed: Callable[[int, GuildSettings], None] | None = None,
    ) -> None:
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._changed = changed

    async def report(self, guild_id: int) -> SettingsReport:
        """Return what is set now."""
        async with self._database.reading() as tx:
            settings = await self._load(tx, guild_id)
            defaults = await channel_settings.all_defaults(tx, guild_id)
        return SettingsReport(
            settings=settings,
            channel_defaults=defaults,
            most_at_once=self._defaults.images_at_once,
            most_at_once_of_member=self._defaults.member_images_at_once,
            now=self._clock.now(),
        )

    # Settings that are one value

    async def set_time_zone(self, change: Change, time_zone: ZoneInfo) -> SettingChange:
        """Count the guild's days, weeks and months in this zone from now on."""
        return await self._set(change, Setting.TIME_ZONE, time_zone.key)

    async def set_week_start(self, change: Change, weekday: int) -> SettingChange:
        """Let weeks begin on a day: 0 is Monday, 6 is Sunday."""
        _require_range(Setting.WEEK_STARTS_ON, weekday, 0, 6)
        return await self._set(change, Setting.WEEK_STARTS_ON, weekday)

    async def set_images_at_once(self, change: Change, *, of_guild: int, of_member: int) -> list[SettingChange]:
        """Set how many images may be in the making at one time, of all members and of one.

        Raises:
            OutOfRangeError: over the operator's limit, or more for one member than for all; nothing was changed.
        """
        most, most_of_member = self._defaults.images_at_once, self._defaults.member_images_at_once
        _require_range(Setting.IMAGES_AT_ONCE, of_guild, 1, most)
        _require_range(Setting.MEMBER_IMAGES_AT_ONCE, of_member, 1, min(most_of_member, of_guild))
        async with self._database.transaction() as tx:
            changes = [
                await self._put(tx, change, Setting.IMAGES_AT_ONCE, of_guild),
                await self._put(tx, change, Setting.MEMBER_IMAGES_AT_ONCE, of_member),
            ]
            settings = await self._load(tx, change.guild_id)
        self._tell(change.guild_id, settings, changes)
        return changes

    async def set_highest_resolution(self, change: Change, highest: Resolution) -> SettingChange:
        """Refuse larger images from now on; those in line are made as they were asked for."""
        return await self._set(change, Setting.HIGHEST_RESOLUTION, highest.value)

    async def set_largest_count(self, change: Change, count: int) -> SettingChange:
        """Refuse requests of more images from now on."""
        _require_range(Setting.LARGEST_COUNT, count, 1, MAX_IMAGES)
        return await self._set(change, Setting.LARGEST_COUNT, count)

    async def set_remix_others(self, change: Change, allowed: bool) -> SettingChange:
        """Let members remix images of others, or only their own."""
        return await self._set(change, Setting.REMIX_OTHERS, allowed)

    async def set_notify_when_done(self, change: Change, notify: bool) -> SettingChange:
        """Mention members when their images are ready, or not."""
        return await self._set(change, Setting.NOTIFY_WHEN_DONE, notify)

    async def set_log_channel(self, change: Change, channel_id: int | None) -> SettingChange:
        """Tell images and changes in a channel, None for nowhere. Whether the bot may post there is tried before."""
        return await self._set(change, Setting.LOG_CHANNEL, channel_id)

    async def set_gallery_channel(self, change: Change, channel_id: int | None) -> SettingChange:
        """Show images with enough stars in a channel, None for nowhere. Whether the bot may post there is tried."""
        return await self._set(change, Setting.GALLERY_CHANNEL, channel_id)

    async def set_star_threshold(self, change: Change, count: int) -> SettingChange:
        """Say how many stars bring an image into the gallery; those that have them already wait for one more.

        Raises:
            OutOfRangeError: see MAX_STARS; nothing was changed.
        """
        _require_range(Setting.STAR_THRESHOLD, count, 1, MAX_STARS)
        return await self._set(change, Setting.STAR_THRESHOLD, count)

    # Lists

    async def set_allowed_channels(self, change: Change, channel_ids: Collection[int]) -> SettingChange:
        """Name the channels where images may be asked for; none: everywhere."""
        return await self._set(change, Listing.ALLOWED_CHANNELS, sorted(channel_ids)[:MAX_NAMED])

    async def set_allowed_roles(self, change: Change, role_ids: Collection[int]) -> SettingChange:
        """Name the roles that may ask for images; none: every member."""
        return await self._set(change, Listing.ALLOWED_ROLES, sorted(role_ids)[:MAX_NAMED])

    async def set_moderator_roles(self, change: Change, role_ids: Collection[int]) -> SettingChange:
        """Name the roles that moderate besides the members with Manage Server."""
        return await self._set(change, Listing.MODERATOR_ROLES, sorted(role_ids)[:MAX_NAMED])

    # Defaults of channels

    async def set_channel_default(
        self, change: Change, channel_id: int, option: ChannelOption, value: str | bool | None
    ) -> SettingChange:
        """Choose what members get there who choose nothing; None: as everywhere.

        Raises:
            ValueError: there is no such value.
        """
        checked = _checked(option, value)
        async with self._database.transaction() as tx:
            return await self._put_default(tx, change, channel_id, option, checked)

    async def clear_channel_defaults(self, change: Change, channel_ids: Collection[int]) -> list[SettingChange]:
        """Let channels be as everywhere; return what they lose."""
        async with self._database.transaction() as tx:
            known = await channel_settings.all_defaults(tx, change.guild_id)
            return [
                await self._put_default(tx, change, channel_id, option, None)
                for channel_id in sorted(channel_ids)
                for option in ChannelOption
                if channel_id in known and getattr(known[channel_id], option) is not None
            ]

    async def _put_default(
        self, tx: Transaction, change: Change, channel_id: int, option: ChannelOption, value: str | bool | None
    ) -> SettingChange:
        # Read with the guild's other channels: a thread's or parent's defaults must not show through here.
        known = await channel_settings.all_defaults(tx, change.guild_id)
        defaults = known.get(channel_id, ChannelDefaults())
        result = await self._describe(tx, change, option, getattr(defaults, option), value, channel_id=channel_id)
        if result.is_one:
            own = replaced(defaults, **{option.value: value})
            await channel_settings.put_defaults(tx, change.guild_id, channel_id, own)
            await self._record(tx, change, result)
        return result

    # One change

    async def _set(self, change: Change, name: Setting | Listing, value: Any) -> SettingChange:
        async with self._database.transaction() as tx:
            result = await self._put(tx, change, name, value)
            settings = await self._load(tx, change.guild_id)
        self._tell(change.guild_id, settings, [result])
        return result

    async def _put(self, tx: Transaction, change: Change, name: Setting | Listing, value: Any) -> SettingChange:
        before = setting_value(await self._load(tx, change.guild_id), name)
        result = await self._describe(tx, change, name, before, value)
        if result.is_one:
            await self._write(tx, change.guild_id, name, value)
            await self._record(tx, change, result)
        return result

    async def _write(self, tx: Transaction, guild_id: int, name: Setting | Listing, value: Any) -> None:
        match name:
            case Listing.ALLOWED_CHANNELS:
                await channel_settings.put_allowed(tx, guild_id, value)
            case Listing.ALLOWED_ROLES:
                await guild_settings.put_roles(tx, guild_id, RolePurpose.ALLOWED, value)
            case Listing.MODERATOR_ROLES:
                await guild_settings.put_roles(tx, guild_id, RolePurpose.MODERATOR, value)
            case Setting.IMAGES_AT_ONCE | Setting.MEMBER_IMAGES_AT_ONCE:
                # As many as the operator allows is kept as "no choice", and so follows when the operator allows more.
                is_most = value == setting_value(self._defaults, name)
                await guild_settings.put(tx, guild_id, name, None if is_most else value)
            case Setting():
                await guild_settings.put(tx, guild_id, name, int(value) if isinstance(value, bool) else value)

    async def _describe(
        self,
        tx: Transaction,
        change: Change,
        name: SettingName,
        before: Any,
        after: Any,
        *,
        channel_id: int | None = None,
    ) -> SettingChange:
        last = await setting_history.last_change(
            tx, guild_id=change.guild_id, kind=_kind(channel_id), setting=name, target_id=channel_id
        )
        return SettingChange(
            setting=name,
            channel_id=channel_id,
            before=before,
            after=after,
            set_by=None if last is None else last.actor_id,
            set_at=None if last is None else last.created_at,
        )

    async def _record(self, tx: Transaction, change: Change, result: SettingChange) -> None:
        await audit.record(
            tx,
            guild_id=change.guild_id,
            actor_id=change.actor_id,
            kind=_kind(result.channel_id),
            target_id=result.channel_id,
            before={"setting": result.setting, "value": result.before},
            after={"setting": result.setting, "value": result.after},
            reason=change.reason,
            now=self._clock.now(),
        )

    async def _load(self, tx: Transaction, guild_id: int) -> GuildSettings:
        """Return the settings in force: the operator may have lowered the limits since the guild chose."""
        settings = await guild_settings.load(tx, guild_id, self._defaults)
        return replaced(
            settings,
            images_at_once=min(settings.images_at_once, self._defaults.images_at_once),
            member_images_at_once=min(settings.member_images_at_once, self._defaults.member_images_at_once),
        )

    def _tell(self, guild_id: int, settings: GuildSettings, changes: Sequence[SettingChange]) -> None:
        if self._changed is not None and any(change.is_one for change in changes):
            self._changed(guild_id, settings)


def _kind(channel_id: int | None) -> AuditKind:
    return AuditKind.SETTING_CHANGED if channel_id is None else AuditKind.CHANNEL_CHANGED


def _checked(option: ChannelOption, value: str | bool | None) -> str | bool | None:
    if value is None:
        return None
    match option:
        case ChannelOption.ASPECT_RATIO:
            return AspectRatio(value).value
        case ChannelOption.RESOLUTION:
            return Resolution(value).value
        case ChannelOption.OUTPUT_FORMAT:
            return OutputFormat(value).value
        case ChannelOption.SPOILER:
            return bool(value)


def _require_range(setting: Setting, found: int, lowest: int, highest: int) -> None:
    if not lowest <= found <= highest:
        raise OutOfRangeError(setting, found=found, lowest=lowest, highest=highest)
