"""The HTTP server for callbacks and health, in a process of its own: a flood of calls fills this one and not the bot.

It reads one line of JSON with its settings, then heartbeats, from standard input, and ends when that does. On standard
output it writes one line for every call that the bot should know of, and now and then how many it saw of each kind.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import signal
import sys
import time
from collections import Counter, OrderedDict
from typing import Any

from aiohttp import web

from generation.callback_paths import JobNamed, job_of

MAX_BODY_BYTES = 64 * 1024
BODY_WITHIN_S = 10.0
SIGNATURE_HOLDS_S = 300.0
"""The provider's own window (its documentation, 2026-01)."""
KEEP_ALIVE_S = 15.0
TOLD_AGAIN_AFTER_S = 5.0
TOLD_A_SECOND = 50
REMEMBERED = 10_000
COUNTS_EVERY_S = 5.0
ALIVE_FOR_S = 30.0
MAX_TASK_ID_CHARS = 200
NICENESS = 10
"""Where processors are short the bot itself goes first: a call that comes late is made up for by polls."""


class CallbackDoor:
    """Answers calls. What the bot is told of each kind of call is bounded, whoever sends how many.

    Attributes:
        counts: calls by what became of them.
    """

    def __init__(self, *, path_key: bytes, webhook_key: bytes | None) -> None:
        """Take the key of the paths, and the key that the provider signs with (None: it does not sign)."""
        self._path_key = path_key
        self._webhook_key = webhook_key
        self._told: OrderedDict[tuple[JobNamed, str], float] = OrderedDict()
        self._told_in_second = (0, 0)
        self._alive_until_s = 0.0
        self.counts: Counter[str] = Counter()

    def application(self) -> web.Application:
        """Return the routes; the path of a job may stand below any other path."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        app.router.add_get("/health", self._health)
        app.router.add_post("/{path:.*}", self._call)
        return app

    def heartbeat(self, *, connected: bool) -> None:
        """Note that the bot lives, and whether it is connected to Discord."""
        self._alive_until_s = time.monotonic() + ALIVE_FOR_S if connected else 0.0

    async def _health(self, request: web.Request) -> web.Response:
        del request
        is_well = time.monotonic() < self._alive_until_s
        return web.json_response({"status": "ok" if is_well else "not connected"}, status=200 if is_well else 503)

    async def _call(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                body = await request.read()
        except TimeoutError:
            return self._answer("slow", 408)
        except web.HTTPRequestEntityTooLarge:
            return self._answer("too large", 413)
        task_id = _task_id(body)
        job = job_of(request.match_info["path"].rpartition("/")[2], self._path_key)
        if not self._is_genuine(request, task_id, job):
            return self._answer("forged", 401)
        if job is None or task_id is None:
            return self._answer("unknown", 200)
        return self._answer("told" if self._tell(job, task_id) else "repeated", 200)

    def _is_genuine(self, request: web.Request, task_id: str | None, job: JobNamed | None) -> bool:
        if self._webhook_key is None:
            return job is not None
        timestamp = request.headers.get("X-Webhook-Timestamp", "")
        if task_id is None or not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
            return False
        digest = hmac.digest(self._webhook_key, f"{task_id}.{timestamp}".encode(), hashlib.sha256)
        given = request.headers.get("X-Webhook-Signature", "").encode("utf-8", "surrogateescape")
        is_right = hmac.compare_digest(base64.b64encode(digest), given)
        return is_right and abs(time.time() - int(timestamp)) <= SIGNATURE_HOLDS_S

    def _tell(self, job: JobNamed, task_id: str) -> bool:
        """Tell the bot, unless it was told just now or has heard enough this second; a poll finds what it missed."""
        now_s, key = time.monotonic(), (job, task_id)
        second, told = self._told_in_second
        if int(now_s) != second:
            second, told = int(now_s), 0
        if told >= TOLD_A_SECOND or now_s - self._told.get(key, -TOLD_AGAIN_AFTER_S) < TOLD_AGAIN_AFTER_S:
            return False
        self._told_in_second = (second, told + 1)
        self._told[key] = now_s
        self._told.move_to_end(key)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        _say({"job": job.job_id, "queued_at": job.queued_at_s, "task": task_id})
        return True

    def _answer(self, kind: str, status: int) -> web.Response:
        self.counts[kind] += 1
        return web.Response(status=status)


def _task_id(body: bytes) -> str | None:
    """Return what `data.taskId` (older: `data.task_id`) says, None where nothing usable stands there."""
    try:
        content: Any = json.loads(body)
        data = content["data"]
        found = data.get("taskId") or data.get("task_id")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    is_usable = (
        isinstance(found, str) and 0 < len(found) <= MAX_TASK_ID_CHARS and found.isascii() and found.isprintable()
    )
    return found if is_usable else None


def _say(message: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # the bot was killed; this process has nobody left to serve, nor to tell of it
        os._exit(0)


async def _count(door: CallbackDoor) -> None:
    said: Counter[str] = Counter()
    while True:
        await asyncio.sleep(COUNTS_EVERY_S)
        if door.counts != said:
            said = door.counts.copy()
            _say({"counts": said})


async def main() -> None:
    """Serve until standard input ends."""
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the bot too, which ends this one by its input
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    first_line = await reader.readline()
    if not first_line:  # the bot was killed meanwhile
        return
    settings = json.loads(first_line)
    webhook_key = settings["webhook_key"]
    door = CallbackDoor(
        path_key=bytes.fromhex(settings["path_key"]),
        webhook_key=None if webhook_key is None else webhook_key.encode(),
    )
    runner = web.AppRunner(door.application(), access_log=None, keepalive_timeout=KEEP_ALIVE_S, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings["host"], settings["port"]).start()
    except OSError as error:
        _say({"failed": error.strerror or "the address cannot be used"})
        return
    _say({"ready": True})
    counting = asyncio.create_task(_count(door))
    while line := await reader.readline():
        door.heartbeat(connected=json.loads(line)["connected"])
    counting.cancel()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
