"""Members that a moderator suspended: they make no new images for a while."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from storage.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """One suspended member.

    Attributes:
        until: when it ends by itself, aware UTC; None: when a moderator ends it.
    """

    user_id: int
    until: datetime | None
    reason: str | None
    set_by: int
    set_at: datetime

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `suspension`."""
        return cls(
            user_id=row["user_id"],
            until=None if row["until"] is None else datetime.fromtimestamp(row["until"], UTC),
            reason=row["reason"],
            set_by=row["set_by"],
            set_at=datetime.fromtimestamp(row["set_at"], UTC),
        )


async def active(tx: Transaction, guild_id: int, user_id: int, now: datetime) -> Suspension | None:
    """Return the member's suspension; one that ended by time is none."""
    row = await tx.row(
        "SELECT * FROM suspension WHERE guild_id = ? AND user_id = ? AND (until IS NULL OR until > ?)",
        (guild_id, user_id, int(now.timestamp())),
    )
    return None if row is None else Suspension.from_row(row)


async def all_active(tx: Transaction, guild_id: int, now: datetime) -> list[Suspension]:
    """Return every suspension of a guild that holds, the newest first."""
    rows = await tx.rows(
        "SELECT * FROM suspension WHERE guild_id = ? AND (until IS NULL OR until > ?) ORDER BY set_at DESC, user_id",
        (guild_id, int(now.timestamp())),
    )
    return [Suspension.from_row(row) for row in rows]


async def put(tx: Transaction, guild_id: int, suspension: Suspension) -> None:
    """Suspend a member, in place of a suspension there may be."""
    await tx.execute(
        "INSERT OR REPLACE INTO suspension (guild_id, user_id, until, reason, set_by, set_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            guild_id,
            suspension.user_id,
            None if suspension.until is None else int(suspension.until.timestamp()),
            suspension.reason,
            suspension.set_by,
            int(suspension.set_at.timestamp()),
        ),
    )


async def lift(tx: Transaction, guild_id: int, user_id: int) -> None:
    """End a member's suspension, if there is one."""
    await tx.execute("DELETE FROM suspension WHERE guild_id = ? AND user_id = ?", (guild_id, user_id))
