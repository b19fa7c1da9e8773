"""Start `make demo` without a browser, drive one image through it as a member would, and stop it with Ctrl+C.

Usage: python -m tests.drive_demo REQUEST_LOG, a file for every request the bot makes to the local Discord.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

from sandbox.client import SandboxClient, media_of

ROOT = Path(__file__).resolve().parent.parent


async def main(request_log: Path) -> int:
    """Return the exit status of the demo."""
    arguments = f"--no-browser --json --request-log {request_log}"
    demo = await asyncio.create_subprocess_exec(
        "make", "demo", "PORT=0", f"ARGS={arguments}", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert demo.stdout is not None
    try:
        async with asyncio.timeout(120):
            addresses = json.loads(await demo.stdout.readline())
            await make_one_image(addresses["control"])
    finally:
        if demo.returncode is None:
            # Ctrl+C reaches make and the sandbox alike; make would report it as an error of its own.
            children = Path(f"/proc/{demo.pid}/task/{demo.pid}/children").read_text(encoding="ascii").split()
            os.kill(int(children[0]) if children else demo.pid, signal.SIGINT)
            await demo.wait()
    return demo.returncode or 0


async def make_one_image(control_url: str) -> None:
    async with SandboxClient(control_url) as client:
        await client.discord.wait_for_commands("imagine", timeout_s=60)
        maya = client.member("maya")
        await maya.slash("imagine", prompt="a plantain leaf in the morning sun", aspect_ratio="16:9")
        card = await maya.wait_for_message(lambda message: bool(media_of(message)), timeout_s=60)
        picture = Image.open(BytesIO(await maya.download(media_of(card)[0]["url"])))
    assert picture.size == (1376, 768), picture.size
    print(f"The demo made a picture of {picture.size[0]} × {picture.size[1]} pixels.")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
