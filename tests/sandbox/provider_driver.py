"""A started local provider, a clock for it, and the raw requests that tests send to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import aiohttp
from aiohttp import web
from PIL import Image

from sandbox.kie import LocalProvider

KEY = "key-of-the-test"
LONGEST_TASK_S = 150.0
AGENT = {"User-Agent": "Plantain/1.0"}
MOST_LOOKS = 2_000


class SteppedClock:
    """Unix seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now_s

    def pass_(self, seconds: float) -> None:
        self.now_s += seconds


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> int:
        return self.json["code"]

    @property
    def data(self) -> Any:
        return self.json["data"]


class ProviderDriver:
    """Sends what a client would, without any of the product's code."""

    def __init__(
        self, provider: LocalProvider, clock: SteppedClock, session: aiohttp.ClientSession, control: str
    ) -> None:
        self.provider = provider
        self.clock = clock
        self.session = session
        self._control = control

    async def send(self, method: str, url: str, *, key: str | None = KEY, **options: Any) -> Answer:
        headers = {**AGENT, **({"Authorization": f"Bearer {key}"} if key else {}), **options.pop("headers", {})}
        address = url if url.startswith("http") else f"{self.provider.api_url}{url}"
        async with self.session.request(method, address, headers=headers, **options) as response:
            return Answer(response.status, await response.read(), response.headers)

    async def create(
        self, *, call_back_url: str | None = None, key: str = KEY, model: str = "nano-banana-pro", **order: Any
    ) -> Answer:
        body: dict[str, Any] = {"model": model, "input": {"prompt": "a pear", **order}}
        if call_back_url is not None:
            body["callBackUrl"] = call_back_url
        return await self.send("POST", "/api/v1/jobs/createTask", json=body, key=key)

    async def created(self, **order: Any) -> str:
        return (await self.create(**order)).data["taskId"]

    async def query(self, task_id: str) -> Answer:
        return await self.send("GET", "/api/v1/jobs/recordInfo", params={"taskId": task_id})

    async def ended(self, task_id: str) -> dict[str, Any]:
        """Let the longest possible time pass, wait until the references are read, return the record."""
        self.clock.pass_(LONGEST_TASK_S)
        for _ in range(MOST_LOOKS):
            data = (await self.query(task_id)).data
            if data["state"] in {"success", "fail"}:
                return data
            self.clock.pass_(1)
            await asyncio.sleep(0)
        raise AssertionError("the task did not end")

    async def picture_url(self, **order: Any) -> str:
        return json.loads((await self.ended(await self.created(**order)))["resultJson"])["resultUrls"][0]

    async def get_file(self, url: str) -> Answer:
        return await self.send("GET", url, key=None)

    async def upload(self, content: bytes, *, name: str = "pear.png", folder: str = "plantain/refs") -> Answer:
        form = aiohttp.FormData({"uploadPath": folder, "fileName": name})
        form.add_field("file", BytesIO(content), filename=name, content_type="application/octet-stream")
        return await self.send("POST", f"{self.provider.upload_url}/api/file-stream-upload", data=form)

    async def control(self, method: str = "GET", path: str = "", **options: Any) -> Answer:
        return await self.send(method, f"{self._control}/control/kie{path}", key=None, **options)

    async def fault(self, **faults: Any) -> None:
        answer = await self.control("PATCH", json={"faults": faults})
        assert answer.status == 200, answer.body

    async def until_met(self, fault: str) -> None:
        """Wait until a fault that was set for some times has met them all."""
        for _ in range(MOST_LOOKS):
            if not (await self.state())["faults"][fault]:
                return
        raise AssertionError(f"{fault} met nothing")

    async def until_unanswered(self) -> None:
        """Wait until the provider has a request that it has not answered."""
        for _ in range(MOST_LOOKS):
            if any(entry["status"] is None for entry in (await self.control("GET", "/requests")).json):
                return
        raise AssertionError("every request was answered")

    async def state(self) -> dict[str, Any]:
        return (await self.control()).json

    async def balance(self) -> float:
        return (await self.send("GET", "/api/v1/chat/credit")).data

    async def tasks(self) -> list[dict[str, Any]]:
        return (await self.control("GET", "/tasks")).json


@asynccontextmanager
async def driven(*, speed: float = 1.0) -> AsyncIterator[ProviderDriver]:
    clock = SteppedClock()
    provider = LocalProvider(api_key=KEY, speed=speed, clock=clock)
    app = web.Application()
    app.add_routes(provider.control_routes())
    runner = web.AppRunner(app, access_log=None)
    await provider.start()
    try:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with aiohttp.ClientSession() as session:
            yield ProviderDriver(provider, clock, session, f"http://127.0.0.1:{runner.addresses[0][1]}")
    finally:
        await runner.cleanup()
        await provider.stop()


class Listener:
    """A server that callbacks can be sent to."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[tuple[dict[str, Any], Any]] = asyncio.Queue()
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.put_nowait((await request.json(), request.headers))
        return web.Response()


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/callback", listener.hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/callback"
    yield listener
    await runner.cleanup()


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Answer every GET with this handler; the address of a picture there."""
    app = web.Application()
    app.router.add_get("/{name}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/a.png"
    await runner.cleanup()


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(out, kind)
    return out.getvalue()
