"""The client against the local provider that the sandbox runs: the main way, from the upload to the picture."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from generation.answers import TaskState, TaskStatus
from generation.client import KieClient
from generation.images import ImageType
from generation.options import AspectRatio, GenerationRequest, OutputFormat, Resolution, pixels
from sandbox.kie import LocalProvider
from tests.generation.client_bench import API_KEY, new_client
from tests.generation.pictures import encoded, noise, saved
from tests.generation.scripted_provider import EagerClock

MOST_QUERIES = 5_000


class TickingClock:
    """A provider's clock on which every look takes a fifth of a second."""

    def __init__(self) -> None:
        self._now_s = 1_790_000_000.0

    def __call__(self) -> float:
        self._now_s += 0.2
        return self._now_s


@pytest.fixture
async def client() -> AsyncIterator[KieClient]:
    provider = LocalProvider(api_key=API_KEY, speed=10, clock=TickingClock())
    await provider.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield new_client(session, EagerClock(), api_url=provider.api_url, upload_url=provider.upload_url)
    finally:
        await provider.stop()


async def end_of(client: KieClient, remote_task_id: str) -> TaskStatus:
    for _ in range(MOST_QUERIES):
        status = await client.query(remote_task_id, since_create_s=1)
        if not status.state.is_pending:
            return status
    raise AssertionError("the task did not end")


async def test_a_picture_is_made_as_it_was_asked_for(client: KieClient, tmp_path: Path) -> None:
    reference = saved(tmp_path, encoded(noise(120, 80), "PNG"))
    url = await client.upload(reference, file_name="reference.png", upload_path="plantain/references")
    request = GenerationRequest(
        prompt="a pear on a plate",
        aspect_ratio=AspectRatio.PORTRAIT_2_3,
        resolution=Resolution.TWO_K,
        output_format=OutputFormat.PNG,
        reference_urls=(url,),
    )
    before = await client.balance()
    status = await end_of(client, await client.create(request))
    assert status.state is TaskState.SUCCESS, status.failure
    file = await client.download(status.result_urls[0], tmp_path / "result")
    assert (file.width, file.height) == pixels(request.aspect_ratio, request.resolution)
    assert file.image_type is ImageType.PNG
    assert await client.balance() <= before
