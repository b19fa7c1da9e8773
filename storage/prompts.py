"""Searching prompts by their words, in FTS5's query language; what is no valid query is searched as words.

So is one that would cost too much: FTS5 looks for prefixes and phrases through the prompts of all members, before what
is asked for is narrowed to one's own, and everything else waits for it.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

from storage.accounts import Account
from storage.database import Transaction

MARK_START, MARK_END = "\ue000", "\ue001"
"""Around each hit in what a search returns: characters for private use, which mean nothing to anybody else."""

CANDIDATES = 200
"""The newest matches that are ranked. All words must be in each, so what ranks them is how much of it they are."""

WORDS = re.compile(r"\w+")
PREFIXES = re.compile(r"""(\w+)"?\s*\*""")
PHRASES = re.compile(r"""["+]|\bNEAR\b""")
MOST_WORDS = 32
MOST_PREFIXES, SHORTEST_PREFIX = 3, 3
MOST_PHRASES = 2


def expression(account: Account, query: str) -> str | None:
    """Return the FTS5 expression that finds `query` in the account's prompts, None where it holds no word at all.

    The query is tried by itself first: a valid one cannot reach outside its parentheses. Takes half a millisecond.
    """
    own = f"owner : g{account.guild_id}u{account.user_id}"
    typed = query.replace("\0", " ").strip()
    if WORDS.search(typed) is None:
        return None
    if _is_cheap(typed) and _are_valid(f"prompt : ({typed})", typed):
        return f"{own} AND prompt : ({typed})"
    words = " ".join(f'"{word}"' for word in WORDS.findall(typed)[:MOST_WORDS])
    return f"{own} AND prompt : ({words})"


def _is_cheap(typed: str) -> bool:
    prefixes = PREFIXES.findall(typed)
    return (
        len(WORDS.findall(typed)) <= MOST_WORDS
        and len(prefixes) <= MOST_PREFIXES
        and all(len(prefix) >= SHORTEST_PREFIX for prefix in prefixes)
        and len(PHRASES.findall(typed.replace('""', ""))) <= 2 * MOST_PHRASES
    )


def _are_valid(*candidates: str) -> bool:
    """Try queries on an empty index of the same columns: on the real one that would cost as much as the search."""
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.execute("CREATE VIRTUAL TABLE prompt_index USING fts5 (prompt, owner)")
        try:
            for candidate in candidates:
                empty.execute("SELECT 1 FROM prompt_index WHERE prompt_index MATCH ?", (candidate,)).fetchall()
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
