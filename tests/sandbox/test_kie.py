"""The local provider answers as the live service was seen to, and is never kinder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from sandbox.local_provider.faults import NUMBERS, SWITCHES
from tests.sandbox.kie_driver import AGENT, Driver, driven


@pytest.fixture
async def kie() -> AsyncIterator[Driver]:
    async with driven() as driver:
        yield driver


def png(size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    return out.getvalue()


async def test_create_answers_task_id_and_record_id_alike(kie: Driver) -> None:
    answer = await kie.create()
    assert (answer["code"], answer["msg"]) == (200, "success")
    assert answer["data"]["taskId"] == answer["data"]["recordId"]
    assert len(answer["data"]["taskId"]) == 32


async def test_task_goes_from_waiting_over_generating_to_success(kie: Driver) -> None:
    seen: list[str] = []
    task_ids = [await kie.task() for _ in range(8)]
    for _ in range(40):
        kie.clock.now_s += 1
        seen += [(await kie.query(task_id))["data"]["state"] for task_id in task_ids[:1]]
    assert list(dict.fromkeys(seen)) in (["waiting", "generating", "success"], ["waiting", "success"])


async def test_pending_record_has_the_nulls_and_the_double_encoding_of_the_live_one(kie: Driver) -> None:
    record = (await kie.query(await kie.task(prompt="a pear", unknown_field=1)))["data"]
    assert record["state"] == "waiting"
    assert record["resultJson"] == ""
    assert [record[name] for name in ("failCode", "failMsg", "costTime", "completeTime")] == [None] * 4
    assert json.loads(json.loads(record["param"])["input"])["prompt"] == "a pear"
    assert record["creditsConsumed"] == 18.0
    assert isinstance(record["creditsConsumed"], float)
    assert record["createTime"] > 1_700_000_000_000


async def test_finished_record_has_seconds_milliseconds_and_the_result_twice(kie: Driver) -> None:
    record = await kie.finished(await kie.task())
    assert 13 <= record["costTime"] <= 25
    assert 13_000 <= record["completeTime"] - record["createTime"] <= 25_000
    assert json.loads(record["resultJson"]) == record["response"]


@pytest.mark.parametrize(("resolution", "price", "shortest_s"), [("1K", 18, 13), ("2K", 18, 16), ("4K", 24, 22)])
async def test_balance_is_a_float_that_falls_at_success_once(
    kie: Driver, resolution: str, price: int, shortest_s: int
) -> None:
    async def balance() -> float:
        return (await kie.send("GET", "/api/v1/chat/credit"))[1]["data"]

    before = await balance()
    task_id = await kie.task(resolution=resolution)
    kie.clock.now_s += shortest_s - 1
    assert (await kie.query(task_id))["data"]["state"] != "success"
    assert await balance() == before
    for _ in range(3):
        await kie.finished(task_id)
    assert await balance() == before - price
    assert isinstance(before, float)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"model": "google/nano-banana-pro"}, 422, "Model name not supported"),
        ({"prompt": None}, 500, "prompt is required"),
        ({"prompt": ""}, 500, "prompt is required"),
        ({"prompt": "x" * 10_001}, 422, "10000"),
        ({"aspect_ratio": "7:5"}, 500, "aspect_ratio is not within the range of allowed options"),
        ({"resolution": "8K"}, 500, "resolution is not within the range of allowed options"),
        ({"output_format": "gif"}, 500, "output_format is not within the range of allowed options"),
        ({"image_input": ["http://127.0.0.1/x"] * 9}, 422, "8"),
        ({"image_input": "http://127.0.0.1/x"}, 422, "array"),
        ({"image_input": ["data:image/png;base64,"]}, 422, "URL"),
    ],
)
async def test_bad_create_is_refused_inside_http_200_and_makes_no_task(
    kie: Driver, changes: dict[str, Any], code: int, words: str
) -> None:
    answer = await kie.create(**changes)
    assert answer["code"] == code
    assert words in answer["msg"]
    assert (await kie.control("GET", "/tasks"))[1] == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("rate_limited", 429),
        ("credits_gone", 402),
        ("credits_gone_as_429", 429),
        ("key_limit", 433),
        ("maintenance", 455),
        ("feature_off", 505),
        ("create_500", 500),
        ("content_refused", 400),
        ("key_refused", 401),
    ],
)
async def test_refusing_fault_answers_its_code_and_makes_no_task(kie: Driver, fault: str, code: int) -> None:
    kie.provider.faults.change({fault: {"times": 1}})
    assert (await kie.create())["code"] == code
    assert (await kie.create())["code"] == 200


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        ("fail_internal", "500", "Internal Error, Please try again later."),
        ("fail_content_policy", "422", "CONTENT_POLICY_BLOCKED"),
        ("fail_flagged", "400", "Your prompt was flagged by Website"),
        ("fail_prohibited", "422", "prompt contains prohibited content"),
        ("fail_gemini", "500", "Gemini could not generate an image"),
        ("fail_image_fetch", "400", "Image fetch failed."),
        ("fail_overloaded", None, "(E003)"),
    ],
)
async def test_failing_task_has_its_code_and_words_and_costs_nothing(
    kie: Driver, fault: str, code: str | None, words: str
) -> None:
    kie.provider.faults.change({fault: True})
    record = await kie.finished(await kie.task())
    assert (record["state"], record["failCode"]) == ("fail", code)
    assert words in record["failMsg"]
    assert [task["billed"] for task in (await kie.control("GET", "/tasks"))[1]] == [0]


async def test_wrong_key_is_refused(kie: Driver) -> None:
    for key in ("another", None):
        assert (await kie.send("GET", "/api/v1/chat/credit", key=key))[1]["code"] == 401


async def test_errors_can_come_as_real_statuses_or_as_html(kie: Driver) -> None:
    kie.provider.faults.change({"real_statuses": True})
    body = {"model": "x", "input": {}}
    assert (await kie.send("POST", "/api/v1/jobs/createTask", json=body))[0] == 422
    kie.provider.faults.change({"real_statuses": False, "html_errors": True})
    status, page = await kie.send("POST", "/api/v1/jobs/createTask", json=body)
    assert (status, page[:6]) == (422, "<html>")


async def test_above_twenty_creates_in_ten_seconds_429_and_nothing_is_queued(kie: Driver) -> None:
    codes = [(await kie.create())["code"] for _ in range(22)]
    assert codes == [200] * 20 + [429] * 2
    kie.clock.now_s += 10
    assert (await kie.create())["code"] == 200
    assert len((await kie.control("GET", "/tasks"))[1]) == 21


async def test_above_ten_queries_in_a_second_429(kie: Driver) -> None:
    task_id = await kie.task()
    path = "/api/v1/jobs/recordInfo"
    codes = [(await kie.send("GET", path, params={"taskId": task_id}))[1]["code"] for _ in range(11)]
    assert codes == [200] * 10 + [429]


async def test_record_is_null_for_the_first_polls_and_for_an_unknown_task(kie: Driver) -> None:
    kie.provider.faults.change({"null_record_polls": 2})
    task_id = await kie.task()
    answers = [await kie.query(task_id) for _ in range(3)]
    assert [answer["code"] for answer in answers] == [422, 422, 200]
    assert answers[0] == {"code": 422, "msg": "recordInfo is null", "data": None}
    assert (await kie.query("nobody"))["msg"] == "recordInfo is null"
    kie.provider.faults.change({"unknown_is_404": True})
    assert (await kie.query("nobody"))["code"] == 404


async def test_balance_that_does_not_pay_for_what_is_under_way_refuses_with_402(kie: Driver) -> None:
    await kie.control("PATCH", body={"balance": 40})
    assert [(await kie.create())["code"] for _ in range(3)] == [200, 200, 402]


async def test_references_are_fetched_and_seen_byte_for_byte(kie: Driver) -> None:
    content = png((160, 90))
    url = (await kie.upload(content))["data"]["downloadUrl"]
    picture = await kie.picture(await kie.task(image_input=[url], aspect_ratio="auto"))
    assert picture.size == (1376, 768)
    [task] = (await kie.control("GET", "/tasks"))[1]
    assert task["references"] == [hashlib.sha256(content).hexdigest()]


@pytest.mark.parametrize("content", [b"no picture", b""])
async def test_reference_that_is_no_picture_fails_the_task(kie: Driver, content: bytes) -> None:
    url = (await kie.upload(content))["data"]["downloadUrl"]
    record = await kie.finished(await kie.task(image_input=[url]))
    assert (record["state"], record["failCode"]) == ("fail", "400")


async def test_reference_that_is_not_there_or_elsewhere_fails_the_task(kie: Driver) -> None:
    for url in (f"{kie.provider.api_url}/uploads/none.png", "https://pictures.example/a.png"):
        assert (await kie.finished(await kie.task(image_input=[url])))["failCode"] == "400"


async def test_upload_of_a_used_name_overwrites_and_a_wrong_path_is_refused(kie: Driver) -> None:
    first = (await kie.upload(b"one"))["data"]
    second = (await kie.upload(b"three"))["data"]
    assert first["downloadUrl"] == second["downloadUrl"]
    assert (await kie.get(second["downloadUrl"]))[1] == b"three"
    assert (second["fileName"], second["filePath"], second["fileSize"]) == ("a.png", "references/a.png", 5)
    for folder, name in (("/references", "a.png"), ("references", "../a.png"), ("..", "a.png")):
        assert (await kie.upload(b"x", name, folder))["code"] == 400


async def test_older_upload_shape_and_failing_upload(kie: Driver) -> None:
    kie.provider.faults.change({"older_upload_shape": {"times": 1}})
    data = (await kie.upload(png()))["data"]
    assert "fileUrl" in data
    assert "downloadUrl" not in data
    kie.provider.faults.change({"upload_fails": True})
    assert (await kie.upload(png()))["code"] == 500


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer x"}, {"User-Agent": "python-requests/2.32"}, {"User-Agent": "Python/3.11 aiohttp/3.14"}],
)
async def test_file_host_refuses_the_key_and_library_user_agents(kie: Driver, headers: dict[str, str]) -> None:
    record = await kie.finished(await kie.task())
    [url] = record["response"]["resultUrls"]
    assert (await kie.get(url, **headers))[0] == 403
    assert (await kie.get(url, **AGENT))[0] == 200


async def test_expired_result_has_a_fresh_address_and_a_gone_one_has_none(kie: Driver) -> None:
    record = await kie.finished(await kie.task())
    [url] = record["response"]["resultUrls"]
    kie.provider.faults.change({"result_expired": True})
    assert (await kie.get(url))[0] == 404
    fresh = (await kie.send("POST", "/api/v1/common/download-url", json={"url": url}))[1]["data"]
    assert (await kie.get(fresh))[0] == 200
    kie.clock.now_s += 20 * 60
    assert (await kie.get(fresh))[0] == 403
    kie.provider.faults.change({"result_gone": True})
    assert (await kie.send("POST", "/api/v1/common/download-url", json={"url": url}))[1]["code"] == 422


async def test_foreign_url_has_no_fresh_address(kie: Driver) -> None:
    body = {"url": "https://elsewhere.example/files/a.png"}
    assert (await kie.send("POST", "/api/v1/common/download-url", json=body))[1]["code"] == 422


async def test_result_may_be_missing_double_or_of_another_type_than_its_name(kie: Driver) -> None:
    kie.provider.faults.change({"success_without_urls": True})
    assert (await kie.finished(await kie.task()))["response"] == {"resultUrls": []}
    kie.provider.faults.change({"success_without_urls": False, "two_results": True})
    assert len((await kie.finished(await kie.task()))["response"]["resultUrls"]) == 2
    kie.provider.faults.change({"two_results": False, "wrong_extension": True})
    record = await kie.finished(await kie.task())
    [url] = record["response"]["resultUrls"]
    assert url.endswith(".jpg")
    assert Image.open(BytesIO((await kie.get(url))[1])).format == "PNG"


async def test_task_that_never_finishes_is_still_generating_after_an_hour(kie: Driver) -> None:
    kie.provider.faults.change({"never_finishes": True})
    task_id = await kie.task()
    kie.clock.now_s += 3600
    assert (await kie.query(task_id))["data"]["state"] in {"waiting", "generating"}


async def test_speed_holds_for_running_tasks_from_then_on(kie: Driver) -> None:
    task_id = await kie.task()
    kie.clock.now_s += 5
    await kie.control("PATCH", body={"speed": 100})
    kie.clock.now_s += 0.3
    assert (await kie.query(task_id))["data"]["state"] == "success"


async def test_prefixed_ids_and_the_older_message_field(kie: Driver) -> None:
    kie.provider.faults.change({"prefixed_ids": True, "older_message_field": True})
    answer = await kie.create()
    assert answer["data"]["taskId"].startswith("task_nano-banana-pro_")
    assert answer["message"] == "success"
    assert "msg" not in answer


async def test_control_lists_every_fault_with_a_line_about_it(kie: Driver) -> None:
    _, state = await kie.control("GET")
    assert set(state["faults"]) == set(state["fault_help"]) == {*SWITCHES, *NUMBERS}
    assert all(state["fault_help"].values())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sped": 3}, "There is no sped"),
        ({"faults": {"rate_limitted": True}}, "There is no fault rate_limitted"),
        ({"faults": {"rate_limited": {"times": 0}}}, "rate_limited takes"),
        ({"faults": {"slow_create_s": "long"}}, "slow_create_s takes a number"),
        ({"speed": 0}, "speed is a number above 0"),
        ({"faults": {"rate_limited": True, "nope": True}}, "There is no fault nope"),
        ([], "Send a JSON object"),
    ],
)
async def test_control_refuses_what_it_does_not_know_by_name_and_changes_nothing(
    kie: Driver, change: object, says: str
) -> None:
    status, answer = await kie.control("PATCH", body=change)
    assert status == 400
    assert says in answer["message"]
    assert not any((await kie.control("GET"))[1]["faults"].values())


async def test_control_remembers_requests_without_the_key_and_resets(kie: Driver) -> None:
    await kie.task()
    _, requests = await kie.control("GET", "/requests")
    assert [(entry["method"], entry["path"], entry["code"]) for entry in requests] == [
        ("POST", "/api/v1/jobs/createTask", 200)
    ]
    assert "the-key" not in json.dumps(requests)
    await kie.control("POST", "/reset")
    assert (await kie.control("GET", "/tasks"))[1] == []
