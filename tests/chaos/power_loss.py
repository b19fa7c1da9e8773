"""A power cut: the bot is killed, and of what it wrote without a sync any part may be gone (power_loss.c notes it)."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

_SOURCE = Path(__file__).with_suffix(".c")
_HEAD = struct.Struct("=IIQQQQQ")


class Kind(IntEnum):
    """As in power_loss.c."""

    WRITTEN = 1
    SYNCED = 2
    CREATED = 3
    RENAMED = 4
    REMOVED = 5
    FOLDER_SYNCED = 6
    FOLDER_MADE = 7


@dataclass(slots=True, frozen=True)
class Change:
    """One record of the log. `at`: where the record begins in the log."""

    at: int
    kind: Kind
    names: tuple[Path, ...]
    inode: int
    offset: int
    size_before: int
    before: bytes
    kept_as: int


class PowerLoss:
    """What one bot after the other wrote below a folder, and what a power cut leaves of it."""

    def __init__(self, root: Path, log: Path, library: Path, chance: random.Random) -> None:
        """`log`: an empty folder on the same file system, not below `root`; `library`: see `build`."""
        self._root, self._folder, self._chance = root, log, chance
        self.environment = {"LD_PRELOAD": str(library), "POWER_LOSS_ROOT": str(root), "POWER_LOSS_LOG": str(log)}

    @staticmethod
    def is_available() -> bool:
        """Whether this machine has a compiler."""
        return shutil.which("cc") is not None

    @staticmethod
    def build(folder: Path) -> Path:
        """Compile the library into a folder."""
        library = folder / "power_loss.so"
        command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(library), str(_SOURCE), "-ldl", "-lpthread"]
        subprocess.run(command, check=True)
        return library

    def strike(self) -> int:
        """Take back a part of what was not synced, once nothing writes any more; return how many changes went."""
        changes = list(_read(self._folder / "log"))
        gone = self._undo_names(changes) + self._undo_writes(changes)
        for shared in self._root.rglob("*-shm"):
            shared.unlink()
        for left in self._folder.iterdir():
            left.unlink()
        return gone

    def _undo_writes(self, changes: list[Change]) -> int:
        """For each file keep its synced state, and so many later writes in their order."""
        gone = 0
        files = {path.stat().st_ino: path for path in _files(self._root)}
        for inode, path in files.items():
            own = [change for change in changes if change.inode == inode]
            synced = max((change.offset for change in own if change.kind is Kind.SYNCED), default=0)
            loose = [change for change in own if change.kind is Kind.WRITTEN and change.at >= synced]
            for change in reversed(loose[self._first_lost(len(loose)) :]):
                with path.open("r+b") as file:
                    file.truncate(change.size_before)
                    file.seek(change.offset)
                    file.write(change.before)
                gone += 1
        return gone

    def _undo_names(self, changes: list[Change]) -> int:
        """For each folder keep the names that were synced, and so many later ones in their order."""
        gone = 0
        inodes = {str(folder): folder.stat().st_ino for folder in (self._root, *_folders(self._root))}
        by_folder: dict[str, list[Change]] = {}
        for change in changes:
            if change.names:
                by_folder.setdefault(str(change.names[-1].parent), []).append(change)
        lost: list[Change] = []
        for folder, own in by_folder.items():
            synced = max(
                (
                    change.offset
                    for change in changes
                    if change.kind is Kind.FOLDER_SYNCED and change.inode == inodes.get(folder)
                ),
                default=0,
            )
            loose = [change for change in own if change.at >= synced]
            lost += loose[self._first_lost(len(loose)) :]
        for change in sorted(lost, key=lambda change: change.at, reverse=True):
            gone += self._undo_name(change)
        return gone

    def _undo_name(self, change: Change) -> bool:
        kept = self._folder / str(change.kept_as)
        name = change.names[-1]
        with suppress(FileNotFoundError):
            match change.kind:
                case Kind.CREATED:
                    name.unlink()
                case Kind.FOLDER_MADE:
                    shutil.rmtree(name)
                case Kind.RENAMED:
                    os.replace(name, change.names[0])
                    if change.kept_as:
                        os.link(kept, name)
                case _ if not name.exists():
                    os.link(kept, name)
                case _:
                    return False
            return True
        return False

    def _first_lost(self, loose: int) -> int:
        """All is lost as often as any part of it."""
        return 0 if self._chance.random() < 0.5 else self._chance.randint(0, loose)


def _read(log: Path) -> Iterator[Change]:
    data, at = log.read_bytes() if log.exists() else b"", 0
    while at < len(data):
        kind, name_bytes, inode, offset, size_before, data_bytes, kept_as = _HEAD.unpack_from(data, at)
        names_end = at + _HEAD.size + name_bytes
        names = tuple(Path(os.fsdecode(name)) for name in data[at + _HEAD.size : names_end].split(b"\0")[:-1])
        before = data[names_end : names_end + data_bytes]
        yield Change(at, Kind(kind), names, inode, offset, size_before, before, kept_as)
        at = names_end + data_bytes


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _folders(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_dir())
