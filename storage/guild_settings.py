"""What a guild decided for itself, over the operator's defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildSettings:
    """The settings in force in one guild.

    Attributes:
        time_zone: of the guild's calendar.
        week_starts_on: 0 is Monday, 6 is Sunday.
        weekly_allowance: whole credits every member gets at the start of a week.
        images_at_once: images of the guild that may be with the provider at one time.
        member_images_at_once: the same for one member.
        notify_when_done: whether a finished request mentions its member.
    """

    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    week_starts_on: int = 0
    weekly_allowance: int = 360
    images_at_once: int = 20
    member_images_at_once: int = 4
    notify_when_done: bool = True


async def load(tx: Transaction, guild_id: int, defaults: GuildSettings) -> GuildSettings:
    """Return the guild's settings; what it left open comes from `defaults`."""
    row = await tx.row("SELECT * FROM guild_setting WHERE guild_id = ?", (guild_id,))
    if row is None:
        return defaults

    def chosen(name: str, default: int) -> int:
        return default if row[name] is None else int(row[name])

    return GuildSettings(
        time_zone=ZoneInfo(row["time_zone"]),
        week_starts_on=row["week_starts_on"],
        weekly_allowance=chosen("weekly_allowance", defaults.weekly_allowance),
        images_at_once=chosen("images_at_once", defaults.images_at_once),
        member_images_at_once=chosen("member_images_at_once", defaults.member_images_at_once),
        notify_when_done=bool(row["notify_when_done"]),
    )
