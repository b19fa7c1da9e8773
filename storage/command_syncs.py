"""What Discord was last told about our commands."""

from __future__ import annotations

from storage.database import Transaction


async def fingerprint(tx: Transaction, application_id: int) -> str | None:
    """Return the fingerprint of the last sync, or None before the first."""
    row = await tx.row("SELECT fingerprint FROM command_sync WHERE application_id = ?", (application_id,))
    return None if row is None else str(row["fingerprint"])


async def set_fingerprint(tx: Transaction, application_id: int, value: str) -> None:
    """Remember the fingerprint of a sync that Discord accepted."""
    await tx.execute(
        "INSERT INTO command_sync (application_id, fingerprint) VALUES (?, ?)"
        " ON CONFLICT (application_id) DO UPDATE SET fingerprint = excluded.fingerprint",
        (application_id, value),
    )
