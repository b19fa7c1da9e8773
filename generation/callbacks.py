"""Callbacks of the provider: keeps the door's process running, and hands on what it lets through."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from generation.callback_paths import JobNamed, key_from, path_of
from generation.clock import Clock
from generation.own_process import end, start_module

log = logging.getLogger(__name__)

MODULE = "generation.callback_door"
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
HEARTBEAT_EVERY_S = 1.0

Heard = Callable[[JobNamed, str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """Where calls come in.

    Attributes:
        public_url: what the provider is told, without a slash at its end; None: only /health is served.
        webhook_key: what the provider signs with, None where no key was set there.
    """

    host: str
    port: int
    public_url: str | None
    api_key: str
    webhook_key: str | None


class Callbacks:
    """Tells the provider where to call, and hears it. Without a door all works by polling, only later.

    Attributes:
        counts: calls by what became of them, since the door was opened; "forged" among them.
    """

    def __init__(
        self,
        settings: DoorSettings,
        clock: Clock,
        *,
        is_connected: Callable[[], bool],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._is_connected = is_connected
        self._path_key = key_from(settings.api_key)
        self.counts: Counter[str] = Counter()

    def url_of(self, job: JobNamed) -> str | None:
        """Return what the provider is to call for a job, None where callbacks are off."""
        if self._settings.public_url is None:
            return None
        return f"{self._settings.public_url}/{path_of(job, self._path_key)}"

    async def work(self, heard: Heard) -> None:
        """Keep the door open, for ever; `heard` is told the job and the remote task that a genuine call names."""
        retry_s = FIRST_RETRY_S
        while True:
            began_s = self._clock.steady_s()
            try:
                await self._open(heard)
            except Exception:  # a worker's loop
                log.exception("The door for callbacks broke")
            if self._clock.steady_s() - began_s > LONGEST_RETRY_S:
                retry_s = FIRST_RETRY_S
            log.warning("The door for callbacks is closed; polls go on, and it is opened again in %.0f s", retry_s)
            await self._clock.sleep(retry_s)
            retry_s = min(LONGEST_RETRY_S, retry_s * 2)

    async def _open(self, heard: Heard) -> None:
        process = await start_module(MODULE)
        assert process.stdin is not None
        assert process.stdout is not None
        beating = None
        try:
            _write(process.stdin, self._own_settings())
            beating = asyncio.create_task(self._beat(process.stdin), name="heartbeat of the door for callbacks")
            while line := await process.stdout.readline():
                await self._take(json.loads(line), heard)
        finally:
            if beating is not None:
                beating.cancel()
            await end(process)

    def _own_settings(self) -> dict[str, Any]:
        return {
            "host": self._settings.host,
            "port": self._settings.port,
            "path_key": self._path_key.hex(),
            "webhook_key": self._settings.webhook_key,
        }

    async def _beat(self, stdin: asyncio.StreamWriter) -> None:
        while True:
            _write(stdin, {"connected": self._is_connected()})
            await asyncio.sleep(HEARTBEAT_EVERY_S)

    async def _take(self, message: dict[str, Any], heard: Heard) -> None:
        if "job" in message:
            try:
                await heard(JobNamed(message["job"], message["queued_at"]), message["task"])
            except Exception:  # a poll finds out as well
                log.exception("A callback of job %s could not be used", message["job"])
        elif "counts" in message:
            counts = Counter[str](message["counts"])
            if counts["forged"] > self.counts["forged"]:
                log.warning("%d forged callbacks were refused so far", counts["forged"])
            self.counts = counts
        elif "ready" in message:
            log.info("Callbacks are heard on %s port %d", self._settings.host, self._settings.port)
        else:
            log.error("The door for callbacks cannot be opened: %s. Check HTTP_HOST and HTTP_PORT", message["failed"])


def _write(stdin: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    stdin.write(json.dumps(message).encode() + b"\n")
