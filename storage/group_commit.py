"""Work that shares a commit: what comes while one is synced to the disk goes with the next, so that a sync serves many.

A sync takes milliseconds, all else in a transaction much less. Reads go first and wait for no sync of their own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiosqlite

MOST_TOGETHER = 32
"""So many share a commit at most: the first of them waits for the work of all."""

Task = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True, eq=False)
class _Waiting:
    task: Task
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class GroupCommit:
    """Carries out work in the connection's own thread, each piece with all it wrote or with nothing."""

    def __init__(self, connection: aiosqlite.Connection, lock: asyncio.Lock) -> None:
        """`lock`: held while the connection is in use."""
        self._connection = connection
        self._lock = lock
        self._writes: list[_Waiting] = []
        self._reads: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    def write(self, task: Task) -> asyncio.Future[Any]:
        """Return what `task` returns, once it is committed.

        What `task` raises is raised, and what it wrote is gone; the others of its group stay. Where the commit fails,
        or SQLite gives the whole transaction up, that is raised for all of the group, and nothing of it was written.
        """
        return self._take(self._writes, task)

    def read(self, task: Task) -> asyncio.Future[Any]:
        """Return what `task` returns. Nothing it writes is kept."""
        return self._take(self._reads, task)

    def _take(self, queue: list[_Waiting], task: Task) -> asyncio.Future[Any]:
        waiting = _Waiting(task, asyncio.get_running_loop().create_future())
        queue.append(waiting)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="database")
        return waiting.done

    async def _work(self) -> None:
        try:
            while self._reads or self._writes:
                async with self._lock:
                    if self._reads:
                        await self._carry_out(self._reads, keep=False)
                    if self._writes:
                        await self._carry_out(self._writes, keep=True)
        finally:
            self._worker = None
            for waiting in (*self._reads, *self._writes):  # the loop ends
                waiting.done.cancel()

    async def _carry_out(self, queue: list[_Waiting], *, keep: bool) -> None:
        group = queue[:MOST_TOGETHER]
        del queue[:MOST_TOGETHER]
        # aiosqlite has no public way to do more than one statement in its thread.
        raw: Any = self._connection
        try:
            await raw._execute(_carry_out, raw._conn, group, keep)
        except asyncio.CancelledError:
            for waiting in group:
                waiting.done.cancel()
            raise
        except Exception as error:  # noqa: BLE001 (the connection was closed; it is raised where the work was asked for)
            for waiting in group:
                waiting.error = error
        for waiting in group:
            if waiting.done.cancelled():
                continue
            if waiting.error is not None:
                waiting.done.set_exception(waiting.error)
            else:
                waiting.done.set_result(waiting.result)


def _carry_out(connection: sqlite3.Connection, group: list[_Waiting], keep: bool) -> None:
    """Do all of a group in one transaction. What went wrong is left with those it concerns."""
    try:
        connection.execute("BEGIN IMMEDIATE" if keep else "BEGIN")
        if len(group) == 1:
            group[0].result = group[0].task(connection)
        else:
            for waiting in group:
                _do(connection, waiting, keep=keep)
        connection.execute("COMMIT" if keep else "ROLLBACK")
    except Exception as error:  # noqa: BLE001 (it is raised where the work was asked for)
        with suppress(sqlite3.OperationalError):  # SQLite rolled back by itself
            connection.execute("ROLLBACK")
        for waiting in group:
            waiting.error = waiting.error or error


def _do(connection: sqlite3.Connection, waiting: _Waiting, *, keep: bool) -> None:
    connection.execute("SAVEPOINT one")
    try:
        waiting.result = waiting.task(connection)
    except Exception as error:
        if not connection.in_transaction:
            raise
        waiting.error = error
    if not keep or waiting.error is not None:
        connection.execute("ROLLBACK TO one")
    connection.execute("RELEASE one")
