"""What is left of members' uploads that came to nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image

from generation import attachments
from generation.attachments import AttachmentReader, UnusableReferenceError, Upload
from generation.client import KieClient
from generation.images import ImageType
from generation.media import MediaStore
from generation.metadata import StrippedFile, strip_metadata
from generation.results import ResultFetcher
from generation.upload_fetching import UploadFetcher
from storage.database import Database
from tests.conftest import HandClock
from tests.generation.pictures import encoded, noise


class Uploads:
    """Hands out a photo at once, and something else than a picture when it is told to."""

    def __init__(self) -> None:
        exif = Image.Exif()
        exif[0x010F] = "a camera"
        self._photo = encoded(noise(300, 200), "JPEG", exif=exif)
        self.is_photo_read = threading.Event()
        app = web.Application()
        app.router.add_get("/photo", self._send_photo)
        app.router.add_get("/text", self._send_text)
        self.server = TestServer(app)

    async def _send_photo(self, _: web.Request) -> web.Response:
        return web.Response(body=self._photo)

    async def _send_text(self, _: web.Request) -> web.Response:
        await asyncio.to_thread(self.is_photo_read.wait, 10)
        return web.Response(body=b"not a picture")

    def upload(self, name: str, position: int) -> Upload:
        return Upload(position=position, attachment_id=position, name=name, url=str(self.server.make_url(f"/{name}")))


@pytest.fixture
async def uploads() -> AsyncGenerator[Uploads, None]:
    made = Uploads()
    await made.server.start_server()
    yield made
    await made.server.close()


async def test_nothing_is_left_of_a_reference_whose_neighbour_cannot_be_used(
    uploads: Uploads, database: Database, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = MediaStore(tmp_path / "media")
    media.prepare()

    is_over = threading.Event()

    def strip_slowly(source: Path, destination: Path, image_type: ImageType) -> StrippedFile | None:
        stripped = strip_metadata(source, destination, image_type)
        data = destination.read_bytes()
        uploads.is_photo_read.set()
        threading.Event().wait(0.2)  # meanwhile the other one turns out to be no picture
        destination.write_bytes(data)
        is_over.set()
        return stripped

    monkeypatch.setattr(attachments, "strip_metadata", strip_slowly)
    async with aiohttp.ClientSession() as session:
        results = ResultFetcher(cast(KieClient, None), database, media, clock)  # no image of ours is read here
        reader = AttachmentReader(UploadFetcher(session, clock, loopback_allowed=True), results, database, media)
        with pytest.raises(UnusableReferenceError):
            async with reader.references([uploads.upload("text", 1), uploads.upload("photo", 2)]):
                pass
    await asyncio.to_thread(is_over.wait, 10)
    assert [path for path in media.incoming().parent.parent.rglob("*") if path.is_file()] == []
