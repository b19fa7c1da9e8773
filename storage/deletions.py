"""Deleting a picture: the record of the image stays, everything that shows it goes."""

from __future__ import annotations

from datetime import datetime

from storage import removals, reposts, requests, transitions
from storage.database import Transaction
from storage.jobs import Job
from storage.removals import FileKind


async def delete_picture(tx: Transaction, job: Job, *, actor_id: int, now: datetime) -> bool:
    """Mark a finished image as deleted, and note what has to be removed; return False where it was already."""
    changed = await tx.execute(
        "UPDATE job SET deleted_at = ?, deleted_by = ?"
        " WHERE id = ? AND deleted_at IS NULL AND result_sha256 IS NOT NULL",
        (int(now.timestamp()), actor_id, job.id),
    )
    if changed == 0 or job.result is None:
        return False
    await transitions.deliver(tx, job.id, now)  # its card shows it, though Discord's answer may not have come yet
    await removals.add_file(tx, FileKind.RESULT, job.result.sha256, job.result.image_type)
    await withdraw_posts(tx, job.id, now)
    await requests.show_anew(tx, job.request_id)
    return True


async def withdraw_posts(tx: Transaction, job_id: int, now: datetime) -> None:
    """See that messages go that show the image away from its card; its post in the gallery never comes then."""
    await reposts.withdraw(tx, job_id)
    row = await tx.row("SELECT channel_id, message_id FROM gallery_post WHERE job_id = ?", (job_id,))
    if row is not None and row["message_id"] is not None:
        await removals.add_message(tx, row["channel_id"], row["message_id"])
    await tx.execute(
        "UPDATE gallery_post SET closed_at = coalesce(closed_at, ?) WHERE job_id = ?", (int(now.timestamp()), job_id)
    )
