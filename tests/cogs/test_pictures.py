"""What is made for posting only goes away, also where it could not be finished."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from cogs.pictures import PictureShop
from generation.media import MediaStore
from generation.results import ResultFetcher
from generation.thumbnails import Thumbnails
from storage.references import Reference

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
