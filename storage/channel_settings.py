"""What a guild decided for single channels: where images may be asked for, and what is chosen where nobody chooses."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDefaults:
    """Options of a request where the member leaves them out, in the provider's words; None: as everywhere."""

    aspect_ratio: str | None = None
    resolution: str | None = None
    output_format: str | None = None
    spoiler: bool | None = None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `channel_setting`."""
        return cls(
            aspect_ratio=row["aspect_ratio"],
            resolution=row["resolution"],
            output_format=row["output_format"],
            spoiler=None if row["spoiler"] is None else bool(row["spoiler"]),
        )

    def over(self, wider: ChannelDefaults) -> ChannelDefaults:
        """Return these, and those of `wider` where these say nothing."""
        return ChannelDefaults(
            aspect_ratio=self.aspect_ratio or wider.aspect_ratio,
            resolution=self.resolution or wider.resolution,
            output_format=self.output_format or wider.output_format,
            spoiler=wider.spoiler if self.spoiler is None else self.spoiler,
        )


async def defaults_in(tx: Transaction, guild_id: int, channel_ids: Sequence[int]) -> ChannelDefaults:
    """Return the defaults of a place: of its first channel, then of the next (a thread, then its parent)."""
    found = ChannelDefaults()
    for channel_id in channel_ids:
        row = await tx.row(
            "SELECT * FROM channel_setting WHERE guild_id = ? AND channel_id = ?", (guild_id, channel_id)
        )
        if row is not None:
            found = found.over(ChannelDefaults.from_row(row))
    return found


async def all_defaults(tx: Transaction, guild_id: int) -> dict[int, ChannelDefaults]:
    """Return the defaults of every channel that has any."""
    rows = await tx.rows("SELECT * FROM channel_setting WHERE guild_id = ? ORDER BY channel_id", (guild_id,))
    found = {row["channel_id"]: ChannelDefaults.from_row(row) for row in rows}
    return {channel_id: defaults for channel_id, defaults in found.items() if defaults != ChannelDefaults()}


async def put_defaults(tx: Transaction, guild_id: int, channel_id: int, defaults: ChannelDefaults) -> None:
    """Set the defaults of a channel in place of those before."""
    await tx.execute(
        "INSERT INTO channel_setting (guild_id, channel_id, aspect_ratio, resolution, output_format, spoiler)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET aspect_ratio = excluded.aspect_ratio,"
        " resolution = excluded.resolution, output_format = excluded.output_format, spoiler = excluded.spoiler",
        (
            guild_id,
            channel_id,
            defaults.aspect_ratio,
            defaults.resolution,
            defaults.output_format,
            defaults.spoiler,
        ),
    )


async def put_allowed(tx: Transaction, guild_id: int, channel_ids: Collection[int]) -> None:
    """Name the channels where images may be asked for, in place of those named before; none: everywhere."""
    await tx.execute("UPDATE channel_setting SET allowed = 0 WHERE guild_id = ?", (guild_id,))
    for channel_id in channel_ids:
        await tx.execute(
            "INSERT INTO channel_setting (guild_id, channel_id, allowed) VALUES (?, ?, 1)"
            " ON CONFLICT DO UPDATE SET allowed = 1",
            (guild_id, channel_id),
        )
