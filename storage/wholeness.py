"""Whether a database is whole, and what SQLite's errors say of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.errors import Trouble

LOOKED_THROUGH_BYTES = 128 * 1024**2
"""Up to this size the whole file is looked through at each start (half a second); the nightly backup does so always."""

_TROUBLES = {
    sqlite3.SQLITE_FULL: Trouble.FULL,
    sqlite3.SQLITE_BUSY: Trouble.LOCKED,
    sqlite3.SQLITE_LOCKED: Trouble.LOCKED,
    sqlite3.SQLITE_READONLY: Trouble.OUT_OF_REACH,
    sqlite3.SQLITE_IOERR: Trouble.OUT_OF_REACH,
    sqlite3.SQLITE_CANTOPEN: Trouble.OUT_OF_REACH,
    sqlite3.SQLITE_PERM: Trouble.OUT_OF_REACH,
    sqlite3.SQLITE_CORRUPT: Trouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: Trouble.DAMAGED,
}


def trouble_of(error: sqlite3.Error) -> Trouble | None:
    """Return what is wrong with the file or the disk; None: the statement was at fault."""
    code: int | None = getattr(error, "sqlite_errorcode", None)  # errors of Python's own module have none
    return None if code is None else _TROUBLES.get(code & 0xFF)


def require_whole(path: Path, *, at_most_bytes: int | None = LOOKED_THROUGH_BYTES) -> None:
    """Look a database through. Blocks; a file over `at_most_bytes` is passed over.

    Raises:
        sqlite3.DatabaseError: something is wrong with it.
    """
    if at_most_bytes is not None and path.stat().st_size > at_most_bytes:
        return
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise sqlite3.DatabaseError(f"database is damaged: {found[0]}")
