"""Images of others are remixed, looked up and kept in order on the page, as different members do it."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.page import Tab
from tests.world import World

PLACES = ["Orchard/images", "Orchard/night-scenes", "Orchard/Foxes of the week"]


async def finished(tab: Tab, prompt: str) -> Locator:
    """Wait for the finished card of a prompt."""
    card = tab.messages.filter(has_text=prompt).filter(has=tab.page.get_by_role("button", name="Remix ·")).last
    await expect(card.get_by_role("button", name="Open picture").first).to_be_visible(timeout=30_000)
    await expect(card.get_by_role("button", name="Again ·")).to_be_visible(timeout=30_000)
    return card


async def remix(tab: Tab, card: Locator, prompt: str) -> Locator:
    """Press Remix, fill in the form and send it; return the finished card."""
    await card.get_by_role("button", name="Remix ·").click()
    form = tab.dialog
    await form.get_by_role("textbox", name="Prompt").fill(prompt)
    await tab.button("Submit", within=form).click()
    await expect(form).to_have_count(0)
    return await finished(tab, prompt)


@pytest.mark.parametrize("place", PLACES)
async def test_members_remix_each_other_and_press_every_button_before_and_after_a_restart(
    world: World, open_tab: OpenTab, place: str
) -> None:
    tab = await open_tab("maya", place)
    await tab.type_command("/imag")
    await tab.page.keyboard.type("a quiet fox")
    await tab.send()
    first = await finished(tab, "a quiet fox")
    await tab.become("Theo")
    second = await remix(tab, first, "the fox with a scarf")
    await world.kill_bot()
    await world.start_bot()
    await tab.become("Olive")
    third = await remix(tab, second, "the fox at sea")
    for label, says in (("Info", "Made from"), ("Original", "untouched"), ("Family", "3 images")):
        await third.get_by_role("button", name=label, exact=True).click()
        answer = tab.messages.filter(has_text="Only you can see this").filter(has_text=says).last
        await expect(answer).to_be_visible(timeout=20_000)
    await third.get_by_role("button", name="Delete", exact=True).click()
    await tab.button("Delete the picture").click()
    await expect(tab.messages.filter(has_text="was deleted by its member").last).to_be_visible(timeout=20_000)
    await first.get_by_role("button", name="Again ·").click()
    await world.until(lambda: world.states() == ["delivered"] * 4)
    world.audit()


async def test_apps_menu_history_and_private_image_on_the_page(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab("maya")
    await tab.type_command("/imag")
    await tab.page.keyboard.type("a quiet fox")
    await tab.send()
    card = await finished(tab, "a quiet fox")
    await card.get_by_text("a quiet fox").first.click(button="right")
    await tab.page.get_by_role("menuitem", name="Remix image").click()
    await expect(tab.dialog.get_by_role("textbox", name="Prompt")).to_have_value("a quiet fox")
    await tab.page.keyboard.press("Escape")
    await expect(tab.dialog).to_have_count(0)
    await card.get_by_text("a quiet fox").first.click(button="right")
    await tab.page.get_by_role("menuitem", name="Image info").click()
    await expect(tab.messages.filter(has_text="1024 × 1024, PNG").last).to_be_visible(timeout=20_000)
    await tab.type_command("/history show")
    await tab.send()
    page = tab.messages.filter(has_text="Your images").last
    await expect(page.get_by_role("button", name="Open picture")).to_have_count(1, timeout=20_000)
    await page.get_by_role("button", name="Pick an image").click()
    await tab.page.get_by_role("option").first.click()
    await tab.button("Show again here").click()
    await expect(tab.messages.filter(has_text="shows this again").last).to_be_visible(timeout=20_000)
    await tab.button("← Back to the list").click()
    await expect(tab.messages.filter(has_text="Your images").last).to_be_visible()
    await tab.become("Theo")
    await expect(tab.messages.filter(has_text="shows this again").last).to_be_visible()
    await expect(tab.button("Filter …")).to_have_count(0)
    await expect(tab.messages.filter(has_text="Your images")).to_have_count(0)  # nor as what a message replies to


async def test_one_of_several_images_is_picked_for_stars_4k_and_the_rest_also_after_a_restart(
    world: World, open_tab: OpenTab
) -> None:
    orchard = next(guild for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")["id"]
    general = await world.discord.channel_id("general")
    world.write(
        f"INSERT INTO guild_setting (guild_id, gallery_channel_id, star_threshold) VALUES ({orchard}, {general}, 1)"
    )
    tab = await open_tab("maya")
    await tab.type_command("/imag")
    await tab.page.keyboard.type("two quiet foxes")
    await (await tab.add_option("count")).fill("2")
    await tab.send()
    card = await finished(tab, "two quiet foxes")
    card = tab.page.locator(f"#{await card.get_attribute('id')}")  # Info shows the prompt too
    await expect(card.get_by_role("button", name="Open picture")).to_have_count(2, timeout=30_000)
    await world.kill_bot()
    await world.start_bot()
    await tab.become("Theo")
    await tab.button("☆ Star", within=card).click()
    await tab.button("Image 2").click()
    await expect(tab.messages.filter(has_text="is in the gallery").last).to_be_visible(timeout=20_000)
    for label, asks, says in (
        ("Info", "know more about?", "Image 1 of 2"),
        ("Original", "get as it was made?", "untouched"),
        ("Family", "see the family of?", "stands alone"),
    ):
        await card.get_by_role("button", name=label, exact=True).click()
        await tab.button("Image 1", within=tab.messages.filter(has_text=asks).last).click()
        await expect(tab.messages.filter(has_text=says).last).to_be_visible(timeout=20_000)
    await card.get_by_role("button", name="4K · 24 credits").click()
    await tab.button("Image 1", within=tab.messages.filter(has_text="make at 4K?").last).click()
    await world.until(lambda: world.states() == ["delivered"] * 3)
    await world.until(
        lambda: bool(world.rows("SELECT 1 FROM gallery_post WHERE job_id = 2 AND message_id IS NOT NULL"))
    )
    world.audit()
