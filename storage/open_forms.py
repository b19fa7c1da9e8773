"""Forms and choices that are open: what they carry besides what the member writes, so that a restart loses none."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from storage.accounts import Account
from storage.database import Transaction

KEPT_FOR = timedelta(hours=24)
"""Discord's addresses of files end after about a day; what a form carries is of no use without them."""


async def keep(tx: Transaction, interaction_id: int, account: Account, facts: dict[str, Any], now: datetime) -> None:
    """Remember what an interaction opened; `facts` must be JSON. Forgets what is older than a day."""
    moment = int(now.timestamp())
    await prune(tx, now)
    await tx.execute(
        "INSERT OR REPLACE INTO open_form (interaction_id, guild_id, user_id, facts, created_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (interaction_id, *account.key, json.dumps(facts), moment),
    )


async def look_up(tx: Transaction, interaction_id: int, user_id: int) -> tuple[int, dict[str, Any]] | None:
    """Return the guild and the facts of what the user opened with that interaction, None where they are not known."""
    row = await tx.row(
        "SELECT guild_id, facts FROM open_form WHERE interaction_id = ? AND user_id = ?", (interaction_id, user_id)
    )
    return None if row is None else (row["guild_id"], json.loads(row["facts"]))


async def prune(tx: Transaction, now: datetime) -> int:
    """Forget what is older than a day; return how many."""
    return await tx.execute("DELETE FROM open_form WHERE created_at < ?", (int((now - KEPT_FOR).timestamp()),))
