"""A member makes images on the page, with the bot that ships."""

from __future__ import annotations

import hashlib

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.page import DESKTOP, PHONE
from tests.world import World, png

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
RED, BLUE = png(colour="red"), png(colour="blue")


@SIZES
async def test_imagine_with_options_and_dropped_files_ends_in_a_picture(
    world: World, open_tab: OpenTab, size: tuple[int, int]
) -> None:
    tab = await open_tab(size=size)
    await tab.type_command("/imag")
    await tab.page.keyboard.type("two foxes in the rain")
    await tab.drop(("red.png", "image/png", RED), ("blue.png", "image/png", BLUE))
    await expect(tab.button("Remove reference2")).to_be_visible()
    await tab.choose_option("aspect_ratio", "16:9")
    await (await tab.add_option("count")).fill("2")
    await tab.send()
    card = tab.messages.last
    # Two pictures, and the small ones of the references.
    await expect(card.get_by_role("button", name="Open picture")).to_have_count(3, timeout=20_000)
    await expect(card).to_contain_text("two foxes in the rain")
    await expect(card).to_contain_text("16:9")
    tasks = await world.kie.tasks()
    assert [task["input"]["aspect_ratio"] for task in tasks] == ["16:9"] * 2
    sent = [task["references"] for task in tasks]
    assert sent == [[hashlib.sha256(content).hexdigest() for content in (RED, BLUE)]] * 2
    await card.get_by_role("button", name="Open picture").first.click()
    await expect(tab.page.get_by_role("dialog", name="Picture viewer")).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await expect(tab.dialog).to_have_count(0)
    world.audit()


@SIZES
async def test_form_with_files_is_filled_in_and_sent(world: World, open_tab: OpenTab, size: tuple[int, int]) -> None:
    tab = await open_tab(size=size)
    await tab.type_command("/imag")
    await tab.send()
    form = tab.page.get_by_role("dialog", name="Make an image")
    await form.get_by_role("textbox", name="Prompt").fill("a fox\nwith two scarves")
    await tab.drop(("red.png", "image/png", RED), ("blue.png", "image/png", BLUE), onto=tab.file_field(form))
    await tab.button("Width to height: 1:1 · square", within=form).click()
    await tab.page.get_by_role("option", name="9:16").click()
    await tab.button("Size, file and price of one image: 1K · PNG · 18 credits", within=form).click()
    await tab.page.get_by_role("option", name="2K · JPG · 18 credits").click()
    await tab.button("Submit", within=form).click()
    await expect(form).to_have_count(0)
    await expect(tab.button("Remix · 18 credits", within=tab.messages.last)).to_be_visible(timeout=20_000)
    # The picture, and the small ones of the references.
    await expect(tab.messages.last.get_by_role("button", name="Open picture")).to_have_count(2)
    (task,) = await world.kie.tasks()
    assert task["input"]["prompt"] == "a fox\nwith two scarves"
    assert (task["input"]["aspect_ratio"], task["input"]["resolution"]) == ("9:16", "2K")
    assert len(task["references"]) == 2


async def test_text_file_that_is_dropped_becomes_the_prompt(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.type_command("/imag")
    await tab.drop(("words.txt", "text/plain", b"a fox from a file"))
    await expect(tab.button("Remove prompt_file")).to_be_visible()
    await tab.button("Remove prompt").click()
    await tab.send()
    await expect(tab.messages.last).to_contain_text("a fox from a file", timeout=20_000)


async def test_keyboard_alone_is_enough(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    keys = tab.page.keyboard
    await expect(tab.composer).to_be_focused()
    await keys.press("Shift+Tab")
    await keys.press("Shift+Tab")
    await expect(tab.composer).not_to_be_focused()
    await tab.page.get_by_role("link", name="Skip to the composer").focus()
    await keys.press("Enter")
    await expect(tab.composer).to_be_focused()
    await keys.type("/imag")
    await tab.page.get_by_role("option", name="/imagine").wait_for()
    await keys.press("Enter")
    await keys.type("a fox at the keyboard")
    await keys.press("Enter")
    await expect(tab.messages.last).to_contain_text("a fox at the keyboard")
    await expect(tab.messages.last.get_by_role("button", name="Open picture")).to_have_count(1, timeout=20_000)


@SIZES
async def test_private_answer_is_gone_for_another_member(
    world: World, open_tab: OpenTab, size: tuple[int, int]
) -> None:
    tab = await open_tab(size=size)
    await tab.type_command("/cred")
    await tab.send()
    note = tab.messages.filter(has_text="You can spend 360 credits")
    await expect(note).to_be_visible()
    await tab.become("Theo")
    await expect(note).to_have_count(0)
    await tab.become("Maya")
    await expect(note).to_be_visible()
    await tab.button("Dismiss message", within=note).click()
    await expect(note).to_have_count(0)


async def test_refusal_is_shown_to_the_member_alone(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.type_command("/imag")
    await tab.page.keyboard.type("   ")
    await tab.send()
    await expect(tab.messages.last).to_contain_text("The prompt is empty")
    await expect(tab.messages.last).to_contain_text("Only you can see this")


async def test_bot_that_does_not_answer_is_told_as_discord_tells_it(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    await tab.type_command("/imag")
    await tab.page.keyboard.type("a fox")
    await world.kill_bot()
    world.sandbox.discord.interactions.response_within_s = 3
    await tab.send()
    await expect(tab.page.get_by_text("The application did not respond").first).to_be_visible(timeout=10_000)
