"""Presets: prompts with options and references that are kept under a name, by a member or by a guild."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from storage import references
from storage.database import Transaction
from storage.errors import TooManyPresetsError
from storage.references import NewReference, Reference

GUILDS_OWN = 0
"""The `user_id` of presets that belong to the whole guild."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPreset:
    """What is kept. Options are the provider's own words; None: what is usual where it is used."""

    guild_id: int
    user_id: int
    name: str
    prompt: str
    aspect_ratio: str | None
    resolution: str | None
    output_format: str | None
    image_count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A stored preset. `user_id` 0: the whole guild's."""

    id: int
    guild_id: int
    user_id: int
    name: str
    prompt: str
    aspect_ratio: str | None
    resolution: str | None
    output_format: str | None
    image_count: int | None
    reference_count: int

    @property
    def is_guilds(self) -> bool:
        """Whether it belongs to the whole guild."""
        return self.user_id == GUILDS_OWN

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `preset` with its `reference_count`."""
        return cls(**{name: row[name] for name in cls.__slots__})


_SELECT = (
    "SELECT preset.*, (SELECT count(*) FROM preset_reference WHERE preset_id = preset.id) AS reference_count"
    " FROM preset"
)


async def save(
    tx: Transaction, new: NewPreset, kept: Sequence[NewReference], *, most: int, actor_id: int, now: datetime
) -> bool:
    """Keep a preset in place of the one of the same name, if there is one; return whether there was.

    Raises:
        TooManyPresetsError: its owner has `most` already; nothing was written.
    """
    key = new.name.casefold()
    replaced = await tx.execute(
        "DELETE FROM preset WHERE guild_id = ? AND user_id = ? AND name_key = ?", (new.guild_id, new.user_id, key)
    )
    owned = await tx.value(
        "SELECT count(*) FROM preset WHERE guild_id = ? AND user_id = ?", (new.guild_id, new.user_id)
    )
    if owned >= most:
        raise TooManyPresetsError(most)
    preset_id = await tx.insert(
        "INSERT INTO preset (guild_id, user_id, name, name_key, prompt, aspect_ratio, resolution, output_format,"
        " image_count, set_by, set_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.guild_id,
            new.user_id,
            new.name,
            key,
            new.prompt,
            new.aspect_ratio,
            new.resolution,
            new.output_format,
            new.image_count,
            actor_id,
            int(now.timestamp()),
        ),
    )
    for position, reference in enumerate(kept, start=1):
        await tx.execute(
            "INSERT INTO preset_reference VALUES (?, ?, ?)",
            (preset_id, position, await references.keep(tx, reference, now)),
        )
    return replaced > 0


async def offered(tx: Transaction, guild_id: int, user_id: int) -> list[Preset]:
    """Return the presets a member may use: their own, then the guild's, each by name."""
    rows = await tx.rows(
        f"{_SELECT} WHERE guild_id = ? AND user_id IN (?, 0) ORDER BY user_id = 0, name_key", (guild_id, user_id)
    )
    return [Preset.from_row(row) for row in rows]


async def get(tx: Transaction, preset_id: int) -> Preset | None:
    """Return a preset, or None."""
    row = await tx.row(f"{_SELECT} WHERE id = ?", (preset_id,))
    return None if row is None else Preset.from_row(row)


async def called(tx: Transaction, guild_id: int, user_id: int, name: str) -> Preset | None:
    """Return the preset that a member means by a name: their own before the guild's; None where there is none."""
    row = await tx.row(
        f"{_SELECT} WHERE guild_id = ? AND user_id IN (?, 0) AND name_key = ? ORDER BY user_id = 0 LIMIT 1",
        (guild_id, user_id, name.strip().casefold()),
    )
    return None if row is None else Preset.from_row(row)


async def references_of(tx: Transaction, preset_id: int) -> list[Reference]:
    """Return the references of a preset in order."""
    rows = await tx.rows(
        "SELECT reference.* FROM reference JOIN preset_reference ON reference_id = reference.id"
        " WHERE preset_id = ? ORDER BY position",
        (preset_id,),
    )
    return [Reference.from_row(row) for row in rows]


async def delete(tx: Transaction, preset_id: int) -> bool:
    """Remove a preset; return False where it was gone."""
    return await tx.execute("DELETE FROM preset WHERE id = ?", (preset_id,)) == 1
