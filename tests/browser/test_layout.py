"""The page at every width and in both colour schemes."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.world import World


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1280, 1920])
async def test_nothing_is_wider_than_the_window(showcase: World, open_tab: OpenTab, width: int, scheme: str) -> None:
    tab = await open_tab(size=(width, 900), scheme=scheme)
    for part in ("buttons", "selects", "ten pictures", "layout", "markdown"):
        await showcase.member("maya").slash("show", part=part)
    await expect(tab.messages).to_have_count(5)
    assert await tab.overflow_px() <= 0
    await tab.button("Ask").click()
    await expect(tab.dialog).to_be_visible()
    assert await tab.overflow_px() <= 0
    box = await tab.dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_text_stands_out_from_what_is_behind_it(showcase: World, open_tab: OpenTab, scheme: str) -> None:
    tab = await open_tab(scheme=scheme)
    await showcase.member("maya").slash("show", part="markdown")
    text = tab.messages.last.get_by_text("bold")
    await expect(text).to_be_visible()
    assert await tab.contrast(text) >= 4.5


async def test_channels_are_reached_from_the_drawer_of_a_phone(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab(size=(390, 844))
    await expect(tab.page.get_by_role("list", name="Channels")).not_to_be_in_viewport()
    await tab.button("Servers, channels and members").click()
    await tab.page.get_by_role("list", name="Channels").get_by_role("button", name="Foxes of the week").click()
    await expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Foxes of the week")
    await tab.type_command("/imag")
    await tab.page.keyboard.type("the fox of this week")
    await tab.send()
    await expect(tab.messages.last.get_by_role("button", name="Open picture")).to_have_count(1, timeout=20_000)
