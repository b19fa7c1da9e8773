"""Parts of an export: ZIP files that never grow beyond a limit, each whole by itself, written from file to file."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

CHUNK_BYTES = 1024 * 1024

_ENTRY_BYTES = 30 + 46 + 64
"""What a ZIP spends on each file besides its bytes and twice its name, with some to spare."""
_END_BYTES = 1024
_EARLIEST_YEAR = 1980
"""ZIP knows no earlier one."""


class PartWriter:
    """Writes one part. Everything blocks."""

    def __init__(self, path: Path, *, most_bytes: int, parameters_name: str) -> None:
        self._zip = ZipFile(path, "x", ZIP_STORED)
        self._most_bytes = most_bytes
        self._parameters_name = parameters_name
        self._records: list[bytes] = []
        self._spent = _END_BYTES + _entry_bytes(parameters_name)
        self._last_written: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added yet."""
        return not self._records

    def room(self, name: str, record: dict[str, Any], *, beside: int = 0) -> int:
        """Return how many bytes a file of that name may still have with its record; `beside`: kept free for others."""
        return self._most_bytes - self._spent - _entry_bytes(name) - len(_line(record)) - beside

    def add(self, source: Path, name: str, when: datetime, record: dict[str, Any], *, start: int, length: int) -> None:
        """Add so many bytes of a file, from `start` on.

        Raises:
            FileNotFoundError: there is no such file.
            EOFError: it is shorter; the part is of no use then.
        """
        with source.open("rb") as original:
            original.seek(start)
            info = _entry(name, when)
            info.file_size = length
            left = length
            with self._zip.open(info, "w") as entry:
                while left:
                    chunk = original.read(min(CHUNK_BYTES, left))
                    if not chunk:
                        raise EOFError(name)
                    entry.write(chunk)
                    left -= len(chunk)
        self._spent += _entry_bytes(name) + length
        self.note(record, when)

    def note(self, record: dict[str, Any], when: datetime) -> None:
        """Add the parameters of an image, for one whose file is missing nothing else."""
        line = _line(record)
        self._records.append(line)
        self._spent += len(line)
        self._last_written = when

    @staticmethod
    def text_bytes(name: str, text: str) -> int:
        """Return how much room a text takes at most."""
        return _entry_bytes(name) + len(text.encode()) + 64

    def explain(self, name: str, text: str) -> None:
        """Add a text for people; `text_bytes` says how much room it takes."""
        assert self._last_written is not None
        self._zip.writestr(_entry(name, self._last_written), text, ZIP_DEFLATED)
        self._spent += self.text_bytes(name, text)

    def close(self) -> None:
        """Write the parameters and end the file."""
        assert self._last_written is not None
        content = b"[\n" + b",\n".join(line.removesuffix(b",\n") for line in self._records) + b"\n]\n"
        self._zip.writestr(_entry(self._parameters_name, self._last_written), content, ZIP_DEFLATED)
        self._zip.close()

    def abandon(self) -> None:
        """Let go of the file, whatever state it is in."""
        if self._zip.fp is not None:
            self._zip.fp.close()
            self._zip.fp = None


def _entry_bytes(name: str) -> int:
    return _ENTRY_BYTES + 2 * len(name.encode())


def _entry(name: str, when: datetime) -> ZipInfo:
    stamp = when.timetuple()[:6] if when.year >= _EARLIEST_YEAR else (_EARLIEST_YEAR, 1, 1, 0, 0, 0)
    info = ZipInfo(name, stamp)
    info.external_attr = 0o644 << 16
    return info


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, indent=1).encode() + b",\n"
