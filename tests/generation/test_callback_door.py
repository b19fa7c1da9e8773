"""The door for callbacks: what it lets through, and how much of it."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation import callback_door
from generation.callback_door import TOLD_A_SECOND, CallbackDoor
from generation.callback_paths import JobNamed, job_of, key_from, path_of

KEY = key_from("the provider's key")
JOB = JobNamed(7, 1_795_716_132)


def test_path_names_its_job_and_tells_no_key() -> None:
    path = path_of(JOB, KEY)
    assert job_of(path, KEY) == JOB
    assert job_of(path, key_from("another key")) is None
    assert job_of(path_of(JobNamed(7, 1), KEY), KEY) == JobNamed(7, 1)
    assert len(path.split("-", 2)[2]) == 43, "as hard to guess as its key"


@given(st.text())
def test_other_paths_name_no_job(path: str) -> None:
    assert job_of(path, KEY) is None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(),
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "taskId", "task_id"]), inner),
        ).map(lambda value: json.dumps(value).encode()),
    )
)
def test_no_body_breaks_the_door(body: bytes) -> None:
    found = callback_door._task_id(body)
    assert found is None or 0 < len(found) <= 200


def test_deeply_nested_body_breaks_nothing() -> None:
    assert callback_door._task_id(b'{"data":' * 30_000) is None
    assert callback_door._task_id(b"[" * 60_000) is None


async def test_door_tells_the_bot_of_few_calls_whoever_sends_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.StringIO()
    monkeypatch.setattr(sys, "stdout", said)
    moment = [100.5]
    monkeypatch.setattr(callback_door.time, "monotonic", lambda: moment[0])
    door = CallbackDoor(path_key=KEY, webhook_key=None)
    app = door.application()
    async with TestClient(TestServer(app)) as client:

        async def call(job: JobNamed, task: str) -> int:
            async with client.post(f"/{path_of(job, KEY)}", json={"data": {"taskId": task}}) as response:
                return response.status

        assert [await call(JOB, "t1") for _ in range(5)] == [200] * 5
        assert len(said.getvalue().splitlines()) == 1, "a repeated call is told once"
        for number in range(2 * TOLD_A_SECOND):
            assert await call(JobNamed(number, 1), "t") == 200
        assert len(said.getvalue().splitlines()) == TOLD_A_SECOND
        moment[0] += 6
        assert await call(JOB, "t1") == 200
        assert len(said.getvalue().splitlines()) == TOLD_A_SECOND + 1
    messages: list[dict[str, Any]] = [json.loads(line) for line in said.getvalue().splitlines()]
    assert messages[0] == {"job": 7, "queued_at": JOB.queued_at_s, "task": "t1"}
    assert door.counts["told"] == TOLD_A_SECOND + 1
    assert door.counts.total() == 5 + 2 * TOLD_A_SECOND + 1
