"""The one connection to SQLite, and the transactions on it."""

from __future__ import annotations

import asyncio
import math
import os
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Self, TypeVar

import aiosqlite

from storage.errors import DatabaseTroubleError, DatabaseUnusableError, Trouble
from storage.group_commit import GroupCommit, Task
from storage.instance_lock import instance_lock
from storage.migrations import migrate
from storage.wholeness import require_whole, trouble_of

Value = int | str | float | None
SQLITE_VERSION = sqlite3.sqlite_version
Parameters = Sequence[Value]
T = TypeVar("T")
Work = Callable[["Transaction"], Coroutine[Any, Any, T]]


class Transaction:
    """What may be done between BEGIN and COMMIT: SQL, and nothing that waits for anything else.

    Each method goes to the connection's thread and back once. Cursors are left to be collected: closing one would be
    another way there and back, of which a request takes dozens.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement; return how many rows it changed."""
        return (await self._connection.execute(sql, parameters)).rowcount

    async def insert(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one INSERT; return the key of the new row."""
        key = (await self._connection.execute(sql, parameters)).lastrowid
        assert key is not None
        return key

    async def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """Return the first row, or None. All rows are read: a query that may find many says LIMIT 1."""
        return next(iter(await self.rows(sql, parameters)), None)

    async def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows."""
        return list(await self._connection.execute_fetchall(sql, parameters))

    async def value(self, sql: str, parameters: Parameters = ()) -> int:
        """Return the one integer a query such as COUNT or SUM gives; NULL counts as 0."""
        row = await self.row(sql, parameters)
        return int(row[0]) if row is not None and row[0] is not None else 0


class InThread(Transaction):
    """A transaction in the connection's own thread: its methods are awaited as ever, and never wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._direct = connection

    async def execute(self, sql: str, parameters: Parameters = ()) -> int:
        return self._direct.execute(sql, parameters).rowcount

    async def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        return self._direct.execute(sql, parameters).fetchone()

    async def insert(self, sql: str, parameters: Parameters = ()) -> int:
        key = self._direct.execute(sql, parameters).lastrowid
        assert key is not None
        return key

    async def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        return self._direct.execute(sql, parameters).fetchall()


class Database:
    """A SQLite file that is ours alone while it is open."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._group = GroupCommit(connection, self._lock)
        self._locked_at_s = -math.inf
        self.on_trouble: Callable[[Trouble], None] = lambda _: None
        """Called each time when the database cannot be used."""

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path) -> AsyncGenerator[Self, None]:
        """Open or create the file (mode 600), migrate it, and close it at the end.

        Raises:
            AlreadyRunningError: another process has it open.
            DatabaseTooNewError: a newer version of the bot wrote it; nothing was changed.
            DatabaseUnusableError: it is no database, is damaged, or may not be written.
        """
        async with AsyncExitStack() as stack:
            try:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                stack.enter_context(instance_lock(path))
                _make_private(path)
                connection = await stack.enter_async_context(aiosqlite.connect(path, isolation_level=None))
                await _prepare(connection, path)
                await asyncio.to_thread(require_whole, path)
            except (sqlite3.DatabaseError, OSError) as error:
                raise DatabaseUnusableError(path, str(error)) from error
            yield cls(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction, None]:
        """Commit everything done inside, or nothing: any exception, cancellation included, rolls it back.

        Raises:
            DatabaseTroubleError: the file cannot be used now; nothing was written.
        """
        asked_s = monotonic()
        async with self._lock, self._naming_troubles():
            if asked_s <= self._locked_at_s:  # else each in turn would wait as long for the same lock
                raise DatabaseTroubleError(Trouble.LOCKED)
            await self._begin("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
            except BaseException:
                await _uninterrupted(self._rollback())
                raise
            try:
                await _uninterrupted(self._connection.execute("COMMIT"))
            except sqlite3.Error:
                await _uninterrupted(self._rollback())
                raise

    async def run(self, work: Work[T]) -> T:
        """Carry out a whole transaction in the connection's thread, and return what `work` returns.

        It goes there and back once, where `transaction` does so for each statement and holds up all others meanwhile:
        for what happens often. What comes while another commit is under way shares the next one. `work` may await the
        methods of its transaction and nothing else. Being cancelled does not stop it halfway. Raises what `work`
        raises, after which nothing of it is kept, and as `transaction`.
        """
        return await self._in_one_go(self._group.write, work)

    async def look(self, work: Work[T]) -> T:
        """As `run`, for work that only reads; nothing it writes is kept."""
        return await self._in_one_go(self._group.read, work)

    async def _in_one_go(self, way: Callable[[Task], Coroutine[Any, Any, Any]], work: Work[T]) -> T:
        def task(connection: sqlite3.Connection) -> T:
            return _driven(work(InThread(connection)))

        try:
            return await way(task)
        except sqlite3.Error as error:
            self._name_trouble(error)
            raise

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Transaction, None]:
        """Read one consistent state. Nothing written inside is kept. Raises as `transaction`."""
        async with self._lock, self._naming_troubles():
            await self._begin("BEGIN")
            try:
                yield Transaction(self._connection)
            finally:
                await _uninterrupted(self._rollback())

    async def empty_log(self) -> None:
        """Write the write-ahead log back into the file and cut it to nothing, with whatever it still held."""
        async with self._lock:
            await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    @asynccontextmanager
    async def _naming_troubles(self) -> AsyncGenerator[None, None]:
        try:
            yield
        except sqlite3.Error as error:
            self._name_trouble(error)
            raise

    def _name_trouble(self, error: sqlite3.Error) -> None:
        """Raise DatabaseTroubleError where an error is one of those that have a name."""
        trouble = trouble_of(error)
        if trouble is Trouble.LOCKED:
            self._locked_at_s = monotonic()
        if trouble is not None:
            self.on_trouble(trouble)
            raise DatabaseTroubleError(trouble) from error

    async def _begin(self, statement: str) -> None:
        try:
            await self._connection.execute(statement)
        except asyncio.CancelledError:
            await _uninterrupted(self._rollback())  # the connection's thread may have begun all the same
            raise

    async def _rollback(self) -> None:
        with suppress(sqlite3.OperationalError):  # "no transaction is active": SQLite rolled back by itself
            await self._connection.execute("ROLLBACK")


async def _prepare(connection: aiosqlite.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    await connection.execute("PRAGMA journal_mode = WAL")
    # FULL: a state that a power cut forgets ("submitting") would let a create be sent a second time.
    await connection.execute("PRAGMA synchronous = FULL")
    await connection.execute("PRAGMA foreign_keys = ON")
    await connection.execute("PRAGMA secure_delete = ON")  # what is forgotten leaves no trace in the file's free pages
    # ms; for people who look in with sqlite3. Longer, and a command would not be answered in Discord's 3 s.
    await connection.execute("PRAGMA busy_timeout = 1000")
    await migrate(connection, path)


def _make_private(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)  # SQLite gives -wal and -shm the mode of the main file


def _driven(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits to its end."""
    try:
        work.send(None)
    except StopIteration as ended:
        return ended.value
    work.close()
    raise RuntimeError("work on the database waited for something else")


async def _uninterrupted(work: Awaitable[object]) -> None:
    """Wait until `work` is over even when cancelled meanwhile, then be cancelled."""
    running = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError as error:
            if running.cancelled():
                raise
            cancelled = error
    if cancelled is not None:
        with suppress(sqlite3.Error):
            running.result()
        raise cancelled
    running.result()
