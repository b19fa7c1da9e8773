"""A member's images, to be found again: pages, search, and small pictures of what is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from generation.media import MediaStore
from generation.thumbnails import Thumbnails
from storage import history
from storage.accounts import Account
from storage.database import Database
from storage.history import HistoryFilter, Image, Page

IMAGES_A_PAGE = 10
"""As many as one gallery of Discord's holds."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins.

    Attributes:
        before, after: a job's id; the page holds the images made before it, or just after it.
        skip: how many images come before the page; of a search it is what decides.
    """

    before: int | None = None
    after: int | None = None
    skip: int = 0


class HistoryDesk:
    """Shows images that were made. Whether the caller may look at them is asked before."""

    def __init__(self, database: Database, media: MediaStore, thumbnails: Thumbnails) -> None:
        self._database = database
        self._media = media
        self._thumbnails = thumbnails

    async def page(self, wanted: HistoryFilter, cursor: Cursor) -> Page:
        """Return ten images, the newest or the best hits first."""
        async with self._database.reading() as tx:
            if wanted.words is not None:
                return await history.search(tx, wanted, skip=cursor.skip, limit=IMAGES_A_PAGE)
            return await history.page(tx, wanted, before=cursor.before, after=cursor.after, limit=IMAGES_A_PAGE)

    async def next_to_export(self, account: Account, *, after: int, limit: int) -> list[Image]:
        """Return images whose pictures are kept, the oldest first, those behind a job's id."""
        async with self._database.reading() as tx:
            return await history.next_to_export(tx, account, after=after, limit=limit)

    def original(self, image: Image) -> Path:
        """Return the untouched file of an image whose picture is kept."""
        assert image.job.result is not None
        return self._media.result(image.job.result.sha256, image.job.result.image_type)

    async def thumbnail(self, image: Image) -> Path | None:
        """Return the small copy of an image, None where its picture is not kept."""
        if image.job.result is None or not image.job.has_picture:
            return None
        return await self._thumbnails.of(self.original(image), image.job.result.sha256)

    @asynccontextmanager
    async def numbered(self, images: list[Image], *, first: int) -> AsyncGenerator[list[Path], None]:
        """Give small pictures with the images' numbers on them, counted from `first`; they are removed at the end."""
        paths = [self._media.incoming(".jpg") for _ in images]

        async def make(number: int, image: Image, path: Path) -> None:
            await self._thumbnails.numbered(await self.thumbnail(image), number, path)

        try:
            await asyncio.gather(
                *(
                    make(first + place, image, path)
                    for place, (image, path) in enumerate(zip(images, paths, strict=True))
                )
            )
            yield paths
        finally:
            for path in paths:
                await asyncio.to_thread(path.unlink, missing_ok=True)
