"""HTTP exchanges with the provider: the key, its limits of time and size, and second tries where they are harmless."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import SystemRandom
from typing import Any

import aiohttp
from yarl import URL

from generation.answers import Answer
from generation.clock import Clock
from generation.errors import ServiceUnavailableError, UnavailableReason
from generation.refusals import passing_trouble
from generation.workers import cancel

log = logging.getLogger(__name__)

USER_AGENT = "Plantain/0.1"
"""Some hosts of the provider refuse the user agents of libraries."""

SECOND_LOOK_S = 1.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 10.0

CONNECTION_TROUBLE = (aiohttp.ClientError, TimeoutError, OSError)
"""What aiohttp raises where the network or the other side fails, whoever uses it (discord.py does, too)."""

NETWORK_TROUBLE = (aiohttp.ClientError, TimeoutError, ConnectionError)
"""The same without the troubles of our own disk."""

NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""What aiohttp raises only before anything of a request was sent."""


random_share: Callable[[], float] = SystemRandom().random
"""Returns something from 0 to 1, to keep many second tries from coming at one time."""


def is_loopback(url: URL) -> bool:
    """Tell whether a URL leads to this machine."""
    return url.host in {"127.0.0.1", "::1", "localhost"}


def require_safe_for_key(url: str) -> URL:
    """Return the URL where the key may be sent to it.

    Raises:
        ValueError: neither https nor on this machine.
    """
    parsed = URL(url.rstrip("/"))
    if parsed.host and (parsed.scheme == "https" or (parsed.scheme == "http" and is_loopback(parsed))):
        return parsed
    raise ValueError(f"{url!r}: expected an https URL, or http on this machine")


class Exchange:
    """Sends requests that carry the key, each to the URL given and nowhere else: redirects are not followed."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_key: str,
        clock: Clock,
        jitter: Callable[[], float] = random_share,
    ) -> None:
        self._session = session
        self._headers = {"Authorization": f"Bearer {api_key}", "User-Agent": USER_AGENT, "Accept": "application/json"}
        self._clock = clock
        self._jitter = jitter

    async def send(self, method: str, url: URL, *, timeout: aiohttp.ClientTimeout, **content: Any) -> Answer:
        """Send one request, once; return whatever is answered. `content` is aiohttp's `json`, `data` or `params`.

        Raises:
            aiohttp.ClientError, TimeoutError: no complete answer; one of `NEVER_CONNECTED` where nothing was sent.
        """
        async with self._session.request(
            method, url, headers=self._headers, timeout=timeout, allow_redirects=False, **content
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(64 * 1024):
                body += chunk
                if len(body) > MAX_ANSWER_BYTES:  # no answer of the provider's; cut off, it is no JSON
                    break
            return Answer.from_body(response.status, bytes(body), retry_after=response.headers.get("Retry-After"))

    async def send_and_look_twice(
        self, method: str, url: URL, *, within_s: float, timeout: aiohttp.ClientTimeout, **content: Any
    ) -> Answer:
        """As `send`, for an answer that must not be missed. After a time when this process did not run (a machine that
        was asleep, say) all time limits are over at once, and what came meanwhile still waits to be read.

        `within_s` is the limit for all of it, in place of a `total` of `timeout`.
        """
        sending = asyncio.create_task(self.send(method, url, timeout=timeout, **content), name="create")
        try:
            await asyncio.wait({sending}, timeout=within_s)
            await asyncio.wait({sending}, timeout=SECOND_LOOK_S)
            if not sending.done():
                raise TimeoutError
            return sending.result()
        finally:
            await cancel(sending)

    async def ask(self, send: Callable[[], Awaitable[Answer]], *, persist_s: float) -> Answer:
        """Send a request that does no harm when repeated, until it is answered or `persist_s` seconds are over.

        Raises:
            ServiceUnavailableError: no answer in time.
        """
        give_up_at_s = self._clock.steady_s() + persist_s
        backoff_s = FIRST_BACKOFF_S
        while True:
            cause: Exception | None = None
            try:
                answer = await send()
            except (aiohttp.ClientError, TimeoutError) as error:
                trouble, cause = ServiceUnavailableError(UnavailableReason.UNREACHABLE), error
            else:
                trouble = passing_trouble(answer)
                if trouble is None:
                    return answer
            wait_s = max(trouble.retry_after_s or 0.0, backoff_s * (0.5 + self._jitter()))
            if self._clock.steady_s() + wait_s > give_up_at_s:
                raise trouble from cause
            log.info("The provider is asked again in %.1f s: %s", wait_s, trouble)
            await self._clock.sleep(wait_s)
            backoff_s = min(LONGEST_BACKOFF_S, backoff_s * 2)
