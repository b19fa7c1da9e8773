"""The audit trail: who changed what, what a rule refused, and what was made. Rows are added, never changed.

Where the guild has a log channel, each row waits there until it was shown.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from storage.database import Transaction


class AuditKind(StrEnum):
    """What happened."""

    RULE_SET = "rule_set"
    RULE_CLEARED = "rule_cleared"
    GRANTED = "granted"
    ADJUSTED = "adjusted"
    POOL_SET = "pool_set"
    POOL_CLEARED = "pool_cleared"
    SETTING_CHANGED = "setting_changed"
    CHANNEL_CHANGED = "channel_changed"
    WORD_BLOCKED = "word_blocked"
    WORD_UNBLOCKED = "word_unblocked"
    SUSPENDED = "suspended"
    UNSUSPENDED = "unsuspended"
    QUEUE_PAUSED = "queue_paused"
    QUEUE_RESUMED = "queue_resumed"
    QUEUE_CLEARED = "queue_cleared"
    JOB_CANCELLED = "job_cancelled"
    REFUSED = "refused"
    IMAGE_MADE = "image_made"
    IMAGE_DELETED = "image_deleted"
    PRESET_SAVED = "preset_saved"
    PRESET_DELETED = "preset_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One row of the trail.

    Attributes:
        target_id: the member, role or channel it is about.
        before, after: JSON values whose form belongs to `kind`; None: there was, or is, nothing.
    """

    id: int
    guild_id: int
    actor_id: int
    kind: AuditKind
    target_id: int | None
    job_id: int | None
    before: Any
    after: Any
    reason: str | None
    created_at: datetime

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `audit_entry`."""
        return cls(
            id=row["id"],
            guild_id=row["guild_id"],
            actor_id=row["actor_id"],
            kind=AuditKind(row["kind"]),
            target_id=row["target_id"],
            job_id=row["job_id"],
            before=None if row["before"] is None else json.loads(row["before"]),
            after=None if row["after"] is None else json.loads(row["after"]),
            reason=row["reason"],
            created_at=datetime.fromtimestamp(row["created_at"], UTC),
        )


async def record(
    tx: Transaction,
    *,
    guild_id: int,
    actor_id: int,
    kind: AuditKind,
    now: datetime,
    target_id: int | None = None,
    job_id: int | None = None,
    before: object = None,
    after: object = None,
    reason: str | None = None,
) -> None:
    """Add a row, in the transaction of what it tells. It waits for the log channel if the guild has one now."""
    await tx.insert(
        "INSERT INTO audit_entry (guild_id, actor_id, kind, target_id, job_id, before, after, reason, created_at,"
        " to_log) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
        " EXISTS (SELECT 1 FROM guild_setting WHERE guild_id = ? AND log_channel_id IS NOT NULL))",
        (
            guild_id,
            actor_id,
            kind,
            target_id,
            job_id,
            None if before is None else json.dumps(before, ensure_ascii=False),
            None if after is None else json.dumps(after, ensure_ascii=False),
            reason,
            int(now.timestamp()),
            guild_id,
        ),
    )


async def latest(tx: Transaction, guild_id: int, kind: AuditKind) -> AuditEntry | None:
    """Return the newest row of a kind, or None."""
    row = await tx.row(
        "SELECT * FROM audit_entry WHERE guild_id = ? AND kind = ? ORDER BY id DESC LIMIT 1", (guild_id, kind)
    )
    return None if row is None else AuditEntry.from_row(row)


async def guilds_to_log(tx: Transaction) -> list[int]:
    """Return the guilds with rows that their log channel has not shown yet."""
    return [row["guild_id"] for row in await tx.rows("SELECT DISTINCT guild_id FROM audit_entry WHERE to_log")]


async def waiting_for_log(tx: Transaction, guild_id: int, *, limit: int) -> list[AuditEntry]:
    """Return the oldest rows that a guild's log channel has not shown yet."""
    rows = await tx.rows(
        "SELECT * FROM audit_entry WHERE guild_id = ? AND to_log ORDER BY id LIMIT ?", (guild_id, limit)
    )
    return [AuditEntry.from_row(row) for row in rows]


async def mark_logged(
    tx: Transaction, guild_id: int, *, up_to: int, channel_id: int | None = None, message_id: int | None = None
) -> None:
    """Note which message of the log channel shows a guild's rows up to an id; None: they cannot be shown."""
    await tx.execute(
        "UPDATE audit_entry SET to_log = 0, log_channel_id = ?, log_message_id = ?"
        " WHERE guild_id = ? AND to_log AND id <= ?",
        (channel_id, message_id, guild_id, up_to),
    )


async def shown_by(tx: Transaction, message_id: int) -> list[AuditEntry]:
    """Return the rows that a message of a log channel shows, in their order."""
    rows = await tx.rows("SELECT * FROM audit_entry WHERE log_message_id = ? ORDER BY id", (message_id,))
    return [AuditEntry.from_row(row) for row in rows]


async def prune(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Remove rows of images made and requests refused that the log channel showed before a moment; return how many.

    What moderators changed stays. A message of the log channel whose row is gone can no longer be told anew.
    """
    return await tx.execute(
        "DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_entry"
        " WHERE created_at < ? AND kind IN ('image_made', 'refused') AND NOT to_log ORDER BY id LIMIT ?)",
        (int(before.timestamp()), limit),
    )
