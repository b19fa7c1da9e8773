"""Fetching a file that a member attached, from Discord's file host to our disk."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path

import aiohttp
from yarl import URL

from generation.clock import Clock
from generation.errors import GenerationError
from generation.public_addresses import may_be_public
from generation.threads import in_thread

log = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024
TRIES = 3
TIMEOUT = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=30)


class UploadGoneError(GenerationError):
    """Discord does not hand out a file that was attached to the command."""


class UploadFetcher:
    """Fetches uploads, and nothing from addresses that are not out in the world."""

    def __init__(self, session: aiohttp.ClientSession, clock: Clock, *, loopback_allowed: bool) -> None:
        """`loopback_allowed`: the local Discord of the sandbox hands its files out there."""
        self._session = session
        self._clock = clock
        self._loopback_allowed = loopback_allowed

    async def fetch(self, url: str, path: Path, *, max_bytes: int) -> tuple[int, str]:
        """Stream a file to `path`; return its size (at most one chunk over `max_bytes`) and SHA-256.

        Raises:
            UploadGoneError: Discord did not hand it out.
        """
        self._require_safe(url)
        for attempt in range(1, TRIES + 1):
            try:
                async with self._session.get(url, timeout=TIMEOUT, allow_redirects=False) as response:
                    if response.status == 200:
                        return await _write(response, path, max_bytes=max_bytes)
                    if response.status < 500:
                        break
            except (aiohttp.ClientError, TimeoutError) as error:
                log.info("An attachment could not be read, try %d: %s", attempt, type(error).__name__)
            await self._clock.sleep(0.5 * attempt)
        raise UploadGoneError

    def _require_safe(self, url: str) -> None:
        """Discord's own addresses are https; the loopback ones of the sandbox are allowed only with it."""
        address = URL(url)
        if (address.scheme == "https" and may_be_public(address.host or "")) or (
            self._loopback_allowed and address.host in {"127.0.0.1", "::1", "localhost"}
        ):
            return
        raise UploadGoneError


async def _write(response: aiohttp.ClientResponse, path: Path, *, max_bytes: int) -> tuple[int, str]:
    digest, size_bytes = hashlib.sha256(), 0

    def keep(chunk: bytes) -> None:
        digest.update(chunk)
        file.write(chunk)

    file = await in_thread(path.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size_bytes += len(chunk)
            if size_bytes > max_bytes:
                return size_bytes, ""
            await in_thread(keep, chunk)
    finally:
        await asyncio.to_thread(file.close)
    return size_bytes, digest.hexdigest()
