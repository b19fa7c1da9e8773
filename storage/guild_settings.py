"""What a guild decided for itself, over the operator's defaults."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from storage.allowances import Allowance
from storage.database import Transaction
from storage.periods import Calendar, PeriodKind


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """The settings in force in one guild.

    Attributes:
        time_zone: of the guild's calendar.
        week_starts_on: 0 is Monday, 6 is Sunday.
        default_allowance: the operator's, for guilds without a rule of their own.
        images_at_once: images of the guild that may be with the provider at one time.
        member_images_at_once: the same for one member.
        notify_when_done: whether a finished request mentions its member.
        highest_resolution: "1K", "2K" or "4K".
        largest_count: images of one request, 1 to 4.
        remix_others: whether members may remix images of others.
        queue_paused: whether waiting images stay waiting.
        gallery_channel_id: where images with enough stars are shown, None for nowhere.
        star_threshold: how many stars are enough, 1 at least.
        log_channel_id: where changes and images are told, None for nowhere.
        allowed_channels: where images may be asked for, with their threads; empty: everywhere.
        allowed_roles: who may ask for images; empty: every member.
        moderator_roles: who moderates besides the members with Manage Server.
    """

    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    week_starts_on: int = 0
    default_allowance: Allowance = field(default_factory=lambda: Allowance.of(360, PeriodKind.WEEK))
    images_at_once: int = 20
    member_images_at_once: int = 4
    notify_when_done: bool = True
    highest_resolution: str = "4K"
    largest_count: int = 4
    remix_others: bool = True
    queue_paused: bool = False
    log_channel_id: int | None = None
    gallery_channel_id: int | None = None
    star_threshold: int = 3
    allowed_channels: frozenset[int] = frozenset()
    allowed_roles: frozenset[int] = frozenset()
    moderator_roles: frozenset[int] = frozenset()

    @property
    def calendar(self) -> Calendar:
        """How the guild counts its days."""
        return Calendar(time_zone=self.time_zone, week_starts_on=self.week_starts_on)


class Setting(StrEnum):
    """The settings that are one value, by their column."""

    TIME_ZONE = "time_zone"
    WEEK_STARTS_ON = "week_starts_on"
    IMAGES_AT_ONCE = "images_at_once"
    MEMBER_IMAGES_AT_ONCE = "member_images_at_once"
    NOTIFY_WHEN_DONE = "notify_when_done"
    HIGHEST_RESOLUTION = "highest_resolution"
    LARGEST_COUNT = "largest_count"
    REMIX_OTHERS = "remix_others"
    QUEUE_PAUSED = "queue_paused"
    LOG_CHANNEL = "log_channel_id"
    GALLERY_CHANNEL = "gallery_channel_id"
    STAR_THRESHOLD = "star_threshold"


class RolePurpose(StrEnum):
    """What a role that a guild named may do."""

    ALLOWED = "allowed"
    MODERATOR = "moderator"


async def load(tx: Transaction, guild_id: int, defaults: GuildSettings) -> GuildSettings:
    """Return the guild's settings; what it left open comes from `defaults`, which no number may go beyond."""
    row = await tx.row("SELECT * FROM guild_setting WHERE guild_id = ?", (guild_id,))
    named = await tx.rows(
        "SELECT purpose, role_id AS id FROM guild_role WHERE guild_id = ?"
        " UNION ALL SELECT 'channel', channel_id FROM channel_setting WHERE guild_id = ? AND allowed",
        (guild_id, guild_id),
    )

    def chosen(name: str, default: int) -> int:
        return default if row is None or row[name] is None else int(row[name])

    def ids(purpose: str) -> frozenset[int]:
        return frozenset(row["id"] for row in named if row["purpose"] == purpose)

    return GuildSettings(
        time_zone=defaults.time_zone if row is None else ZoneInfo(row["time_zone"]),
        week_starts_on=chosen("week_starts_on", defaults.week_starts_on),
        default_allowance=defaults.default_allowance,
        images_at_once=min(defaults.images_at_once, chosen("images_at_once", defaults.images_at_once)),
        member_images_at_once=min(
            defaults.member_images_at_once, chosen("member_images_at_once", defaults.member_images_at_once)
        ),
        notify_when_done=bool(chosen("notify_when_done", defaults.notify_when_done)),
        highest_resolution=defaults.highest_resolution if row is None else row["highest_resolution"],
        largest_count=chosen("largest_count", defaults.largest_count),
        remix_others=bool(chosen("remix_others", defaults.remix_others)),
        queue_paused=bool(chosen("queue_paused", False)),
        log_channel_id=None if row is None else row["log_channel_id"],
        gallery_channel_id=None if row is None else row["gallery_channel_id"],
        star_threshold=chosen("star_threshold", defaults.star_threshold),
        allowed_channels=ids("channel"),
        allowed_roles=ids(RolePurpose.ALLOWED),
        moderator_roles=ids(RolePurpose.MODERATOR),
    )


async def put(tx: Transaction, guild_id: int, setting: Setting, value: str | int | None) -> None:
    """Set one value, already checked; None gives it back to the operator's default, where it has one."""
    await tx.execute("INSERT OR IGNORE INTO guild_setting (guild_id) VALUES (?)", (guild_id,))
    await tx.execute(f"UPDATE guild_setting SET {setting} = ? WHERE guild_id = ?", (value, guild_id))  # noqa: S608 (ours)


async def put_roles(tx: Transaction, guild_id: int, purpose: RolePurpose, role_ids: Collection[int]) -> None:
    """Name the roles of a purpose, in place of those named before."""
    await tx.execute("DELETE FROM guild_role WHERE guild_id = ? AND purpose = ?", (guild_id, purpose))
    for role_id in role_ids:
        await tx.execute(
            "INSERT INTO guild_role (guild_id, purpose, role_id) VALUES (?, ?, ?)", (guild_id, purpose, role_id)
        )
