"""Queries: every state, every code, and the answers of the first seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from generation.answers import TaskState
from generation.client import APPEARS_WITHIN_S
from generation.errors import (
    BlockedBy,
    BrokenAnswerError,
    FailureKind,
    GenerationFailedError,
    OperatorActionNeededError,
    RequestRejectedError,
    ServiceUnavailableError,
    UnavailableReason,
)
from tests.generation import recorded
from tests.generation.client_bench import API_KEY, Bench, open_bench
from tests.generation.recorded import TASK_ID
from tests.generation.scripted_provider import Mishap, Reply


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


async def test_a_query_names_the_task_and_carries_the_key(bench: Bench) -> None:
    bench.provider.script(recorded.WAITING)
    status = await bench.client.query(TASK_ID, since_create_s=3)
    assert (status.remote_task_id, status.state) == (TASK_ID, TaskState.WAITING)
    (seen,) = bench.provider.seen
    assert (seen.method, seen.path, seen.query) == ("GET", "/api/v1/jobs/recordInfo", {"taskId": TASK_ID})
    assert seen.headers["Authorization"] == f"Bearer {API_KEY}"
    assert seen.headers["User-Agent"].startswith("Plantain/")


@pytest.mark.parametrize("body", [recorded.SUCCESS, recorded.SUCCESS_LATE])
async def test_a_success_brings_the_urls(bench: Bench, body: object) -> None:
    bench.provider.script(body)
    status = await bench.client.query(TASK_ID, since_create_s=30)
    assert status.state is TaskState.SUCCESS
    assert status.result_urls == (recorded.RESULT_URL,)


UNKNOWN = [
    Reply(body=recorded.RECORD_IS_NULL),
    Reply(body=recorded.RECORD_IS_NULL, status=422),
    Reply(body=recorded.NO_SUCH_TASK),
    Reply(body=recorded.NO_SUCH_TASK, status=404),
    Reply(body={"error": "Not Found"}, status=404),
    Reply(body={"code": 200, "msg": "success", "data": None}),
]


@pytest.mark.parametrize("reply", UNKNOWN)
async def test_a_young_task_may_be_unknown_yet(bench: Bench, reply: Reply) -> None:
    bench.provider.script(reply)
    status = await bench.client.query(TASK_ID, since_create_s=APPEARS_WITHIN_S - 1)
    assert (status.remote_task_id, status.state) == (TASK_ID, TaskState.WAITING)


@pytest.mark.parametrize("reply", UNKNOWN)
async def test_an_older_task_that_is_unknown_has_vanished(bench: Bench, reply: Reply) -> None:
    bench.provider.script(reply)
    with pytest.raises(GenerationFailedError) as caught:
        await bench.client.query(TASK_ID, since_create_s=APPEARS_WITHIN_S)
    assert caught.value.kind is FailureKind.VANISHED


async def test_a_page_that_says_not_found_says_nothing_of_the_task(bench: Bench) -> None:
    bench.provider.script(Reply(status=404, body=recorded.HTML))
    with pytest.raises(ServiceUnavailableError):
        await bench.client.query(TASK_ID, since_create_s=1000)


@pytest.mark.parametrize("code", [501, 408])
async def test_some_codes_of_the_body_say_that_the_task_is_dead(bench: Bench, code: int) -> None:
    bench.provider.script({"code": code, "msg": "Generation failed", "data": None})
    with pytest.raises(GenerationFailedError) as caught:
        await bench.client.query(TASK_ID, since_create_s=5)
    assert (caught.value.kind, caught.value.code) == (FailureKind.PROVIDER_ERROR, code)


async def test_a_dead_task_says_why_where_its_data_does(bench: Bench) -> None:
    bench.provider.script(recorded.failed(*recorded.POLICY_BLOCKED) | {"code": 501, "msg": "failed"})
    with pytest.raises(GenerationFailedError) as caught:
        await bench.client.query(TASK_ID, since_create_s=5)
    assert (caught.value.kind, caught.value.code) == (FailureKind.REFUSED_CONTENT, 422)


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        (401, "Unauthorized", BlockedBy.CREDENTIALS),
        (402, "Insufficient credits", BlockedBy.CREDITS),
        (429, "Credits are used up, top up", BlockedBy.CREDITS),
        (433, "Key limit", BlockedBy.KEY_LIMIT),
    ],
)
async def test_troubles_of_the_account_are_not_asked_again(
    bench: Bench, code: int, message: str, cause: BlockedBy
) -> None:
    bench.provider.script({"code": code, "msg": message, "data": None})
    with pytest.raises(OperatorActionNeededError) as caught:
        await bench.client.query(TASK_ID, since_create_s=5)
    assert caught.value.cause is cause
    assert len(bench.provider.seen) == 1


@pytest.mark.parametrize(
    ("code", "kind"),
    [(400, FailureKind.INVALID_REQUEST), (505, FailureKind.FEATURE_OFF)],
)
async def test_a_refused_query_is_not_asked_again(bench: Bench, code: int, kind: FailureKind) -> None:
    bench.provider.script({"code": code, "msg": "no", "data": None})
    with pytest.raises(RequestRejectedError) as caught:
        await bench.client.query(TASK_ID, since_create_s=5)
    assert caught.value.kind is kind
    assert len(bench.provider.seen) == 1


async def test_maintenance_is_left_to_the_caller(bench: Bench) -> None:
    bench.provider.script({"code": 455, "msg": "Maintenance", "data": None})
    with pytest.raises(ServiceUnavailableError) as caught:
        await bench.client.query(TASK_ID, since_create_s=5)
    assert caught.value.reason is UnavailableReason.MAINTENANCE
    assert len(bench.provider.seen) == 1


PASSING = [
    Reply(body={"code": 429, "msg": "Too many requests", "data": None}),
    Reply(status=429, body=recorded.HTML),
    Reply(body={"code": 500, "msg": "Server error", "data": None}),
    Reply(body={"code": 503, "msg": "Busy", "data": None}, status=503),
    Reply(status=502, body=recorded.HTML),
    Reply(status=501, body=recorded.HTML),
    Reply(status=408),
    Reply(body=recorded.HTML),
    Reply(body=b""),
    Reply(status=302, headers={"Location": "/login"}),
    Reply(mishap=Mishap.DROPPED),
    Reply(body=recorded.SUCCESS, mishap=Mishap.CUT_OFF),
]


@pytest.mark.parametrize("trouble", PASSING)
async def test_a_passing_trouble_is_asked_through(bench: Bench, trouble: Reply) -> None:
    bench.provider.script(trouble, trouble, recorded.SUCCESS)
    status = await bench.client.query(TASK_ID, since_create_s=30)
    assert status.state is TaskState.SUCCESS
    assert bench.clock.slept_s[0] == 0.5
    assert len(bench.provider.seen) == 3
    assert {seen.path for seen in bench.provider.seen} == {"/api/v1/jobs/recordInfo"}


@pytest.mark.parametrize("trouble", PASSING)
async def test_a_lasting_trouble_is_given_up_in_bounded_time(bench: Bench, trouble: Reply) -> None:
    bench.provider.script(trouble)
    with pytest.raises(ServiceUnavailableError):
        await bench.client.query(TASK_ID, since_create_s=30)
    assert 3 <= len(bench.clock.slept_s) <= 6
    assert sum(bench.clock.slept_s) <= 15


async def test_the_wait_that_the_provider_asks_for_is_kept(bench: Bench) -> None:
    bench.provider.script(Reply(status=429, headers={"Retry-After": "4"}), recorded.WAITING)
    await bench.client.query(TASK_ID, since_create_s=30)
    assert bench.clock.slept_s == [4.0]


async def test_a_wait_that_is_too_long_is_handed_to_the_caller(bench: Bench) -> None:
    bench.provider.script(Reply(status=429, headers={"Retry-After": "90"}))
    with pytest.raises(ServiceUnavailableError) as caught:
        await bench.client.query(TASK_ID, since_create_s=30)
    assert caught.value.retry_after_s == 90
    assert bench.clock.slept_s == []


async def test_the_answer_for_another_task_is_not_believed(bench: Bench) -> None:
    bench.provider.script(recorded.SUCCESS)
    with pytest.raises(BrokenAnswerError) as caught:
        await bench.client.query("another", since_create_s=30)
    assert caught.value.field == "taskId"


@pytest.mark.parametrize(
    ("data", "field"), [("text", "data"), ([], "data"), ({}, "state"), ({"taskId": TASK_ID}, "state")]
)
async def test_an_answer_without_what_it_must_have_names_the_field(bench: Bench, data: object, field: str) -> None:
    bench.provider.script({"code": 200, "msg": "success", "data": data})
    with pytest.raises(BrokenAnswerError) as caught:
        await bench.client.query(TASK_ID, since_create_s=30)
    assert caught.value.field == field
