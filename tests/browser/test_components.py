"""Every component and every field of a form, used on the page against a discord.py bot that shows them all."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.page import DESKTOP, PHONE, Tab
from tests.world import World, png

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


async def show(tab: Tab, world: World, part: str) -> Locator:
    """Let the bot post a part; return its message."""
    shown = await world.member("maya").slash("show", part=part)
    card = tab.message((await shown.message())["id"])
    await expect(card).to_be_visible()
    return card


@SIZES
async def test_suggestion_is_chosen_while_typing(showcase: World, open_tab: OpenTab, size: tuple[int, int]) -> None:
    tab = await open_tab(size=size)
    await tab.type_command("/show")
    await tab.page.keyboard.type("ten")
    await tab.page.get_by_role("option", name="Ten pictures").click()
    await tab.send()
    await expect(tab.messages.last.get_by_role("button", name="Open picture")).to_have_count(10)
    assert await tab.overflow_px() <= 0


@SIZES
async def test_each_kind_of_button_does_what_discord_lets_it(
    showcase: World, open_tab: OpenTab, size: tuple[int, int]
) -> None:
    tab = await open_tab(size=size)
    card = await show(tab, showcase, "buttons")
    await expect(tab.button("Switched off", within=card)).to_be_disabled()
    await expect(card.get_by_role("link", name="Elsewhere")).to_have_attribute("href", "https://example.com/")
    await tab.button("Answer privately", within=card).click()
    await expect(tab.messages.filter(has_text="Only you see this.")).to_be_visible()
    await card.get_by_role("button", name="Think").click()
    await expect(tab.messages.filter(has_text="Thought about it.")).to_be_visible()
    await tab.button("Ask", within=card).click()
    form = tab.page.get_by_role("dialog", name="Words and files")
    await expect(form).to_be_visible()
    await tab.page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    await tab.button("Change the card", within=card).click()
    await expect(card.get_by_text("The card was changed.")).to_be_visible()
    await expect(tab.button("Change the card")).to_have_count(0)


async def test_button_that_nobody_answers_is_told_as_failed(showcase: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    card = await show(tab, showcase, "buttons")
    showcase.sandbox.discord.interactions.response_within_s = 3
    await tab.button("Say nothing", within=card).click()
    await expect(card.get_by_text("This interaction failed")).to_be_visible(timeout=10_000)


@SIZES
async def test_form_with_a_file_radio_buttons_and_checkboxes_is_sent(
    showcase: World, open_tab: OpenTab, size: tuple[int, int]
) -> None:
    tab = await open_tab(size=size)
    card = await show(tab, showcase, "buttons")
    await tab.button("Ask", within=card).click()
    form = tab.page.get_by_role("dialog", name="Words and files")
    await form.get_by_role("textbox", name="Words").fill("hello")
    picture = png()
    await tab.drop(("dot.png", "image/png", picture), onto=tab.file_field(form))
    await tab.button("Submit", within=form).click()
    await expect(form.get_by_role("alert").first).to_be_visible()  # no size was chosen yet
    await form.get_by_role("radio", name="Large").check()
    await form.get_by_role("checkbox", name="Signed").check()
    await tab.button("Submit", within=form).click()
    await expect(tab.messages.last).to_contain_text(
        f"words: hello; files: dot.png of {len(picture)} bytes; size: Large; extras: Signed"
    )


@SIZES
async def test_form_with_selects_and_a_checkbox_is_sent(
    showcase: World, open_tab: OpenTab, size: tuple[int, int]
) -> None:
    tab = await open_tab(size=size)
    await tab.type_command("/ask")
    await tab.page.get_by_role("listbox", name="form").get_by_role("option", name="Choices").click()
    await tab.send()
    form = tab.page.get_by_role("dialog", name="Choices")
    await form.get_by_role("checkbox", name="Agreed").check()
    await form.get_by_role("button", name="Flavours").click()
    for flavour in ("Mint", "Plum"):
        await tab.page.get_by_role("option", name=flavour).click()
    await tab.button("Done").click()
    await form.get_by_role("button", name="Who").click()
    await tab.page.get_by_role("option", name="Theo").click()
    await form.get_by_role("button", name="Where").click()
    await tab.page.get_by_role("option", name="general").click()
    await tab.button("Submit", within=form).click()
    await expect(tab.messages.last).to_contain_text("agreed: True; flavours: Mint, Plum; who: theo; where: general")


@pytest.mark.parametrize(
    ("select", "choice", "says"),
    [
        ("Somebody", "Theo", "user: theo"),
        ("A role", "Moderators", "role: Moderators"),
        ("A channel", "general", "channel: general"),
    ],
)
async def test_select_offers_what_the_guild_has(
    showcase: World, open_tab: OpenTab, select: str, choice: str, says: str
) -> None:
    tab = await open_tab()
    card = await show(tab, showcase, "selects")
    await tab.button(f"{select}: nothing selected", within=card).click()
    await tab.page.get_by_role("option", name=choice).first.click()
    await expect(tab.messages.last).to_contain_text(says)


@pytest.mark.parametrize(
    ("select", "choices", "says"),
    [
        ("Flavours", ("Vanilla", "Lemon"), "flavours: vanilla, lemon"),
        ("Somebody or a role", ("Theo", "Moderators"), "mentionable: theo, Moderators"),
    ],
)
async def test_select_takes_several_values(
    showcase: World, open_tab: OpenTab, select: str, choices: tuple[str, ...], says: str
) -> None:
    tab = await open_tab()
    card = await show(tab, showcase, "selects")
    await tab.button(f"{select}: nothing selected", within=card).click()
    for choice in choices:
        await tab.page.get_by_role("option", name=choice).first.click()
    await tab.button("Done").click()
    await expect(tab.messages.last).to_contain_text(says)


async def test_spoiler_hides_until_it_is_pressed(showcase: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    card = await show(tab, showcase, "spoiler")
    await expect(card.get_by_role("button", name="Open picture")).to_have_count(0)
    await card.get_by_role("button", name="Spoiler").click()
    await expect(card.get_by_role("button", name="Open picture: Picture 1")).to_be_visible()


async def test_sections_thumbnails_files_and_markdown_are_drawn(showcase: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    card = await show(tab, showcase, "layout")
    await expect(card.get_by_role("heading", name="A section")).to_be_visible()
    await expect(card.get_by_role("button", name="Open picture")).to_be_visible()
    await expect(card.get_by_role("separator")).to_have_count(2)
    async with tab.page.context.expect_page() as opened:
        await card.get_by_role("link", name="notes.txt").click()
    await expect((await opened.value).get_by_text("a note")).to_be_visible()
    text = await show(tab, showcase, "markdown")
    await expect(text.get_by_role("heading", name="Heading")).to_be_visible()
    await expect(text.locator("strong").first).to_have_text("bold")
    await expect(text.get_by_role("link", name="a link")).to_be_visible()
    await expect(text.get_by_role("list").get_by_role("listitem")).to_have_count(2)
    await expect(text.locator("pre")).to_contain_text('print("code")')


async def test_apps_menus_reach_commands_for_messages_and_members(showcase: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    await showcase.member("theo").say("look at this")
    message = tab.messages.filter(has_text="look at this")
    await message.click(button="right")
    await tab.page.get_by_role("menuitem", name="Quote").click()
    await expect(tab.messages.last).to_contain_text("Theo wrote: look at this")
    await tab.page.get_by_role("list", name="Members").get_by_role("button", name="Olive").click()
    await tab.page.get_by_role("menuitem", name="Greet").click()
    await expect(tab.messages.last).to_contain_text("Hello Olive!")
