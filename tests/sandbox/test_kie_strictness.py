"""Where the local provider must not be kinder than the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageFont

from sandbox import pictures
from tests.sandbox.provider_driver import ProviderDriver, driven, listening, picture

DAY_S = 24 * 60 * 60


@pytest.fixture
async def driver() -> AsyncIterator[ProviderDriver]:
    async with driven() as started:
        yield started


@pytest.mark.parametrize("code", [408, 501])
async def test_a_query_may_say_that_the_task_is_dead(driver: ProviderDriver, code: int) -> None:
    task_id = await driver.created()
    await driver.fault(**{f"query_{code}": {"times": 1}})
    dead = await driver.query(task_id)
    assert (dead.status, dead.code, dead.data) == (200, code, None)
    assert (await driver.query(task_id)).code == 200


async def test_a_task_may_be_seen_queuing(driver: ProviderDriver) -> None:
    await driver.fault(queuing_seen=True)
    task_id, seen = await driver.created(), list[str]()
    for _ in range(52):
        seen.append((await driver.query(task_id)).data["state"])
        driver.clock.pass_(0.5)
    assert [*dict.fromkeys(seen)][:2] == ["waiting", "queuing"]
    assert seen[-1] == "success"


async def test_a_cut_reference_fails_the_task(driver: ProviderDriver) -> None:
    out = BytesIO()
    Image.effect_noise((400, 300), 80).convert("RGB").save(out, "JPEG")
    url = (await driver.upload(out.getvalue()[:9000], name="a.jpg")).data["downloadUrl"]
    assert (await driver.ended(await driver.created(image_input=[url])))["failCode"] == "400"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"{}", "application/json; charset=none-such"), (b"[" * 100_000, "application/json"), (b"\xff", "text/plain")],
)
async def test_a_body_that_nobody_can_read_is_refused(driver: ProviderDriver, body: bytes, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = await driver.send("POST", "/api/v1/jobs/createTask", data=body, headers=headers)
    assert (answer.status, answer.code) == (200, 400)


async def test_half_a_character_is_refused(driver: ProviderDriver) -> None:
    assert (await driver.create(prompt="a \ud800 pear")).code == 400


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=b"])
async def test_an_upload_that_is_no_form_is_refused(driver: ProviderDriver, content_type: str) -> None:
    headers = {"Content-Type": content_type}
    answer = await driver.send("POST", "/api/file-stream-upload", data=b"--b\r\nbroken", headers=headers)
    assert (answer.status, answer.code) == (200, 400)


async def test_a_picture_ends_after_a_day_and_is_gone_after_two_weeks(driver: ProviderDriver) -> None:
    url = await driver.picture_url()
    driver.clock.pass_(DAY_S)
    assert (await driver.get_file(url)).status == 404
    fresh = await driver.send("POST", "/api/v1/common/download-url", json={"url": url})
    assert (await driver.get_file(fresh.data)).status == 200
    driver.clock.pass_(13 * DAY_S)
    assert (await driver.send("POST", "/api/v1/common/download-url", json={"url": url})).code == 422


async def test_an_upload_is_gone_after_three_days(driver: ProviderDriver) -> None:
    url = (await driver.upload(picture())).data["downloadUrl"]
    driver.clock.pass_(3 * DAY_S - 1)
    assert (await driver.get_file(url)).status == 200
    driver.clock.pass_(1)
    assert (await driver.get_file(url)).status == 404


@pytest.mark.parametrize("agent", ["python-httpx/0.27", "undici", "okhttp/4.12", "Java/21"])
async def test_the_file_host_can_be_made_to_dislike_more_libraries(driver: ProviderDriver, agent: str) -> None:
    await driver.fault(library_agents_refused=True)
    url = (await driver.upload(picture())).data["downloadUrl"]
    assert (await driver.send("GET", url, key=None, headers={"User-Agent": agent})).status == 403


async def test_no_callback_leaves_the_machine(driver: ProviderDriver) -> None:
    async with listening() as listener:
        elsewhere = await driver.created(call_back_url=listener.url.replace("127.0.0.1", "0.0.0.0"))
        await driver.ended(elsewhere)
        here = await driver.created(call_back_url=listener.url)
        await driver.ended(here)
        body, _ = await listener.heard.get()
        assert body["data"]["taskId"] == here
        assert listener.heard.empty()


def test_a_shadow_stays_under_its_words() -> None:
    ground = Image.new("RGB", (600, 900), (120, 120, 120))
    said = ground.copy()
    font = ImageFont.load_default(size=15)
    lines = 30
    pictures._say(said, (20, 20), "\n".join(["words"] * lines), font)
    white = said.convert("L").point(lambda level: 255 if level > 250 else 0).getbbox()
    touched = ImageChops.difference(said, ground).convert("L").point(lambda level: 255 if level > 8 else 0).getbbox()
    assert white is not None
    assert touched is not None
    assert touched[3] - white[3] < 25
