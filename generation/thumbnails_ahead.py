"""Small copies of large pictures, made before somebody opens the history: one at a time, and never in anybody's way."""

from __future__ import annotations

import asyncio
from pathlib import Path

from generation.media import MediaStore
from generation.thumbnail_process import make_thumbnail_apart


class ThumbnailsAhead:
    """Where one cannot be made now, nothing is lost: it is made when it is needed."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media
        self._one_at_a_time = asyncio.Lock()

    async def make(self, original: Path, sha256: str) -> None:
        """Make the small copy of a picture where there is none; return when that is done or was given up."""
        path = self._media.thumbnail(sha256)
        async with self._one_at_a_time:
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
