"""Searching prompts by their words, in FTS5's query language; what is no valid query is searched as words."""

from __future__ import annotations

import re
import sqlite3

from storage.accounts import Account
from storage.database import Transaction

MARK_START, MARK_END = "\ue000", "\ue001"
"""Around each hit in what a search returns: characters for private use, which mean nothing to anybody else."""

CANDIDATES = 200
"""The newest matches that are ranked. All words must be in each, so what ranks them is how much of it they are."""

WORDS = re.compile(r"\w+")


async def expression(tx: Transaction, account: Account, query: str) -> str | None:
    """Return the FTS5 expression that finds `query` in the account's prompts, None where it holds no word at all.

    The query is tried by itself first: a valid one cannot reach outside its parentheses.
    """
    own = f"owner : g{account.guild_id}u{account.user_id}"
    typed = query.replace("\0", " ").strip()
    if WORDS.search(typed) is None:
        return None
    if await _is_valid(tx, f"prompt : ({typed})") and await _is_valid(tx, typed):
        return f"{own} AND prompt : ({typed})"
    words = " ".join(f'"{word}"' for word in WORDS.findall(typed))
    return f"{own} AND prompt : ({words})"


async def _is_valid(tx: Transaction, candidate: str) -> bool:
    try:
        await tx.rows("SELECT 1 FROM prompt_index WHERE prompt_index MATCH ? AND rowid = 0", (candidate,))
    except sqlite3.OperationalError:
        return False
    return True


async def merge_a_little(tx: Transaction) -> bool:
    """Go on rewriting the index so that the words of removed prompts leave its file; return whether more is to do."""
    before = await tx.value("SELECT total_changes()")
    await tx.execute("INSERT INTO prompt_index (prompt_index, rank) VALUES ('merge', ?)", (500,))
    return await tx.value("SELECT total_changes()") - before >= 2  # SQLite's documentation: less means done


async def begin_full_merge(tx: Transaction) -> None:
    """Mark all of the index for rewriting; `merge_a_little` carries it out."""
    await tx.execute("INSERT INTO prompt_index (prompt_index, rank) VALUES ('merge', ?)", (-500,))
