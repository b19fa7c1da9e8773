"""Presets: prompts with options and references that are kept under a name, by a member or by a guild."""

from __future__ import annotations

import sqlite3
import unicodedata
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
    """A stored preset.

    Attributes:
        user_id: 0: it is the whole guild's.
        lost_references: how many it had besides, whose pictures were erased when somebody was forgotten.
    """

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
    lost_references: int

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
) -> Preset | None:
    """Keep a preset in place of the one of the same name, if there is one; return that one.

    Raises:
        TooManyPresetsError: its owner has `most` already; nothing was written.
    """
    key = _key(new.name)
    row = await tx.row(
        f"{_SELECT} WHERE guild_id = ? AND user_id = ? AND name_key = ?", (new.guild_id, new.user_id, key)
    )
    replaced = None if row is None else Preset.from_row(row)
    before = [] if replaced is None else await references_of(tx, replaced.id)
    if replaced is not None:
        await tx.execute("DELETE FROM preset WHERE id = ?", (replaced.id,))
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
    for reference in before:
        await references.release(tx, reference.id, now)
    return replaced


async def offered(tx: Transaction, guild_id: int, user_id: int) -> list[Preset]:
    """Return the presets a member may use: their own, then the guild's, each by name."""
    rows = await tx.rows(
        f"{_SELECT} WHERE guild_id = ? AND user_id IN (?, 0) ORDER BY user_id = 0, name_key", (guild_id, user_id)
    )
    return [Preset.from_row(row) for row in rows]


async def called(tx: Transaction, guild_id: int, user_id: int, name: str) -> Preset | None:
    """Return the preset that a member means by a name: their own before the guild's; None where there is none."""
    row = await tx.row(
        f"{_SELECT} WHERE guild_id = ? AND user_id IN (?, 0) AND name_key = ? ORDER BY user_id = 0 LIMIT 1",
        (guild_id, user_id, _key(name)),
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


async def reference_bytes(tx: Transaction, guild_id: int, user_id: int) -> int:
    """Return how much room the references of somebody's presets take, each picture counted once."""
    return await tx.value(
        "SELECT coalesce(sum(size_bytes), 0) FROM reference WHERE id IN (SELECT reference_id FROM preset_reference"
        " JOIN preset ON preset.id = preset_id WHERE guild_id = ? AND user_id = ?)",
        (guild_id, user_id),
    )


async def delete(tx: Transaction, preset_id: int, now: datetime) -> None:
    """Remove a preset, and let go of images that nothing else names."""
    images = await references_of(tx, preset_id)
    await tx.execute("DELETE FROM preset WHERE id = ?", (preset_id,))
    for image in images:
        await references.release(tx, image.id, now)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()
