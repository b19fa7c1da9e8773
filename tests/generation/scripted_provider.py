"""A server on a real socket that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any, Self

from aiohttp import web


class Mishap(Enum):
    """How a request gets no answer."""

    DROPPED = auto()
    SILENCE = auto()
    CUT_OFF = auto()
    """Half of the body, then the connection closes."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    body: object = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    mishap: Mishap | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ScriptedProvider:
    """Answers each request with the next reply; the last one stays."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.asked = asyncio.Event()
        self._replies: deque[Reply] = deque([Reply()])
        self._end = asyncio.Event()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1)
        self.url = ""

    def script(self, *replies: Reply | object) -> None:
        """Set the replies; anything that is no `Reply` is the JSON body of one with status 200."""
        self._replies = deque(reply if isinstance(reply, Reply) else Reply(body=reply) for reply in replies)

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(
            Seen(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                headers=request.headers,
                body=await request.read(),
            )
        )
        self.asked.set()
        reply = self._replies.popleft() if len(self._replies) > 1 else self._replies[0]
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        assert request.transport is not None
        match reply.mishap:
            case Mishap.SILENCE:
                await self._end.wait()
            case Mishap.DROPPED:
                request.transport.abort()
            case Mishap.CUT_OFF:
                response = web.StreamResponse(status=reply.status, headers=reply.headers)
                response.content_length = len(body)
                await response.prepare(request)
                await response.write(body[: len(body) // 2])
                request.transport.close()
                return response
            case None:
                pass
        return web.Response(status=reply.status, body=body, headers=reply.headers)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._end.set()
        await self._runner.cleanup()


class EagerClock:
    """A clock on which every sleep is over at once, and the time has moved on."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        self.slept_s: list[float] = []

    def now(self) -> datetime:
        return self._now

    def steady_s(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self._now += timedelta(seconds=max(0.0, seconds))
        await asyncio.sleep(0)
