"""Messages that show an image once more, away from its card: they go when the picture does."""

from __future__ import annotations

from storage import removals
from storage.database import Transaction


async def note(tx: Transaction, job_id: int, *, channel_id: int, message_id: int) -> None:
    """Remember a message that shows an image."""
    await tx.execute("INSERT OR IGNORE INTO repost VALUES (?, ?, ?)", (job_id, channel_id, message_id))


async def withdraw(tx: Transaction, job_id: int) -> None:
    """See that all messages go that show an image once more."""
    for row in await tx.rows("SELECT channel_id, message_id FROM repost WHERE job_id = ?", (job_id,)):
        await removals.add_message(tx, row["channel_id"], row["message_id"])
    await tx.execute("DELETE FROM repost WHERE job_id = ?", (job_id,))
