"""The local provider while nothing is made to go wrong: as strict as the real one, and no kinder."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiohttp import web
from PIL import Image

from tests.sandbox.provider_driver import KEY, LONGEST_TASK_S, ProviderDriver, driven, picture, serving

IMAGE_FETCH_FAILED = "Image fetch failed. Check access settings or use our File Upload API instead."


@pytest.fixture
async def driver() -> AsyncIterator[ProviderDriver]:
    async with driven() as started:
        yield started


async def test_a_create_answers_one_id_under_two_names(driver: ProviderDriver) -> None:
    answer = await driver.create()
    assert (answer.status, answer.code, answer.json["msg"]) == (200, 200, "success")
    assert re.fullmatch(r"[0-9a-f]{32}", answer.data["taskId"])
    assert answer.data == {"taskId": answer.data["taskId"], "recordId": answer.data["taskId"]}


async def test_a_pending_task_has_nulls_an_empty_result_and_a_price_already(driver: ProviderDriver) -> None:
    task_id = await driver.created(resolution="4K", prompt="a fox")
    data = (await driver.query(task_id)).data
    assert (data["taskId"], data["model"], data["state"]) == (task_id, "nano-banana-pro", "waiting")
    assert data["resultJson"] == ""
    assert [data[name] for name in ("failCode", "failMsg", "costTime", "completeTime")] == [None] * 4
    assert (data["creditsConsumed"], type(data["creditsConsumed"]), data["successFlag"]) == (24.0, float, 0)
    assert json.loads(json.loads(data["param"])["input"]) == {"resolution": "4K", "prompt": "a fox"}
    assert data["createTime"] == driver.clock() * 1000
    assert "response" not in data


async def test_a_finished_task_names_its_picture_twice_and_counts_in_seconds(driver: ProviderDriver) -> None:
    data = await driver.ended(await driver.created())
    assert data["state"] == "success"
    assert json.loads(data["resultJson"]) == data["response"]
    assert 13 <= data["costTime"] <= 25
    assert data["completeTime"] - data["createTime"] == pytest.approx(data["costTime"] * 1000, abs=1000)
    assert data["successFlag"] == 1


async def test_some_tasks_are_never_seen_generating_and_all_others_are(driver: ProviderDriver) -> None:
    seen: list[list[str]] = []
    for _ in range(24):
        task_id, states = await driver.created(), []
        for _ in range(30):
            driver.clock.pass_(1)
            states.append((await driver.query(task_id)).data["state"])
        seen.append(list(dict.fromkeys(states)))
    assert ["waiting", "success"] in seen
    assert ["waiting", "generating", "success"] in seen
    assert all(states in (["waiting", "success"], ["waiting", "generating", "success"]) for states in seen)


async def test_update_time_is_absent_at_times(driver: ProviderDriver) -> None:
    records = [(await driver.query(await driver.created())).data for _ in range(6)]
    assert {"updateTime" in record for record in records} == {True, False}


@pytest.mark.parametrize(("resolution", "shortest", "longest"), [("1K", 13, 25), ("2K", 16, 75), ("4K", 22, 150)])
async def test_a_task_takes_as_long_as_its_resolution_does(
    driver: ProviderDriver, resolution: str, shortest: float, longest: float
) -> None:
    task_ids = [await driver.created(resolution=resolution) for _ in range(8)]
    driver.clock.pass_(shortest - 1)
    assert "success" not in {task["state"] for task in await driver.tasks()}
    driver.clock.pass_(longest - shortest + 1)
    assert {task["state"] for task in await driver.tasks()} == {"success"}
    assert len(task_ids) == 8


async def test_a_change_of_speed_holds_for_running_tasks_from_then_on(driver: ProviderDriver) -> None:
    task_id = await driver.created()
    await driver.control("PATCH", json={"speed": 0.001})
    driver.clock.pass_(1000)
    assert (await driver.query(task_id)).data["state"] == "waiting"
    await driver.control("PATCH", json={"speed": 1000})
    driver.clock.pass_(0.1)
    assert (await driver.query(task_id)).data["state"] == "success"


async def test_the_time_of_an_end_does_not_depend_on_who_looks(driver: ProviderDriver) -> None:
    task_id = await driver.created()
    await driver.query(task_id)
    driver.clock.pass_(10_000)
    await driver.control("PATCH", json={"speed": 500})
    driver.clock.pass_(10_000)
    assert 13 <= (await driver.query(task_id)).data["costTime"] <= 25


async def test_a_picture_is_charged_once_and_without_being_asked_for(driver: ProviderDriver) -> None:
    before = await driver.balance()
    assert isinstance(before, float)
    assert before != int(before)
    first, _, _ = [await driver.created(resolution=resolution) for resolution in ("1K", "2K", "4K")]
    assert await driver.balance() == before
    await driver.tasks()
    driver.clock.pass_(LONGEST_TASK_S)
    assert await driver.balance() == before - 18 - 18 - 24
    await driver.query(first)
    assert await driver.balance() == before - 18 - 18 - 24
    assert [task["billed"] for task in await driver.tasks()] == [18, 18, 24]


async def test_a_balance_that_does_not_cover_what_is_promised_refuses_more(driver: ProviderDriver) -> None:
    await driver.control("PATCH", json={"balance": 40.5})
    assert [(await driver.create()).code for _ in range(3)] == [200, 200, 402]
    driver.clock.pass_(LONGEST_TASK_S)
    assert await driver.balance() == 4.5
    assert (await driver.create()).code == 402
    assert (await driver.state())["creates"] == 2


@pytest.mark.parametrize(
    ("order", "code", "message"),
    [
        ({"prompt": ""}, 500, "prompt is required"),
        ({"prompt": "x" * 10_001}, 422, "10000"),
        ({"aspect_ratio": "7:3"}, 500, "aspect_ratio is not within the range of allowed options"),
        ({"resolution": "8K"}, 500, "resolution is not within the range of allowed options"),
        ({"resolution": "1k"}, 500, "resolution is not within the range of allowed options"),
        ({"output_format": "webp"}, 500, "output_format is not within the range of allowed options"),
        ({"output_format": ["png"]}, 500, "output_format is not within the range of allowed options"),
        ({"image_input": ["http://127.0.0.1/a.png"] * 9}, 422, "8"),
        ({"image_input": "http://127.0.0.1/a.png"}, 422, "array"),
    ],
)
async def test_a_bad_order_is_refused_inside_http_200(
    driver: ProviderDriver, order: dict[str, object], code: int, message: str
) -> None:
    answer = await driver.create(**order)
    assert (answer.status, answer.code, answer.data) == (200, code, None)
    assert message in answer.json["msg"]
    assert (await driver.state())["creates"] == 0


async def test_the_longest_prompt_is_taken_and_every_unknown_field_recorded(driver: ProviderDriver) -> None:
    assert (await driver.create(prompt="x" * 10_000, seed=7)).code == 200
    [task] = await driver.tasks()
    assert task["input"] == {"prompt": "x" * 10_000, "seed": 7}


@pytest.mark.parametrize("model", ["google/nano-banana-pro", "nano-banana", ""])
async def test_another_model_is_not_supported(driver: ProviderDriver, model: str) -> None:
    answer = await driver.create(model=model)
    assert (answer.code, answer.json["msg"]) == (422, "Model name not supported")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"model": "nano-banana-pro"}'])
async def test_a_body_without_an_order_is_refused(driver: ProviderDriver, body: bytes) -> None:
    answer = await driver.send("POST", "/api/v1/jobs/createTask", data=body)
    assert answer.code in {400, 500}
    assert (await driver.state())["creates"] == 0


async def test_a_wrong_key_opens_nothing(driver: ProviderDriver) -> None:
    assert (await driver.create(key="wrong")).code == 401
    assert (await driver.create(key="schlüssel")).code == 401
    for method, path in [
        ("GET", "/api/v1/jobs/recordInfo"),
        ("GET", "/api/v1/chat/credit"),
        ("POST", "/api/v1/common/download-url"),
        ("POST", "/api/file-stream-upload"),
    ]:
        assert (await driver.send(method, path, key=None)).code == 401
    assert (await driver.state())["creates"] == 0


async def test_an_unknown_task_has_no_record(driver: ProviderDriver) -> None:
    answer = await driver.query("0" * 32)
    assert (answer.status, answer.json) == (200, {"code": 422, "msg": "recordInfo is null", "data": None})


async def test_no_more_than_twenty_creates_pass_in_any_ten_seconds(driver: ProviderDriver) -> None:
    assert (await driver.create()).code == 200
    driver.clock.pass_(6)
    assert [(await driver.create()).code for _ in range(20)] == [200] * 19 + [429]
    driver.clock.pass_(3.9)
    assert (await driver.create()).code == 429
    driver.clock.pass_(0.1)
    assert [(await driver.create()).code for _ in range(2)] == [200, 429]
    assert (await driver.state())["creates"] == 21


async def test_no_more_than_ten_queries_pass_in_a_second(driver: ProviderDriver) -> None:
    task_id = await driver.created()
    assert [(await driver.query(task_id)).code for _ in range(11)] == [200] * 10 + [429]
    driver.clock.pass_(1)
    assert (await driver.query(task_id)).code == 200


@pytest.mark.parametrize(
    ("order", "size", "kind"),
    [
        ({}, (1024, 1024), "PNG"),
        ({"aspect_ratio": "21:9", "output_format": "jpg"}, (1584, 672), "JPEG"),
        ({"aspect_ratio": "2:3", "resolution": "2K", "output_format": "jpg"}, (1696, 2528), "JPEG"),
        ({"aspect_ratio": "auto", "output_format": "jpg"}, (1024, 1024), "JPEG"),
    ],
)
async def test_a_picture_has_the_size_and_type_that_were_asked_for(
    driver: ProviderDriver, order: dict[str, str], size: tuple[int, int], kind: str
) -> None:
    url = await driver.picture_url(**order)
    file = await driver.get_file(url)
    with Image.open(BytesIO(file.body)) as drawn:
        assert (drawn.size, drawn.format) == (size, kind)
    assert file.headers["Content-Type"] == f"image/{kind.lower()}"
    assert url.endswith("." + order.get("output_format", "png"))


async def test_a_picture_is_the_same_each_time(driver: ProviderDriver) -> None:
    url = await driver.picture_url(output_format="jpg")
    assert (await driver.get_file(url)).body == (await driver.get_file(url)).body


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"User-Agent": "Python/3.11 aiohttp/3.14.0"},
        {"User-Agent": "python-requests/2.32"},
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": "Go-http-client/1.1"},
        {"User-Agent": "Python-urllib/3.11"},
    ],
)
async def test_the_file_host_wants_no_key_and_no_library(driver: ProviderDriver, headers: dict[str, str]) -> None:
    await driver.fault(library_agents_refused=True)
    url = await driver.picture_url()
    uploaded = (await driver.upload(picture())).data["downloadUrl"]
    for address in (url, uploaded):
        assert (await driver.send("GET", address, key=None, headers=headers)).status == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": f"Bearer {KEY}"}, 403),
        ({"User-Agent": "Python-urllib/3.11"}, 403),
        ({"User-Agent": "python-requests/2.32"}, 200),
        ({"User-Agent": "a-product/1.0"}, 200),
    ],
)
async def test_the_file_host_always_refuses_the_key_and_some_libraries(
    driver: ProviderDriver, headers: dict[str, str], status: int
) -> None:
    url = await driver.picture_url()
    assert (await driver.send("GET", url, key=None, headers=headers)).status == status


async def test_references_are_fetched_in_order_and_shape_an_automatic_ratio(driver: ProviderDriver) -> None:
    contents = [picture("JPEG", (160, 90)), picture("WEBP"), picture("PNG")]
    answers = [await driver.upload(content, name=f"{number}.png") for number, content in enumerate(contents)]
    urls = [answer.data["downloadUrl"] for answer in answers]
    url = await driver.picture_url(image_input=urls, aspect_ratio="auto", output_format="jpg")
    [task] = await driver.tasks()
    assert task["references"] == [hashlib.sha256(content).hexdigest() for content in contents]
    with Image.open(BytesIO((await driver.get_file(url)).body)) as drawn:
        assert drawn.size == (1376, 768)


async def test_an_upload_says_what_was_kept_and_a_used_name_is_overwritten(driver: ProviderDriver) -> None:
    first, second = picture(), picture(size=(9, 9))
    answer = await driver.upload(first)
    assert (answer.json["success"], answer.code) == (True, 200)
    assert answer.data | {"uploadedAt": "", "downloadUrl": ""} == {
        "fileName": "pear.png",
        "filePath": "plantain/refs/pear.png",
        "downloadUrl": "",
        "fileSize": len(first),
        "mimeType": "image/png",
        "uploadedAt": "",
    }
    assert (await driver.get_file(answer.data["downloadUrl"])).body == first
    await driver.upload(second)
    assert (await driver.get_file(answer.data["downloadUrl"])).body == second


@pytest.mark.parametrize(
    ("folder", "name"), [("/plantain", "a.png"), ("plantain/", "a.png"), ("plantain", "../a.png"), ("..", "a.png")]
)
async def test_an_upload_to_a_place_that_is_none_is_refused(driver: ProviderDriver, folder: str, name: str) -> None:
    assert (await driver.upload(picture(), folder=folder, name=name)).code == 400


@pytest.mark.parametrize("kind", ["missing", "text", "gif", "foreign", "scheme", "bracket"])
async def test_a_reference_that_cannot_be_read_fails_the_task_for_nothing(driver: ProviderDriver, kind: str) -> None:
    contents = {"text": b"no picture", "gif": picture("GIF")}
    url = {
        "missing": f"{driver.provider.api_url}/uploads/none/a.png",
        "foreign": "https://pictures.example/a.png",
        "scheme": "ftp://127.0.0.1/a.png",
        "bracket": "http://[/a.png",
    }.get(kind) or (await driver.upload(contents[kind])).data["downloadUrl"]
    before = await driver.balance()
    data = await driver.ended(await driver.created(image_input=[url]))
    assert (data["state"], data["failCode"], data["failMsg"]) == ("fail", "400", IMAGE_FETCH_FAILED)
    assert await driver.balance() == before


async def test_a_file_of_more_than_thirty_megabytes_is_no_reference(driver: ProviderDriver) -> None:
    large = picture() + bytes(30 * 1024 * 1024)

    async def serve(request: web.Request) -> web.Response:
        return web.Response(body=BytesIO(large))

    assert (await driver.upload(large)).code == 400
    async with serving(serve) as url:
        assert (await driver.ended(await driver.created(image_input=[url])))["failMsg"] == IMAGE_FETCH_FAILED


async def test_a_reference_is_never_fetched_from_where_it_redirects_to(driver: ProviderDriver) -> None:
    target = (await driver.upload(picture())).data["downloadUrl"]

    async def redirect(request: web.Request) -> web.Response:
        raise web.HTTPFound(target)

    async with serving(redirect) as url:
        assert (await driver.ended(await driver.created(image_input=[url])))["failMsg"] == IMAGE_FETCH_FAILED


async def test_a_task_does_not_end_before_its_references_are_read(driver: ProviderDriver) -> None:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def serve(request: web.Request) -> web.Response:
        asked.set()
        await may_answer.wait()
        return web.Response(body=picture())

    async with serving(serve) as url:
        task_id = await driver.created(image_input=[url], call_back_url="http://127.0.0.1:9/never")
        await asked.wait()
        driver.clock.pass_(LONGEST_TASK_S)
        assert (await driver.query(task_id)).data["state"] != "success"
        may_answer.set()
        assert (await driver.ended(task_id))["state"] == "success"


async def test_a_fresh_address_serves_the_picture_for_twenty_minutes(driver: ProviderDriver) -> None:
    url = await driver.picture_url(output_format="jpg")
    answer = await driver.send("POST", "/api/v1/common/download-url", json={"url": url})
    assert answer.data != url
    assert (await driver.get_file(answer.data)).body == (await driver.get_file(url)).body
    driver.clock.pass_(20 * 60)
    assert (await driver.get_file(answer.data)).status == 403


@pytest.mark.parametrize("url", ["https://pictures.example/files/a.png", None, 7])
async def test_a_foreign_address_has_no_fresh_one(driver: ProviderDriver, url: object) -> None:
    assert (await driver.send("POST", "/api/v1/common/download-url", json={"url": url})).code == 422


async def test_an_address_of_ours_that_names_nothing_has_no_fresh_one(driver: ProviderDriver) -> None:
    url = f"{driver.provider.api_url}/files/none.png"
    assert (await driver.send("POST", "/api/v1/common/download-url", json={"url": url})).code == 422
