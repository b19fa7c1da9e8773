"""The straight way to deliver: each picture read into memory, then sent. As a program, beside ours in `make bench`."""

from __future__ import annotations

import asyncio
import io
import json
import os
from typing import Any, Literal

import aiohttp
import discord

from tests.benchmarks.bare_bot import BareBot, run

QUERIES_A_SECOND, CREATE_EVERY_S = 10, 0.5
"""What the provider allows."""
AGENT = {"User-Agent": "straight-bot/1.0"}

Interaction = discord.Interaction[Any]


class InMemoryBot(BareBot):
    """Defers, creates, polls one task after the other, and sends whatever has come."""

    def __init__(self) -> None:
        super().__init__()
        self.tree.clear_commands(guild=None)
        self.tree.command(name="imagine", description="Draw")(self.imagine)
        self._asked: asyncio.Queue[tuple[Interaction, dict[str, str]]] = asyncio.Queue()
        self._pending: dict[str, Interaction] = {}
        self._workers: set[asyncio.Task[None]] = set()

    async def setup_hook(self) -> None:
        await super().setup_hook()
        self._kie = aiohttp.ClientSession(
            os.environ["KIE_API_URL"], headers={"Authorization": f"Bearer {os.environ['KIE_API_KEY']}"}
        )
        self._files = aiohttp.ClientSession(headers=AGENT)
        self._start(self._create())
        self._start(self._poll())

    async def imagine(self, interaction: Interaction, prompt: str, resolution: Literal["1K", "2K", "4K"]) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content="soon")
        self._asked.put_nowait((interaction, {"prompt": prompt, "resolution": resolution}))

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(self._kie.close(), self._files.close())
        await super().close()

    def _start(self, work: Any) -> None:
        worker = asyncio.create_task(work)
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _create(self) -> None:
        while True:
            interaction, wanted = await self._asked.get()
            order = {"model": "nano-banana-pro", "input": wanted}
            async with self._kie.post("/api/v1/jobs/createTask", json=order) as answer:
                self._pending[(await answer.json())["data"]["taskId"]] = interaction
            await asyncio.sleep(CREATE_EVERY_S)

    async def _poll(self) -> None:
        while True:
            for task_id in list(self._pending):
                await asyncio.sleep(1 / QUERIES_A_SECOND)
                async with self._kie.get("/api/v1/jobs/recordInfo", params={"taskId": task_id}) as answer:
                    data = (await answer.json())["data"] or {}
                if data.get("state") == "success":
                    url = json.loads(data["resultJson"])["resultUrls"][0]
                    self._start(self._deliver(self._pending.pop(task_id), url))
            await asyncio.sleep(0.01)

    async def _deliver(self, interaction: Interaction, url: str) -> None:
        async with self._files.get(url) as answer:
            picture = await answer.read()
        file = discord.File(io.BytesIO(picture), filename="picture.png")
        await interaction.edit_original_response(content="here", attachments=[file])


if __name__ == "__main__":
    asyncio.run(run(InMemoryBot))
