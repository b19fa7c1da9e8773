"""Ids that others may have: of rows lost by a restore, or of another process. Messages at Discord still name them."""

from __future__ import annotations

from storage.database import Transaction

ROOM = 1_000_000
"""More images than can have been made since any backup."""


def next_id(table: str) -> str:
    """Return SQL for the next id of `request` or `job`."""
    return (
        f"max(coalesce((SELECT max(id) FROM {table}), 0),"  # noqa: S608 (names are ours)
        f" coalesce((SELECT id FROM id_floor WHERE name = '{table}'), 0)) + 1"
    )


async def begin_above(tx: Transaction, floor: int) -> None:
    """Let new ids start above `floor`, unless they are there already."""
    for table in ("request", "job"):
        await tx.execute(
            "INSERT INTO id_floor (name, id) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET id = max(id, excluded.id)",
            (table, floor),
        )


async def raise_all(tx: Transaction) -> None:
    """Let new ids start far above those that are there."""
    for table in ("request", "job"):
        await tx.execute(
            f"INSERT INTO id_floor (name, id) SELECT ?, coalesce(max(id), 0) + ? FROM {table} WHERE TRUE"  # noqa: S608
            " ON CONFLICT (name) DO UPDATE SET id = max(id, excluded.id)",
            (table, ROOM),
        )
