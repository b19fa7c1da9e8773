"""Bringing a finished picture into a form that its place takes."""

from __future__ import annotations

import asyncio

from cogs.posting import Picture
from generation.media import MediaStore
from generation.reencode import fit_jpeg_off_loop
from storage.jobs import Job

SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}


class PictureShop:
    """Prepares pictures for posting; what it makes is temporary, the original stays untouched."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media

    async def prepare(self, job: Job, *, limit_bytes: int) -> Picture:
        """Return the original where it fits, else the best JPEG that does."""
        assert job.result is not None
        original = self._media.result(job.result.sha256, job.result.image_type)
        stem = f"plantain-{job.request_id}-{job.position}"
        if job.result.size_bytes <= limit_bytes:
            return Picture(path=original, name=f"{stem}.{SUFFIXES[job.result.image_type]}")
        smaller = self._media.incoming(".jpg")
        fit = await fit_jpeg_off_loop(original, smaller, max_bytes=limit_bytes)
        return Picture(path=smaller, name=f"{stem}.jpg", smaller=(fit.size_bytes, fit.width, fit.height))

    async def put_away(self, picture: Picture) -> None:
        """Remove what was made for posting only."""
        if picture.smaller is not None:
            await asyncio.to_thread(picture.path.unlink, missing_ok=True)
