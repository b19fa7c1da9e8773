"""Bringing finished pictures into a form that their place takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from cogs.posting import Picture
from generation.errors import PictureMissingError, UnusableImageError
from generation.media import MediaStore
from generation.reencode_process import fit_jpeg_apart
from generation.results import ResultFetcher
from generation.thumbnails import Thumbnails
from storage.jobs import Job
from storage.references import Reference

SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}


class PictureShop:
    """Prepares pictures for posting; what it makes is temporary, the original stays untouched."""

    def __init__(self, media: MediaStore, thumbnails: Thumbnails, results: ResultFetcher) -> None:
        self._media = media
        self._thumbnails = thumbnails
        self._results = results

    async def untouched(self, job: Job) -> Picture:
        """Return the original of an image whose picture is kept; it is fetched again where our disk lost it.

        Raises:
            PictureMissingError: that is not possible, or not now.
        """
        assert job.result is not None
        await self._results.see_to_file(job)
        original = self._media.result(job.result.sha256, job.result.image_type)
        return Picture(path=original, name=f"{_stem(job)}.{SUFFIXES[job.result.image_type]}")

    async def prepare(self, job: Job, *, limit_bytes: int) -> Picture:
        """Return the original where it fits, else the best JPEG that does.

        Raises:
            PictureMissingError: as `untouched`; and where nobody could see the picture, as only its head is sound.
        """
        assert job.result is not None
        original = await self.untouched(job)
        if job.result.size_bytes <= limit_bytes:
            return original
        smaller = self._media.incoming(".jpg")
        try:
            fit = await fit_jpeg_apart(original.path, smaller, max_bytes=limit_bytes)
        except UnusableImageError as error:
            raise PictureMissingError(job.id, is_lost=True) from error
        return Picture(path=smaller, name=f"{_stem(job)}.jpg", smaller=(fit.size_bytes, fit.width, fit.height))

    async def sheet(self, request_id: int, references: Sequence[Reference]) -> Picture | None:
        """Return small copies of references side by side, None where none of their files can be shown."""
        found = [
            await self._thumbnails.of(self._media.reference(reference.sha256, reference.image_type), reference.sha256)
            for reference in references
        ]
        thumbnails = [path for path in found if path is not None]
        if not thumbnails:
            return None
        picture = Picture(path=self._media.incoming(".jpg"), name=f"plantain-{request_id}-from.jpg", is_temporary=True)
        try:
            await self._thumbnails.sheet(thumbnails, picture.path)
        except BaseException:
            await self.put_away(picture)
            raise
        return picture

    async def put_away(self, picture: Picture) -> None:
        """Remove what was made for posting only."""
        if picture.is_temporary or picture.smaller is not None:
            await asyncio.to_thread(picture.path.unlink, missing_ok=True)


def _stem(job: Job) -> str:
    return f"plantain-{job.request_id}-{job.position}"
