"""Who set a setting last, read from the audit trail."""

from __future__ import annotations

from storage.audit import AuditEntry, AuditKind
from storage.database import Transaction


async def last_change(
    tx: Transaction, *, guild_id: int, kind: AuditKind, setting: str, target_id: int | None
) -> AuditEntry | None:
    """Return the newest row that set `setting`, of a channel where `target_id` names one; None: nobody ever did."""
    row = await tx.row(
        "SELECT * FROM audit_entry WHERE guild_id = ? AND kind = ? AND target_id IS ?"
        " AND after ->> '$.setting' = ? ORDER BY id DESC LIMIT 1",
        (guild_id, kind, target_id, setting),
    )
    return None if row is None else AuditEntry.from_row(row)
