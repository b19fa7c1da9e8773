"""What is made for posting only goes away, also where it could not be finished."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from cogs.pictures import PictureShop
from generation.errors import PictureMissingError
from generation.media import MediaStore
from generation.results import ResultFetcher
from generation.thumbnails import Thumbnails
from storage import jobs
from storage.database import Database
from storage.jobs import ResultFile
from storage.references import Reference
from tests.conftest import HandClock
from tests.storage.books import reserve_job

REFERENCE = Reference(
    id=1,
    sha256="ab" * 32,
    image_type="png",
    size_bytes=7,
    width=16,
    height=16,
    is_kept=True,
    source_job_id=None,
    provider_url=None,
    provider_url_at=None,
)


class FullDisk(Thumbnails):
    """Begins a file, and then there is no more room."""

    async def of(self, original: Path, sha256: str) -> Path | None:
        return original

    async def sheet(self, thumbnails: Sequence[Path], destination: Path) -> None:
        destination.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")


async def test_half_a_sheet_of_references_is_removed(tmp_path: Path) -> None:
    media = MediaStore(tmp_path / "media")
    media.prepare()
    shop = PictureShop(media, FullDisk(media), cast(ResultFetcher, None))
    with pytest.raises(OSError, match="No space left"):
        await shop.sheet(1, [REFERENCE])
    assert list(media.incoming().parent.iterdir()) == []


def with_a_sound_head_only(path: Path) -> None:
    """Write a PNG that says what it is, and holds noise for its pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1024, 1024, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", bytes(range(256)) * 512) + chunk(b"IEND", b""))


async def test_picture_that_nobody_could_see_is_lost_and_not_tried_for_ever(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    media = MediaStore(tmp_path / "media")
    media.prepare()
    job_id = await reserve_job(database, clock.now())
    result = ResultFile(sha256="a" * 64, image_type="png", size_bytes=131_000, width=1024, height=1024)
    with_a_sound_head_only(tmp_path / "broken.png")
    media.adopt(tmp_path / "broken.png", media.result(result.sha256, "png"))
    async with database.transaction() as tx:
        job = await jobs.get(tx, job_id)
    assert job is not None
    client: Any = None
    shop = PictureShop(media, Thumbnails(media), ResultFetcher(client, database, media, clock))
    with pytest.raises(PictureMissingError) as lost:
        await shop.prepare(replace(job, result=result), limit_bytes=100_000)
    assert lost.value.is_lost
    assert list(media.incoming().parent.iterdir()) == []
