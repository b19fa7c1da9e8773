"""Several people in several tabs: every one sees the same world, and live."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from tests.browser.conftest import OpenTab
from tests.world import World

PLACES = {
    "Orchard/images": ("Maya", "Theo", "Olive"),
    "Harbor/images": ("Juno", "Theo", "Ines"),
}


async def test_two_guilds_of_three_members_each_use_it_at_once_from_three_tabs(world: World, open_tab: OpenTab) -> None:
    tabs = [await open_tab("maya"), await open_tab("theo"), await open_tab("olive")]
    for place, people in PLACES.items():
        for tab, person in zip(tabs, people, strict=True):
            await tab.open(person.lower(), place)

        async def ask(index: int, who: str = "", place: str = place, people: tuple[str, ...] = people) -> None:
            tab = tabs[index]
            await tab.type_command("/imag")
            await tab.page.keyboard.type(f"for {people[index]} in {place}")
            await tab.send()

        await asyncio.gather(*(ask(index) for index in range(3)))
        seen: list[list[str]] = []
        for tab in tabs:
            for person in people:
                card = tab.messages.filter(has_text=f"for {person} in {place}")
                await expect(card.get_by_role("button", name="Open picture")).to_have_count(1, timeout=30_000)
            seen.append([await message.get_attribute("id") or "" for message in await tab.messages.all()])
        assert seen[0] == seen[1] == seen[2]
    for tab in tabs:
        await expect(tab.messages.filter(has_text="in Orchard/images")).to_have_count(0)
    await tabs[0].open("theo", "Orchard/images")
    await expect(tabs[0].messages.filter(has_text="in Orchard/images")).to_have_count(3)
    await expect(tabs[0].messages.filter(has_text="in Harbor/images")).to_have_count(0)
    world.audit()


async def test_tabs_in_two_guilds_at_the_same_time_do_not_mix(world: World, open_tab: OpenTab) -> None:
    orchard, harbor = await open_tab("maya"), await open_tab("ines", "Harbor/images")
    for tab, words in ((orchard, "apples"), (harbor, "boats")):
        await tab.type_command("/imag")
        await tab.page.keyboard.type(words)
        await tab.send()
    for tab, words, others in ((orchard, "apples", "boats"), (harbor, "boats", "apples")):
        await expect(tab.messages.filter(has_text=words).first).to_be_visible()
        await expect(tab.messages.last.get_by_role("button", name="Open picture")).to_have_count(1, timeout=20_000)
        await expect(tab.messages.filter(has_text=others)).to_have_count(0)


async def test_message_appears_changes_and_goes_in_every_tab_without_a_reload(world: World, open_tab: OpenTab) -> None:
    maya, olive = await open_tab("maya"), await open_tab("olive")
    await maya.composer.fill("hello there")
    await maya.send()
    for tab in (maya, olive):
        await expect(tab.messages.filter(has_text="hello there")).to_be_visible()
    await olive.messages.filter(has_text="hello there").click(button="right")
    await olive.page.get_by_role("menuitem", name="Delete").click()
    confirm = olive.page.get_by_role("menuitem", name="Delete")
    if await confirm.count():
        await confirm.click()
    for tab in (maya, olive):
        await expect(tab.messages.filter(has_text="hello there")).to_have_count(0)
