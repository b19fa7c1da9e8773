"""A member's images to take home: part after part, each made when the one before is through, and removed after it."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from generation.media import MediaStore
from storage import history, references
from storage.accounts import Account
from storage.database import Database
from storage.history import Image, Kept
from storage.references import Reference

if TYPE_CHECKING:  # what packs is not held by a bot that exports nothing
    from generation.export_parts import PartWriter

PARTS_AT_ONCE = 4
"""Parts that lie on the disk together, over all members."""

_BATCH = 20
_NAME_WORDS, _NAME_CHARS = 8, 48
_NOT_IN_NAMES = re.compile(r"[^\w-]+")
_SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPlace:
    """How far an export has come.

    Attributes:
        after: the job of the last image that was handed out whole.
        number: how many images came up to it, those of earlier exports included.
        pieces, offset: of the next image, how many pieces and bytes were handed out already.
    """

    after: int = 0
    number: int = 0
    pieces: int = 0
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A ZIP file that is ready. `first` and `last`: the numbers of its images; `next`: where the next part begins."""

    path: Path
    size_bytes: int
    first: int
    last: int
    next: ExportPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class PartForm:
    """What parts are like.

    Attributes:
        most_bytes: how large one may become; 1 MiB at least.
        time_zone: in which the names of files tell the day.
        parameters_name, join_name: what the files beside the pictures are called.
        join_text: says to people how to join the pieces of a picture of that name.
    """

    most_bytes: int
    time_zone: ZoneInfo
    parameters_name: str
    join_name: str
    join_text: Callable[[str], str]


class ExportDesk:
    """Makes the parts of exports. Whose images they are is the caller's to decide."""

    def __init__(self, database: Database, media: MediaStore) -> None:
        self._database = database
        self._media = media
        self._at_once = asyncio.Semaphore(PARTS_AT_ONCE)

    async def kept(self, account: Account, *, after: int) -> Kept:
        """Count what there is to export behind a job's id."""
        async with self._database.reading() as tx:
            return await history.kept(tx, account, after=after)

    @asynccontextmanager
    async def part(self, account: Account, place: ExportPlace, form: PartForm) -> AsyncGenerator[Part | None, None]:
        """Give the part that begins at a place, None where nothing is left. Its file is removed at the end."""
        from generation.export_parts import PartWriter

        async with self._at_once:
            path = self._media.incoming(".zip")
            writer: PartWriter | None = None
            try:
                writer = await asyncio.to_thread(
                    PartWriter, path, most_bytes=form.most_bytes, parameters_name=form.parameters_name
                )
                end = await self._fill(writer, account, place, form)
                if writer.is_empty:
                    yield None
                    return
                await asyncio.to_thread(writer.close)
                last = end.number + (end.offset > 0)
                size_bytes = (await asyncio.to_thread(path.stat)).st_size
                yield Part(path=path, size_bytes=size_bytes, first=place.number + 1, last=last, next=end)
            finally:
                if writer is not None:
                    writer.abandon()
                path.unlink(missing_ok=True)

    async def _fill(self, writer: PartWriter, account: Account, place: ExportPlace, form: PartForm) -> ExportPlace:
        """Add images until the part is full or none is left; return where the next part begins."""
        while True:
            async with self._database.reading() as tx:
                images = await history.next_to_export(tx, account, after=place.after, limit=_BATCH)
                theirs = [await references.of_request(tx, image.request.id) for image in images]
            for image, its_references in zip(images, theirs, strict=True):
                item = _Item.of(image, its_references, place, form.time_zone)
                moved = await self._add(writer, item, place, form)
                if moved is None:
                    return place
                place = moved
                if place.offset:
                    return place
            if len(images) < _BATCH:
                return place

    async def _add(self, writer: PartWriter, item: _Item, place: ExportPlace, form: PartForm) -> ExportPlace | None:
        """Add an image or the next piece of it; return the place behind it, None where it needs the next part."""
        assert item.image.job.result is not None
        source = self._media.result(item.image.job.result.sha256, item.image.job.result.image_type)
        behind = ExportPlace(after=item.image.job.id, number=place.number + 1)
        with self._media.holding(source):
            try:
                size = (await asyncio.to_thread(source.stat)).st_size
            except FileNotFoundError:
                if not writer.is_empty and writer.room("", item.record(None)) < 0:
                    return None
                writer.note(item.record(None), item.when)
                return behind
            left = size - place.offset
            if not place.offset and left <= writer.room(item.name, item.record(item.name)):
                await self._write(writer, source, item, item.name, start=0, length=left)
                return behind
            if not writer.is_empty:
                return None
            return await self._add_piece(writer, source, item, place, form, left=left, behind=behind)

    async def _add_piece(
        self,
        writer: PartWriter,
        source: Path,
        item: _Item,
        place: ExportPlace,
        form: PartForm,
        *,
        left: int,
        behind: ExportPlace,
    ) -> ExportPlace:
        name, text = f"{item.name}.{place.pieces + 1:03}", form.join_text(item.name)
        room = writer.room(name, item.record(name), beside=writer.text_bytes(form.join_name, text))
        length = min(left, room)
        await self._write(writer, source, item, name, start=place.offset, length=length)
        await asyncio.to_thread(writer.explain, form.join_name, text)
        if length == left:
            return behind
        return replace(place, pieces=place.pieces + 1, offset=place.offset + length)

    async def _write(
        self, writer: PartWriter, source: Path, item: _Item, name: str, *, start: int, length: int
    ) -> None:
        await asyncio.to_thread(writer.add, source, name, item.when, item.record(name), start=start, length=length)


