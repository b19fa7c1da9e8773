"""Callbacks: the provider tells that an image is ready. Genuine ones wake the poll, all others change nothing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.client import text_of
from tests.world import World, free_port

KEY = "a key of the operator's"


class Door:
    """Where the bot of a test hears calls."""

    def __init__(self, world: World, port: int) -> None:
        self._world = world
        self.url = f"http://127.0.0.1:{port}"

    async def call(self, path: str, body: Any = None, *, method: str = "POST", **headers: str) -> int:
        async with self._world.client.session.request(
            method, f"{self.url}/{path}", json=body, headers={name.replace("_", "-"): headers[name] for name in headers}
        ) as response:
            return response.status

    async def until_open(self) -> None:
        await self.until_health_is(200)

    async def until_health_is(self, wanted: int | None) -> None:
        """Wait for a status, or (None) until nobody answers."""

        async def is_so() -> bool:
            try:
                return await self.call("health", method="GET") == wanted
            except aiohttp.ClientError:
                return wanted is None

        await self._world.eventually(is_so)


async def opened(world: World, **settings: str) -> Door:
    port = free_port()
    door = Door(world, port)
    await world.start_bot(CALLBACK_URL=f"{door.url}/from/kie", HTTP_PORT=str(port), **settings)
    await door.until_open()
    return door


def signed(task_id: str, *, at: float | None = None, key: str = KEY) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.digest(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256)
    return {"X_Webhook_Timestamp": timestamp, "X_Webhook_Signature": base64.b64encode(digest).decode()}


def named(task_id: object) -> dict[str, Any]:
    return {"code": 200, "msg": "success", "data": {"taskId": task_id, "state": "success"}}


async def path_of_first_task(world: World) -> tuple[str, str]:
    """Return the path and the id of the first task's callback."""

    async def is_there() -> bool:
        return bool(await world.kie.tasks())

    await world.eventually(is_there)
    tasks = await world.kie.tasks()
    return tasks[0]["call_back_url"].partition("/from/")[2], tasks[0]["task_id"]


@pytest.mark.parametrize("key", ["", KEY])
async def test_callback_brings_the_image_with_a_single_query(empty_world: World, key: str) -> None:
    world = empty_world
    await opened(world, CALLBACK_SECRET=key)
    await world.kie.change(webhook_key=key or None)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert (await world.kie.state())["queries"] == 1
    assert len((await world.kie.tasks())[0]["call_back_url"]) < 200
    world.audit()


@pytest.mark.parametrize("fault", ["callbacks_repeated", "callbacks_reordered", "callbacks_dropped"])
async def test_callbacks_may_repeat_change_their_order_or_never_come(empty_world: World, fault: str) -> None:
    world = empty_world
    await opened(world)
    await world.kie.set_faults(**{fault: True})
    await world.member("maya").slash("imagine", prompt="a fox", count=3)
    await world.card(pictures=3)
    await world.until(lambda: world.states() == ["delivered"] * 3)
    assert (await world.kie.state())["creates"] == 3
    world.audit()


@pytest.mark.parametrize("lost", ["drop_create_after", "lost_create_answer_html"])
async def test_callback_for_a_create_whose_answer_was_lost_makes_the_job_run(empty_world: World, lost: str) -> None:
    world = empty_world
    await opened(world)
    await world.kie.set_faults(**{lost: {"times": 1}})
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert (await world.kie.state())["creates"] == 1
    assert world.rows("SELECT uncertain_at FROM job")[0]["uncertain_at"] is not None
    await (await world.member("maya").slash("imagine", prompt="an owl")).response()  # its place is free again
    await world.until(lambda: world.states() == ["delivered"] * 2)
    world.audit()


async def test_callback_that_overtakes_the_answer_of_its_create_is_not_lost(empty_world: World) -> None:
    world = empty_world
    await opened(world)
    await world.kie.set_faults(slow_create_s=4)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.until(lambda: world.states() == ["running"])
    assert world.rows("SELECT 1 FROM job WHERE uncertain_at IS NOT NULL") == []
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    world.audit()


