"""Words and patterns that a guild blocked in prompts."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from storage.database import Transaction
from storage.errors import TooManyTermsError

MAX_TERMS = 200
"""Of one guild: each prompt is held against all of them."""

MAX_TERM_CHARS = 200


class TermKind(StrEnum):
    """How a term is met: as a whole word, or as a regular expression."""

    WORD = "word"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedTerm:
    """One term. `term`: as `generation.blocklist.normal_form` has it, at most `MAX_TERM_CHARS`."""

    id: int
    kind: TermKind
    term: str
    set_by: int
    set_at: datetime

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `blocked_term`."""
        return cls(
            id=row["id"],
            kind=TermKind(row["kind"]),
            term=row["term"],
            set_by=row["set_by"],
            set_at=datetime.fromtimestamp(row["set_at"], UTC),
        )


async def list_of(tx: Transaction, guild_id: int) -> list[BlockedTerm]:
    """Return what a guild blocked, words first, by the alphabet."""
    rows = await tx.rows("SELECT * FROM blocked_term WHERE guild_id = ? ORDER BY kind = 'pattern', term", (guild_id,))
    return [BlockedTerm.from_row(row) for row in rows]


async def find(tx: Transaction, guild_id: int, kind: TermKind, term: str) -> BlockedTerm | None:
    """Return a term, or None where it is not blocked."""
    row = await tx.row(
        "SELECT * FROM blocked_term WHERE guild_id = ? AND kind = ? AND term = ?", (guild_id, kind, term)
    )
    return None if row is None else BlockedTerm.from_row(row)


async def add(tx: Transaction, guild_id: int, kind: TermKind, term: str, *, set_by: int, now: datetime) -> None:
    """Block a term that is not blocked yet.

    Raises:
        TooManyTermsError: the guild has as many as it may; nothing was written.
    """
    if await tx.value("SELECT count(*) FROM blocked_term WHERE guild_id = ?", (guild_id,)) >= MAX_TERMS:
        raise TooManyTermsError(MAX_TERMS)
    await tx.insert(
        "INSERT INTO blocked_term (guild_id, kind, term, set_by, set_at) VALUES (?, ?, ?, ?, ?)",
        (guild_id, kind, term, set_by, int(now.timestamp())),
    )


async def remove(tx: Transaction, term: BlockedTerm) -> None:
    """Let a term pass again."""
    await tx.execute("DELETE FROM blocked_term WHERE id = ?", (term.id,))
