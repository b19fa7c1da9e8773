"""References on their way: from the member's upload to our store, and from there to the provider."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from weakref import WeakValueDictionary

from generation.client import KieClient
from generation.clock import Clock
from generation.errors import GenerationError
from generation.media import MediaStore
from storage import references
from storage.database import Database
from storage.references import Reference

UPLOADS_LAST = timedelta(days=2)
"""The provider keeps uploads for 3 days; a task that is queued there for long must still find them."""

UPLOAD_FOLDER = "plantain/references"


class ReferenceMissingError(GenerationError):
    """The file of a reference is gone from our disk. Nothing was sent."""


class ReferenceUploads:
    """Gives the provider our copy of each reference, once for all the jobs that use it."""

    def __init__(self, client: KieClient, database: Database, media: MediaStore, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._media = media
        self._clock = clock
        self._locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def urls(self, request_id: int) -> tuple[str, ...]:
        """Return URLs that the provider can read, in prompt order; uploads what it does not hold yet.

        Raises:
            ReferenceMissingError: our disk has one of the files no more.
            RequestRejectedError: it refused a file.
            ServiceUnavailableError: it could not be reached; worth another try.
        """
        wanted = await self._database.look(lambda tx: references.of_request(tx, request_id))
        return tuple(await asyncio.gather(*(self._url(reference) for reference in wanted)))

    async def forget(self, request_id: int) -> None:
        """Forget the provider's copies, after it could not read one: the next job uploads anew."""
        async with self._database.transaction() as tx:
            for reference in await references.of_request(tx, request_id):
                await references.set_provider_url(tx, reference.id, None, self._clock.now())

    async def _url(self, reference: Reference) -> str:
        lock = self._locks.setdefault(reference.id, asyncio.Lock())
        async with lock:  # the images of one request need the same upload at the same time
            async with self._database.reading() as tx:
                known = await references.get(tx, reference.id)
            uploaded_at = known.provider_url_at
            if known.provider_url and uploaded_at and self._clock.now() - uploaded_at < UPLOADS_LAST:
                return known.provider_url
            path = self._media.reference(reference.sha256, reference.image_type)
            if not path.exists():
                raise ReferenceMissingError(f"the file of reference {reference.id} is gone")
            url = await self._client.upload(
                path,
                file_name=f"{reference.sha256}.{reference.image_type}",
                upload_path=UPLOAD_FOLDER,
            )
            async with self._database.transaction() as tx:
                await references.set_provider_url(tx, reference.id, url, self._clock.now())
            return url
