"""Fetching finished pictures: from the provider's file host into the media folder."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from generation.client import KieClient
from generation.clock import Clock
from generation.downloads import DownloadedFile
from generation.errors import (
    DownloadError,
    DownloadProblem,
    GenerationError,
    PictureMissingError,
    ResultLostError,
)
from generation.media import MediaStore
from generation.threads import in_thread
from storage import jobs, removals, transitions
from storage.database import Database, Transaction
from storage.jobs import Job, ResultFile
from storage.removals import FileKind

log = logging.getLogger(__name__)

AT_ONCE = 6
"""Downloads under way together: enough to fill a line, few enough to leave it to others."""

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 300.0
GIVE_UP_AFTER_S = 24 * 3600.0
NO_PICTURE_FOR_S = 600.0
"""So long something else than a picture may stand in its place: an error page of a proxy, say."""
LOST_AFTER_REFUSALS = 3
HOPELESS = {DownloadProblem.TOO_LARGE, DownloadProblem.FORBIDDEN_URL}


class ResultFetcher:
    """Downloads the picture of each job that the provider finished, however long it takes."""

    def __init__(self, client: KieClient, database: Database, media: MediaStore, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._media = media
        self._clock = clock
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, job: Job) -> ResultFile | None:
        """Return when the picture is in the media folder; None: deleted, or certainly lost and its price given back."""
        if job.deleted_at is not None:
            return None
        if job.result is not None and self._media.result(job.result.sha256, job.result.image_type).exists():
            return job.result
        assert job.result_url is not None
        began_s, refusals, retry_s = self._clock.steady_s(), 0, FIRST_RETRY_S
        while True:
            try:
                return await self._store(job, await self._download(job.result_url))
            except ResultLostError:
                refusals += 1
                log.warning("The result of job %d is not where the provider put it", job.id)
            except DownloadError as error:
                no_picture = error.problem is DownloadProblem.NOT_AN_IMAGE
                if error.problem in HOPELESS or (no_picture and self._clock.steady_s() - began_s > NO_PICTURE_FOR_S):
                    refusals = LOST_AFTER_REFUSALS
                log.warning("The result of job %d could not be fetched: %s", job.id, error)
            except OSError as error:  # our disk takes nothing: that is no reason to give the picture up
                began_s = self._clock.steady_s()
                log.warning("The result of job %d could not be stored: %s", job.id, error.strerror)
                await asyncio.to_thread(self._media.is_writable)  # it makes folders anew that are gone
            except GenerationError as error:
                log.warning("The result of job %d could not be fetched: %s", job.id, type(error).__name__)
            if refusals >= LOST_AFTER_REFUSALS or self._clock.steady_s() - began_s > GIVE_UP_AFTER_S:
                async with self._database.transaction() as tx:
                    await transitions.lose_result(tx, job.id, self._clock.now())
                return None
            await self._clock.sleep(retry_s)
            retry_s = min(LONGEST_RETRY_S, retry_s * 2)

    async def see_to_file(self, job: Job) -> None:
        """See that the file of a picture that was fetched is on our disk; fetch it once more where it is not.

        Takes some seconds where the provider has it no more: as in `fetch`, one refusal alone says nothing.

        Raises:
            PictureMissingError: the provider has it no more, or could not be reached.
        """
        if job.result is None or self._media.result(job.result.sha256, job.result.image_type).exists():
            return
        log.warning("The picture of job %d is gone from the disk and is fetched again", job.id)
        if job.result_url is None:
            raise PictureMissingError(job.id, is_lost=True)
        for refusals in range(1, LOST_AFTER_REFUSALS + 1):
            try:
                await self._store(job, await self._download(job.result_url))
                return
            except ResultLostError:
                log.warning("The result of job %d is not where the provider put it", job.id)
            except (GenerationError, OSError) as error:
                is_lost = isinstance(error, DownloadError) and error.problem in HOPELESS
                raise PictureMissingError(job.id, is_lost=is_lost) from error
            if refusals < LOST_AFTER_REFUSALS:
                await self._clock.sleep(FIRST_RETRY_S * refusals)
        raise PictureMissingError(job.id, is_lost=True)

    async def _download(self, url: str) -> DownloadedFile:
        destination = self._media.incoming(".result")
        async with self._at_once:
            try:
                return await self._client.download(url, destination)
            except ResultLostError:
                fresh = await self._fresh_url(url)
                return await self._client.download(fresh, destination)

    async def _fresh_url(self, url: str) -> str:
        """The URL may have ended before the file did: ask for another one."""
        return await self._client.fresh_download_url(url)

    async def _store(self, job: Job, file: DownloadedFile) -> ResultFile:
        final = self._media.result(file.sha256, file.image_type)
        result = ResultFile(
            sha256=file.sha256,
            image_type=file.image_type,
            size_bytes=file.size_bytes,
            width=file.width,
            height=file.height,
        )

        async def note(tx: Transaction) -> None:
            current = await jobs.get(tx, job.id)
            if current is None or current.deleted_at is not None:  # while it was fetched again
                await removals.add_file(tx, FileKind.RESULT, result.sha256, result.image_type)
            else:
                await jobs.set_result(tx, job.id, result)

        with self._media.holding(final):
            await in_thread(self._adopt, file.path, final)
            await self._database.run(note)
        return result

    def _adopt(self, path: Path, final: Path) -> None:
        try:
            self._media.adopt(path, final)
        finally:  # our disk may have refused: the next try brings a file of its own
            path.unlink(missing_ok=True)
