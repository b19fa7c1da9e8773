"""Balance, uploads, and URLs for results: the questions that may be asked again."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from generation.errors import (
    BlockedBy,
    BrokenAnswerError,
    DownloadError,
    DownloadProblem,
    FailureKind,
    OperatorActionNeededError,
    RequestRejectedError,
    ResultLostError,
    ServiceUnavailableError,
)
from tests.generation import recorded
from tests.generation.client_bench import API_KEY, Bench, open_bench
from tests.generation.scripted_provider import Mishap, Reply

PNG_BYTES = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 1000


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with open_bench() as opened:
        yield opened


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "reference.jpg"  # the name is wrong: the bytes decide
    path.write_bytes(PNG_BYTES)
    return path


async def upload(bench: Bench, path: Path) -> str:
    return await bench.client.upload(path, file_name="0a1b.png", upload_path="/plantain/references/")


@pytest.mark.parametrize(("data", "expected"), [(5916.25, 5916.25), (12, 12.0), ("7.5", 7.5), (0, 0.0)])
async def test_the_balance_is_a_number_of_any_kind(bench: Bench, data: object, expected: float) -> None:
    bench.provider.script(recorded.BALANCE | {"data": data})
    assert await bench.client.balance() == expected
    assert bench.provider.seen[0].path == "/api/v1/chat/credit"


@pytest.mark.parametrize("data", [None, {}, "many", True])
async def test_a_balance_that_is_no_number_is_a_broken_answer(bench: Bench, data: object) -> None:
    bench.provider.script(recorded.BALANCE | {"data": data})
    with pytest.raises(BrokenAnswerError) as caught:
        await bench.client.balance()
    assert caught.value.field == "data"


async def test_a_refused_key_shows_in_the_balance_too(bench: Bench) -> None:
    bench.provider.script({"code": 401, "msg": "Unauthorized", "data": None})
    with pytest.raises(OperatorActionNeededError) as caught:
        await bench.client.balance()
    assert caught.value.cause is BlockedBy.CREDENTIALS


async def test_an_upload_brings_the_file_and_its_place(bench: Bench, reference: Path) -> None:
    bench.provider.script(recorded.UPLOADED)
    assert await upload(bench, reference) == recorded.UPLOADED["data"]["downloadUrl"]
    (seen,) = bench.provider.seen
    assert (seen.method, seen.path) == ("POST", "/upload-host/api/file-stream-upload")
    assert seen.headers["Authorization"] == f"Bearer {API_KEY}"
    assert int(seen.headers["Content-Length"]) == len(seen.body)
    boundary = re.search(r"boundary=(\S+)", seen.headers["Content-Type"])
    assert boundary
    parts = seen.body.split(b"--" + boundary[1].encode())[1:-1]
    found = {}
    for part in parts:
        head, _, body = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="(\w+)"', head)
        assert name
        found[name[1].decode()] = (head, body)
    assert found["uploadPath"][1] == b"plantain/references"
    assert found["fileName"][1] == b"0a1b.png"
    assert found["file"][1] == PNG_BYTES
    assert b'filename="0a1b.png"' in found["file"][0]
    assert b"Content-Type: image/png" in found["file"][0]


async def test_the_older_answer_to_an_upload_is_understood(bench: Bench, reference: Path) -> None:
    data = {"fileName": "0a1b.png", "fileUrl": "https://old.example/0a1b.png"}
    bench.provider.script({"success": True, "code": 200, "message": "ok", "data": data})
    assert await upload(bench, reference) == "https://old.example/0a1b.png"


@pytest.mark.parametrize("trouble", [Reply(mishap=Mishap.DROPPED), Reply(status=503), {"code": 500, "msg": "no"}])
async def test_an_upload_is_sent_again_whole(bench: Bench, reference: Path, trouble: object) -> None:
    bench.provider.script(trouble, recorded.UPLOADED)
    assert await upload(bench, reference) == recorded.UPLOADED["data"]["downloadUrl"]
    assert PNG_BYTES in bench.provider.seen[-1].body


async def test_an_upload_that_never_works_is_given_up(bench: Bench, reference: Path) -> None:
    bench.provider.script(Reply(status=502, body=recorded.HTML))
    with pytest.raises(ServiceUnavailableError):
        await upload(bench, reference)
    assert sum(bench.clock.slept_s) <= 60


@pytest.mark.parametrize("code", [400, 413, 422])
async def test_a_file_that_is_refused_is_a_reference_that_cannot_be_used(
    bench: Bench, reference: Path, code: int
) -> None:
    bench.provider.script({"success": False, "code": code, "msg": "Bad file", "data": None})
    with pytest.raises(RequestRejectedError) as caught:
        await upload(bench, reference)
    assert (caught.value.kind, caught.value.code) == (FailureKind.REFERENCE_UNREADABLE, code)


async def test_an_upload_that_says_no_with_a_good_code_is_refused(bench: Bench, reference: Path) -> None:
    bench.provider.script(recorded.UPLOADED | {"success": False})
    with pytest.raises(RequestRejectedError):
        await upload(bench, reference)


@pytest.mark.parametrize("data", [None, {}, {"downloadUrl": ""}, {"downloadUrl": "pear.png"}])
async def test_an_upload_without_a_url_is_a_broken_answer(bench: Bench, reference: Path, data: Any) -> None:
    bench.provider.script(recorded.UPLOADED | {"data": data})
    with pytest.raises(BrokenAnswerError) as caught:
        await upload(bench, reference)
    assert caught.value.field == "downloadUrl"


async def test_a_fresh_url_is_asked_for_by_the_old_one(bench: Bench) -> None:
    bench.provider.script(recorded.FRESH_URL)
    assert await bench.client.fresh_download_url(recorded.RESULT_URL) == recorded.FRESH_URL["data"]
    (seen,) = bench.provider.seen
    assert (seen.method, seen.path) == ("POST", "/api/v1/common/download-url")
    assert seen.json == {"url": recorded.RESULT_URL}


@pytest.mark.parametrize(
    "body", [recorded.FOREIGN_URL, {"code": 404, "msg": "gone"}, Reply(status=422, body=recorded.FOREIGN_URL)]
)
async def test_a_result_that_the_provider_does_not_know_is_lost(bench: Bench, body: object) -> None:
    bench.provider.script(body)
    with pytest.raises(ResultLostError):
        await bench.client.fresh_download_url("https://elsewhere.example/x.png")


@pytest.mark.parametrize(
    "reply",
    [
        {"code": 401, "msg": "no"},
        {"code": 455, "msg": "no"},
        {"code": 200, "msg": "success", "data": None},
        Reply(status=500),
        Reply(mishap=Mishap.DROPPED),
    ],
)
async def test_a_result_is_not_lost_because_the_provider_could_not_be_asked(bench: Bench, reply: object) -> None:
    bench.provider.script(reply)
    with pytest.raises(DownloadError) as caught:
        await bench.client.fresh_download_url(recorded.RESULT_URL)
    assert caught.value.problem is DownloadProblem.NO_FRESH_URL
