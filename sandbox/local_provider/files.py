"""Files at the provider: references that were uploaded or fetched, and pictures, drawn when they are first wanted."""

import asyncio
import hashlib
import re
import tempfile
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from PIL import Image, UnidentifiedImageError

from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.tasks import RemoteTask
from sandbox.pictures import PictureOrder, draw, pixels

MAX_REFERENCE_BYTES = 30 * 1024 * 1024
FETCH_TIMEOUT = aiohttp.ClientTimeout(total=30)
NOT_A_PICTURE = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")


class UnreadableReferenceError(Exception):
    """A reference that cannot be fetched or is not a picture."""


class NotAPictureError(Exception):
    """A file that was given as the picture of every task is none."""


class ProviderFiles:
    """A directory of its own for one run."""

    def __init__(self) -> None:
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._drawing: dict[str, asyncio.Lock] = {}
        self.given: Path | None = None

    @property
    def _root(self) -> Path:
        assert self._directory is not None
        return Path(self._directory.name)

    def open(self) -> None:
        """Make the directory."""
        self._directory = tempfile.TemporaryDirectory(prefix="plantain-provider-", ignore_cleanup_errors=True)

    def close(self) -> None:
        """Remove everything."""
        if self._directory is not None:
            self._directory.cleanup()

    async def give_picture(self, content: AsyncIterator[bytes] | None) -> None:
        """Make this file the picture of every task from now on; None: draw them again.

        Raises:
            NotAPictureError: the picture before stays.
        """
        given = None
        if content is not None:
            given = self.scratch()
            with given.open("wb") as file:
                async for chunk in content:
                    file.write(chunk)
            if not await asyncio.to_thread(_is_picture, given):
                given.unlink()
                raise NotAPictureError
        self.given = given  # one that was given before stays on the disk: somebody may be reading it

    def scratch(self) -> Path:
        """Return a new path for bytes that have no name yet."""
        return self._root / uuid.uuid4().hex

    def upload_path(self, folder: str, name: str) -> Path | None:
        """Return where an upload belongs, None for a name that is no plain file name."""
        parts = [*[part for part in folder.split("/") if part], name]
        if not all(_NAME.fullmatch(part) and part.strip(".") for part in parts):
            return None
        return self._root.joinpath("uploads", *parts)

    async def fetch_reference(self, session: aiohttp.ClientSession, url: str, task_id: str, number: int) -> str:
        """Keep a task's own copy of a reference; return the SHA-256 of its bytes.

        Raises:
            UnreadableReferenceError: not on this machine, not there, too large, or no png, jpeg or webp.
        """
        if not is_loopback(url):
            raise UnreadableReferenceError(url)
        path = self.reference(task_id, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        try:
            async with session.get(url, allow_redirects=False, timeout=FETCH_TIMEOUT) as response:
                if response.status != 200:
                    raise UnreadableReferenceError(url)
                with path.open("wb") as file:
                    async for chunk in response.content.iter_chunked(256 * 1024):
                        size += file.write(chunk)
                        digest.update(chunk)
                        if size > MAX_REFERENCE_BYTES:
                            raise UnreadableReferenceError(url)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise UnreadableReferenceError(url) from error
        if not await asyncio.to_thread(_is_picture, path):
            raise UnreadableReferenceError(url)
        return digest.hexdigest()

    def reference(self, task_id: str, number: int) -> Path:
        """Return where a task's reference is."""
        return self._root / "references" / task_id / str(number)

    async def picture(self, task: RemoteTask, name: str, faults: ProviderFaults) -> Path:
        """Return the file of a picture, drawn once."""
        path = self._root / "pictures" / name
        async with self._drawing.setdefault(name, asyncio.Lock()):
            if not path.exists():
                order = self._order(task, name, faults)
                await asyncio.to_thread(_draw_to, path, order)
        return path

    def _order(self, task: RemoteTask, name: str, faults: ProviderFaults) -> PictureOrder:
        references = tuple(self.reference(task.id, number) for number in range(len(task.references)))
        ratio, file_format = task.input.get("aspect_ratio", "1:1"), task.output_format
        width, height = pixels(ratio, task.resolution, references)
        return PictureOrder(
            prompt=task.input["prompt"],
            width=width,
            height=height,
            output_format=file_format,
            references=references,
            caption=f"{ratio} · {task.resolution} · {file_format.upper()} · task {task.number}",
            seed=task.number + task.files.index(name) * 1000,
            size_mb=faults.number("png_size_mb") or None,
        )


def _draw_to(path: Path, order: PictureOrder) -> None:
    """Draw a file that is either whole or not there: whoever waits for it may be cancelled, this goes on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    unfinished.write_bytes(draw(order))
    unfinished.replace(path)


def content_type(path: Path) -> str:
    """Return the type by the bytes."""
    with path.open("rb") as file:
        return "image/png" if file.read(4) == b"\x89PNG" else "image/jpeg"


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine: nothing else is ever asked for anything."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname in {"127.0.0.1", "localhost", "::1"}


def _is_picture(path: Path) -> bool:
    """Decode it all: `verify` alone takes a JPEG that was cut."""
    try:
        with Image.open(path, formats=["PNG", "JPEG", "WEBP"]) as picture:
            picture.load()
    except NOT_A_PICTURE:
        return False
    return True
