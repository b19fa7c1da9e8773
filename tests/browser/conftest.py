"""A real browser on the sandbox's page: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.chromium import CHROMIUM
from tests.browser.page import DESKTOP, Tab
from tests.world import ROOT, World, free_port

OpenTab = Callable[..., Awaitable[Tab]]
PATIENCE_MS = 15_000
"""How long a test waits for what has to appear, on a machine with other things to do."""

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are skipped, unless BROWSER_TESTS=required says that there must be one."""
    if CHROMIUM is not None or os.environ.get("BROWSER_TESTS") == "required":
        return
    reason = "needs Debian's chromium (apt-get install chromium), or its path in CHROMIUM"
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def devtools() -> Iterator[str]:
    """Give the address of one Chromium for all tests of a worker: starting it takes longer than most of them."""
    assert CHROMIUM is not None, "BROWSER_TESTS=required, and there is no chromium"
    port = free_port()
    command = [sys.executable, "-m", "tests.browser.chromium", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline(), "Chromium did not start"
        yield f"http://127.0.0.1:{port}"
        process.stdin.close()


@pytest.fixture
async def browser(devtools: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(devtools)
        yield connected
        await connected.close()


@pytest.fixture
async def open_tab(browser: Browser, empty_world: World) -> AsyncIterator[OpenTab]:
    """Open tabs, each with its own storage; none may meet an error or ask for something outside this machine."""
    opened: list[Tab] = []

    async def open_one(
        who: str = "maya", place: str = "Orchard/images", *, size: tuple[int, int] = DESKTOP, scheme: str = "light"
    ) -> Tab:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        tab = Tab(await context.new_page(), empty_world.sandbox.page)
        opened.append(tab)
        await tab.open(who, place)
        return tab

    yield open_one
    for tab in opened:
        tab.expect_no_trouble()


@pytest.fixture
async def showcase(empty_world: World) -> AsyncIterator[World]:
    """A sandbox with the bot that shows every component."""
    discord = empty_world.sandbox.discord
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.browser.showcase_bot",
        cwd=ROOT,
        env={
            **os.environ,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "DISCORD_TOKEN": discord.token,
        },
    )
    await empty_world.discord.wait_for_commands("show", "ask")
    yield empty_world
    process.terminate()
    await process.wait()
