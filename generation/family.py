"""Family trees: the picture of which image was made from which."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from generation.family_layout import FamilyNode
from generation.history_desk import HistoryDesk
from generation.media import MediaStore
from generation.threads import off_loop
from storage import lineage
from storage.database import Database
from storage.history import Image

IMAGES_A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyPage:
    """Some images of a family, the oldest first. `page` counts from 0.

    Attributes:
        generations: how many images follow each other from the first one to the viewed one, both included.
    """

    images: list[Image]
    page: int
    pages: int
    size: int
    generations: int


@dataclass(frozen=True, slots=True)
class Labels:
    """What is written below an image. `note` stands in place of a picture that may not or cannot be shown."""

    who: str
    when: str
    note: str = ""


class FamilyDesk:
    """Draws families. Which images the viewer may see is asked of the caller."""

    def __init__(self, database: Database, history: HistoryDesk, media: MediaStore) -> None:
        self._database = database
        self._history = history
        self._media = media

    async def page(self, job_id: int, page: int | None) -> FamilyPage:
        """Return a page of an image's family; None: the one that the image is on."""
        async with self._database.reading() as tx:
            images = await lineage.family(tx, job_id)
        places = [image.job.id for image in images]
        pages = max(1, -(-len(images) // IMAGES_A_PAGE))
        if page is None:
            page = places.index(job_id) // IMAGES_A_PAGE if job_id in places else 0
        page = min(page, pages - 1)
        return FamilyPage(
            images=images[page * IMAGES_A_PAGE : (page + 1) * IMAGES_A_PAGE],
            page=page,
            pages=pages,
            size=len(images),
            generations=_generations(images, job_id),
        )

    @asynccontextmanager
    async def drawing(
        self, shown: FamilyPage, job_id: int, labels: Callable[[Image], Labels]
    ) -> AsyncGenerator[Path, None]:
        """Give the picture of a page, with one image marked; it is removed at the end."""
        texts = [labels(image) for image in shown.images]
        thumbnails = await asyncio.gather(
            *(self._thumbnail(image, text) for image, text in zip(shown.images, texts, strict=True))
        )
        nodes = [
            FamilyNode(
                id=image.job.id,
                parent_id=image.job.parent_job_id,
                thumbnail=thumbnail,
                who=text.who,
                when=text.when,
                note=text.note,
                is_viewed=image.job.id == job_id,
            )
            for image, text, thumbnail in zip(shown.images, texts, thumbnails, strict=True)
        ]
        path = self._media.incoming(".png")
        try:
            await off_loop(_draw, nodes, path)
            yield path
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _thumbnail(self, image: Image, text: Labels) -> Path | None:
        return None if text.note else await self._history.thumbnail(image)


def _generations(images: list[Image], job_id: int) -> int:
    parents = {image.job.id: image.job.parent_job_id for image in images}
    count, current = 0, parents.get(job_id)
    while current in parents and count <= len(parents):
        count += 1
        current = parents[current]
    return count + 1


def _draw(nodes: Sequence[FamilyNode], path: Path) -> None:
    from generation.family_drawing import draw_family  # see generation.decoding

    draw_family(nodes, path)
