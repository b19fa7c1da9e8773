"""Finished pictures are fetched however long it takes, and one that is certainly lost gives its price back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from generation.client import KieClient
from generation.downloads import DownloadedFile
from generation.errors import DownloadError, DownloadProblem, GenerationError, ResultLostError
from generation.images import ImageType
from generation.media import MediaStore
from generation.results import ResultFetcher
from storage import deletions, jobs, transitions
from storage.database import Database
from storage.jobs import Job
from tests.conftest import HandClock
from tests.storage.books import balance_of, reserve_job

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OFFLINE = DownloadError(DownloadProblem.DISCONNECTED)
NO_PICTURE = DownloadError(DownloadProblem.NOT_AN_IMAGE)


class ScriptedHost:
    """Stands in for the client's downloads: raises what the script says, and then hands out a picture."""

    def __init__(self, *script: GenerationError, for_ever: GenerationError | None = None) -> None:
        self._script = list(script)
        self._for_ever = for_ever
        self.downloads = 0

    async def download(self, url: str, destination: Path) -> DownloadedFile:
        self.downloads += 1
        if self._script:
            raise self._script.pop(0)
        if self._for_ever is not None:
            raise self._for_ever
        destination.write_bytes(b"picture")
        return DownloadedFile(
            path=destination, sha256="ab" * 32, size_bytes=7, image_type=ImageType.PNG, width=1, height=1
        )

    async def fresh_download_url(self, url: str) -> str:
        return f"{url}?fresh"


async def delivering(database: Database) -> Job:
    job_id = await reserve_job(database, NOON)
    async with database.transaction() as tx:
        await transitions.submit(tx, job_id, NOON)
        await transitions.run(tx, job_id, "t1", NOON)
        await transitions.succeed(tx, job_id, "https://files.example/a.png", NOON)
        job = await jobs.get(tx, job_id)
    assert job is not None
    return job


async def fetched(
    database: Database, clock: HandClock, tmp_path: Path, host: Any, *, seconds: float
) -> tuple[Job, bool]:
    """Fetch while the clock moves on; return the job afterwards, and whether fetching ended."""
    media = MediaStore(tmp_path / "media")
    media.prepare()
    job = await delivering(database)
    fetching = asyncio.create_task(ResultFetcher(cast(KieClient, host), database, media, clock).fetch(job))
    left_s = seconds
    while left_s > 0 and not fetching.done():
        await clock.advance(min(left_s, 10))
        await clock.until_waited_for(fetching)
        left_s -= 10
    ended = fetching.done()
    fetching.cancel()
    await asyncio.gather(fetching, return_exceptions=True)
    async with database.reading() as tx:
        after = await jobs.get(tx, job.id)
    assert after is not None
    return after, ended


async def test_network_trouble_is_waited_out(database: Database, clock: HandClock, tmp_path: Path) -> None:
    job, _ = await fetched(database, clock, tmp_path, ScriptedHost(*[OFFLINE] * 6), seconds=3600)
    assert job.result is not None
    assert (tmp_path / "media" / "results" / "ab" / f"{'ab' * 32}.png").read_bytes() == b"picture"


@pytest.mark.parametrize(
    ("trouble", "within_s"),
    [
        (ResultLostError(status=404), 60),
        (DownloadError(DownloadProblem.TOO_LARGE), 60),
        (NO_PICTURE, 1800),
        (OFFLINE, 26 * 3600),
    ],
    ids=["gone", "too large", "no picture", "never reached"],
)
async def test_lost_picture_is_given_up_in_time_and_its_price_comes_back(
    database: Database, clock: HandClock, tmp_path: Path, trouble: GenerationError, within_s: int
) -> None:
    job, ended = await fetched(database, clock, tmp_path, ScriptedHost(for_ever=trouble), seconds=within_s)
    assert ended
    assert (job.state, job.failure_kind) == ("undelivered", "result_lost")
    balance = await balance_of(database, NOON)
    assert balance.available == 360


