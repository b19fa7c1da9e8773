"""How long the newest tasks of each resolution took at the provider; the only history the poll times need."""

from __future__ import annotations

from storage.database import Transaction

KEPT = 60
"""Newest durations kept for each resolution: few enough to follow a provider whose pace changes."""


async def add(tx: Transaction, resolution: str, seconds: float) -> None:
    """Keep a duration, and no more than `KEPT` of its resolution; one that is not above 0 says nothing."""
    if (milliseconds := round(seconds * 1000)) <= 0:
        return
    await tx.execute("INSERT INTO task_duration (resolution, milliseconds) VALUES (?, ?)", (resolution, milliseconds))
    await tx.execute(
        "DELETE FROM task_duration WHERE resolution = ? AND id <="
        " (SELECT id FROM task_duration WHERE resolution = ? ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (resolution, resolution, KEPT),
    )


async def newest(tx: Transaction, resolution: str) -> list[float]:
    """Return what is kept of a resolution, in seconds, oldest first."""
    rows = await tx.rows("SELECT milliseconds FROM task_duration WHERE resolution = ? ORDER BY id", (resolution,))
    return [row["milliseconds"] / 1000 for row in rows]
