"""Take the pictures of the README anew: what members see, what moderators see, and the page on a phone.

Usage: python -m tests.browser.screenshots [DIRECTORY], docs by default. Runs the bot that ships in the sandbox and
drives Chromium over the page.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from sandbox.app import Sandbox
from sandbox.client import Member, SandboxClient, controls_of, media_of, text_of
from tests.browser.chromium import CHROMIUM, SWITCHES
from tests.browser.page import PHONE, Tab
from tests.world import ROOT

SPEED = 100
WINDOW = (1180, 1190)
FORM_WINDOW = (980, 900)
MODERATOR_WINDOW = (1180, 1600)
HARBOUR = "A quiet harbour at night, lanterns on the water"
GROVE = "A plantain grove at dawn, mist between the leaves, in the colours of this harbour"
FOUR_IDEAS = "the same grove at night, fireflies, four ideas"


async def main(directory: Path) -> None:
    """Write card.png, form.png, phone.png, family.png, history.png, budget.png, settings.png and usage.png."""
    if CHROMIUM is None:
        sys.exit("Needs Debian's chromium: apt-get install chromium, or its path in CHROMIUM.")
    async with (
        Sandbox(port=0, provider_speed=SPEED) as sandbox,
        SandboxClient(sandbox.control) as client,
        async_playwright() as playwright,
    ):
        await client.discord.wait_for_commands("imagine")
        sketch = await fill_the_channel(client)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        tab = await open_tab(browser, sandbox, WINDOW)
        await shown(tab, pictures=5)
        await tab.page.screenshot(path=directory / "card.png", animations="disabled")
        await take_form(await open_tab(browser, sandbox, FORM_WINDOW), sketch, directory / "form.png")
        phone = await open_tab(browser, sandbox, PHONE, scale=2)
        await shown(phone, pictures=5)
        await phone.page.screenshot(path=directory / "phone.png", animations="disabled")
        await take_remixes(browser, sandbox, client, directory)
        await take_moderation(browser, sandbox, client, directory)
        await browser.close()


async def fill_the_channel(client: SandboxClient) -> bytes:
    """Let two members make what the pictures show; return one of their images."""
    maya, theo = client.member("maya"), client.member("theo")
    harbour = await finished(maya, "general", 1, prompt=HARBOUR, aspect_ratio="16:9")
    picture = await maya.download(media_of(harbour)[0]["url"])
    reference = await maya.upload(picture, "harbour.png")
    await finished(maya, "images", 1, prompt=GROVE, aspect_ratio="16:9", resolution="2K", reference1=reference)
    await finished(theo, "images", 4, prompt=FOUR_IDEAS, aspect_ratio="16:9", count=4)
    return picture


async def finished(member: Member, channel: str, pictures: int, **options: object) -> dict[str, object]:
    """Ask for images and wait for their card."""
    act = await member.slash("imagine", channel=channel, **options)
    card_id = (await act.message())["id"]
    return await member.wait_for_message(
        lambda message: message["id"] == card_id and len(media_of(message)) == pictures, channel=channel, timeout_s=60
    )


async def take_remixes(browser: Browser, sandbox: Sandbox, client: SandboxClient, directory: Path) -> None:
    """Let members remix each other's images; look at the family and the history."""
    first = await client.member("maya").wait_for_message(
        lambda message: GROVE[:20] in text_of(message) and len(media_of(message)) == 1, timeout_s=60
    )
    second = await remixed(client.member("theo"), first, "The same grove in the first snow")
    await remixed(client.member("olive"), second, "The grove at night, lanterns in the branches")
    await remixed(client.member("maya"), second, "A fox walking through the snowy grove")
    maya = client.member("maya")
    tab = await open_tab(browser, sandbox, MODERATOR_WINDOW, who="maya")
    for name, act in (
        ("family", await maya.click(second, "Family")),
        ("history", await maya.slash("history show")),
    ):
        await act.done()
        shown = tab.message((await act.message())["id"])
        await shown.wait_for()
        await tab.page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth)")
        await shown.screenshot(path=directory / f"{name}.png", animations="disabled")


async def remixed(member: Member, card: dict[str, object], prompt: str) -> dict[str, object]:
    """Remix the image of a card by its button; return the new card."""
    opened = await member.click(
        card, next(one["label"] for one in controls_of(card) if one["label"].startswith("Remix"))
    )
    await opened.response()
    values = {"prompt": prompt, "files": [], "aspect_ratio": ["16:9"], "size": ["1K:png"], "count": ["1"]}
    await (await member.submit_modal(opened, values)).response()
    return await member.wait_for_message(
        lambda message: text_of(message).startswith(prompt) and len(media_of(message)) == 1, timeout_s=60
    )


async def take_moderation(browser: Browser, sandbox: Sandbox, client: SandboxClient, directory: Path) -> None:
    """Let a moderator look at a budget, the settings and the usage."""
    olive, world = client.member("olive"), await client.discord.world()
    orchard = next(guild for guild in world["guilds"] if guild["name"] == "Orchard")
    maya = next(user["id"] for user in world["users"] if user["name"] == "maya")
    painters = (await client.discord.add_role(orchard["id"], "Painters"))["id"]
    await client.discord.set_roles(orchard["id"], "maya", [painters])
    await (await olive.slash("budget role", role=painters, amount="600", period="week")).response()
    await (await olive.slash("budget pool", amount="20000", period="month")).response()
    await (await olive.slash("budget grant", member=maya, amount=100, reason="won the harvest contest")).response()
    tab = await open_tab(browser, sandbox, MODERATOR_WINDOW, who="olive")
    for name, command, options in (
        ("budget", "budget show", {"member": maya}),
        ("settings", "settings", {}),
        ("usage", "usage", {"period": "this_month"}),
    ):
        act = await olive.slash(command, **options)
        await act.done()
        shown = tab.message((await act.message())["id"])
        await shown.wait_for()
        await tab.page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth)")
        await shown.screenshot(path=directory / f"{name}.png", animations="disabled")


async def open_tab(
    browser: Browser, sandbox: Sandbox, size: tuple[int, int], *, scale: int = 1, who: str = "maya"
) -> Tab:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, device_scale_factor=scale, reduced_motion="reduce"
    )
    tab = Tab(await context.new_page(), sandbox.page)
    await tab.open(who, "Orchard/images")
    return tab


async def shown(tab: Tab, *, pictures: int) -> None:
    """Wait until all pictures are there and drawn."""
    await tab.page.get_by_role("button", name="Open picture").nth(pictures - 1).wait_for()
    await tab.page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth)")


async def take_form(tab: Tab, sketch: bytes, path: Path) -> None:
    await shown(tab, pictures=5)
    await tab.type_command("/imag")
    await tab.send()
    form = tab.page.get_by_role("dialog", name="Make an image")
    await form.get_by_role("textbox", name="Prompt").fill(
        "A fox reading under an old plantain tree,\nwatercolour, late afternoon.\nThe book is open at a map."
    )
    await tab.drop(("sketch.png", "image/png", sketch), onto=tab.file_field(form))
    await tab.button("Remove sketch.png").wait_for()
    await form.screenshot(path=path, animations="disabled")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs"))
