"""What the operator was told and is not over yet: each trouble is told once, also over restarts."""

from __future__ import annotations

from datetime import datetime

from storage.database import Transaction


async def open_alert(tx: Transaction, kind: str, now: datetime) -> bool:
    """Note a trouble; return whether it is new and so has to be told."""
    changed = await tx.execute(
        "INSERT OR IGNORE INTO operator_alert (kind, raised_at) VALUES (?, ?)", (kind, int(now.timestamp()))
    )
    return changed == 1


async def write_nothing(tx: Transaction) -> None:
    """Write and take back: it shows whether the database can be written."""
    await tx.execute("INSERT OR REPLACE INTO operator_alert (kind, raised_at) VALUES ('trial', 0)")
    await tx.execute("DELETE FROM operator_alert WHERE kind = 'trial'")


async def open_kinds(tx: Transaction) -> list[str]:
    """Return the troubles that are not over, the oldest first."""
    rows = await tx.rows("SELECT kind FROM operator_alert ORDER BY raised_at")
    return [row["kind"] for row in rows]


async def forget_others(tx: Transaction, *, prefix: str, kind: str) -> None:
    """Forget the troubles whose kind begins like this one's and which it takes the place of."""
    await tx.execute(
        "DELETE FROM operator_alert WHERE kind <> ? AND substr(kind, 1, ?) = ?", (kind, len(prefix), prefix)
    )


async def close_alert(tx: Transaction, kind: str) -> bool:
    """Note that a trouble is over; return whether it was open."""
    return await tx.execute("DELETE FROM operator_alert WHERE kind = ?", (kind,)) == 1
