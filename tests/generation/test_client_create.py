"""Creates: what is sent, and what each answer means for sending again and for money."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from generation import client as client_module
from generation.errors import (
    BlockedBy,
    FailureKind,
    GenerationError,
    OperatorActionNeededError,
    RequestRejectedError,
    ServiceUnavailableError,
    SubmissionUncertainError,
    UnavailableReason,
    UncertainBecause,
)
from generation.options import AspectRatio, GenerationRequest, OutputFormat, Resolution
from tests.generation import recorded
from tests.generation.client_bench import API_KEY, Bench, open_bench
from tests.generation.scripted_provider import Mishap, Reply

PEAR = GenerationRequest(prompt="a pear on a plate")


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "ANSWER_WITHIN_S", 0.05)


async def create_failing(bench: Bench, *replies: object) -> GenerationError:
    bench.provider.script(*replies)
    with pytest.raises(GenerationError) as caught:
        await bench.client.create(PEAR)
    assert len(bench.provider.seen) == 1, "a create is sent once, whatever the answer"
    assert bench.clock.slept_s == []
    return caught.value


def refused(code: int, message: str = "no", *, status: int = 200) -> Reply:
    return Reply(body={"code": code, "msg": message, "data": None}, status=status)


async def test_every_field_of_a_request_arrives_in_the_providers_spelling(bench: Bench) -> None:
    bench.provider.script(recorded.CREATED)
    request = GenerationRequest(
        prompt="“Ünïcode” pear\n🍐",
        aspect_ratio=AspectRatio.LANDSCAPE_21_9,
        resolution=Resolution.FOUR_K,
        output_format=OutputFormat.JPG,
        reference_urls=("https://a.example/1.png", "https://a.example/2.png"),
    )
    remote_task_id = await bench.client.create(request, callback_url="https://bot.example/hook?job=1")
    assert remote_task_id == recorded.TASK_ID
    (seen,) = bench.provider.seen
    assert (seen.method, seen.path) == ("POST", "/api/v1/jobs/createTask")
    assert seen.headers["Authorization"] == f"Bearer {API_KEY}"
    assert seen.headers["User-Agent"].startswith("Plantain/")
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.json == {
        "model": "nano-banana-pro",
        "callBackUrl": "https://bot.example/hook?job=1",
        "input": {
            "prompt": "“Ünïcode” pear\n🍐",
            "aspect_ratio": "21:9",
            "resolution": "4K",
            "output_format": "jpg",
            "image_input": ["https://a.example/1.png", "https://a.example/2.png"],
        },
    }


async def test_a_plain_request_names_its_options_and_no_references(bench: Bench) -> None:
    bench.provider.script(recorded.CREATED_AS_DOCUMENTED)
    assert await bench.client.create(PEAR) == "task_nano-banana-pro_1765178625768"
    assert bench.provider.seen[0].json == {
        "model": "nano-banana-pro",
        "input": {"prompt": "a pear on a plate", "aspect_ratio": "1:1", "resolution": "1K", "output_format": "png"},
    }


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (400, "Invalid parameters", FailureKind.INVALID_REQUEST),
        (400, "Your prompt was flagged by Website as violating content policies", FailureKind.REFUSED_CONTENT),
        (404, "Not Found", FailureKind.PROVIDER_ERROR),
        (408, "Upstream timeout", FailureKind.PROVIDER_ERROR),
        (422, "Model name not supported", FailureKind.INVALID_REQUEST),
        (422, "CONTENT_POLICY_BLOCKED", FailureKind.REFUSED_CONTENT),
        (500, "Server exception, please try again later", FailureKind.PROVIDER_ERROR),
        (500, "aspect_ratio is not within the range of allowed options", FailureKind.INVALID_REQUEST),
        (500, "This field is required", FailureKind.INVALID_REQUEST),
        (500, "Service is currently unavailable due to high demand. (E003)", FailureKind.OVERLOADED),
        (501, "Generation failed", FailureKind.PROVIDER_ERROR),
        (505, "Feature disabled", FailureKind.FEATURE_OFF),
    ],
)
@pytest.mark.parametrize("as_status", [False, True])
async def test_refusals_for_good_say_why(
    bench: Bench, code: int, message: str, kind: FailureKind, as_status: bool
) -> None:
    error = await create_failing(bench, refused(code, message, status=code if as_status else 200))
    assert isinstance(error, RequestRejectedError)
    assert (error.kind, error.code, error.provider_message) == (kind, code, message)


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        (401, "You do not have access permissions", BlockedBy.CREDENTIALS),
        (402, "Credits insufficient", BlockedBy.CREDITS),
        (429, "Your credits are not enough", BlockedBy.CREDITS),
        (429, "Please top up to continue", BlockedBy.CREDITS),
        (433, "The limit of this API key is used up", BlockedBy.KEY_LIMIT),
    ],
)
@pytest.mark.parametrize("as_status", [False, True])
async def test_troubles_of_the_account_need_the_operator(
    bench: Bench, code: int, message: str, cause: BlockedBy, as_status: bool
) -> None:
    error = await create_failing(bench, refused(code, message, status=code if as_status else 200))
    assert isinstance(error, OperatorActionNeededError)
    assert (error.cause, error.provider_message) == (cause, message)


@pytest.mark.parametrize(
    ("reply", "reason", "retry_after_s"),
    [
        (refused(429, "Too many requests"), UnavailableReason.RATE_LIMITED, None),
        (Reply(status=429, headers={"Retry-After": "7"}), UnavailableReason.RATE_LIMITED, 7.0),
        (Reply(status=429, body=recorded.HTML, headers={"Retry-After": "soon"}), UnavailableReason.RATE_LIMITED, None),
        (refused(455, "Maintenance"), UnavailableReason.MAINTENANCE, None),
        (refused(455, "Maintenance", status=455), UnavailableReason.MAINTENANCE, None),
    ],
)
async def test_what_was_never_accepted_may_be_sent_again(
    bench: Bench, reply: Reply, reason: UnavailableReason, retry_after_s: float | None
) -> None:
    error = await create_failing(bench, reply)
    assert isinstance(error, ServiceUnavailableError)
    assert not isinstance(error, OperatorActionNeededError)
    assert (error.reason, error.retry_after_s) == (reason, retry_after_s)


@pytest.mark.parametrize("status", [401, 402])
async def test_a_status_alone_decides_where_the_body_is_no_json(bench: Bench, status: int) -> None:
    assert isinstance(await create_failing(bench, Reply(status=status, body=recorded.HTML)), OperatorActionNeededError)


async def test_a_page_that_forbids_is_a_refusal_and_not_a_trouble_of_the_account(bench: Bench) -> None:
    error = await create_failing(bench, Reply(status=403, body=recorded.HTML))
    assert isinstance(error, RequestRejectedError)
    assert error.kind is FailureKind.PROVIDER_ERROR


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=recorded.HTML),
        Reply(body=recorded.HTML, status=502),
        Reply(body=recorded.HTML, status=408),
        Reply(body=b"", status=500),
        Reply(body=b"", status=200),
        Reply(body=b'{"code":200,"msg":"success","da', status=200),
        Reply(body=b"\xff\xfe\x00garbage", status=200),
        Reply(body=b"[" * 100_000, status=200),
        Reply(body=[1, 2], status=200),
        Reply(body="success", status=200),
        Reply(body={}, status=200),
        Reply(body={"timestamp": 1, "status": 503, "error": "Service Unavailable"}, status=503),
    ],
)
async def test_an_answer_that_cannot_be_read_leaves_the_create_uncertain(bench: Bench, reply: Reply) -> None:
    error = await create_failing(bench, reply)
    assert isinstance(error, SubmissionUncertainError)
    assert (error.because, error.status) == (UncertainBecause.UNREADABLE_ANSWER, reply.status)


@pytest.mark.parametrize("mishap", [Mishap.DROPPED, Mishap.CUT_OFF])
async def test_a_lost_connection_leaves_the_create_uncertain(bench: Bench, mishap: Mishap) -> None:
    error = await create_failing(bench, Reply(body=recorded.CREATED, mishap=mishap))
    assert isinstance(error, SubmissionUncertainError)
    assert error.because is UncertainBecause.DISCONNECTED


@pytest.mark.usefixtures("impatient")
async def test_a_create_without_an_answer_in_time_is_uncertain(bench: Bench) -> None:
    error = await create_failing(bench, Reply(mishap=Mishap.SILENCE))
    assert isinstance(error, SubmissionUncertainError)
    assert error.because is UncertainBecause.TIMED_OUT


@pytest.mark.usefixtures("impatient")
async def test_an_answer_that_came_while_the_process_was_held_is_read_though_its_time_is_over(bench: Bench) -> None:
    async def answer_and_hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}}")
        body = json.dumps(recorded.CREATED).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        time.sleep(0.2)  # noqa: ASYNC251 (the whole process is held, beyond the client's time)
        writer.close()

    async with await asyncio.start_server(answer_and_hold, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        task_id = await bench.client_of(f"http://{host}:{port}").create(PEAR)
    assert task_id == recorded.CREATED["data"]["taskId"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed_and_leaves_the_create_uncertain(bench: Bench, status: int) -> None:
    elsewhere = {"Location": f"{bench.provider.url}/elsewhere"}
    error = await create_failing(bench, Reply(status=status, headers=elsewhere), recorded.CREATED)
    assert isinstance(error, SubmissionUncertainError)
    assert error.because is UncertainBecause.REDIRECTED


async def test_a_connection_that_was_never_made_may_be_tried_again(bench: Bench) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ServiceUnavailableError) as caught:
        await bench.client_of(f"http://127.0.0.1:{port}").create(PEAR)
    assert caught.value.reason is UnavailableReason.UNREACHABLE


async def test_a_failed_handshake_is_a_connection_that_was_never_made(bench: Bench) -> None:
    with pytest.raises(ServiceUnavailableError) as caught:
        await bench.client_of(bench.provider.url.replace("http:", "https:")).create(PEAR)
    assert caught.value.reason is UnavailableReason.UNREACHABLE
    assert bench.provider.seen == []


async def test_waiting_too_long_for_a_connection_is_a_connection_that_was_never_made(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.provider.script(Reply(mishap=Mishap.SILENCE))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        client = bench.client_of(bench.provider.url, session=session)
        first = asyncio.create_task(client.create(PEAR))
        await bench.provider.asked.wait()
        monkeypatch.setattr(client_module, "CREATE_TIMEOUT", aiohttp.ClientTimeout(connect=0.01))
        with pytest.raises(ServiceUnavailableError) as caught:
            await client.create(PEAR)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
    assert caught.value.reason is UnavailableReason.UNREACHABLE
    assert len(bench.provider.seen) == 1


@pytest.mark.parametrize("data", [None, {}, {"taskId": None}, {"taskId": ""}, "queued", []])
async def test_success_without_a_task_means_that_there_is_none(bench: Bench, data: Any) -> None:
    error = await create_failing(bench, {"code": 200, "msg": "success", "data": data})
    assert isinstance(error, RequestRejectedError)
    assert error.kind is FailureKind.PROVIDER_ERROR


@pytest.mark.parametrize(
    "body",
    [
        {"code": "200", "message": "success", "data": {"taskId": recorded.TASK_ID}},
        {"code": 200.0, "data": {"recordId": recorded.TASK_ID, "new": [1]}, "unknown": {"field": 1}},
        {"data": {"task_id": recorded.TASK_ID}},
        {"code": 500, "msg": "but it was made", "data": {"taskId": recorded.TASK_ID}},
    ],
)
async def test_an_answer_that_names_a_task_has_made_one(bench: Bench, body: object) -> None:
    bench.provider.script(body)
    assert await bench.client.create(PEAR) == recorded.TASK_ID


async def test_the_body_decides_against_the_status(bench: Bench) -> None:
    bench.provider.script(Reply(status=500, body=recorded.CREATED))
    assert await bench.client.create(PEAR) == recorded.TASK_ID


async def test_what_keeps_a_create_back_at_the_last_moment_keeps_it_from_being_sent(bench: Bench) -> None:
    class HeldBackError(Exception):
        pass

    async def hold_back() -> None:
        raise HeldBackError

    with pytest.raises(HeldBackError):
        await bench.client.create(PEAR, before_send=hold_back)
    assert bench.provider.seen == []


async def test_providers_words_are_kept_on_one_short_line(bench: Bench) -> None:
    error = await create_failing(bench, refused(400, "wrong\n\tin \x1b[31mevery\u2028way " + "x" * 1000))
    assert isinstance(error, RequestRejectedError)
    assert error.provider_message.startswith("wrong in [31mevery way xxx")
    assert len(error.provider_message) == 300


async def test_neither_key_nor_prompt_stands_in_logs_or_errors(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in (refused(500), refused(401), Reply(mishap=Mishap.DROPPED), Reply(body=recorded.HTML)):
        bench.provider.script(reply)
        with pytest.raises(GenerationError) as caught:
            await bench.client.create(PEAR)
        for text in (str(caught.value), repr(caught.value), caplog.text):
            assert API_KEY not in text
            assert PEAR.prompt not in text


@pytest.mark.parametrize("url", ["http://api.kie.ai", "ftp://127.0.0.1", "api.kie.ai", "", "https://"])
async def test_the_key_is_not_trusted_to_an_address_that_is_not_safe(bench: Bench, url: str) -> None:
    with pytest.raises(ValueError, match="expected an https URL"):
        bench.client_of(url)
