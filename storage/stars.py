"""Stars that members give to images, and the images that were shown in a guild's gallery for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from storage import removals
from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryPost:
    """An image that has to be shown in the gallery. `attempted_at`: when it was first posted, its outcome unknown."""

    job_id: int
    guild_id: int
    channel_id: int
    attempted_at: datetime | None


async def toggle(tx: Transaction, job_id: int, user_id: int, now: datetime) -> bool:
    """Give a star, or take it back; return whether it is there now."""
    if await tx.execute("DELETE FROM star WHERE job_id = ? AND user_id = ?", (job_id, user_id)):
        return False
    await tx.execute("INSERT INTO star VALUES (?, ?, ?)", (job_id, user_id, int(now.timestamp())))
    return True


async def count(tx: Transaction, job_id: int) -> int:
    """Return how many stars an image has."""
    return await tx.value("SELECT count(*) FROM star WHERE job_id = ?", (job_id,))


async def counts(tx: Transaction, request_id: int) -> dict[int, int]:
    """Return the stars of a request's images that have any, by job."""
    rows = await tx.rows(
        "SELECT job_id, count(*) AS stars FROM star WHERE job_id IN (SELECT id FROM job WHERE request_id = ?)"
        " GROUP BY job_id",
        (request_id,),
    )
    return {row["job_id"]: row["stars"] for row in rows}


async def propose(tx: Transaction, job_id: int, *, guild_id: int, channel_id: int, now: datetime) -> bool:
    """Note that an image belongs in the gallery; return False where it was there before, for ever."""
    changed = await tx.execute(
        "INSERT OR IGNORE INTO gallery_post (job_id, guild_id, channel_id, created_at) VALUES (?, ?, ?, ?)",
        (job_id, guild_id, channel_id, int(now.timestamp())),
    )
    return changed == 1


async def is_proposed(tx: Transaction, job_id: int) -> bool:
    """Return whether an image is or was in the gallery, or is about to be."""
    return await tx.row("SELECT 1 FROM gallery_post WHERE job_id = ?", (job_id,)) is not None


async def withdraw_message(tx: Transaction, channel_id: int, message_id: int) -> None:
    """See that a post of the gallery goes that should not be there."""
    await removals.add_message(tx, channel_id, message_id)


async def open_posts(tx: Transaction) -> list[GalleryPost]:
    """Return what still has to be shown, the oldest first."""
    rows = await tx.rows("SELECT * FROM gallery_post WHERE closed_at IS NULL ORDER BY created_at, job_id")
    return [
        GalleryPost(
            job_id=row["job_id"],
            guild_id=row["guild_id"],
            channel_id=row["channel_id"],
            attempted_at=None if row["attempted_at"] is None else datetime.fromtimestamp(row["attempted_at"], UTC),
        )
        for row in rows
    ]


async def attempt(tx: Transaction, job_id: int, now: datetime) -> None:
    """Note, before it is posted, that it is."""
    await tx.execute(
        "UPDATE gallery_post SET attempted_at = coalesce(attempted_at, ?) WHERE job_id = ?",
        (int(now.timestamp()), job_id),
    )


async def close(tx: Transaction, job_id: int, *, message_id: int | None, now: datetime) -> bool:
    """Note the message that shows it, None where it cannot be shown; return False where it was withdrawn meanwhile."""
    changed = await tx.execute(
        "UPDATE gallery_post SET message_id = ?, closed_at = ? WHERE job_id = ? AND closed_at IS NULL",
        (message_id, int(now.timestamp()), job_id),
    )
    return changed == 1