@pytest.mark.parametrize(("trouble", "seconds"), [(NO_PICTURE, 500), (OFFLINE, 20 * 3600)])
async def test_picture_is_not_given_up_too_early(
    database: Database, clock: HandClock, tmp_path: Path, trouble: GenerationError, seconds: int
) -> None:
    job, ended = await fetched(database, clock, tmp_path, ScriptedHost(for_ever=trouble), seconds=seconds)
    assert not ended
    assert job.state == "delivering"


async def test_trouble_of_our_own_disk_is_no_reason_to_give_a_picture_up(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    job = await delivering(database)
    media = MediaStore(tmp_path / "media")
    media.prepare()

    class FullDisk(ScriptedHost):
        full = True

        async def download(self, url: str, destination: Path) -> DownloadedFile:
            if self.full:
                self.downloads += 1
                raise OSError(28, "No space left on device")
            return await super().download(url, destination)

    host = FullDisk()
    worker = asyncio.create_task(ResultFetcher(cast(KieClient, host), database, media, clock).fetch(job))
    for _ in range(60):
        await clock.until_waited_for(worker)
        await clock.advance(3600)
    assert not worker.done()
    host.full = False
    await clock.until_waited_for(worker)
    await clock.advance(600)
    await worker
    async with database.reading() as tx:
        stored = await jobs.get(tx, job.id)
    assert stored is not None
    assert stored.result is not None


async def test_nothing_is_left_of_a_picture_that_our_disk_refused_and_that_came_again(
    database: Database, clock: HandClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = MediaStore(tmp_path / "media")
    media.prepare()
    adopt, refusals = media.adopt, [OSError(28, "No space left on device")] * 2

    def adopt_at_last(incoming: Path, final: Path) -> None:
        if refusals:
            raise refusals.pop()
        adopt(incoming, final)

    monkeypatch.setattr(media, "adopt", adopt_at_last)
    job, host = await delivering(database), ScriptedHost()
    worker = asyncio.create_task(ResultFetcher(cast(KieClient, host), database, media, clock).fetch(job))
    while not worker.done():
        await clock.until_waited_for(worker)
        await clock.advance(10)
    assert await worker is not None
    assert host.downloads == 3
    assert list(media.incoming().parent.iterdir()) == []


async def stored_and_lost(database: Database, media: MediaStore, clock: HandClock) -> Job:
    """Return a job whose picture was fetched, and whose file is gone."""
    media.prepare()
    job = await delivering(database)
    assert await ResultFetcher(cast(KieClient, ScriptedHost()), database, media, clock).fetch(job)
    media.result("ab" * 32, "png").unlink()
    async with database.reading() as tx:
        stored = await jobs.get(tx, job.id)
    assert stored is not None
    return stored


async def test_file_that_is_missing_is_fetched_again_though_the_provider_refuses_once(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    media = MediaStore(tmp_path / "media")
    job = await stored_and_lost(database, media, clock)
    host = ScriptedHost(ResultLostError(status=404), ResultLostError(status=404))
    seeing = asyncio.create_task(ResultFetcher(cast(KieClient, host), database, media, clock).see_to_file(job))
    await clock.until_waited_for(seeing)
    await clock.advance(10)
    await seeing
    assert media.result("ab" * 32, "png").exists()


async def test_picture_that_is_deleted_while_it_is_fetched_again_does_not_stay(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    media = MediaStore(tmp_path / "media")
    job = await stored_and_lost(database, media, clock)

    class Meanwhile(ScriptedHost):
        async def download(self, url: str, destination: Path) -> DownloadedFile:
            async with database.transaction() as tx:
                await deletions.delete_picture(tx, job, actor_id=1, now=NOON)
                await tx.execute("DELETE FROM file_removal")  # done, as there was no file
            return await super().download(url, destination)

    await ResultFetcher(cast(KieClient, Meanwhile()), database, media, clock).see_to_file(job)
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM file_removal") == 1
