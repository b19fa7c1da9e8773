"""Places for uploads: few at one time, and none of them lost to a channel that Discord holds up."""

from __future__ import annotations

import asyncio

from cogs.upload_places import AT_ONCE, AT_ONCE_IN_A_CHANNEL, UploadPlaces

BUSY, OTHER = 7, 8


class Uploads:
    """Uploads that last until they are let go, one by one."""

    def __init__(self) -> None:
        self.places = UploadPlaces()
        self.running: list[int | None] = []
        self._workers: list[asyncio.Task[None]] = []
        self._go_on = asyncio.Event()

    def start(self, channel_id: int | None, *, count: int = 1) -> None:
        self._workers += [asyncio.create_task(self._upload(channel_id)) for _ in range(count)]

    async def _upload(self, channel_id: int | None) -> None:
        async with self.places.place(channel_id):
            self.running.append(channel_id)
            await self._go_on.wait()
            self.running.remove(channel_id)

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    async def end(self) -> None:
        self._go_on.set()
        await asyncio.gather(*self._workers)

    async def cancel(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)


async def test_a_hundred_pictures_that_are_ready_together_are_uploaded_a_few_at_a_time() -> None:
    uploads = Uploads()
    uploads.start(None, count=100)
    await uploads.settle()
    assert len(uploads.running) == AT_ONCE
    await uploads.end()
    assert uploads.running == []


async def test_channel_that_discord_holds_up_leaves_places_to_the_others() -> None:
    uploads = Uploads()
    uploads.start(BUSY, count=50)
    await uploads.settle()
    uploads.start(OTHER)
    uploads.start(None)
    await uploads.settle()
    assert uploads.running == [BUSY] * AT_ONCE_IN_A_CHANNEL + [OTHER, None]
    await uploads.end()


async def test_places_of_uploads_that_were_broken_off_are_free_again() -> None:
    uploads = Uploads()
    uploads.start(BUSY, count=20)
    uploads.start(None, count=20)
    await uploads.settle()
    await uploads.cancel()
    again = Uploads()
    again.places = uploads.places
    again.start(BUSY, count=AT_ONCE_IN_A_CHANNEL)
    again.start(None, count=AT_ONCE - AT_ONCE_IN_A_CHANNEL)
    await again.settle()
    assert len(again.running) == AT_ONCE
    await again.end()