async def test_after_a_kill_in_the_middle_of_a_create_the_callback_names_its_task(empty_world: World) -> None:
    world = empty_world
    port = free_port()
    settings = {"CALLBACK_URL": f"http://127.0.0.1:{port}/from/kie", "HTTP_PORT": str(port)}
    await world.start_bot(**settings)
    await Door(world, port).until_open()
    await world.kie.change(speed=0.001)
    await world.kie.set_faults(slow_create_s=60)
    await world.member("maya").slash("imagine", prompt="a fox")
    await path_of_first_task(world)
    await world.kill_bot()
    await world.start_bot(**settings)
    await Door(world, port).until_open()
    await world.until(lambda: world.states() == ["uncertain"])
    await world.kie.set_faults(slow_create_s=0)
    await world.kie.change(speed=1000)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert (await world.kie.state())["creates"] == 1
    world.audit()


async def test_forged_calls_are_refused_counted_and_change_nothing(empty_world: World) -> None:
    world = empty_world
    door = await opened(world)
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="a fox")
    path, task_id = await path_of_first_task(world)
    await world.until(lambda: world.states() == ["running"])
    before = (await world.kie.state())["queries"]
    job = path.rpartition("/")[2]
    for wrong in ("", "x", "from/kie", job[:-1] + ("a" if job[-1] != "a" else "b"), "2" + job[1:], job + "a"):
        assert await door.call(f"from/kie/{wrong}", named(task_id)) == 401, wrong
    assert (await world.kie.state())["queries"] == before
    await world.until(lambda: "6 forged callbacks were refused" in world.log())
    status = await (await world.member("nadia").slash("operator status")).message()
    assert "6 forged and refused" in text_of(status)
    for odd in (None, [], {}, {"data": None}, {"data": {"taskId": 5}}, {"data": {"taskId": ""}}, named("x" * 500)):
        assert await door.call(path, odd) == 200, odd
    assert await door.call(path, named("somebody-elses-task")) == 200
    assert await door.call(path, {"data": {"taskId": task_id}, "filler": "x" * 70_000}) == 413
    assert await door.call(path, method="GET") in (404, 405)
    assert await door.call(path, method="DELETE") == 405
    assert world.states() == ["running"]
    assert world.rows("SELECT remote_task_id AS id FROM job")[0]["id"] == task_id
    world.audit()


async def test_signature_has_to_be_right_and_young(empty_world: World) -> None:
    world = empty_world
    door = await opened(world, CALLBACK_SECRET=KEY)
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="a fox")
    path, task_id = await path_of_first_task(world)
    await world.until(lambda: world.states() == ["running"])
    now = time.time()
    for headers in (
        {},
        signed(task_id, key="another key"),
        signed("another-task"),
        signed(task_id, at=now - 400),
        signed(task_id, at=now + 400),
        {**signed(task_id), "X_Webhook_Timestamp": "soon"},
        {**signed(task_id), "X_Webhook_Signature": "ü"},
    ):
        assert await door.call(path, named(task_id), **headers) == 401, headers
    assert await door.call(path, named(task_id), **signed(task_id)) == 200
    assert await door.call("from/kie/of-no-job", named(task_id), **signed(task_id)) == 200
    assert await door.call(path, {"data": {"task_id": task_id}}, **signed(task_id, at=now - 200)) == 200
    assert KEY not in world.log()


async def test_door_that_dies_is_opened_again_and_ends_with_the_bot(empty_world: World) -> None:
    world = empty_world
    door = await opened(world)
    children = Path(f"/proc/{world.bot.pid}/task/{world.bot.pid}/children")  # type: ignore[union-attr]
    first = int(children.read_text().split()[0])
    environment = Path(f"/proc/{first}/environ").read_bytes() + Path(f"/proc/{first}/cmdline").read_bytes()
    assert world.sandbox.kie_api_key.encode() not in environment
    assert world.sandbox.discord_token.encode() not in environment
    os.kill(first, signal.SIGKILL)
    await world.until(lambda: world.log().count("Callbacks are heard on") == 2)
    await door.until_open()
    await world.kill_bot()
    await door.until_health_is(None)


async def test_health_tells_whether_discord_is_reached(empty_world: World) -> None:
    world = empty_world
    door = await opened(world)
    assert await door.call("health", method="GET") == 200
    await world.discord.cut_gateway("refuse")
    await door.until_health_is(503)
    await world.discord.cut_gateway("accept")
    await door.until_open()


async def test_port_that_is_taken_keeps_the_bot_from_nothing(empty_world: World) -> None:
    world = empty_world
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        await world.start_bot(HTTP_PORT=str(port))
        await world.until(lambda: "Check HTTP_HOST and HTTP_PORT" in world.log())
        await world.member("maya").slash("imagine", prompt="a fox")
        await world.card()
