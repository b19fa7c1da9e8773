"""SQLite in the event loop's own thread, in place of aiosqlite's thread.

It is ten times as fast, which is what lets thousands of histories run in seconds, and what happens at once takes turns
as a seed says and not as the machine happens to.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Self, TypeVar

T = TypeVar("T")


class OwnThreadConnection:
    """What the product uses of an `aiosqlite.Connection`. `turns` decides which statements let others go first."""

    def __init__(self, path: Path, turns: Random) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._turns = turns

    @property
    def row_factory(self) -> Any:
        return self._connection.row_factory

    @row_factory.setter
    def row_factory(self, factory: Any) -> None:
        self._connection.row_factory = factory

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._connection.close()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Statement:
        return Statement(self, sql, parameters)

    async def execute_fetchall(self, sql: str, parameters: Sequence[Any] = ()) -> Iterable[sqlite3.Row]:
        return (await self.run(sql, parameters)).fetchall()

    async def executescript(self, script: str) -> None:
        self._connection.executescript(script)

    @property
    def _conn(self) -> sqlite3.Connection:
        return self._connection

    async def _execute(self, work: Callable[..., T], *arguments: object) -> T:
        if self._turns.random() < 0.1:
            await asyncio.sleep(0)
        return work(*arguments)

    async def run(self, sql: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        if self._turns.random() < 0.03:
            await asyncio.sleep(0)
        if sql == "PRAGMA synchronous = FULL":
            sql = "PRAGMA synchronous = OFF"  # nothing here cuts the power
        return self._connection.execute(sql, parameters)


class Statement:
    """A statement that runs where it is awaited or entered."""

    def __init__(self, connection: OwnThreadConnection, sql: str, parameters: Sequence[Any]) -> None:
        self._connection = connection
        self._sql = sql
        self._parameters = parameters
        self._cursor: sqlite3.Cursor | None = None

    def __await__(self) -> Generator[Any, None, sqlite3.Cursor]:
        return self._connection.run(self._sql, self._parameters).__await__()

    async def __aenter__(self) -> Self:
        self._cursor = await self
        return self

    async def __aexit__(self, *_error: object) -> None:
        assert self._cursor is not None
        self._cursor.close()

    @property
    def rowcount(self) -> int:
        assert self._cursor is not None
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        assert self._cursor is not None
        return self._cursor.lastrowid

    async def fetchone(self) -> Any:
        assert self._cursor is not None
        return self._cursor.fetchone()
