"""Answers that come late, never, or half; and callbacks."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.sandbox.kie_driver import Driver, driven


@pytest.fixture
async def kie() -> AsyncIterator[Driver]:
    async with driven() as driver:
        yield driver


class Listener:
    """Hears callbacks."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], Any]] = []
        self.arrived = asyncio.Event()
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.json()))
        self.arrived.set()
        return web.Response()

    async def wait(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.heard) < count:
                self.arrived.clear()
                await self.arrived.wait()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    app = web.Application()
    app.add_routes([web.post("/called", made.hear)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/called"
    yield made
    await runner.cleanup()


@pytest.mark.parametrize(("fault", "tasks"), [("drop_create_before", 0), ("drop_create_after", 1)])
async def test_dropped_create_leaves_a_task_only_after_the_effect(kie: Driver, fault: str, tasks: int) -> None:
    kie.provider.faults.change({fault: True})
    with pytest.raises(aiohttp.ClientError):
        await kie.create()
    assert len((await kie.control("GET", "/tasks"))[1]) == tasks


async def test_lost_answer_is_html_and_the_task_exists(kie: Driver) -> None:
    kie.provider.faults.change({"lost_create_answer_html": True})
    assert "<html>" in await kie.create()
    assert len((await kie.control("GET", "/tasks"))[1]) == 1


async def test_truncated_download_ends_before_its_length(kie: Driver) -> None:
    record = await kie.finished(await kie.task())
    kie.provider.faults.change({"truncated_download": True})
    with pytest.raises(aiohttp.ClientPayloadError):
        await kie.get(record["response"]["resultUrls"][0])


async def test_stopping_does_not_wait_for_slow_answers() -> None:
    async with asyncio.timeout(5):
        async with driven() as kie:
            kie.provider.faults.change({"slow_create_s": 600})
            slow = asyncio.create_task(kie.create())
            async with asyncio.timeout(3):
                while not (await kie.control("GET", "/tasks"))[1]:  # noqa: ASYNC110 (over a socket)
                    await asyncio.sleep(0)
        await asyncio.gather(slow, return_exceptions=True)


async def test_callback_has_the_record_and_is_signed_with_the_key(kie: Driver, listener: Listener) -> None:
    await kie.control("PATCH", body={"webhook_key": "whk", "speed": 1e6})
    task_id = await kie.task(callback=listener.url)
    kie.clock.now_s += 1
    await listener.wait(1)
    [(headers, body)] = listener.heard
    assert (body["code"], body["data"]["taskId"], body["data"]["state"]) == (200, task_id, "success")
    signed = f"{task_id}.{headers['X-Webhook-Timestamp']}".encode()
    expected = base64.b64encode(hmac.digest(b"whk", signed, hashlib.sha256)).decode()
    assert headers["X-Webhook-Signature"] == expected


async def test_callback_of_a_failed_task_says_501_and_may_come_twice(kie: Driver, listener: Listener) -> None:
    kie.provider.faults.change({"fail_internal": True, "callbacks_repeated": True})
    await kie.task(callback=listener.url)
    kie.clock.now_s += 60
    await listener.wait(2)
    assert [body["code"] for _, body in listener.heard] == [501, 501]
    assert "X-Webhook-Signature" not in listener.heard[0][0]


async def test_callbacks_may_come_in_another_order_or_never(kie: Driver, listener: Listener) -> None:
    kie.provider.faults.change({"callbacks_reordered": {"times": 1}})
    first = await kie.task(callback=listener.url)
    kie.clock.now_s += 60
    while not kie.provider.holds_back_a_callback:  # noqa: ASYNC110 (set by the provider's own work)
        await asyncio.sleep(0)
    second = await kie.task(callback=listener.url)
    kie.clock.now_s += 60
    await listener.wait(2)
    assert [body["data"]["taskId"] for _, body in listener.heard] == [second, first]
