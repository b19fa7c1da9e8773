"""A local provider whose time stands still, and raw requests to it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
from aiohttp import web
from PIL import Image

from sandbox.kie import LocalProvider

KEY = "the-key"
AGENT = {"User-Agent": "a-product/1.0"}
ORDER = {"prompt": "a pear", "aspect_ratio": "1:1", "resolution": "1K", "output_format": "png"}


class StandingClock:
    """Moves only when told to; real seconds."""

    def __init__(self) -> None:
        self.now_s = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now_s


class Driver:
    """Asks the provider as any client might."""

    def __init__(self, provider: LocalProvider, clock: StandingClock, session: aiohttp.ClientSession) -> None:
        self.provider = provider
        self.clock = clock
        self.session = session
        self.control_url = ""

    async def send(self, method: str, path: str, *, key: str | None = KEY, **content: Any) -> tuple[int, Any]:
        """Return (HTTP status, JSON body, or text where it is none)."""
        headers = AGENT if key is None else {**AGENT, "Authorization": f"Bearer {key}"}
        async with self.session.request(method, f"{self.provider.api_url}{path}", headers=headers, **content) as answer:
            text = await answer.text()
        return answer.status, json.loads(text) if answer.content_type == "application/json" else text

    async def create(self, *, model: str = "nano-banana-pro", callback: str | None = None, **changes: Any) -> Any:
        """Return the answer's body."""
        order = {name: value for name, value in {**ORDER, **changes}.items() if value is not None}
        body = {"model": model, "input": order, **({"callBackUrl": callback} if callback else {})}
        return (await self.send("POST", "/api/v1/jobs/createTask", json=body))[1]

    async def task(self, **changes: Any) -> str:
        return (await self.create(**changes))["data"]["taskId"]

    async def query(self, task_id: str) -> Any:
        """Return the answer's body; a little time passes, as queries are limited too."""
        self.clock.now_s += 0.2
        return (await self.send("GET", "/api/v1/jobs/recordInfo", params={"taskId": task_id}))[1]

    async def finished(self, task_id: str) -> dict[str, Any]:
        """Let all the time pass that a task can take; return its record, once its references were read."""
        self.clock.now_s += 200
        for _ in range(1000):
            record = (await self.query(task_id))["data"]
            if record["state"] in {"success", "fail"}:
                return record
        raise AssertionError("the task did not end")

    async def get(self, url: str, **headers: str) -> tuple[int, bytes]:
        async with self.session.get(url, headers={**AGENT, **headers}) as answer:
            return answer.status, await answer.read()

    async def picture(self, task_id: str) -> Image.Image:
        record = await self.finished(task_id)
        [url] = json.loads(record["resultJson"])["resultUrls"]
        return Image.open(BytesIO((await self.get(url))[1]))

    async def upload(self, content: bytes, name: str = "a.png", folder: str = "references") -> Any:
        form = aiohttp.FormData({"uploadPath": folder, "fileName": name})
        form.add_field("file", content, filename="original.png")
        return (await self.send("POST", "/api/file-stream-upload", data=form))[1]

    async def control(self, method: str, path: str = "", body: object = None) -> tuple[int, Any]:
        url = f"{self.control_url}/control/kie{path}"
        async with self.session.request(method, url, json=body) as answer:
            return answer.status, await answer.json()


@asynccontextmanager
async def driven() -> AsyncIterator[Driver]:
    """Start a provider in real time of a standing clock, and its control API on a port of its own."""
    clock = StandingClock()
    async with LocalProvider(api_key=KEY, speed=1, clock=clock) as provider, aiohttp.ClientSession() as session:
        driver = Driver(provider, clock, session)
        app = web.Application()
        app.add_routes(provider.control_routes())
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        driver.control_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield driver
        await runner.cleanup()
