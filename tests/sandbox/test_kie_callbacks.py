"""Callbacks of the local provider: what they say, how they are signed, and how they go wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator

import pytest

from tests.sandbox.provider_driver import LONGEST_TASK_S, Listener, ProviderDriver, driven, listening


@pytest.fixture
async def driver() -> AsyncIterator[ProviderDriver]:
    async with asyncio.timeout(30), driven() as started:
        yield started


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as started:
        yield started


async def test_a_callback_says_what_a_query_says(driver: ProviderDriver, listener: Listener) -> None:
    task_id = await driver.created(call_back_url=listener.url)
    driver.clock.pass_(LONGEST_TASK_S)
    body, headers = await listener.heard.get()
    assert body == {"code": 200, "msg": "success", "data": (await driver.query(task_id)).data}
    assert body["data"]["state"] == "success"
    assert "X-Webhook-Signature" not in headers
    assert (await driver.tasks())[0]["call_back_url"] == listener.url


async def test_no_callback_comes_before_the_end(driver: ProviderDriver, listener: Listener) -> None:
    await driver.created(call_back_url=listener.url)
    driver.clock.pass_(12)
    assert (await driver.tasks())[0]["state"] != "success"
    assert listener.heard.empty()
    driver.clock.pass_(LONGEST_TASK_S)
    assert (await listener.heard.get())[0]["data"]["state"] == "success"


async def test_a_failed_task_calls_back_with_501(driver: ProviderDriver, listener: Listener) -> None:
    await driver.fault(fail_internal=True)
    await driver.created(call_back_url=listener.url)
    driver.clock.pass_(LONGEST_TASK_S)
    body, _ = await listener.heard.get()
    assert (body["code"], body["data"]["state"], body["data"]["failCode"]) == (501, "fail", "500")


async def test_a_callback_is_signed_where_a_key_is_set(driver: ProviderDriver, listener: Listener) -> None:
    assert (await driver.control("PATCH", json={"webhook_key": "secret"})).status == 200
    task_id = await driver.created(call_back_url=listener.url)
    driver.clock.pass_(LONGEST_TASK_S)
    _, headers = await listener.heard.get()
    assert headers["X-Webhook-Timestamp"] == f"{driver.clock():.0f}"
    signed = f"{task_id}.{headers['X-Webhook-Timestamp']}".encode()
    expected = base64.b64encode(hmac.digest(b"secret", signed, hashlib.sha256)).decode()
    assert headers["X-Webhook-Signature"] == expected


async def test_a_callback_may_come_twice(driver: ProviderDriver, listener: Listener) -> None:
    await driver.fault(callbacks_repeated=True)
    await driver.created(call_back_url=listener.url)
    driver.clock.pass_(LONGEST_TASK_S)
    first, second = await listener.heard.get(), await listener.heard.get()
    assert first[0] == second[0]


async def test_callbacks_may_come_out_of_order(driver: ProviderDriver, listener: Listener) -> None:
    await driver.fault(callbacks_reordered={"times": 1})
    first = await driver.created(call_back_url=listener.url)
    await driver.ended(first)
    await driver.until_met("callbacks_reordered")
    second = await driver.created(call_back_url=listener.url)
    driver.clock.pass_(LONGEST_TASK_S)
    heard = [(await listener.heard.get())[0]["data"]["taskId"] for _ in range(2)]
    assert heard == [second, first]


async def test_a_callback_may_never_come(driver: ProviderDriver, listener: Listener) -> None:
    await driver.fault(callbacks_dropped={"times": 1})
    first = await driver.created(call_back_url=listener.url)
    await driver.ended(first)
    await driver.until_met("callbacks_dropped")
    second = await driver.created(call_back_url=listener.url)
    driver.clock.pass_(LONGEST_TASK_S)
    assert (await listener.heard.get())[0]["data"]["taskId"] == second
    assert listener.heard.empty()


async def test_a_callback_that_nobody_hears_harms_nothing(driver: ProviderDriver) -> None:
    task_id = await driver.created(call_back_url="http://127.0.0.1:9/nobody")
    assert (await driver.ended(task_id))["state"] == "success"
