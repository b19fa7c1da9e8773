"""Small copies: made from one copy of the pixels, and ahead of their need without holding anything up."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image

from generation.media import MediaStore
from generation.thumbnail_drawing import SIDE, make_thumbnail
from generation.thumbnails_ahead import ThumbnailsAhead
from tests.generation.pictures import encoded, noise, saved

APART = "generation.thumbnails_ahead.make_thumbnail_apart"


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    store = MediaStore(tmp_path / "media")
    store.prepare()
    return store


@pytest.fixture
def original(tmp_path: Path) -> Path:
    return saved(tmp_path, encoded(noise(900, 600), "PNG"))


async def test_small_copy_is_made_ahead_in_a_process_of_its_own(media: MediaStore, original: Path) -> None:
    await ThumbnailsAhead(media).make(original, "ab12")
    with Image.open(media.thumbnail("ab12")) as small:
        assert (small.format, max(small.size)) == ("WEBP", SIDE)
    assert not list(media.incoming().parent.iterdir())


async def test_small_copies_ahead_are_made_one_at_a_time_however_many_pictures_arrive(
    media: MediaStore, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way: list[int] = [0]
    most: list[int] = []

    async def made(_: Path, destination: Path) -> bool:
        under_way[0] += 1
        most.append(under_way[0])
        await asyncio.sleep(0)
        destination.write_bytes(b"small")
        under_way[0] -= 1
        return True

    monkeypatch.setattr(APART, made)
    ahead = ThumbnailsAhead(media)
    working = asyncio.create_task(ahead.work())
    for number in range(8):
        ahead.want(original, f"{number:04}")
    while not all(media.thumbnail(f"{number:04}").exists() for number in range(8)):  # noqa: ASYNC110 (files)
        await asyncio.sleep(0)
    working.cancel()
    assert most == [1] * 8


@pytest.mark.parametrize("wait_s", [0.1, 0.5], ids=["as it starts", "at work"])
async def test_small_copy_that_nobody_waits_for_any_more_is_broken_off(
    media: MediaStore, original: Path, monkeypatch: pytest.MonkeyPatch, wait_s: float
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        time.sleep(0.2)
        started.append(subprocess.Popen(["sleep", "600"], stdin=subprocess.PIPE, stderr=subprocess.PIPE))
        return started[0]

    monkeypatch.setattr("generation.thumbnail_process._start", start)
    making = asyncio.create_task(ThumbnailsAhead(media).make(original, "ab12"))
    await asyncio.sleep(wait_s)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert await asyncio.to_thread(started[0].wait, 30) != 0


async def test_picture_that_was_erased_meanwhile_gets_no_small_copy_back(
    media: MediaStore, original: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def made(source: Path, destination: Path) -> bool:
        destination.write_bytes(b"small")
        source.unlink()
        return True

    monkeypatch.setattr(APART, made)
    await ThumbnailsAhead(media).make(original, "ab12")
    assert not media.thumbnail("ab12").exists()


async def test_picture_that_cannot_be_read_has_no_small_copy_and_raises_nothing(
    media: MediaStore, tmp_path: Path
) -> None:
    await ThumbnailsAhead(media).make(saved(tmp_path, b"no picture"), "ab12")
    await ThumbnailsAhead(media).make(tmp_path / "nothing.png", "cd34")
    assert not media.thumbnail("ab12").exists()
    assert not media.thumbnail("cd34").exists()


def test_large_picture_is_shrunk_without_a_second_copy_of_its_pixels(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, copied = Image.Image.copy, list[tuple[int, int]]()

    def noted(image: Image.Image) -> Image.Image:
        copied.append(image.size)
        return copy(image)

    monkeypatch.setattr(Image.Image, "copy", noted)
    make_thumbnail(original, tmp_path / "small.webp")
    assert [size for size in copied if max(size) > SIDE] == []


def test_small_copy_of_a_photo_taken_sideways_stands_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter to the right
    photo = saved(tmp_path, encoded(noise(800, 400), "JPEG", exif=exif))
    make_thumbnail(photo, tmp_path / "small.webp")
    with Image.open(tmp_path / "small.webp") as small:
        assert small.size == (SIDE // 2, SIDE)
