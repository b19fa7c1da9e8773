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

from storage.errors import Trouble
from storage.wholeness import trouble_of

MOST_TOGETHER = 32
"""So many share a commit at most: the first of them waits for the work of all."""

Task = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True, eq=False)
class _Waiting:
    """A piece of work, and the future of whoever waits for it.

    The database's thread does the work, and writes `result` or `error`; all else is used in the event loop only.
    """

    task: Task
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    is_over: bool = False
    over: asyncio.Event | None = None

    def hand_over(self) -> None:
        """Tell what came of it."""
        self._end()
        if self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)

    def give_up(self) -> None:
        """Tell that nothing will come of it any more: the loop ends."""
        self._end()
        self.done.cancel()

    async def wait(self) -> Any:
        """Return the result. Being cancelled, which ends the future but not the work, waits for its end first."""
        try:
            return await self.done
        except asyncio.CancelledError:
            self.over = asyncio.Event()
            while not self.is_over:
                with suppress(asyncio.CancelledError):
                    await self.over.wait()
            raise

    def _end(self) -> None:
        self.is_over = True
        if self.over is not None:
            self.over.set()


class GroupCommit:
    """Carries out work in the connection's own thread, each piece with all it wrote or with nothing."""

    def __init__(self, connection: aiosqlite.Connection, lock: asyncio.Lock) -> None:
        """`lock`: held while the connection is in use."""
        self._connection = connection
        self._lock = lock
        self._writes: list[_Waiting] = []
        self._reads: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    async def write(self, task: Task) -> Any:
        """Return what `task` returns, once it is committed. Being cancelled does not stop it halfway.

        What `task` raises is raised, and what it wrote is gone; the others of its group stay. Where the commit fails,
        or SQLite gives the whole transaction up, that is raised for all of the group, and nothing of it was written.
        """
        return await self._take(self._writes, task).wait()

    async def read(self, task: Task) -> Any:
        """Return what `task` returns. Nothing it writes is kept."""
        return await self._take(self._reads, task).wait()

    def _take(self, queue: list[_Waiting], task: Task) -> _Waiting:
        waiting = _Waiting(task, asyncio.get_running_loop().create_future())
        queue.append(waiting)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="database")
        return waiting

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
                waiting.give_up()

    async def _carry_out(self, queue: list[_Waiting], *, keep: bool) -> None:
        group = queue[:MOST_TOGETHER]
        del queue[:MOST_TOGETHER]
        # aiosqlite has no public way to do more than one statement in its thread.
        raw: Any = self._connection
        try:
            await raw._execute(_carry_out, raw._conn, group, keep, asyncio.get_running_loop())
        except asyncio.CancelledError:
            for waiting in group:
                waiting.give_up()
            raise
        except Exception as error:  # noqa: BLE001 (the connection was closed; it is raised where the work was asked for)
            for waiting in group:
                waiting.error = error
        if keep and group and _found_locked(group[0].error):
            for waiting in queue:  # each group in turn would wait as long for the same lock
                waiting.error = group[0].error
            group += queue
            queue.clear()
        _hand_over(group)


def _found_locked(error: BaseException | None) -> bool:
    return isinstance(error, sqlite3.Error) and trouble_of(error) is Trouble.LOCKED


def _hand_over(group: list[_Waiting]) -> None:
    for waiting in group:
        waiting.hand_over()


def _carry_out(
    connection: sqlite3.Connection, group: list[_Waiting], keep: bool, loop: asyncio.AbstractEventLoop
) -> None:
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
    # At once, not only when the worker has heard of it: whoever waits goes on a turn of the loop earlier.
    loop.call_soon_threadsafe(_hand_over, group)


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
