"""References: input images, stored once by the hash of their bytes however often they are used."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from storage import removals
from storage.database import Transaction
from storage.removals import FileKind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReference:
    """An image that was read and checked.

    Attributes:
        image_type: "png", "jpeg" or "webp", read from its bytes.
        attachment_id: the upload it came from, or None.
        source_job_id: the image of ours it came from, or None.
    """

    sha256: str
    image_type: str
    size_bytes: int
    width: int
    height: int
    attachment_id: int | None = None
    source_job_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A stored reference.

    Attributes:
        is_kept: whether its file is in the media folder, or was removed as nothing needed it any more.
        source_job_id: the image of ours it came from, where it is read as a request's; else None.
        provider_url: where the provider holds our copy, as of `provider_url_at`; None before the first upload.
    """

    id: int
    sha256: str
    image_type: str
    size_bytes: int
    width: int
    height: int
    is_kept: bool
    source_job_id: int | None
    provider_url: str | None
    provider_url_at: datetime | None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `reference`."""
        uploaded = row["provider_url_at"]
        return cls(
            id=row["id"],
            sha256=row["sha256"],
            image_type=row["image_type"],
            size_bytes=row["size_bytes"],
            width=row["width"],
            height=row["height"],
            is_kept=row["removed_at"] is None,
            source_job_id=row["source_job_id"] if "source_job_id" in row.keys() else None,  # noqa: SIM118 (a Row's `in` looks at values)
            provider_url=row["provider_url"],
            provider_url_at=None if uploaded is None else datetime.fromtimestamp(uploaded, UTC),
        )


async def keep(tx: Transaction, new: NewReference, now: datetime) -> int:
    """Store a reference whose file is in the media folder; known bytes are only noted as needed. Return its id."""
    await tx.execute(
        "INSERT INTO reference (sha256, image_type, size_bytes, width, height, last_needed_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256)"
        " DO UPDATE SET last_needed_at = excluded.last_needed_at, removed_at = NULL",
        (new.sha256, new.image_type, new.size_bytes, new.width, new.height, int(now.timestamp())),
    )
    return await tx.value("SELECT id FROM reference WHERE sha256 = ?", (new.sha256,))


async def attach(tx: Transaction, request_id: int, references: tuple[NewReference, ...], now: datetime) -> None:
    """Store the references of a request in their order."""
    for position, new in enumerate(references, start=1):
        await tx.execute(
            "INSERT INTO request_reference (request_id, position, reference_id, attachment_id, source_job_id)"
            " VALUES (?, ?, ?, ?, ?)",
            (request_id, position, await keep(tx, new, now), new.attachment_id, new.source_job_id),
        )


async def of_request(tx: Transaction, request_id: int) -> list[Reference]:
    """Return the references of a request in prompt order."""
    rows = await tx.rows(
        "SELECT reference.*, request_reference.source_job_id"
        " FROM reference JOIN request_reference ON reference_id = reference.id"
        " WHERE request_id = ? ORDER BY position",
        (request_id,),
    )
    return [Reference.from_row(row) for row in rows]


async def get(tx: Transaction, reference_id: int) -> Reference:
    """Return a reference that is known to exist."""
    row = await tx.row("SELECT * FROM reference WHERE id = ?", (reference_id,))
    assert row is not None
    return Reference.from_row(row)


async def is_known(tx: Transaction, sha256: str) -> bool:
    """Return whether a request or a preset has these bytes, and their file is kept."""
    return await tx.row("SELECT 1 FROM reference WHERE sha256 = ? AND removed_at IS NULL", (sha256,)) is not None


async def set_provider_url(tx: Transaction, reference_id: int, url: str | None, now: datetime) -> None:
    """Remember where the provider holds our copy; None forgets it."""
    await tx.execute(
        "UPDATE reference SET provider_url = ?, provider_url_at = ? WHERE id = ?",
        (url, None if url is None else int(now.timestamp()), reference_id),
    )


_NEEDED = (
    "(reference.id IN (SELECT value FROM open_form, json_each(open_form.facts, '$.reference_ids'))"
    " OR EXISTS (SELECT 1 FROM preset_reference p WHERE p.reference_id = reference.id)"
    " OR EXISTS (SELECT 1 FROM request_reference r JOIN job ON job.request_id = r.request_id"
    " WHERE r.reference_id = reference.id"
    " AND job.state IN ('queued', 'submitting', 'uncertain', 'running')))"
)
"""What an unfinished image, a preset or an open form needs is never removed."""


async def is_needed(tx: Transaction, reference_id: int) -> bool:
    """Return whether an unfinished image, a preset or an open form needs it."""
    return await tx.row(f"SELECT 1 FROM reference WHERE id = ? AND {_NEEDED}", (reference_id,)) is not None  # noqa: S608 (ours)


async def is_used(tx: Transaction, reference_id: int) -> bool:
    """Return whether any request or preset names it."""
    sql = (
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM request_reference WHERE reference_id = ?)"
        " OR EXISTS (SELECT 1 FROM preset_reference WHERE reference_id = ?)"
    )
    return await tx.row(sql, (reference_id, reference_id)) is not None


async def kept_bytes(tx: Transaction) -> int:
    """Return how much room the kept references take."""
    return await tx.value("SELECT sum(size_bytes) FROM reference WHERE removed_at IS NULL")


async def removable(tx: Transaction, *, unused_since: datetime | None, limit: int) -> list[Reference]:
    """Return kept references that nothing needs now, the longest unused first.

    Args:
        unused_since: only those that no request named since; None: all.
    """
    latest = int(unused_since.timestamp()) if unused_since is not None else 2**62
    rows = await tx.rows(
        f"SELECT * FROM reference WHERE removed_at IS NULL AND last_needed_at < ? AND NOT {_NEEDED}"  # noqa: S608 (ours)
        " ORDER BY last_needed_at, id LIMIT ?",
        (latest, limit),
    )
    return [Reference.from_row(row) for row in rows]


async def let_go(tx: Transaction, reference: Reference, now: datetime) -> None:
    """Note that a reference's file is not kept any more; the file itself has to be removed after the commit."""
    await tx.execute(
        "UPDATE reference SET removed_at = ?, provider_url = NULL, provider_url_at = NULL WHERE id = ?",
        (int(now.timestamp()), reference.id),
    )
    await removals.add_file(tx, FileKind.REFERENCE, reference.sha256, reference.image_type)


async def release(tx: Transaction, reference_id: int, now: datetime, *, though_used: bool = False) -> None:
    """Let go of a reference that no request and no preset names any more; what is still needed goes after that.

    Args:
        though_used: also where requests of others name it.
    """
    if not though_used and await is_used(tx, reference_id):
        return
    reference = await get(tx, reference_id)
    if not reference.is_kept:
        return
    if await is_needed(tx, reference_id):
        await tx.execute("UPDATE reference SET last_needed_at = 0 WHERE id = ?", (reference_id,))
    else:
        await let_go(tx, reference, now)
