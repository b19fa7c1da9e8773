"""References: input images, stored once by the hash of their bytes however often they are used."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReference:
    """An image that was read and checked.

    Attributes:
        image_type: "png", "jpeg" or "webp", read from its bytes.
        attachment_id: the member's upload it came from, or None.
    """

    sha256: str
    image_type: str
    size_bytes: int
    width: int
    height: int
    attachment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A stored reference.

    Attributes:
        provider_url: where the provider holds our copy, as of `provider_url_at`; None before the first upload.
    """

    id: int
    sha256: str
    image_type: str
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
            provider_url=row["provider_url"],
            provider_url_at=None if uploaded is None else datetime.fromtimestamp(uploaded, UTC),
        )


async def attach(tx: Transaction, request_id: int, references: tuple[NewReference, ...], now: datetime) -> None:
    """Store the references of a request in their order; bytes that are known already are only noted as needed."""
    moment = int(now.timestamp())
    for position, new in enumerate(references, start=1):
        await tx.execute(
            "INSERT INTO reference (sha256, image_type, size_bytes, width, height, last_needed_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET last_needed_at = excluded.last_needed_at",
            (new.sha256, new.image_type, new.size_bytes, new.width, new.height, moment),
        )
        await tx.execute(
            "INSERT INTO request_reference (request_id, position, reference_id, attachment_id)"
            " SELECT ?, ?, id, ? FROM reference WHERE sha256 = ?",
            (request_id, position, new.attachment_id, new.sha256),
        )


async def of_request(tx: Transaction, request_id: int) -> list[Reference]:
    """Return the references of a request in prompt order."""
    rows = await tx.rows(
        "SELECT reference.* FROM reference JOIN request_reference ON reference_id = reference.id"
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
    """Return whether any request ever used these bytes."""
    return await tx.row("SELECT 1 FROM reference WHERE sha256 = ?", (sha256,)) is not None


async def set_provider_url(tx: Transaction, reference_id: int, url: str | None, now: datetime) -> None:
    """Remember where the provider holds our copy; None forgets it."""
    await tx.execute(
        "UPDATE reference SET provider_url = ?, provider_url_at = ? WHERE id = ?",
        (url, None if url is None else int(now.timestamp()), reference_id),
    )
