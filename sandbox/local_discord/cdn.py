"""Files: kept in a directory, handed out under signed addresses that expire."""

import asyncio
import hashlib
import hmac
import mimetypes
import re
import secrets
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from aiohttp import web
from PIL import Image

from sandbox.json_values import JsonObject
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.faults import Faults
from sandbox.local_discord.snowflakes import Snowflakes, created_at_s
from sandbox.local_discord.world import Attachment

URL_LIFETIME_S = 24 * 3600
EPHEMERAL_LIFETIME_S = 6 * 3600  # Discord does not say how long; it only promises that they go
SPOILER_FLAG = 1 << 3
_NOT_IN_FILENAMES = re.compile(r"[^A-Za-z0-9_.-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """An upload that no message holds yet; `filename` is the sender's."""

    filename: str
    path: Path
    size_bytes: int

    def discard(self) -> None:
        """Delete the bytes where nothing came to hold them."""
        self.path.unlink(missing_ok=True)


class Cdn:
    """Stores attachments in a temporary directory and serves them while their signature is fresh."""

    def __init__(self, clock: Clock, snowflakes: Snowflakes, faults: Faults) -> None:
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._faults = faults
        self._clock = clock
        self._snowflakes = snowflakes
        self._key = secrets.token_bytes(32)
        self._files: dict[tuple[str, int, int, str], Attachment] = {}
        self._by_id: dict[int, Attachment] = {}
        self.base_url = ""

    @property
    def directory(self) -> Path:
        """Where the files are, between `open` and `close`."""
        assert self._directory is not None
        return Path(self._directory.name)

    def open(self, base_url: str) -> None:
        """Make a temporary directory; addresses will start with this URL."""
        self._directory = tempfile.TemporaryDirectory(prefix="plantain-discord-")
        self.base_url = base_url

    def close(self) -> None:
        """Delete all files."""
        if self._directory is not None:
            self._directory.cleanup()

    async def receive(self, body: AsyncIterator[bytes], filename: str) -> ReceivedFile:
        """Write the bytes to a file that is not served yet."""
        path = self.directory / str(self._snowflakes.next())
        size = 0
        with path.open("wb") as file:
            async for chunk in body:
                size += file.write(chunk)
        return ReceivedFile(filename=filename, path=path, size_bytes=size)

    async def attach(self, received: ReceivedFile, *, channel_id: int, folder: str = "attachments") -> Attachment:
        """Serve the file and describe it as Discord would."""
        attachment = Attachment(
            id=self._snowflakes.next(),
            filename=public_filename(received.filename),
            size_bytes=received.size_bytes,
            path=received.path,
            channel_id=channel_id,
            folder=folder,
            content_type=_claimed_type(received.filename),
        )
        if (attachment.content_type or "").startswith("image/"):
            dimensions = await asyncio.to_thread(_dimensions, received.path)
            attachment.width, attachment.height = dimensions or (None, None)
        self.serve(attachment)
        return attachment

    def serve(self, attachment: Attachment) -> None:
        """Make the file available under the address its fields give."""
        self._files[(attachment.folder, attachment.channel_id, attachment.id, attachment.filename)] = attachment
        self._by_id[attachment.id] = attachment

    def move(self, attachment: Attachment, *, channel_id: int) -> None:
        """Make an ephemeral upload part of a channel, for good."""
        self._files.pop((attachment.folder, attachment.channel_id, attachment.id, attachment.filename), None)
        attachment.folder, attachment.channel_id = "attachments", channel_id
        self.serve(attachment)

    def forget(self, attachment: Attachment) -> None:
        """Delete the file and stop serving it."""
        self._files.pop((attachment.folder, attachment.channel_id, attachment.id, attachment.filename), None)
        self._by_id.pop(attachment.id, None)
        attachment.path.unlink(missing_ok=True)

    def url(self, attachment: Attachment) -> str:
        """Return an address that works from now on for a day."""
        path = f"/{attachment.folder}/{attachment.channel_id}/{attachment.id}/{quote(attachment.filename)}"
        issued = int(self._clock.now())
        return f"{self.base_url}{path}?{self._signed_query(path, issued)}"

    def _signed_query(self, path: str, issued_s: int) -> str:
        expiry, issue = f"{issued_s + URL_LIFETIME_S:x}", f"{issued_s:x}"
        return f"ex={expiry}&is={issue}&hm={self._signature(path, expiry, issue)}&"

    def _signature(self, path: str, expiry: str, issue: str) -> str:
        return hmac.new(self._key, f"{path}|{expiry}|{issue}".encode(), hashlib.sha256).hexdigest()

    def attachment_at(self, address: str) -> Attachment | None:
        """Return the stored file an address of ours names, whether or not its signature is still good."""
        if not address.startswith(self.base_url):
            return None
        parts = urlsplit(address).path.split("/")
        if len(parts) != 5 or not (parts[2].isdigit() and parts[3].isdigit()):
            return None
        return self._files.get((parts[1], int(parts[2]), int(parts[3]), parts[4]))

    def attachment(self, attachment_id: int) -> Attachment | None:
        """Return the file with this id while it is served."""
        return self._by_id.get(attachment_id)

    def payload(self, attachment: Attachment) -> JsonObject:
        """Return the attachment as the API shows it."""
        url = self.url(attachment)
        payload: JsonObject = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": attachment.size_bytes,
            "url": url,
            "proxy_url": url,
        }
        if attachment.content_type is not None:
            payload["content_type"] = attachment.content_type
        if attachment.width is not None:
            payload |= {"width": attachment.width, "height": attachment.height}
        if attachment.description is not None:
            payload["description"] = attachment.description
        if attachment.folder == "ephemeral-attachments":
            payload["ephemeral"] = True
        if attachment.filename.startswith("SPOILER_"):
            payload["flags"] = SPOILER_FLAG
        return payload

    def routes(self) -> list[web.RouteDef]:
        pattern = "/{folder:attachments|ephemeral-attachments}/{channel:[0-9]+}/{attachment:[0-9]+}/{filename}"
        return [web.get(pattern, self._get), web.get("/favicon.ico", self._get_icon)]

    async def _get_icon(self, request: web.Request) -> web.Response:
        """Say that there is none: a browser that shows a file asks for it by itself."""
        del request
        return web.Response(status=404)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        info = request.match_info
        if delay := self._faults.take("delay", "GET", request.path):
            await self._clock.sleep(delay.seconds)
        if self._faults.take("drop_before_effect", "GET", request.path) and request.transport is not None:
            request.transport.abort()
            return web.Response(status=500)
        if self._faults.take("internal_error", "GET", request.path):
            return web.Response(status=500, text="Internal Server Error")
        attachment = self._files.get((info["folder"], int(info["channel"]), int(info["attachment"]), info["filename"]))
        if attachment is None or not self._is_available(attachment) or not self._is_signed(request):
            return web.Response(status=404, text="This content is no longer available.")
        headers = {
            "Content-Type": attachment.content_type or "application/octet-stream",
            "Access-Control-Allow-Origin": "*",
            "Cache-Control": "private, max-age=3600",
        }
        return web.FileResponse(attachment.path, headers=headers)

    def _is_available(self, attachment: Attachment) -> bool:
        if attachment.folder == "attachments":
            return attachment.path.exists()
        return self._clock.now() < created_at_s(attachment.id) + EPHEMERAL_LIFETIME_S and attachment.path.exists()

    def _is_signed(self, request: web.Request) -> bool:
        query = {name: values[0] for name, values in parse_qs(request.query_string).items()}
        expiry, issue = query.get("ex", ""), query.get("is", "")
        if not re.fullmatch(r"[0-9a-f]{1,12}", expiry) or int(expiry, 16) <= self._clock.now():
            return False
        signature = self._signature(request.rel_url.raw_path, expiry, issue)
        return hmac.compare_digest(signature, query.get("hm", ""))


