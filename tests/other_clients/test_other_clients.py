"""Clients that know nothing of us work against the local Discord as against the real one: discord.js and hikari."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.app import Sandbox
from sandbox.client import Interaction, Member, SandboxClient, media_of, text_of
from tests.world import png

HERE = Path(__file__).parent
PATIENCE_S = 20


def command_of(name: str) -> list[str]:
    """Return how to start a client's bot; skips, saying why, where it is not installed."""
    required = os.environ.get("OTHER_CLIENTS") == "required"
    if name == "hikari":
        if not required and importlib.util.find_spec("hikari") is None:
            pytest.skip("needs hikari (pip install hikari)")
        return [sys.executable, str(HERE / "hikari_bot.py")]
    node = shutil.which("node")
    if not required and (node is None or not (HERE / "node_modules").is_dir()):
        pytest.skip("needs Node.js, and discord.js (npm ci --prefix tests/other_clients)")
    return [node or "node", str(HERE / "discordjs_bot.mjs")]


class Bot:
    """Somebody else's bot as a process of its own, and what it tells."""

    def __init__(self, process: asyncio.subprocess.Process, sandbox: Sandbox, client: SandboxClient) -> None:
        self._process = process
        self.sandbox = sandbox
        self.client = client
        self.ready: dict[str, Any] = {}

    async def told(self, event: str) -> dict[str, Any]:
        """Wait until the bot tells of this event; what else it tells until then is only allowed to be no error."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := await self._process.stdout.readline():
                said = json.loads(line)
                assert said["event"] != "error", said
                if said["event"] == event:
                    return said
        raise AssertionError(f"the bot ended before it told of {event}")

    @property
    def maya(self) -> Member:
        return self.client.member("maya")

    async def do(self, what: str, **options: Any) -> Interaction:
        """Let maya use /try, and wait for the first response."""
        interaction = await self.maya.slash("try", what=what, **options)
        state = await interaction.response()
        assert state.failure is None, state.failure
        return interaction


@pytest.fixture(params=["discord.js", "hikari"])
async def bot(request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    command = command_of(request.param)
    async with Sandbox(port=0, bot=False) as sandbox, SandboxClient(sandbox.control) as client:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdout=asyncio.subprocess.PIPE,
            env={
                **os.environ,
                "DISCORD_API_URL": sandbox.discord.api_url,
                "DISCORD_TOKEN": sandbox.discord_token,
            },
        )
        started = Bot(process, sandbox, client)
        started.ready = await started.told("ready")
        yield started
        process.kill()
        await process.wait()
        unknown = sandbox.discord.world.unknown_routes
    assert not unknown, f"the client used routes that the local Discord does not have: {unknown}"


async def test_client_logs_in_knows_its_guilds_and_syncs_its_commands(bot: Bot) -> None:
    assert bot.ready["name"] == "Plantain"
    assert set(bot.ready["guilds"]) == {"Orchard", "Harbor"}
    assert bot.ready["guilds"]["Harbor"] == 1
    synced = {(command["name"], command["type"]) for command in await bot.client.discord.commands()}
    assert synced == {("try", 1), ("Quote", 3)}


async def test_client_answers_at_once_later_and_privately(bot: Bot) -> None:
    assert text_of(await (await bot.do("answer")).message()) == "answered"
    later = await bot.do("later")
    await later.done()
    assert text_of(await later.message()) == "came later"
    secret = await (await bot.do("secret")).message()
    assert secret["ephemeral"]
    seen_by_theo = await bot.client.member("theo").messages()
    assert "only for you" not in [text_of(message) for message in seen_by_theo]


async def test_client_suggests_while_a_member_types(bot: Bot) -> None:
    choices = await bot.maya.autocomplete("try", focused="what", what="ap")
    assert [choice["value"] for choice in choices] == ["apple", "apricot"]


async def test_client_changes_its_message_when_a_button_is_pressed(bot: Bot) -> None:
    message = await (await bot.do("answer")).message()
    pressed = await bot.maya.click(message, "Again")
    assert (await pressed.response()).failure is None
    changed = await bot.maya.wait_for_message(lambda seen: seen["id"] == message["id"] and not seen["components"])
    assert text_of(changed) == "pressed"


async def test_client_opens_a_form_and_reads_it(bot: Bot) -> None:
    opened = await bot.do("form")
    modal = (await opened.response()).modal
    assert modal is not None
    values: dict[str, Any] = {"words": "hello there"}
    takes_files = "files" in json.dumps(modal)
    if takes_files:
        values["files"] = [await bot.maya.upload(png(), "dot.png")]
    sent = await bot.maya.submit_modal(opened, values)
    expected = "words: hello there" + (f"; files: {len(png())}" if takes_files else "")
    assert text_of(await sent.message()) == expected


async def test_client_quotes_a_message_by_its_menu(bot: Bot) -> None:
    await bot.client.member("theo").say("look at this")
    message = await bot.maya.wait_for_message(lambda seen: seen["content"] == "look at this")
    answer = await (await bot.maya.menu("Quote", message=message)).message()
    assert text_of(answer) == "quoted: look at this"


async def test_client_posts_a_file_that_arrives_byte_for_byte(bot: Bot) -> None:
    picture = png((300, 200), "teal")
    await bot.do("file", file=await bot.maya.upload(picture, "original.png"))
    posted = await bot.told("posted")
    assert posted["size"] == len(picture)
    message = await bot.maya.wait_for_message(lambda seen: seen["id"] == posted["id"])
    assert await bot.maya.download(message["attachments"][0]["url"]) == picture


async def test_client_answers_with_a_card_of_components(bot: Bot) -> None:
    picture = png((300, 200), "peru")
    message = await (await bot.do("card", file=await bot.maya.upload(picture, "original.png"))).message()
    assert text_of(message) == "A card"
    (media,) = media_of(message)
    assert await bot.maya.download(media["url"]) == picture


async def test_client_edits_fetches_and_deletes_its_message(bot: Bot) -> None:
    await bot.do("edit")
    edited = await bot.told("edited")
    assert edited["content"] == "second"
    assert edited["id"] not in [message["id"] for message in await bot.maya.messages()]


async def test_client_meets_refusals_as_its_own_errors(bot: Bot) -> None:
    await bot.do("too long")
    assert await bot.told("refused") == {"event": "refused", "code": 50035, "status": 400}
    world = await bot.client.discord.world()
    channel = next(each for guild in world["guilds"] for each in guild["channels"] if each["name"] == "images")
    denied = {"id": world["bot"]["id"], "type": 1, "allow": "0", "deny": str(1 << 11)}
    await bot.client.discord.change_channel(channel["id"], overwrites=[denied])
    await bot.do("forbidden")
    assert await bot.told("refused") == {"event": "refused", "code": 50013, "status": 403}


async def test_client_resumes_after_a_cut_and_gets_what_happened_meanwhile_once(bot: Bot) -> None:
    gateway = bot.sandbox.discord.gateway
    await bot.client.discord.cut_gateway("resumable")
    await gateway.wait_for(lambda: not gateway.connected)
    interaction = await bot.maya.slash("try", what="answer")
    assert text_of(await interaction.message(timeout_s=PATIENCE_S)) == "answered"
    answers = [message for message in await bot.maya.messages() if text_of(message) == "answered"]
    assert len(answers) == 1
