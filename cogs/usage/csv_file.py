"""The file of an export: CSV in a ZIP, and as it is where that is small enough.

Imported where one is asked for: what writes CSV and ZIP is not held by a bot that hands nothing out.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import Self

BYTE_ORDER_MARK = codecs.BOM_UTF8
"""Without it spreadsheets take UTF-8 for something else."""

Row = Sequence[str | int]


class PackedCsv:
    """A CSV file that is packed as it grows, in memory. Complete when its `with` is left."""

    def __init__(self, name: str, columns: Row) -> None:
        self.archive = io.BytesIO()
        self._name = name
        self._zip = zipfile.ZipFile(self.archive, "w", zipfile.ZIP_DEFLATED)
        self._member = self._zip.open(name, "w")
        self._member.write(BYTE_ORDER_MARK + _csv([columns]))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._member.close()
        self._zip.close()

    @property
    def size_bytes(self) -> int:
        """How large it is, packed."""
        return self.archive.getbuffer().nbytes

    def add(self, rows: Iterable[Row]) -> None:
        """Add lines."""
        self._member.write(_csv(rows))

    def unpacked(self, most_bytes: int) -> io.BytesIO | None:
        """Return the complete file as it is, None where it is larger than `most_bytes`."""
        with zipfile.ZipFile(self.archive) as packed:
            small = packed.getinfo(self._name).file_size <= most_bytes
            content = io.BytesIO(packed.read(self._name)) if small else None
        self.archive.seek(0)
        return content


def _csv(rows: Iterable[Row]) -> bytes:
    content = io.StringIO(newline="")
    csv.writer(content).writerows(rows)
    return content.getvalue().encode()
