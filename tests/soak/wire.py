"""What is at the other ends of the bot's HTTP: the provider, its file host, and Discord's file host.

Stands in for the session of aiohttp, so that the real client, its parsers and its second tries are under test, without
a socket for each of a million polls.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from tests.soak.clock import MONDAY, JumpingLoop

API, FILES, DISCORD_FILES = "https://api.soak.example", "https://files.soak.example", "https://cdn.soak.example"
DURATIONS_S = {"1K": (13.0, 25.0), "2K": (16.0, 75.0), "4K": (22.0, 150.0)}
FAILS, LOSES_ANSWER = 0.03, 0.01
REFUSES, HICCUPS = 0.002, 0.005
"""How often a create is refused for now, and how often a question or a download goes wrong."""

TRAVEL_S = (0.05, 0.4)
BALANCE = 100_000


@dataclass(frozen=True, slots=True)
class _Task:
    created_s: float
    ends_s: float
    fails: bool


class _Content:
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), size):
            yield self._body[start : start + size]

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield self._body


class _Response:
    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.headers: dict[str, str] = {}
        self.content_length = len(body)
        self.content = _Content(body)


class Wire:
    """Has the methods of `aiohttp.ClientSession` that the bot uses. Remembers a task until its end was told."""

    def __init__(self, loop: JumpingLoop, chance: random.Random) -> None:
        self._loop = loop
        self._chance = chance
        self._tasks: dict[str, _Task] = {}
        self._pictures = 0
        self.creates = 0
        self.queries = 0

    @asynccontextmanager
    async def request(self, method: str, url: URL, **content: Any) -> AsyncIterator[_Response]:
        await self._travel()
        match url.path:
            case "/api/v1/jobs/createTask":
                answer = self._create(content["json"])
            case "/api/v1/jobs/recordInfo":
                answer = self._query(content["params"]["taskId"])
            case "/api/v1/chat/credit":
                answer = _said(BALANCE)
            case "/api/file-stream-upload":
                answer = _said({"downloadUrl": f"{FILES}/uploaded/{self._chance.getrandbits(64):x}.png"})
            case _:
                raise AssertionError(f"{method} {url.path}")
        await self._travel()
        yield _Response(200, json.dumps(answer).encode())

    @asynccontextmanager
    async def get(self, url: URL | str, **_: Any) -> AsyncIterator[_Response]:
        await self._travel()
        if self._chance.random() < HICCUPS:
            raise aiohttp.ServerDisconnectedError
        self._pictures += 1
        yield _Response(200, picture(self._pictures))

    async def _travel(self) -> None:
        await asyncio.sleep(self._chance.uniform(*TRAVEL_S))

    def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        self.creates += 1
        if self._chance.random() < REFUSES:
            return {"code": 429, "msg": "Too many requests", "data": None}
        if self._chance.random() < LOSES_ANSWER:
            raise aiohttp.ServerDisconnectedError
        now_s = self._loop.time()
        remote_task_id = f"{self.creates:08d}{self._chance.getrandbits(64):016x}"
        ends_s = now_s + self._chance.uniform(*DURATIONS_S[body["input"]["resolution"]])
        self._tasks[remote_task_id] = _Task(now_s, ends_s, self._chance.random() < FAILS)
        return _said({"taskId": remote_task_id})

    def _query(self, remote_task_id: str) -> dict[str, Any]:
        self.queries += 1
        if self._chance.random() < HICCUPS:
            raise aiohttp.ServerDisconnectedError
        task = self._tasks[remote_task_id]
        if self._loop.time() < task.ends_s:
            return _said({"taskId": remote_task_id, "state": "generating", "createTime": _ms(task.created_s)})
        del self._tasks[remote_task_id]
        told = {"taskId": remote_task_id, "createTime": _ms(task.created_s), "completeTime": _ms(task.ends_s)}
        if task.fails:
            return _said({**told, "state": "fail", "failCode": "500", "failMsg": "internal error"})
        urls = json.dumps({"resultUrls": [f"{FILES}/results/{remote_task_id}.png"]})
        return _said({**told, "state": "success", "resultJson": urls})


def _said(data: Any) -> dict[str, Any]:
    return {"code": 200, "msg": "success", "data": data}


def _ms(simulated_s: float) -> int:
    return int((MONDAY.timestamp() + simulated_s) * 1000)


def picture(number: int) -> bytes:
    """Return a PNG of 16 x 16 pixels like no other."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + struct.pack(">Q", number) * 6
    header = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    data = zlib.compress(row * 16)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
