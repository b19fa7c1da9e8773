"""The least that must be done for an image: create, poll, download to a file, post. As a program, beside our bot."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import tempfile
from pathlib import Path

import aiohttp


async def main(channel_id: str, images: int, poll_every_s: float) -> float:
    """Carry the images through one after the other; return the processor time of each in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        async with aiohttp.ClientSession() as session:
            before = _processor_s()
            for number in range(images):
                await _one(session, Path(folder) / f"{number}.png", channel_id, number, poll_every_s)
            return (_processor_s() - before) / images * 1000


async def _one(session: aiohttp.ClientSession, path: Path, channel_id: str, number: int, poll_every_s: float) -> None:
    kie, key = os.environ["KIE_API_URL"], {"Authorization": f"Bearer {os.environ['KIE_API_KEY']}"}
    order = {"model": "nano-banana-pro", "input": {"prompt": f"a fox, number {number}"}}
    async with session.post(f"{kie}/api/v1/jobs/createTask", json=order, headers=key) as answer:
        task_id = (await answer.json())["data"]["taskId"]
    state, data = "waiting", {}
    while state != "success":
        await asyncio.sleep(poll_every_s)
        async with session.get(f"{kie}/api/v1/jobs/recordInfo", params={"taskId": task_id}, headers=key) as answer:
            data = (await answer.json())["data"] or {}
            state = data.get("state", "waiting")
    async with session.get(json.loads(data["resultJson"])["resultUrls"][0]) as answer:
        with path.open("wb") as file:
            async for chunk in answer.content.iter_chunked(65_536):
                file.write(chunk)
    while True:
        form = aiohttp.FormData()
        form.add_field("payload_json", json.dumps({"content": "done", "attachments": [{"id": 0, "filename": "a.png"}]}))
        with path.open("rb") as file:
            form.add_field("files[0]", file, filename="a.png", content_type="application/octet-stream")
            url = f"{os.environ['DISCORD_API_URL']}/channels/{channel_id}/messages"
            token = {"Authorization": f"Bot {os.environ['DISCORD_TOKEN']}"}
            async with session.post(url, data=form, headers=token) as answer:
                if answer.status == 200:
                    return
                waits_s = float((await answer.json())["retry_after"])
        await asyncio.sleep(waits_s)


def _processor_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
