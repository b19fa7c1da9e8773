"""Numbered SQL migrations: `NNNN_name.sql`, each one BEGIN..COMMIT script that ends in its `PRAGMA user_version`."""

from __future__ import annotations

import re
from pathlib import Path

import aiosqlite

from storage.errors import DatabaseTooNewError

DIRECTORY = Path(__file__).parent / "migrations"


def numbered_scripts() -> list[tuple[int, Path]]:
    """Return (version, script) in the order in which they must run."""
    return sorted((int(re.match(r"\d{4}", path.name).group()), path) for path in DIRECTORY.glob("[0-9]*.sql"))  # type: ignore[union-attr]


async def migrate(connection: aiosqlite.Connection, path: Path) -> None:
    """Bring the schema to the newest version. A script that fails leaves the version before it.

    Raises:
        DatabaseTooNewError: the file was written by a newer version of the bot; nothing was changed.
    """
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    current: int = row[0] if row else 0
    scripts = numbered_scripts()
    newest = scripts[-1][0]
    if current > newest:
        raise DatabaseTooNewError(path, found=current, known=newest)
    for version, script in scripts:
        if version > current:
            await connection.executescript(script.read_text(encoding="utf-8"))
