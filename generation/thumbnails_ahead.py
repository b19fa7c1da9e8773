"""Small copies of large pictures, made before somebody opens the history: one at a time, and never in anybody's way."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from generation.media import MediaStore
from generation.thumbnail_process import make_thumbnail_apart

log = logging.getLogger(__name__)

MOST_WAITING = 1000


class ThumbnailsAhead:
    """Where one cannot be made now, nothing is lost: it is made when it is needed."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media
        self._wanted: asyncio.Queue[tuple[Path, str]] = asyncio.Queue(MOST_WAITING)

    def want(self, original: Path, sha256: str) -> None:
        """Have the small copy of a picture made when there is time."""
        if not self._wanted.full():
            self._wanted.put_nowait((original, sha256))

    async def work(self) -> None:
        """Make what is wanted, for ever."""
        while True:
            original, sha256 = await self._wanted.get()
            try:
                await self.make(original, sha256)
            except Exception:  # a worker's loop: a full disk must not end it
                log.exception("A small copy could not be made")

    async def make(self, original: Path, sha256: str) -> None:
        """Make the small copy of a picture where there is none; return when that is done or was given up."""
        path = self._media.thumbnail(sha256)
        if await asyncio.to_thread(path.exists):
            return
        part = self._media.incoming(".webp")
        try:
            if await make_thumbnail_apart(original, part):
                await asyncio.to_thread(self._adopt, part, path, original)
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    def _adopt(self, part: Path, path: Path, original: Path) -> None:
        if original.exists():  # else it was erased meanwhile, and its small copy must not come back
            self._media.adopt(part, path)
