"""Downloads of results: what arrives is whole, is a picture, and costs no key."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from generation import downloads as downloads_module
from generation.downloads import DownloadedFile, download
from generation.errors import DownloadError, DownloadProblem, GenerationError, ResultLostError
from generation.images import ImageType
from generation.threads import off_loop
from tests.generation.client_bench import Bench, open_bench
from tests.generation.pictures import encoded, noise
from tests.generation.recorded import HTML
from tests.generation.scripted_provider import Mishap, Reply

PNG = encoded(noise(300, 200), "PNG")
JPEG = encoded(noise(300, 200), "JPEG")
SIGNED = "/result.png?sig=abc%2Bdef%2F%3D&x=1"


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


async def fetch(
    bench: Bench, destination: Path, *, url: str | None = None, max_bytes: int = 10_000_000, timeout_s: float = 30.0
) -> DownloadedFile:
    url = f"{bench.provider.url}{SIGNED}" if url is None else url
    return await download(
        bench.session, url, destination, max_bytes=max_bytes, timeout_s=timeout_s, loopback_http_allowed=True
    )


async def fetch_failing(bench: Bench, folder: Path, reply: Reply, **limits: float) -> GenerationError:
    bench.provider.script(reply)
    with pytest.raises(GenerationError) as caught:
        await fetch(bench, folder / "result", **limits)  # type: ignore[arg-type]
    assert list(folder.iterdir()) == [], "nothing is left behind"
    return caught.value


@pytest.mark.parametrize(
    ("body", "image_type"), [(PNG, ImageType.PNG), (JPEG, ImageType.JPEG), (encoded(noise(300, 200), "WEBP"), "webp")]
)
async def test_type_and_pixels_come_from_the_bytes(bench: Bench, tmp_path: Path, body: bytes, image_type: str) -> None:
    bench.provider.script(Reply(body=body, headers={"Content-Type": "text/plain"}))
    destination = tmp_path / "result.txt"
    assert await fetch(bench, destination) == DownloadedFile(
        path=destination,
        sha256=hashlib.sha256(body).hexdigest(),
        size_bytes=len(body),
        image_type=ImageType(image_type),
        width=300,
        height=200,
    )
    assert destination.read_bytes() == body
    assert [path.name for path in tmp_path.iterdir()] == ["result.txt"]
    assert destination.stat().st_mode & 0o077 == 0


async def test_a_picture_arrives_while_all_cores_are_at_work_on_others(bench: Bench, tmp_path: Path) -> None:
    done = threading.Event()
    others = [asyncio.create_task(off_loop(done.wait)) for _ in range(os.cpu_count() or 1)]
    try:
        bench.provider.script(Reply(body=PNG))
        assert (await fetch(bench, tmp_path / "result")).width == 300
    finally:
        done.set()
        await asyncio.gather(*others)


async def test_a_picture_of_many_chunks_arrives_whole(bench: Bench, tmp_path: Path) -> None:
    body = encoded(noise(1400, 1400), "PNG")
    assert len(body) > 3 * downloads_module.CHUNK_BYTES
    bench.provider.script(Reply(body=body))
    file = await bench.client.download(f"{bench.provider.url}/big.png", tmp_path / "big")
    assert (file.sha256, file.width) == (hashlib.sha256(body).hexdigest(), 1400)
    assert file.path.read_bytes() == body


async def test_the_file_host_gets_our_user_agent_and_never_the_key(bench: Bench, tmp_path: Path) -> None:
    bench.provider.script(Reply(body=PNG))
    await bench.client.download(f"{bench.provider.url}{SIGNED}", tmp_path / "result")
    (seen,) = bench.provider.seen
    assert "Authorization" not in seen.headers
    assert seen.headers["User-Agent"].startswith("Plantain/")
    assert seen.query == {"sig": "abc+def/=", "x": "1"}


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_url_that_has_ended_is_told_from_a_trouble(bench: Bench, tmp_path: Path, status: int) -> None:
    error = await fetch_failing(bench, tmp_path, Reply(status=status, body=b"gone"))
    assert isinstance(error, ResultLostError)
    assert error.status == status


@pytest.mark.parametrize("status", [400, 429, 500, 503, 204, 206])
async def test_another_status_is_worth_another_try(bench: Bench, tmp_path: Path, status: int) -> None:
    error = await fetch_failing(bench, tmp_path, Reply(status=status))
    assert isinstance(error, DownloadError)
    assert (error.problem, error.status) == (DownloadProblem.BAD_STATUS, status)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(body=PNG, mishap=Mishap.CUT_OFF), DownloadProblem.TRUNCATED),
        (Reply(body=PNG[:-20]), DownloadProblem.TRUNCATED),
        (Reply(body=JPEG[: len(JPEG) // 2]), DownloadProblem.TRUNCATED),
        (Reply(body=HTML), DownloadProblem.NOT_AN_IMAGE),
        (Reply(body=b""), DownloadProblem.NOT_AN_IMAGE),
        (Reply(mishap=Mishap.DROPPED), DownloadProblem.DISCONNECTED),
    ],
)
async def test_what_did_not_arrive_whole_is_worth_another_try(
    bench: Bench, tmp_path: Path, reply: Reply, problem: DownloadProblem
) -> None:
    error = await fetch_failing(bench, tmp_path, reply)
    assert isinstance(error, DownloadError)
    assert error.problem is problem


async def test_a_silent_host_is_given_up(bench: Bench, tmp_path: Path) -> None:
    error = await fetch_failing(bench, tmp_path, Reply(mishap=Mishap.SILENCE), timeout_s=0.05)
    assert isinstance(error, DownloadError)
    assert error.problem is DownloadProblem.TIMED_OUT


async def test_more_than_the_limit_is_not_taken(bench: Bench, tmp_path: Path) -> None:
    error = await fetch_failing(bench, tmp_path, Reply(body=PNG), max_bytes=len(PNG) - 1)
    assert isinstance(error, DownloadError)
    assert error.problem is DownloadProblem.TOO_LARGE


async def test_a_length_that_was_not_announced_is_limited_too(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiohttp.ClientResponse, "content_length", None)
    error = await fetch_failing(bench, tmp_path, Reply(body=PNG), max_bytes=len(PNG) - 1)
    assert isinstance(error, DownloadError)
    assert error.problem is DownloadProblem.TOO_LARGE


async def test_just_the_limit_is_taken(bench: Bench, tmp_path: Path) -> None:
    bench.provider.script(Reply(body=PNG))
    assert (await fetch(bench, tmp_path / "result", max_bytes=len(PNG))).size_bytes == len(PNG)


async def test_a_redirect_is_followed_where_it_is_allowed(bench: Bench, tmp_path: Path) -> None:
    bench.provider.script(Reply(status=302, headers={"Location": "/moved.png?sig=a%2Bb"}), Reply(body=PNG))
    await fetch(bench, tmp_path / "result")
    assert [seen.path for seen in bench.provider.seen] == ["/result.png", "/moved.png"]
    assert bench.provider.seen[1].query == {"sig": "a+b"}


@pytest.mark.parametrize(
    "location", ["http://192.0.2.1/x.png", "ftp://127.0.0.1/x.png", "file:///etc/passwd", "http://["]
)
async def test_a_redirect_to_a_forbidden_address_is_not(bench: Bench, tmp_path: Path, location: str) -> None:
    error = await fetch_failing(bench, tmp_path, Reply(status=302, headers={"Location": location}))
    assert isinstance(error, DownloadError)
    assert error.problem is DownloadProblem.FORBIDDEN_URL
    assert len(bench.provider.seen) == 1


async def test_redirects_in_a_circle_come_to_an_end(bench: Bench, tmp_path: Path) -> None:
    error = await fetch_failing(bench, tmp_path, Reply(status=302, headers={"Location": "/again"}))
    assert isinstance(error, DownloadError)
    assert len(bench.provider.seen) == downloads_module.MAX_REDIRECTS + 1


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1/x.png", "ftp://a.example/x", "file:///etc/passwd", "x.png", "", "https://["]
)
async def test_a_forbidden_address_is_never_asked(bench: Bench, tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError) as caught:
        await fetch(bench, tmp_path / "result", url=url)
    assert caught.value.problem is DownloadProblem.FORBIDDEN_URL


async def test_plain_http_on_this_machine_must_be_allowed(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        await download(bench.session, bench.provider.url, tmp_path / "result", max_bytes=100, timeout_s=5)
    assert caught.value.problem is DownloadProblem.FORBIDDEN_URL
    assert bench.provider.seen == []


async def test_a_client_of_the_real_service_fetches_by_https_only(bench: Bench, tmp_path: Path) -> None:
    client = bench.client_of("https://api.kie.ai")
    with pytest.raises(DownloadError) as caught:
        await client.download(f"{bench.provider.url}{SIGNED}", tmp_path / "result")
    assert caught.value.problem is DownloadProblem.FORBIDDEN_URL
    assert bench.provider.seen == []


async def test_a_trouble_of_our_own_disk_is_not_taken_for_one_of_the_host(bench: Bench, tmp_path: Path) -> None:
    bench.provider.script(Reply(body=PNG))
    with pytest.raises(FileNotFoundError):
        await fetch(bench, tmp_path / "no such folder" / "result")


async def test_signed_urls_stand_neither_in_logs_nor_in_errors(
    bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for reply in (Reply(status=403), Reply(status=500), Reply(mishap=Mishap.DROPPED), Reply(body=HTML)):
        bench.provider.script(reply)
        with pytest.raises(GenerationError) as caught:
            await fetch(bench, tmp_path / "result")
        logging.getLogger("test").error("failed", exc_info=caught.value)
    assert "failed" in caplog.text
    assert "sig=" not in caplog.text