def public_filename(filename: str) -> str:
    """Return the name Discord would give an uploaded file: ASCII letters, digits, `_-.`."""
    cleaned = _NOT_IN_FILENAMES.sub("", filename.replace(" ", "_")).lstrip(".")
    return cleaned or "unknown"


def _claimed_type(filename: str) -> str | None:
    """Return the type the name claims; Discord does not look inside."""
    content_type = mimetypes.guess_type(filename)[0]
    if filename.lower().endswith(".webp"):
        content_type = "image/webp"
    if content_type is not None and content_type.startswith("text/"):
        return f"{content_type}; charset=utf-8"
    return content_type


def _dimensions(path: Path) -> tuple[int, int] | None:
    """Read width and height from the header, however large the picture; None where there is no picture."""
    Image.init()
    with path.open("rb") as file:
        prefix = file.read(16)
        for name in ("PNG", "JPEG", "GIF", "WEBP"):
            # Not Image.open: it refuses or warns about sizes that Discord reports without a word.
            factory, accepts = Image.OPEN.get(name, (None, None))
            if factory is None or (accepts and accepts(prefix) is not True):
                continue
            file.seek(0)
            try:
                with factory(file, path.name) as image:
                    return image.size
            except (OSError, SyntaxError, ValueError):
                return None
    return None
