"""Where Debian's Chromium is, and the switches it runs with in tests. As a program: one that many tests may use.

Usage: python -m tests.browser.chromium PORT. It listens there for those who drive it, and ends with its input.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys

from playwright.async_api import async_playwright

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
SWITCHES = [
    "--no-sandbox",  # as root, as in a container, Chromium has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def serve(port: int) -> None:
    """Run a Chromium until our input ends; say a word once it can be driven."""
    async with async_playwright() as playwright:
        switches = [*SWITCHES, f"--remote-debugging-port={port}"]
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=switches)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await started.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
