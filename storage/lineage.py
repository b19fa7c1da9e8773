"""Families of images: which was made from which."""

from __future__ import annotations

from storage.database import Transaction
from storage.history import Image, of_ids

MOST_MEMBERS = 2000
"""A larger family is shown from its newest images; nobody looks at more."""


async def family(tx: Transaction, job_id: int) -> list[Image]:
    """Return the images of the family that a job belongs to, by id: the first one, and all made from it.

    Images that never came (failed, cancelled, unfinished) have no part in it.
    """
    root_id = await tx.value("SELECT coalesce(root_job_id, id) FROM job WHERE id = ?", (job_id,))
    rows = await tx.rows(
        "SELECT id FROM job WHERE root_job_id = ? AND delivering_at IS NOT NULL AND result_sha256 IS NOT NULL"
        " ORDER BY id DESC LIMIT ?",
        (root_id, MOST_MEMBERS),
    )
    return await of_ids(tx, [root_id, *(row["id"] for row in reversed(rows))])


async def child_count(tx: Transaction, job_id: int) -> int:
    """Return how many images `family` holds besides this one, however many there are."""
    return await tx.value(  # without the first one, which counts in place of this one
        "SELECT count(*) FROM job WHERE root_job_id = (SELECT coalesce(root_job_id, id) FROM job WHERE id = ?)"
        " AND delivering_at IS NOT NULL AND result_sha256 IS NOT NULL",
        (job_id,),
    )