@dataclass(frozen=True, slots=True)
class _Item:
    """An image as it stands in an export."""

    image: Image
    references: list[Reference]
    number: int
    name: str
    time_zone: ZoneInfo

    @classmethod
    def of(cls, image: Image, its_references: list[Reference], place: ExportPlace, time_zone: ZoneInfo) -> Self:
        """Return the next image behind a place."""
        assert image.job.result is not None
        number, when = place.number + 1, image.request.created_at.astimezone(time_zone)
        name = _file_name(number, when, image.request.prompt, _SUFFIXES[image.job.result.image_type])
        return cls(image=image, references=its_references, number=number, name=name, time_zone=time_zone)

    @property
    def when(self) -> datetime:
        """When it was asked for, in the guild's zone."""
        return self.image.request.created_at.astimezone(self.time_zone)

    def record(self, name: str | None) -> dict[str, Any]:
        """Return its parameters as JSON; `name`: of its file, None where that is missing."""
        request, job = self.image.request, self.image.job
        finished = job.delivering_at
        return {
            "number": self.number,
            "file": name,
            "id": job.id,
            "prompt": request.prompt,
            "aspect_ratio": request.aspect_ratio,
            "resolution": request.resolution,
            "output_format": request.output_format,
            "image": job.position,
            "of": request.image_count,
            "spoiler": request.spoiler,
            "private": request.private,
            "cost_credits": job.price,
            "asked_at": request.created_at.isoformat(),
            "finished_at": None if finished is None else finished.isoformat(),
            "channel_id": str(request.channel_id),
            "made_from": job.parent_job_id,
            "first_of_family": job.root_job_id,
            "references": [
                {
                    "sha256": reference.sha256,
                    "type": reference.image_type,
                    "made_with_plantain": reference.source_job_id,
                }
                for reference in self.references
            ],
        }


def _file_name(number: int, when: datetime, prompt: str, suffix: str) -> str:
    """Return a name that every system takes: "0001 2026-11-26 a fox in the snow.png". `when`: in the guild's zone."""
    words = _NOT_IN_NAMES.sub(" ", unicodedata.normalize("NFC", prompt[: _NAME_CHARS * 4])).split()
    name = " ".join(words[:_NAME_WORDS])[:_NAME_CHARS].rstrip()
    return f"{number:04} {when:%Y-%m-%d} {name}".rstrip() + f".{suffix}"
