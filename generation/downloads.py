"""Fetching a picture from a foreign host to a file: streamed, bounded, and checked by its bytes."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import aiohttp
from yarl import URL

from generation.errors import DownloadError, DownloadProblem, ImageProblem, ResultLostError, UnusableImageError
from generation.exchange import USER_AGENT, is_loopback
from generation.images import ImageType, inspect_result
from generation.public_addresses import NotPublicError, may_be_public
from generation.threads import in_thread

CHUNK_BYTES = 1024 * 1024
CONNECT_S, SILENCE_S = 10.0, 60.0
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({403, 404, 410})
"""File stores answer 403 for a signed URL that has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadedFile:
    """A picture on our disk. Type and pixels are read from its bytes."""

    path: Path
    sha256: str
    size_bytes: int
    image_type: ImageType
    width: int
    height: int


async def download(
    session: aiohttp.ClientSession,
    url: str,
    destination: Path,
    *,
    max_bytes: int,
    timeout_s: float,
    loopback_http_allowed: bool = False,
) -> DownloadedFile:
    """Fetch a picture to `destination`, which appears only when it is complete. Sends no credentials.

    Raises:
        ResultLostError: not behind this URL any more.
        DownloadError: anything else that went wrong on the way, or what came is no whole picture.
        OSError: our disk took it not.
    """
    part, is_whole = destination.with_name(destination.name + ".part"), False
    try:
        async with asyncio.timeout(timeout_s):
            sha256 = await _fetch(session, url, part, max_bytes=max_bytes, loopback_http_allowed=loopback_http_allowed)
        facts = await asyncio.to_thread(inspect_result, part)  # not in turn with those who decode whole pictures
        await in_thread(part.replace, destination)
        is_whole = True
    # `from None`: the texts of aiohttp's errors hold the URL, which is as good as a key.
    except UnusableImageError as error:
        is_cut = error.problem is ImageProblem.TRUNCATED
        raise DownloadError(DownloadProblem.TRUNCATED if is_cut else DownloadProblem.NOT_AN_IMAGE) from error
    except aiohttp.ClientPayloadError:
        raise DownloadError(DownloadProblem.TRUNCATED) from None
    except TimeoutError:
        raise DownloadError(DownloadProblem.TIMED_OUT) from None
    except aiohttp.ClientError as error:
        is_private = isinstance(error.__cause__, NotPublicError)
        raise DownloadError(DownloadProblem.FORBIDDEN_URL if is_private else DownloadProblem.DISCONNECTED) from None
    finally:
        for left in () if is_whole else (part, destination):
            await asyncio.to_thread(left.unlink, missing_ok=True)
    return DownloadedFile(
        path=destination,
        sha256=sha256,
        size_bytes=facts.size_bytes,
        image_type=facts.image_type,
        width=facts.width,
        height=facts.height,
    )


async def _fetch(
    session: aiohttp.ClientSession, url: str, part: Path, *, max_bytes: int, loopback_http_allowed: bool
) -> str:
    """Write the body behind `url` to `part`; return its SHA-256. Follows redirects by hand, to check each."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
    headers = {"User-Agent": USER_AGENT, "Accept": "image/*"}
    target = _parse(url)
    for _ in range(MAX_REDIRECTS + 1):
        if not _may_fetch(target, loopback_http_allowed=loopback_http_allowed):
            raise DownloadError(DownloadProblem.FORBIDDEN_URL)
        async with session.get(target, headers=headers, timeout=timeout, allow_redirects=False) as response:
            if response.status in _REDIRECTS and "Location" in response.headers:
                target = target.join(_parse(response.headers["Location"]))
                continue
            if response.status in _GONE:
                raise ResultLostError(status=response.status)
            if response.status != 200:
                raise DownloadError(DownloadProblem.BAD_STATUS, status=response.status)
            if (response.content_length or 0) > max_bytes:
                raise DownloadError(DownloadProblem.TOO_LARGE)
            return await _write(response.content, part, max_bytes=max_bytes)
    raise DownloadError(DownloadProblem.FORBIDDEN_URL)


def _parse(url: str) -> URL:
    """Keep the spelling where it is one that can be sent: another one may not fit the URL's signature."""
    try:
        return URL(url, encoded=url.isascii() and url.isprintable() and " " not in url)
    except ValueError:
        raise DownloadError(DownloadProblem.FORBIDDEN_URL) from None


def _may_fetch(url: URL, *, loopback_http_allowed: bool) -> bool:
    if url.scheme == "https" and url.host and may_be_public(url.host):
        return True
    return loopback_http_allowed and url.scheme == "http" and is_loopback(url)


async def _write(content: aiohttp.StreamReader, part: Path, *, max_bytes: int) -> str:
    digest, size_bytes, waiting = hashlib.sha256(), 0, bytearray()

    def keep(piece: bytes) -> None:
        digest.update(piece)
        file.write(piece)

    def end(piece: bytes) -> None:
        keep(piece)
        file.close()

    file = await in_thread(_create, part)
    try:
        async for chunk in content.iter_any():
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                raise DownloadError(DownloadProblem.TOO_LARGE)
            waiting += chunk
            if len(waiting) >= CHUNK_BYTES:
                piece, waiting = bytes(waiting), bytearray()
                await in_thread(keep, piece)
        await asyncio.to_thread(end, bytes(waiting))
    finally:
        if not file.closed:
            await asyncio.to_thread(file.close)
    return digest.hexdigest()


def _create(part: Path) -> BinaryIO:
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
