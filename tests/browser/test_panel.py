"""The panel: the provider's clock and balance, every fault by name, and what was asked of both services."""

from __future__ import annotations

from playwright.async_api import expect

from sandbox.local_discord.faults import NAMES as DISCORD_FAULTS
from tests.browser.conftest import OpenTab
from tests.browser.page import Tab
from tests.world import World


async def open_panel(tab: Tab) -> None:
    await tab.page.get_by_role("button", name="Provider & faults").click()
    await expect(tab.button("Close the panel")).to_be_visible()


async def test_every_fault_of_both_services_is_there_with_words_that_explain_it(
    world: World, open_tab: OpenTab
) -> None:
    tab = await open_tab()
    await open_panel(tab)
    provider_faults = (await world.kie.state())["fault_help"]
    for service, faults in (("Provider", provider_faults), ("Discord", DISCORD_FAULTS)):
        group = await tab.unfold(f"{service} faults")
        for name, meaning in faults.items():
            await expect(group).to_contain_text(meaning.replace("`", ""))
            label = name.replace("_", " ").removesuffix(" s").removesuffix(" mb")  # the unit stands in brackets
            await expect(group.get_by_label(label).first).to_be_attached()


async def test_fault_that_is_switched_on_meets_the_bot_and_is_seen_among_the_requests(
    world: World, open_tab: OpenTab
) -> None:
    tab = await open_tab()
    await open_panel(tab)
    group = await tab.unfold("Provider faults")
    await group.get_by_role("switch", name="content refused").click()
    await world.member("maya").slash("imagine", prompt="a fox")
    await expect(tab.messages.filter(has_text="a fox")).to_contain_text("refused", timeout=20_000)
    requests = await tab.unfold("Requests to the provider")
    await expect(requests).to_contain_text("createTask")
    await expect(requests).to_contain_text("400")
    await tab.button("All off").click()
    await world.member("maya").slash("imagine", prompt="another fox")
    await world.card()


async def test_balance_and_speed_of_the_provider_are_set(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab()
    await open_panel(tab)
    await tab.page.get_by_role("spinbutton", name="Balance").fill("36.5")
    await tab.page.get_by_role("spinbutton", name="Balance").press("Enter")
    async with tab.page.expect_response(lambda response: response.request.method == "PATCH"):
        await tab.page.get_by_role("button", name="10×").click()
    state = await world.kie.state()
    assert (state["balance"], state["speed"]) == (36.5, 10)


async def test_lost_gateway_and_a_deleted_channel_are_a_press_away(world: World, open_tab: OpenTab) -> None:
    tab = await open_tab("maya", "Orchard/general")
    await open_panel(tab)
    group = await tab.unfold("Break something")
    gateway = world.sandbox.discord.gateway
    await tab.button("Cut it, session lost", within=group).click()
    await gateway.wait_for(lambda: not gateway.connected)
    await gateway.wait_connected()
    for _ in range(2):
        await group.get_by_role("button", name="Delete #general").click()
    await expect(tab.page.get_by_role("list", name="Channels")).not_to_contain_text("general")
    await world.member("maya").slash("imagine", prompt="still here")
    await world.card()
