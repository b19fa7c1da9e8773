"""One process per database: two bots on one queue would submit every job twice."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from storage.errors import AlreadyRunningError


def lock_path(database_path: Path) -> Path:
    """Return where the lock of a database is."""
    return database_path.with_name(database_path.name + ".lock")


@contextmanager
def instance_lock(database_path: Path) -> Generator[None, None, None]:
    """Hold the lock beside the database. The system lets go of it when the process ends, however it ends.

    Raises:
        AlreadyRunningError: another process holds it.
    """
    descriptor = os.open(lock_path(database_path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(database_path) from None
        yield
    finally:
        os.close(descriptor)  # the file stays: removing it would let two processes lock two different files
