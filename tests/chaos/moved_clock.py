"""Setting the time under a running bot, with Debian's libfaketime: the monotonic clock goes on as it was."""

from __future__ import annotations

import random
from pathlib import Path

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
HOURS = (-3600, -600, 600, 3600)


class MovedClock:
    """A clock that one bot sees."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._file = folder / "clock"
        self._chance = chance
        self._set(0)
        self.environment = {
            "LD_PRELOAD": str(LIBRARIES[0]) if LIBRARIES else "",
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    @staticmethod
    def is_available() -> bool:
        """Whether the library is here."""
        return bool(LIBRARIES)

    def move(self) -> None:
        """Set the time forward or back, by minutes or an hour."""
        self._set(self._chance.choice(HOURS))

    def _set(self, seconds: int) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(f"{seconds:+d}\n")
        part.replace(self._file)
