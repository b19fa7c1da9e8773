"""Everything that can be made to go wrong at the local provider: creates, queries, tasks and files."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest
from PIL import Image

from sandbox.local_provider.faults import NUMBERS, SWITCHES
from tests.sandbox.provider_driver import LONGEST_TASK_S, ProviderDriver, driven, picture

CREATE_REFUSALS = {
    "rate_limited": (429, "too fast"),
    "key_refused": (401, "access"),
    "credits_gone": (402, "top up"),
    "credits_gone_as_429": (429, "top up"),
    "key_limit": (433, "limit"),
    "maintenance": (455, "maintenance"),
    "feature_off": (505, "disabled"),
    "create_500": (500, "Server exception"),
    "content_refused": (400, "content policies"),
}
TASK_FAILURES = {
    "fail_internal": ("500", "Internal Error, Please try again later."),
    "fail_content_policy": ("422", "CONTENT_POLICY_BLOCKED"),
    "fail_flagged": ("400", "Your prompt was flagged by Website as violating content policies"),
    "fail_prohibited": ("422", "Invalid prompt: prompt contains prohibited content"),
    "fail_gemini": ("500", "Gemini could not generate an image with the given prompt."),
    "fail_image_fetch": ("400", "Image fetch failed. Check access settings or use our File Upload API instead."),
    "fail_overloaded": (None, "Service is currently unavailable due to high demand. (E003)"),
}


@pytest.fixture
async def driver() -> AsyncIterator[ProviderDriver]:
    async with driven() as started:
        yield started


@pytest.mark.parametrize("fault", CREATE_REFUSALS)
async def test_a_refused_create_makes_no_task(driver: ProviderDriver, fault: str) -> None:
    await driver.fault(**{fault: {"times": 1}})
    answer = await driver.create()
    code, words = CREATE_REFUSALS[fault]
    assert (answer.status, answer.code, answer.data) == (200, code, None)
    assert words in answer.json["msg"]
    assert await driver.tasks() == []
    assert (await driver.create()).code == 200


@pytest.mark.parametrize(("code", "status"), [(402, 402), (429, 429), (433, 403), (455, 503), (500, 500), (505, 503)])
async def test_real_statuses_take_the_place_of_http_200(driver: ProviderDriver, code: int, status: int) -> None:
    fault = next(name for name, (refused, _) in CREATE_REFUSALS.items() if refused == code)
    await driver.fault(real_statuses={"times": 1}, **{fault: True})
    answer = await driver.create()
    assert (answer.status, answer.code) == (status, code)
    assert (await driver.create()).status == 200


async def test_html_errors_come_with_a_status_as_often_as_asked(driver: ProviderDriver) -> None:
    await driver.fault(html_errors={"times": 1}, create_500=True)
    answer = await driver.create()
    assert (answer.status, answer.headers["Content-Type"]) == (500, "text/html; charset=utf-8")
    assert b"<html>" in answer.body
    assert (await driver.create()).code == 500


@pytest.mark.parametrize("fault", ["credits_gone", "credits_gone_as_429"])
async def test_gone_credits_read_zero_and_looking_does_not_end_that(driver: ProviderDriver, fault: str) -> None:
    await driver.fault(**{fault: {"times": 1}})
    assert await driver.balance() == 0.0
    assert (await driver.create()).code in {402, 429}
    assert await driver.balance() > 0


async def test_an_older_answer_has_its_text_under_another_name(driver: ProviderDriver) -> None:
    await driver.fault(older_message_field=True)
    answer = await driver.create(resolution="8K")
    assert answer.json["message"].startswith("resolution")
    assert "msg" not in answer.json


async def test_a_prefixed_id_holds_the_time_in_milliseconds(driver: ProviderDriver) -> None:
    await driver.fault(prefixed_ids=True)
    ids = [await driver.created() for _ in range(2)]
    assert ids[0] == f"task_nano-banana-pro_{driver.clock() * 1000:.0f}"
    assert ids[0] != ids[1]


async def test_an_answer_without_an_id_made_no_task(driver: ProviderDriver) -> None:
    await driver.fault(no_task_id=True)
    answer = await driver.create()
    assert (answer.code, answer.data) == (200, {})
    assert await driver.tasks() == []


@pytest.mark.parametrize(("fault", "creates"), [("drop_create_before", 0), ("drop_create_after", 1)])
async def test_a_cut_create_has_made_a_task_or_has_not(driver: ProviderDriver, fault: str, creates: int) -> None:
    await driver.fault(**{fault: {"times": 1}})
    with pytest.raises(aiohttp.ClientConnectionError):
        await driver.create()
    assert (await driver.state())["creates"] == len(await driver.tasks()) == creates
    [entry] = (await driver.control("GET", "/requests")).json
    assert (entry["path"], entry["status"]) == ("/api/v1/jobs/createTask", None)


async def test_a_lost_answer_in_html_hides_a_task_that_was_made(driver: ProviderDriver) -> None:
    await driver.fault(lost_create_answer_html={"times": 1})
    answer = await driver.create()
    assert (answer.status, b"<html>" in answer.body) == (502, True)
    assert (await driver.state())["creates"] == len(await driver.tasks()) == 1


@pytest.mark.parametrize(("fault", "code"), [("queries_rate_limited", 429), ("query_500", 500), ("key_refused", 401)])
async def test_a_refused_query_leaves_the_task_alone(driver: ProviderDriver, fault: str, code: int) -> None:
    task_id = await driver.created()
    await driver.fault(**{fault: {"times": 1}})
    assert (await driver.query(task_id)).code == code
    assert (await driver.query(task_id)).data["state"] == "waiting"


async def test_a_cut_query_leaves_the_task_alone(driver: ProviderDriver) -> None:
    task_id = await driver.created()
    await driver.fault(drop_query=True)  # a client may send a GET again by itself
    with pytest.raises(aiohttp.ClientConnectionError):
        await driver.query(task_id)
    await driver.fault(drop_query=False)
    assert (await driver.query(task_id)).data["state"] == "waiting"


async def test_the_first_polls_may_not_find_the_record(driver: ProviderDriver) -> None:
    await driver.fault(null_record_polls=2)
    task_id = await driver.created()
    answers = [await driver.query(task_id) for _ in range(3)]
    assert [answer.code for answer in answers] == [422, 422, 200]
    assert (answers[0].status, answers[0].json["msg"], answers[0].data) == (200, "recordInfo is null", None)


async def test_an_unknown_task_may_be_a_real_404(driver: ProviderDriver) -> None:
    await driver.fault(unknown_is_404=True)
    answer = await driver.query("0" * 32)
    assert (answer.status, answer.code) == (404, 404)


async def test_a_task_that_never_finishes_is_free_and_pending_for_good(driver: ProviderDriver) -> None:
    await driver.fault(never_finishes={"times": 1})
    before = await driver.balance()
    stuck, well = await driver.created(), await driver.created()
    assert (await driver.ended(well))["state"] == "success"
    driver.clock.pass_(24 * 3600)
    assert (await driver.query(stuck)).data["state"] in {"waiting", "generating"}
    assert await driver.balance() == before - 18


@pytest.mark.parametrize("fault", TASK_FAILURES)
async def test_a_failed_task_says_why_and_costs_nothing(driver: ProviderDriver, fault: str) -> None:
    await driver.fault(**{fault: {"times": 1}})
    before = await driver.balance()
    data = await driver.ended(await driver.created())
    code, message = TASK_FAILURES[fault]
    assert (data["state"], data["failCode"], data["resultJson"]) == ("fail", code, "")
    assert data["failMsg"].startswith(message)
    assert await driver.balance() == before
    assert [(task["state"], task["billed"]) for task in await driver.tasks()] == [("fail", 0)]
    assert (await driver.ended(await driver.created()))["state"] == "success"


async def test_a_success_may_name_no_picture(driver: ProviderDriver) -> None:
    await driver.fault(success_without_urls=True)
    data = await driver.ended(await driver.created())
    assert (data["state"], json.loads(data["resultJson"])) == ("success", {"resultUrls": []})


async def test_a_success_may_name_two_different_pictures(driver: ProviderDriver) -> None:
    await driver.fault(two_results=True)
    urls = json.loads((await driver.ended(await driver.created(output_format="jpg")))["resultJson"])["resultUrls"]
    first, second = [(await driver.get_file(url)).body for url in urls]
    assert first != second
    assert (await driver.tasks())[0]["billed"] == 18


@pytest.mark.parametrize(("asked", "named", "kind"), [("png", ".jpg", "image/png"), ("jpg", ".png", "image/jpeg")])
async def test_a_name_may_lie_about_the_type(driver: ProviderDriver, asked: str, named: str, kind: str) -> None:
    await driver.fault(wrong_extension=True)
    url = await driver.picture_url(output_format=asked)
    file = await driver.get_file(url)
    assert url.endswith(named)
    assert file.headers["Content-Type"] == kind
    with Image.open(BytesIO(file.body)) as drawn:
        assert f"image/{(drawn.format or '').lower()}" == kind


async def test_an_expired_picture_is_still_at_its_fresh_address(driver: ProviderDriver) -> None:
    url = await driver.picture_url(output_format="jpg")
    await driver.fault(result_expired=True)
    assert (await driver.get_file(url)).status == 404
    fresh = (await driver.send("POST", "/api/v1/common/download-url", json={"url": url})).data
    assert (await driver.get_file(fresh)).status == 200


async def test_a_picture_that_is_gone_has_no_fresh_address_and_an_old_one_ends(driver: ProviderDriver) -> None:
    url = await driver.picture_url(output_format="jpg")
    fresh = (await driver.send("POST", "/api/v1/common/download-url", json={"url": url})).data
    await driver.fault(result_gone=True)
    assert (await driver.get_file(url)).status == 404
    assert (await driver.get_file(fresh)).status == 404
    assert (await driver.send("POST", "/api/v1/common/download-url", json={"url": url})).code == 422


async def test_a_download_may_end_in_the_middle(driver: ProviderDriver) -> None:
    url = await driver.picture_url(output_format="jpg")
    await driver.fault(truncated_download={"times": 1})
    with pytest.raises(aiohttp.ClientPayloadError):
        await driver.get_file(url)
    assert (await driver.get_file(url)).status == 200


async def test_a_png_may_be_made_large(driver: ProviderDriver) -> None:
    await driver.fault(png_size_mb=2.5)
    size_mb = len((await driver.get_file(await driver.picture_url())).body) / 1024 / 1024
    assert 2 < size_mb < 3


async def test_a_file_may_be_given_for_every_picture(driver: ProviderDriver) -> None:
    given = picture(size=(64, 48))
    assert (await driver.control("PUT", "/picture", data=given)).status == 200
    files = [(await driver.get_file(await driver.picture_url())).body for _ in range(2)]
    assert files == [given + b"task 1", given + b"task 2"]  # the same picture, and never the same file
    await driver.control("DELETE", "/picture")
    with Image.open(BytesIO((await driver.get_file(await driver.picture_url())).body)) as drawn:
        assert drawn.size == (1024, 1024)


async def test_what_is_no_picture_is_not_given_for_every_one(driver: ProviderDriver) -> None:
    answer = await driver.control("PUT", "/picture", data=b"no picture")
    assert (answer.status, answer.json["message"]) == (400, "Send the bytes of a picture: png, jpeg or webp.")
    assert len((await driver.get_file(await driver.picture_url())).body) > 1000


async def test_an_upload_may_fail_and_leaves_nothing(driver: ProviderDriver) -> None:
    await driver.fault(upload_fails={"times": 1})
    assert (await driver.upload(picture())).code == 500
    assert (await driver.get_file("/uploads/plantain/refs/pear.png")).status == 404
    assert (await driver.upload(picture())).code == 200


async def test_an_older_upload_answer_names_its_address_otherwise(driver: ProviderDriver) -> None:
    await driver.fault(older_upload_shape=True)
    data = (await driver.upload(picture())).data
    assert "downloadUrl" not in data
    assert (await driver.get_file(data["fileUrl"])).status == 200


@pytest.mark.parametrize("fault", ["slow_create_s", "slow_query_s", "slow_download_s"])
async def test_a_slow_answer_is_cut_short_by_the_end_and_does_not_hold_it_up(fault: str) -> None:
    async with asyncio.timeout(30), driven() as driver:
        url = await driver.picture_url(output_format="jpg")
        await driver.fault(**{fault: 3600})
        requests = {
            "slow_create_s": driver.create,
            "slow_query_s": lambda: driver.query("0" * 32),
            "slow_download_s": lambda: driver.get_file(url),
        }
        waiting = asyncio.create_task(requests[fault]())
        await driver.until_unanswered()
        assert not waiting.done()
        assert len(await driver.tasks()) == (2 if fault == "slow_create_s" else 1)
        await driver.provider.stop()
        with pytest.raises(aiohttp.ClientConnectionError):
            await waiting


async def test_a_fault_by_chance_meets_some_and_not_others(driver: ProviderDriver) -> None:
    await driver.fault(create_500={"probability": 0.5})
    assert {(await driver.create()).code for _ in range(20)} == {200, 500}


async def test_every_fault_has_a_value_and_a_line_of_help(driver: ProviderDriver) -> None:
    state = await driver.state()
    assert set(state["faults"]) == set(state["fault_help"]) == {*SWITCHES, *NUMBERS}
    assert all(state["fault_help"].values())


async def test_faults_show_what_they_were_set_to_and_null_switches_them_off(driver: ProviderDriver) -> None:
    wanted = {
        "rate_limited": {"times": 2},
        "drop_query": {"probability": 0.25},
        "slow_query_s": 1.5,
        "maintenance": True,
    }
    await driver.fault(**wanted)
    assert (await driver.state())["faults"].items() >= wanted.items()
    await driver.fault(**dict.fromkeys(wanted))
    assert not any((await driver.state())["faults"].values())


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"faults": {"no_such_fault": True}}, "no_such_fault"),
        ({"faults": {"rate_limited": 3}}, "rate_limited"),
        ({"faults": {"rate_limited": {"times": 0}}}, "rate_limited"),
        ({"faults": {"rate_limited": {"probability": 2}}}, "rate_limited"),
        ({"faults": {"slow_query_s": True}}, "slow_query_s"),
        ({"faults": {"slow_query_s": -1}}, "slow_query_s"),
        ({"faults": []}, "faults"),
        ({"speed": 0}, "speed"),
        ({"speed": "10"}, "speed"),
        ({"balance": -1}, "balance"),
        ({"balance": float("nan")}, "balance"),
        ({"webhook_key": 7}, "webhook_key"),
        ({"colour": "red"}, "colour"),
        ([], "object"),
    ],
)
async def test_a_senseless_change_is_refused_by_name_and_changes_nothing(
    driver: ProviderDriver, change: object, named: str
) -> None:
    before = await driver.state()
    if isinstance(change, dict):
        change = {"balance": 7.0, "speed": 3.0, **change}
    answer = await driver.control("PATCH", json=change)
    assert answer.status == 400
    assert named in answer.json["message"]
    assert await driver.state() == before


async def test_a_reset_forgets_all_that_happened(driver: ProviderDriver) -> None:
    before = await driver.state()
    await driver.control("PATCH", json={"webhook_key": "secret", "faults": {"rate_limited": True, "slow_query_s": 1}})
    await driver.fault(rate_limited=False, slow_query_s=0, drop_query={"times": 3})
    task_id, *_ = [await driver.created() for _ in range(20)]
    driver.clock.pass_(LONGEST_TASK_S)
    assert (await driver.control("POST", "/reset")).json == before
    assert await driver.tasks() == []
    assert (await driver.control("GET", "/requests")).json == []
    assert (await driver.query(task_id)).data is None
    assert [(await driver.create()).code for _ in range(20)] == [200] * 20


async def test_requests_are_listed_without_the_key(driver: ProviderDriver) -> None:
    await driver.query(await driver.created())
    await driver.create(resolution="8K")
    answer = await driver.control("GET", "/requests")
    assert [(entry["method"], entry["path"], entry["status"], entry["code"]) for entry in answer.json] == [
        ("POST", "/api/v1/jobs/createTask", 200, 200),
        ("GET", "/api/v1/jobs/recordInfo", 200, 200),
        ("POST", "/api/v1/jobs/createTask", 200, 500),
    ]
    assert answer.json[0]["at"] == driver.clock()
    assert b"key" not in answer.body
