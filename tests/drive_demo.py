"""Drive one image through a running `make demo --json`: ask as a member, wait for the card, look at the picture.

Usage: python tests/drive_demo.py FILE, where FILE is being written by the demo and starts with its line of addresses.
"""

from __future__ import annotations

import asyncio
import json
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sandbox.client import SandboxClient, media_of


async def main(file: Path) -> None:
    async with asyncio.timeout(60):
        while not (line := file.read_text(encoding="utf-8").partition("\n")[0]):  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(0.1)
    async with SandboxClient(json.loads(line)["control"]) as client:
        await client.discord.wait_for_commands("imagine", timeout_s=30)
        maya = client.member("maya")
        await maya.slash("imagine", prompt="a plantain leaf in the morning sun", aspect_ratio="16:9")
        card = await maya.wait_for_message(lambda message: bool(media_of(message)), timeout_s=30)
        picture = Image.open(BytesIO(await maya.download(media_of(card)[0]["url"])))
    assert picture.size == (1376, 768), picture.size
    print(f"The demo made a picture of {picture.size[0]} × {picture.size[1]} pixels.")


asyncio.run(main(Path(sys.argv[1])))
