"""Callbacks: a POST when a task ends, signed where a key is set; they may repeat, come out of order, or never come."""

import base64
import hashlib
import hmac
import logging

import aiohttp

from sandbox.json_values import JsonObject
from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.files import is_loopback

log = logging.getLogger(__name__)
TIMEOUT = aiohttp.ClientTimeout(total=10)


class Callbacks:
    """Tells the URLs of ended tasks. Nothing is tried again: an unheard callback is lost.

    Attributes:
        webhook_key: signs every callback; None for none.
    """

    def __init__(self, faults: ProviderFaults) -> None:
        self._faults = faults
        self._held_back: tuple[str, JsonObject, str] | None = None
        self.webhook_key: str | None = None

    def clear(self) -> None:
        """Forget a callback that was held back, and sign no longer."""
        self._held_back = self.webhook_key = None

    async def tell(self, session: aiohttp.ClientSession, url: str, data: JsonObject, *, at: float) -> None:
        """Send the callback of one task, in whatever way the faults make of it; `at` is Unix seconds."""
        if self._faults.meets("callbacks_dropped"):
            return
        if self._held_back is None and self._faults.meets("callbacks_reordered"):
            self._held_back = (url, data, str(int(at)))
            return
        waiting, self._held_back = self._held_back, None
        await self._post(session, url, data, str(int(at)))
        if self._faults.meets("callbacks_repeated"):
            await self._post(session, url, data, str(int(at)))
        if waiting is not None:
            await self._post(session, *waiting)

    async def _post(self, session: aiohttp.ClientSession, url: str, data: JsonObject, timestamp: str) -> None:
        if not is_loopback(url):
            log.info("Callback of task %s is for another machine and is not sent", data["taskId"])
            return
        succeeded = data["state"] == "success"
        body = {"code": 200 if succeeded else 501, "msg": "success" if succeeded else "failed", "data": data}
        headers: dict[str, str] = {}
        if self.webhook_key is not None:
            signed = f"{data['taskId']}.{timestamp}".encode()
            signature = base64.b64encode(hmac.digest(self.webhook_key.encode(), signed, hashlib.sha256)).decode()
            headers = {"X-Webhook-Timestamp": timestamp, "X-Webhook-Signature": signature}
        try:
            async with session.post(
                url, json=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                log.info("Callback of task %s answered %d", data["taskId"], response.status)
        except (aiohttp.ClientError, TimeoutError) as error:
            log.info("Callback of task %s was not heard: %s", data["taskId"], type(error).__name__)
