"""Reading what the provider says of a task, in every form that was recorded."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from generation.answers import TaskState, TaskStatus
from generation.errors import BrokenAnswerError, FailureKind
from tests.generation import recorded
from tests.generation.recorded import OTHER_URL, RESULT_URL, TASK_ID, answer, failed


def status_of(body: dict[str, Any]) -> TaskStatus:
    return TaskStatus.from_payload(body["data"])


def success(**changes: Any) -> TaskStatus:
    return status_of(answer(state="success", **changes))


def test_a_waiting_task_has_nulls() -> None:
    assert status_of(recorded.WAITING) == TaskStatus(
        remote_task_id=TASK_ID,
        state=TaskState.WAITING,
        created_at=datetime(2025, 12, 8, 7, 23, 19, 123000, tzinfo=UTC),
    )


@pytest.mark.parametrize("state", ["waiting", "queuing", "generating"])
def test_pending_states_are_pending(state: str) -> None:
    status = status_of(answer(state=state))
    assert status.state == state
    assert status.state.is_pending


def test_credits_are_named_before_the_end() -> None:
    status = status_of(recorded.GENERATING_LATE)
    assert (status.state, status.credits_consumed, status.result_urls) == (TaskState.GENERATING, 18.0, ())


def test_a_success_has_urls_and_times() -> None:
    status = status_of(recorded.SUCCESS)
    assert status.result_urls == (RESULT_URL,)
    assert status.cost_time_s == 26
    assert status.completed_at == datetime(2025, 12, 8, 7, 23, 45, 768000, tzinfo=UTC)
    assert not status.state.is_pending
    assert status.failure is None


def test_a_success_may_bring_its_urls_in_the_later_form() -> None:
    assert status_of(recorded.SUCCESS_LATE).result_urls == (RESULT_URL,)


@pytest.mark.parametrize(
    "result",
    [
        {"resultJson": json.dumps({"resultUrls": [RESULT_URL, OTHER_URL]})},
        {"resultJson": json.dumps(json.dumps({"resultUrls": [RESULT_URL, OTHER_URL]}))},
        {"resultJson": {"resultUrls": [RESULT_URL, OTHER_URL, RESULT_URL]}},
        {"resultJson": json.dumps({"resultUrls": [None, "", 3, "not a url", RESULT_URL, OTHER_URL]})},
        {"resultJson": json.dumps({"resultUrls": []}), "response": {"resultUrls": [RESULT_URL, OTHER_URL]}},
        {"resultJson": None, "response": json.dumps({"resultUrls": [RESULT_URL, OTHER_URL]})},
        {"resultJson": "{cut off", "response": {"resultUrls": [RESULT_URL, OTHER_URL]}},
        {"resultJson": ..., "response": {"resultUrls": [RESULT_URL, OTHER_URL]}},
    ],
)
def test_urls_are_found_in_every_form(result: dict[str, Any]) -> None:
    assert success(**result).result_urls == (RESULT_URL, OTHER_URL)


@pytest.mark.parametrize(
    "result",
    [
        {"resultJson": ""},
        {"resultJson": None, "response": None},
        {"resultJson": json.dumps({"resultUrls": []})},
        {"resultJson": json.dumps({"resultUrls": None})},
        {"resultJson": json.dumps({"resultUrls": [{"url": "x"}, "ftp://a.example/x.png", "https://", "https://["]})},
        {"resultJson": "null"},
        {"resultJson": ..., "response": []},
    ],
)
def test_a_success_without_a_usable_url_has_none(result: dict[str, Any]) -> None:
    assert success(**result).result_urls == ()


@pytest.mark.parametrize("field", ["resultJson", "response"])
def test_a_broken_result_names_its_field(field: str) -> None:
    with pytest.raises(BrokenAnswerError) as caught:
        success(**{field: '{"resultUrls": ["https://a.exa'})
    assert caught.value.field == field


@pytest.mark.parametrize("state", ["waiting", "fail"])
def test_only_a_success_has_urls(state: str) -> None:
    assert status_of(answer(state=state, resultJson=json.dumps({"resultUrls": [RESULT_URL]}))).result_urls == ()


@pytest.mark.parametrize(
    ("recorded_failure", "kind", "code"),
    [
        (recorded.INTERNAL_ERROR, FailureKind.PROVIDER_ERROR, 500),
        (recorded.POLICY_BLOCKED, FailureKind.REFUSED_CONTENT, 422),
        (recorded.FLAGGED_BY_WEBSITE, FailureKind.REFUSED_CONTENT, 400),
        (recorded.PROHIBITED, FailureKind.REFUSED_CONTENT, 422),
        (recorded.NO_IMAGE, FailureKind.REFUSED_BY_MODEL, 500),
        (recorded.FETCH_FAILED, FailureKind.REFERENCE_UNREADABLE, 400),
        (recorded.HIGH_DEMAND, FailureKind.OVERLOADED, None),
        (("400", "Invalid parameters"), FailureKind.INVALID_REQUEST, 400),
        (("422", ""), FailureKind.INVALID_REQUEST, 422),
        (("something", "?"), FailureKind.PROVIDER_ERROR, None),
        ((None, ""), FailureKind.PROVIDER_ERROR, None),
    ],
)
def test_failures_mean_what_their_words_say(
    recorded_failure: tuple[str | None, str], kind: FailureKind, code: int | None
) -> None:
    status = status_of(failed(*recorded_failure))
    assert status.state is TaskState.FAIL
    assert status.failure is not None
    assert (status.failure.kind, status.failure.code) == (kind, code)
    assert status.failure.message == recorded_failure[1]


def test_a_failure_may_say_nothing_at_all() -> None:
    status = status_of(answer(state="fail", failCode=..., failMsg=...))
    assert status.failure is not None
    assert (status.failure.kind, status.failure.message) == (FailureKind.PROVIDER_ERROR, "")


def test_an_unknown_state_is_pending_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert status_of(answer(state="dreaming")).state.is_pending
    assert "dreaming" in caplog.text
    assert caplog.records[0].levelno == logging.WARNING


@pytest.mark.parametrize(("value", "expected"), [(26, 26), (26.5, 26.5), ("26", 26), (26_000, 26), ("26000", 26)])
def test_the_time_it_took_is_understood_in_seconds_and_in_milliseconds(value: Any, expected: float) -> None:
    assert success(costTime=value).cost_time_s == expected


@pytest.mark.parametrize("value", [None, "", "soon", -1, float("nan"), True, [], {}, ...])
def test_a_figure_that_is_none_does_not_spoil_the_rest(value: Any) -> None:
    status = success(
        costTime=value,
        creditsConsumed="" if value == -1 else value,
        completeTime=10**30,
        resultJson='["https://a.b/c"]',
    )
    assert (status.cost_time_s, status.credits_consumed, status.completed_at) == (None, None, None)
    assert status.result_urls == ("https://a.b/c",)


@pytest.mark.parametrize("value", [1765178625768, 1765178625768.0, "1765178625768"])
def test_times_are_unix_milliseconds_in_any_spelling(value: Any) -> None:
    assert success(createTime=value).created_at == datetime(2025, 12, 8, 7, 23, 45, 768000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (None, "data"),
        ([], "data"),
        ("text", "data"),
        ({"taskId": "x"}, "state"),
        ({"taskId": "x", "state": None}, "state"),
        ({"taskId": "x", "state": 3}, "state"),
        ({"state": "success"}, "taskId"),
        ({"taskId": None, "state": "success"}, "taskId"),
    ],
)
def test_a_broken_payload_names_the_bad_field(payload: object, field: str) -> None:
    with pytest.raises(BrokenAnswerError) as caught:
        TaskStatus.from_payload(payload)
    assert caught.value.field == field


def test_a_callback_may_spell_the_id_otherwise() -> None:
    assert status_of(answer(taskId=..., task_id="abc")).remote_task_id == "abc"
