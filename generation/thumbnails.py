"""Small copies of pictures: for the pages of the history, the references on a card, and family trees."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from generation.errors import UnusableImageError
from generation.media import MediaStore
from generation.threads import off_loop


class Thumbnails:
    """Makes small copies when they are first needed, and keeps them beside the originals."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media

    async def of(self, original: Path, sha256: str) -> Path | None:
        """Return the small copy of a picture, made now where there is none; None where the original is not there."""
        path = self._media.thumbnail(sha256)
        if not await asyncio.to_thread(path.exists):
            try:
                await off_loop(self._make, original, path)
            except (FileNotFoundError, UnusableImageError):
                return None
        return path

    async def numbered(self, thumbnail: Path | None, number: int, destination: Path) -> None:
        """Write a square JPEG of a small copy with its number in a corner; an empty one where there is no picture."""
        await off_loop(_number, thumbnail, number, destination)

    async def sheet(self, thumbnails: Sequence[Path], destination: Path) -> None:
        """Write one JPEG of up to nine small copies, in rows."""
        await off_loop(_join, thumbnails, destination)

    def _make(self, original: Path, path: Path) -> None:
        part = self._media.incoming(".webp")
        try:
            from generation.thumbnail_drawing import make_thumbnail  # see generation.decoding

            make_thumbnail(original, part)
            self._media.adopt(part, path)
        finally:
            part.unlink(missing_ok=True)


def _number(thumbnail: Path | None, number: int, destination: Path) -> None:
    from generation.thumbnail_drawing import draw_numbered  # see generation.decoding

    draw_numbered(thumbnail, number, destination)


def _join(thumbnails: Sequence[Path], destination: Path) -> None:
    from generation.thumbnail_drawing import draw_sheet  # see generation.decoding

    draw_sheet(thumbnails, destination)
