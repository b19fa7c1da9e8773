"""What the process holds now: an operator asks for it with SIGUSR1, and the watch over the machine looks at it."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import resource
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from generation import newest

_NONE_LEFT = {errno.EMFILE, errno.ENFILE}
_NUMBERS = re.compile(r"\d+")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """One look.

    Attributes:
        workers: asyncio tasks by name, with every number in a name left out.
        open_files: file descriptors, sockets among them; 0 where the system does not tell.
        memory_bytes: resident; 0 where the system does not tell.
        remembered: entries kept beyond the request that made them, by name.
    """

    workers: Counter[str]
    open_files: int
    memory_bytes: int
    remembered: Counter[str]

    def __str__(self) -> str:
        names = ", ".join(f"{name} {count}" for name, count in sorted(self.workers.items()))
        megabytes = self.memory_bytes // 1024**2
        kept = ", ".join(f"{count} {name}" for name, count in sorted(self.remembered.items()))
        return f"{self.workers.total()} tasks ({names}), {self.open_files} open files, {megabytes} MB; kept {kept}"


def look() -> Holdings:
    """Count. Must be called on the event loop."""
    names = (_NUMBERS.sub("N", task.get_name()) for task in asyncio.all_tasks())
    return Holdings(
        workers=Counter(names), open_files=open_files(), memory_bytes=memory_bytes(), remembered=newest.sizes()
    )


def open_files() -> int:
    """Return how many file descriptors the process has; 0 where the system does not tell."""
    try:
        return len(os.listdir("/proc/self/fd")) - 1  # one of them is the listing's own
    except OSError as error:
        # The listing needs one itself: where none is left, all that are allowed are open.
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0] if error.errno in _NONE_LEFT else 0


def memory_bytes() -> int:
    """Return the resident memory of the process; 0 where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES
    except (OSError, ValueError, IndexError):
        return 0
