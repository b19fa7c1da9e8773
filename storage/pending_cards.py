"""Cards that were announced while their references were still being read, so that a crash leaves none behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCard:
    """A card with no request behind it yet. `message_id` is None where the answer to the post was not seen."""

    interaction_id: int
    guild_id: int
    channel_id: int
    message_id: int | None = None


async def insert(tx: Transaction, card: PendingCard, now: datetime) -> None:
    """Note the card before it is posted."""
    await tx.execute(
        "INSERT OR IGNORE INTO pending_card (interaction_id, guild_id, channel_id, created_at) VALUES (?, ?, ?, ?)",
        (card.interaction_id, card.guild_id, card.channel_id, int(now.timestamp())),
    )


async def set_message(tx: Transaction, interaction_id: int, message_id: int) -> None:
    """Note the message that the card became."""
    await tx.execute("UPDATE pending_card SET message_id = ? WHERE interaction_id = ?", (message_id, interaction_id))


async def is_noted(tx: Transaction, interaction_id: int) -> bool:
    """Return whether a card was announced for the interaction and nothing came of it yet."""
    return await tx.row("SELECT 1 FROM pending_card WHERE interaction_id = ?", (interaction_id,)) is not None


async def remove(tx: Transaction, interaction_id: int) -> None:
    """Forget the card: a request stands behind it now, or it was taken away."""
    await tx.execute("DELETE FROM pending_card WHERE interaction_id = ?", (interaction_id,))


async def left_behind(tx: Transaction) -> list[PendingCard]:
    """Return the cards that an earlier process left, oldest first."""
    rows = await tx.rows("SELECT * FROM pending_card ORDER BY created_at, interaction_id")
    return [
        PendingCard(
            interaction_id=row["interaction_id"],
            guild_id=row["guild_id"],
            channel_id=row["channel_id"],
            message_id=row["message_id"],
        )
        for row in rows
    ]
