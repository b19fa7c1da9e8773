"""Watches what the bot stands on: disk, media folder, database, file descriptors, memory.

While one of them fails nothing new is taken, what was accepted waits in its state, and the operator is told once. All
goes on by itself as soon as a look finds it in order.
"""

from __future__ import annotations

import asyncio
import logging
import resource
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from generation import holdings
from generation.clock import Clock, wait_until_set
from generation.errors import GenerationError
from generation.media import MediaStore
from storage import operator_alerts
from storage.database import Database
from storage.errors import DatabaseTroubleError, Trouble

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
FULL_SHARE, FREE_SHARE = 0.90, 0.80
"""Of file descriptors or memory: from the first on it is trouble, under the second it is over."""
CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


class MachineTrouble(StrEnum):
    """What may be wrong with the machine."""

    DISK = "disk"
    """Little room is left."""
    MEDIA = "media"
    """Nothing can be written into the media folder."""
    DATABASE = "database"
    FILES = "files"
    """The process has nearly as many files and connections open as it may."""
    MEMORY = "memory"
    """The process has nearly as much memory as it may."""
    BACKUP = "backup"
    """The nightly backup failed. Nothing else suffers from it."""


CLOSES_THE_DOOR = frozenset(MachineTrouble) - {MachineTrouble.BACKUP}


class OutOfOrderError(GenerationError):
    """Nothing new can be taken, as something of the machine fails. Nothing was written."""

    def __init__(self, trouble: MachineTrouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


class MachineWatch:
    """Looks every half minute, and at once where the database fails.

    Attributes:
        troubles: what is wrong now.
        damaged: set when the database turned out to be damaged: the bot has to end, as only a backup helps.
    """

    def __init__(
        self,
        database: Database,
        media: MediaStore,
        clock: Clock,
        *,
        folders: tuple[Path, ...],
        reserve_bytes: int,
        changed: Callable[[MachineTrouble, bool], None],
    ) -> None:
        """`folders`: whose disks must have `reserve_bytes` left. `changed` hears of each trouble and (True) its end."""
        self._database = database
        self._media = media
        self._clock = clock
        self._folders = folders
        self._reserve_bytes = reserve_bytes
        self._changed = changed
        self._due = asyncio.Event()
        self._database_failed = False
        self.troubles: set[MachineTrouble] = set()
        self.damaged = asyncio.Event()
        database.on_trouble = self._database_trouble

    def require_order(self) -> None:
        """Refuse new work while it could not be carried out. Raises OutOfOrderError."""
        if closing := sorted(self.troubles & CLOSES_THE_DOOR):
            raise OutOfOrderError(closing[0])

    def note(self, trouble: MachineTrouble, *, is_there: bool) -> None:
        """Tell of a trouble, or its end, where it is news."""
        if is_there == (trouble in self.troubles):
            return
        if is_there:
            self.troubles.add(trouble)
            log.error("The machine is in trouble: %s", trouble)
        else:
            self.troubles.discard(trouble)
            log.warning("The machine is in order again: %s", trouble)
        self._changed(trouble, not is_there)

    def look_soon(self) -> None:
        """Do not wait for the next time."""
        self._due.set()

    async def work(self, told: Sequence[MachineTrouble] = ()) -> None:
        """Look, for ever. `told`: what an earlier process told of."""
        self.troubles |= set(told)
        self._database_failed = MachineTrouble.DATABASE in self.troubles
        while True:
            self._due.clear()
            try:
                await self.look()
            except Exception:  # a worker's loop
                log.exception("The machine could not be looked at")
            await wait_until_set(self._due, timeout_s=LOOK_EVERY_S, clock=self._clock)

    async def look(self) -> None:
        """Look at everything once."""
        self.note(MachineTrouble.FILES, is_there=self._is_near(MachineTrouble.FILES, *_files()))
        self.note(MachineTrouble.DISK, is_there=await asyncio.to_thread(self._disk_is_short))
        if MachineTrouble.FILES not in self.troubles:  # without a descriptor left nothing can be written anyway
            self.note(MachineTrouble.MEDIA, is_there=not await asyncio.to_thread(self._media.is_writable))
        self.note(MachineTrouble.MEMORY, is_there=self._is_near(MachineTrouble.MEMORY, *_memory()))
        if self._database_failed or MachineTrouble.DATABASE in self.troubles:
            self._database_failed = False
            self.note(MachineTrouble.DATABASE, is_there=not await self._database_can_be_written())

    def _database_trouble(self, trouble: Trouble) -> None:
        self._database_failed = True
        self.note(MachineTrouble.DATABASE, is_there=True)
        if trouble is Trouble.DAMAGED:
            self.damaged.set()

    async def _database_can_be_written(self) -> bool:
        with suppress(DatabaseTroubleError):
            async with self._database.transaction() as tx:
                await operator_alerts.write_nothing(tx)
            return not self.damaged.is_set()
        return False

    def _disk_is_short(self) -> bool:
        wanted = self._reserve_bytes * (2 if MachineTrouble.DISK in self.troubles else 1)
        return any(_free_bytes(folder) < wanted for folder in self._folders)

    def _is_near(self, trouble: MachineTrouble, used: int, limit: int) -> bool:
        return limit > 0 and used > limit * (FREE_SHARE if trouble in self.troubles else FULL_SHARE)


def allow_many_files() -> None:
    """Raise the limit of open files to what the system lets us have, at most 65,536: each member's upload is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _free_bytes(folder: Path) -> int:
    """Return the room left where a folder is, or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _files() -> tuple[int, int]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return holdings.open_files(), 0 if soft == resource.RLIM_INFINITY else soft


def _memory() -> tuple[int, int]:
    """Return resident memory and its limit, 0 for none: the container's, or that of the process."""
    limits: list[int] = []
    with suppress(OSError, ValueError):
        limits.append(int(CGROUP_LIMIT.read_text()))  # "max" for none is no number
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        limits.append(soft)
    return holdings.memory_bytes(), min(limits, default=0)
