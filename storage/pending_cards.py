"""Cards that were announced while their references were still being read, so that a crash leaves none behind."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCard:
    """A card with no request behind it yet.

    Attributes:
        message_id: None where the answer to the post was not seen.
        token: of the interaction, where the card is private and can be edited with it only; else None.
    """

    interaction_id: int
    guild_id: int
    channel_id: int
    message_id: int | None = None
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `pending_card`."""
        return cls(
            interaction_id=row["interaction_id"],
            guild_id=row["guild_id"],
            channel_id=row["channel_id"],
            message_id=row["message_id"],
            token=row["token"],
        )


async def insert(tx: Transaction, card: PendingCard, now: datetime) -> None:
    """Note the card before it is posted."""
    await tx.execute(
        "INSERT OR IGNORE INTO pending_card (interaction_id, guild_id, channel_id, token, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (card.interaction_id, card.guild_id, card.channel_id, card.token, int(now.timestamp())),
    )


async def set_message(tx: Transaction, interaction_id: int, message_id: int) -> None:
    """Note the message that the card became."""
    await tx.execute("UPDATE pending_card SET message_id = ? WHERE interaction_id = ?", (message_id, interaction_id))


async def get(tx: Transaction, interaction_id: int) -> PendingCard | None:
    """Return the card that was announced for an interaction, None where none was or something came of it."""
    row = await tx.row("SELECT * FROM pending_card WHERE interaction_id = ?", (interaction_id,))
    return None if row is None else PendingCard.from_row(row)


async def remove(tx: Transaction, interaction_id: int) -> None:
    """Forget the card: a request stands behind it now, or it was taken away."""
    await tx.execute("DELETE FROM pending_card WHERE interaction_id = ?", (interaction_id,))


async def left_behind(tx: Transaction, *, before: datetime) -> list[PendingCard]:
    """Return the cards announced before a moment, oldest first."""
    rows = await tx.rows(
        "SELECT * FROM pending_card WHERE created_at <= ? ORDER BY created_at, interaction_id",
        (int(before.timestamp()),),
    )
    return [PendingCard.from_row(row) for row in rows]
