"""A real discord.py bot against the local Discord."""

import asyncio
import io
from collections.abc import AsyncIterator

import discord
import pytest
import yarl
from discord import app_commands
from discord.ext import commands
from PIL import Image

from sandbox.client import RefusedError, SandboxClient, controls_of, media_of, text_of
from sandbox.local_discord import LocalDiscord
from sandbox.page_server import PageServer


def png(color: str, size: tuple[int, int] = (8, 6)) -> bytes:
    """A small picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


class Again(discord.ui.DynamicItem[discord.ui.Button], template=r"again:(?P<job>\d+)"):
    def __init__(self, job: int) -> None:
        super().__init__(discord.ui.Button(label="Again", custom_id=f"again:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(cls, interaction, item, match):
        return cls(int(match["job"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Wishes(self.job))


class Wishes(discord.ui.Modal, title="Remix"):
    def __init__(self, job: int) -> None:
        super().__init__(custom_id=f"wishes:{job}", timeout=60)
        self.prompt = discord.ui.TextInput(style=discord.TextStyle.paragraph, custom_id="prompt", max_length=4000)
        self.files = discord.ui.FileUpload(custom_id="files", min_values=0, max_values=3, required=False)
        self.ratio = discord.ui.RadioGroup(
            custom_id="ratio", options=[discord.RadioGroupOption(label=name) for name in ("1:1", "16:9")]
        )
        self.size = discord.ui.Select(
            custom_id="size", options=[discord.SelectOption(label=name, default=name == "2K") for name in ("1K", "2K")]
        )
        self.add_item(discord.ui.Label(text="Prompt", component=self.prompt))
        self.add_item(discord.ui.Label(text="Files", component=self.files))
        self.add_item(discord.ui.Label(text="Ratio", component=self.ratio))
        self.add_item(discord.ui.Label(text="Size", component=self.size))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        read = [len(await attachment.read()) for attachment in self.files.values]
        said = f"{self.prompt.value} {self.ratio.value} {self.size.values} {read}"
        await interaction.response.send_message(said, ephemeral=True)


def card(text: str, *names: str) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    container = discord.ui.Container(discord.ui.TextDisplay(text), accent_color=0x00FF00)
    if names:
        gallery = discord.ui.MediaGallery()
        for name in names:
            gallery.add_item(media=f"attachment://{name}", description="a picture")
        container.add_item(gallery)
    container.add_item(discord.ui.ActionRow(Again(7)))
    view.add_item(container)
    return view


class Bot(commands.Bot):
    def __init__(self) -> None:
        super().__init__(
            command_prefix=(),
            intents=discord.Intents(guilds=True),
            guild_ready_timeout=0.05,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.was_ready = asyncio.Event()
        self.resumes = asyncio.Event()

    async def setup_hook(self) -> None:
        self.tree.add_command(imagine)
        self.tree.add_command(flavours)
        self.add_dynamic_items(Again)
        await self.tree.sync()

    async def on_ready(self) -> None:
        self.was_ready.set()

    async def on_resumed(self) -> None:
        self.resumes.set()


@app_commands.command(description="Make an image")
@app_commands.guild_only()
@app_commands.describe(prompt="What", reference="From", size="Which")
async def imagine(
    interaction: discord.Interaction,
    prompt: app_commands.Range[str, 1, 6000],
    reference: discord.Attachment | None = None,
    size: app_commands.Range[int, 1, 4] = 1,
) -> None:
    callback = await interaction.response.send_message(view=card(f"queued: {prompt}"))
    assert isinstance(interaction.channel, discord.TextChannel)
    partial = interaction.channel.get_partial_message(callback.message_id)
    first = await reference.read() if reference else png("red")
    edited = await partial.edit(view=card("half", "a.png"), attachments=[discord.File(io.BytesIO(first), "a.png")])
    await partial.edit(
        view=card("done", "a.png", "b.png"),
        attachments=[*edited.attachments, discord.File(io.BytesIO(png("blue")), "b.png")],
    )
    await interaction.followup.send("only you", ephemeral=True)
    for _ in range(2):
        await interaction.channel.send(
            f"{interaction.user.mention} done",
            reference=partial,
            nonce="request-1",
            allowed_mentions=discord.AllowedMentions(users=[interaction.user]),
        )


@app_commands.command(description="Suggest")
async def flavours(interaction: discord.Interaction, name: str) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await interaction.edit_original_response(content=name)


@flavours.autocomplete("name")
async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=f"{current}{ending}", value=ending) for ending in ("a", "b")]


@pytest.fixture
async def local() -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord() as started:
        yield started


@pytest.fixture
async def client(local: LocalDiscord) -> AsyncIterator[SandboxClient]:
    server = PageServer(local.control_routes())
    await server.start(0)
    async with SandboxClient(f"{server.url}/control") as made:
        yield made
    await server.stop()


@pytest.fixture
async def bot(local: LocalDiscord, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    monkeypatch.setattr(discord.http.Route, "BASE", local.api_url)
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(local.gateway_url))
    made = Bot()
    running = asyncio.create_task(made.start(local.token))
    ready = asyncio.create_task(made.was_ready.wait())
    await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
    assert ready.done(), running.exception()
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await made.close()


async def test_a_command_with_a_file_becomes_a_card_with_pictures(
    local: LocalDiscord, bot: Bot, client: SandboxClient
) -> None:
    maya, theo = client.member("maya"), client.member("theo")
    reference = await maya.upload(png("green", (40, 30)), "my reference.png")
    act = await maya.slash("imagine", prompt="a lighthouse", reference=reference)
    assert (await act.response()).failure is None

    done = await maya.wait_for_message(lambda message: "maya" in str(message["mentions"]))
    messages = await maya.messages()
    finished = messages[0]
    assert text_of(finished) == "done"
    assert [(media["width"], media["height"]) for media in media_of(finished)] == [(40, 30), (8, 6)]
    assert await maya.download(media_of(finished)[0]["url"]) == png("green", (40, 30))
    assert done["referenced_message"]["id"] == finished["id"]
    assert sum(message["content"].endswith("done") for message in messages) == 1, "the nonce is enforced"
    assert [message["ephemeral"] for message in messages] == [False, True, False]
    assert [message["ephemeral"] for message in await theo.messages()] == [False, False]
    assert local.world.unknown_routes == []


async def test_a_button_opens_a_modal_whose_values_and_files_arrive(bot: Bot, client: SandboxClient) -> None:
    theo = client.member("theo")
    await theo.slash("imagine", prompt="x")
    message = await theo.wait_for_message(lambda message: "done" in text_of(message) and bool(controls_of(message)))
    opened = await theo.click(message, "Again")
    modal = (await opened.response()).modal
    assert modal is not None
    assert modal["title"] == "Remix"
    upload = await theo.upload(png("red"), "r.png")
    sent = await theo.submit_modal(opened, {"prompt": "more", "files": [upload], "ratio": "16:9"})
    answer = await sent.message()
    assert answer["content"] == f"more 16:9 ['2K'] [{len(png('red'))}]"
    assert answer["ephemeral"]


async def test_suggestions_and_deferred_private_answers_arrive(bot: Bot, client: SandboxClient) -> None:
    maya = client.member("maya")
    choices = await maya.autocomplete("flavours", focused="name", name="van")
    assert [(choice["name"], choice["value"]) for choice in choices] == [("vana", "a"), ("vanb", "b")]
    act = await maya.slash("flavours", name="plum", channel="general")
    message = await act.message()
    assert (message["content"], message["ephemeral"]) == ("plum", True)


async def test_an_interaction_sent_while_the_gateway_was_cut_is_replayed_once(
    local: LocalDiscord, bot: Bot, client: SandboxClient
) -> None:
    maya = client.member("maya")
    local.gateway.cut(resumable=True)
    await local.gateway.wait_for(lambda: not local.gateway.connected)
    act = await maya.slash("flavours", name="plum")
    assert (await act.message())["content"] == "plum"
    assert bot.resumes.is_set()


async def test_discord_s_client_refuses_what_was_not_offered(bot: Bot, client: SandboxClient) -> None:
    maya = client.member("maya")
    for options, words in (
        ({}, "required"),
        ({"prompt": ""}, "required"),
        ({"prompt": "x" * 6001}, "6000"),
        ({"prompt": "x", "size": 9}, "between 1 and 4"),
        ({"prompt": "x", "reference": "1"}, "uploaded"),
        ({"prompt": "x", "colour": "red"}, "no option colour"),
    ):
        with pytest.raises(RefusedError, match=words):
            await maya.slash("imagine", **options)
    with pytest.raises(RefusedError, match="no command draw"):
        await maya.slash("draw")
