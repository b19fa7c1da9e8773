"""A discord.py bot that shows every component and every field of a modal, to try the page with all of them.


`python -m tests.browser.showcase_bot` reads DISCORD_API_URL, DISCORD_GATEWAY_URL and DISCORD_TOKEN as the sandbox
prints them (`python -m sandbox --no-bot --json`). `/show` posts one part, chosen by autocomplete; `/ask` opens one of
two forms and answers privately with what was sent; Apps has "Quote" on messages and "Greet" on members.
"""

from __future__ import annotations

import asyncio
import io
import os
from typing import Any

import discord
import yarl
from discord import app_commands, ui
from discord.ext import commands
from PIL import Image

COLOURS = ("tomato", "steelblue", "goldenrod", "seagreen", "orchid", "slategray", "peru", "teal", "crimson", "indigo")


def picture(index: int) -> discord.File:
    """Return a plain picture of its own colour."""
    content = io.BytesIO()
    Image.new("RGB", (320, 200 + 20 * index), COLOURS[index]).save(content, "PNG")
    content.seek(0)
    return discord.File(content, f"picture{index}.png")


class Press(ui.Button[Any]):
    """A button that does what its label says."""

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        if self.label == "Answer privately":
            await interaction.response.send_message("Only you see this.", ephemeral=True)
        elif self.label == "Change the card":
            view = ui.LayoutView(timeout=None)
            view.add_item(ui.TextDisplay("The card was changed."))
            await interaction.response.edit_message(view=view)
        elif self.label == "Ask":
            await interaction.response.send_modal(WordsAndFiles())
        elif self.label == "Think":
            await interaction.response.defer(thinking=True, ephemeral=True)
            await interaction.edit_original_response(content="Thought about it.")
        # "Say nothing" leaves the press without an answer on purpose.


def buttons() -> ui.LayoutView:
    """Every style, with an answer of each kind."""
    view = ui.LayoutView(timeout=None)
    style = discord.ButtonStyle
    view.add_item(
        ui.Container(
            ui.TextDisplay("Press one"),
            ui.ActionRow(
                Press(label="Ask", style=style.primary, custom_id="ask"),
                Press(label="Answer privately", style=style.secondary, custom_id="answer"),
                Press(label="Change the card", style=style.success, custom_id="change"),
                Press(label="Say nothing", style=style.danger, custom_id="nothing"),
                Press(label="Think", style=style.secondary, custom_id="think", emoji="🤔"),
            ),
            ui.ActionRow(
                Press(label="Switched off", style=style.secondary, custom_id="off", disabled=True),
                ui.Button(label="Elsewhere", url="https://example.com/"),
            ),
            accent_colour=0x5865F2,
        )
    )
    return view


def selects() -> ui.LayoutView:
    """A select of every kind; each says privately what was chosen."""
    flavours = ui.Select[Any](custom_id="flavours", placeholder="Flavours", min_values=1, max_values=2)
    for name in ("Vanilla", "Mint", "Lemon"):
        flavours.add_option(label=name, value=name.lower(), description=f"Tastes of {name.lower()}")
    chosen: list[Any] = [
        flavours,
        ui.UserSelect[Any](custom_id="user", placeholder="Somebody"),
        ui.RoleSelect[Any](custom_id="role", placeholder="A role"),
        ui.MentionableSelect[Any](custom_id="mentionable", placeholder="Somebody or a role", max_values=2),
        ui.ChannelSelect[Any](custom_id="channel", placeholder="A channel"),
    ]
    view = ui.LayoutView(timeout=None)
    for select in chosen:

        async def tell(interaction: discord.Interaction[Any], select: Any = select) -> None:
            names = ", ".join(str(value) for value in select.values)
            await interaction.response.send_message(f"{select.custom_id}: {names}", ephemeral=True)

        select.callback = tell
        view.add_item(ui.ActionRow(select))
    return view


def gallery(count: int, *, spoiler: bool = False) -> tuple[ui.LayoutView, list[discord.File]]:
    """A number of pictures in Discord's grid."""
    files = [picture(index) for index in range(count)]
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.MediaGallery(
            *(
                discord.MediaGalleryItem(file, description=f"Picture {index + 1}", spoiler=spoiler)
                for index, file in enumerate(files)
            )
        )
    )
    return view, files


def layout() -> tuple[ui.LayoutView, list[discord.File]]:
    """A container with sections, separators, a thumbnail, a button and a file."""
    notes = discord.File(io.BytesIO(b"a note"), "notes.txt")
    first = picture(0)
    view = ui.LayoutView(timeout=None)
    view.add_item(
        ui.Container(
            ui.Section(ui.TextDisplay("### A section\nwith a thumbnail"), accessory=ui.Thumbnail(first)),
            ui.Separator(spacing=discord.SeparatorSpacing.large),
            ui.Section(ui.TextDisplay("A section with a button"), accessory=Press(label="Answer privately")),
            ui.Separator(visible=False),
            ui.File(notes),
            accent_colour=0xE67E22,
            spoiler=False,
        )
    )
    return view, [first, notes]


MARKDOWN = """# Heading
**bold** *italic* __under__ ~~struck~~ `code` ||hidden|| [a link](https://example.com/)
> a quote
- one
- two
```py
print("code")
```
<t:1767225600:R>
-# small"""


class WordsAndFiles(ui.Modal):
    """Text, files, one of several, some of several."""

    def __init__(self) -> None:
        super().__init__(title="Words and files", timeout=900)
        self.words = ui.TextInput[Any](style=discord.TextStyle.paragraph, placeholder="A few words", max_length=200)
        self.files = ui.FileUpload[Any](min_values=0, max_values=3, required=False)
        self.size = ui.RadioGroup[Any](options=[discord.RadioGroupOption(label=name) for name in ("Small", "Large")])
        self.extras = ui.CheckboxGroup[Any](
            required=False,
            min_values=0,
            options=[discord.CheckboxGroupOption(label=name) for name in ("Framed", "Signed")],
        )
        self.add_item(ui.Label(text="Words", description="What it should say", component=self.words))
        self.add_item(ui.Label(text="Files", component=self.files))
        self.add_item(ui.Label(text="Size", component=self.size))
        self.add_item(ui.Label(text="Extras", component=self.extras))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        sizes = [f"{file.filename} of {len(await file.read())} bytes" for file in self.files.values]
        await interaction.response.send_message(
            f"words: {self.words.value}; files: {', '.join(sizes) or 'none'}; size: {self.size.value}; "
            f"extras: {', '.join(self.extras.values) or 'none'}",
            ephemeral=True,
        )


class Choices(ui.Modal):
    """A checkbox and selects."""

    def __init__(self) -> None:
        super().__init__(title="Choices", timeout=900)
        self.agreed = ui.Checkbox[Any]()
        self.flavour = ui.Select[Any](
            min_values=1, max_values=2, options=[discord.SelectOption(label=name) for name in ("Mint", "Lemon", "Plum")]
        )
        self.who = ui.UserSelect[Any](required=False, min_values=0)
        self.where = ui.ChannelSelect[Any](required=False, min_values=0)
        self.add_item(ui.TextDisplay("Please choose."))
        self.add_item(ui.Label(text="Agreed", component=self.agreed))
        self.add_item(ui.Label(text="Flavours", component=self.flavour))
        self.add_item(ui.Label(text="Who", component=self.who))
        self.add_item(ui.Label(text="Where", component=self.where))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(
            f"agreed: {self.agreed.value}; flavours: {', '.join(sorted(self.flavour.values))}; "
            f"who: {', '.join(str(user) for user in self.who.values) or 'nobody'}; "
            f"where: {', '.join(str(channel) for channel in self.where.values) or 'nowhere'}",
            ephemeral=True,
        )


PARTS = ("buttons", "selects", "one picture", "four pictures", "ten pictures", "spoiler", "layout", "markdown", "late")
FORMS = ("words", "choices")


@app_commands.command(description="Post one part of what Discord can show")
@app_commands.guild_only()
@app_commands.describe(part="Which part", private="Only for you")
async def show(interaction: discord.Interaction[Any], part: str, private: bool = False) -> None:
    match part:
        case "buttons":
            await interaction.response.send_message(view=buttons(), ephemeral=private)
        case "selects":
            await interaction.response.send_message(view=selects(), ephemeral=private)
        case "one picture" | "four pictures" | "ten pictures" | "spoiler":
            count = {"one picture": 1, "four pictures": 4, "ten pictures": 10, "spoiler": 1}[part]
            view, files = gallery(count, spoiler=part == "spoiler")
            await interaction.response.send_message(view=view, files=files, ephemeral=private)
        case "layout":
            view, files = layout()
            await interaction.response.send_message(view=view, files=files, ephemeral=private)
        case "late":
            return  # never answered, to see what Discord shows then
        case _:
            await interaction.response.send_message(f"{interaction.user.mention}\n{MARKDOWN}", ephemeral=private)


@show.autocomplete("part")
async def suggest(_interaction: discord.Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=part.capitalize(), value=part) for part in PARTS if typed.lower() in part]


@app_commands.command(description="Open a form")
@app_commands.guild_only()
@app_commands.describe(form="Which form")
@app_commands.choices(form=[app_commands.Choice(name=name.capitalize(), value=name) for name in FORMS])
async def ask(interaction: discord.Interaction[Any], form: str) -> None:
    await interaction.response.send_modal(WordsAndFiles() if form == "words" else Choices())


@app_commands.context_menu(name="Quote")
async def quote(interaction: discord.Interaction[Any], message: discord.Message) -> None:
    await interaction.response.send_message(f"{message.author.display_name} wrote: {message.content}", ephemeral=True)


@app_commands.context_menu(name="Greet")
async def greet(interaction: discord.Interaction[Any], member: discord.Member) -> None:
    await interaction.response.send_message(f"Hello {member.display_name}!", ephemeral=True)


class ShowcaseBot(commands.Bot):
    """Logs in and syncs its commands."""

    def __init__(self) -> None:
        super().__init__(
            command_prefix=(),
            intents=discord.Intents(guilds=True),
            guild_ready_timeout=0.05,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
        )

    async def setup_hook(self) -> None:
        for command in (show, ask, quote, greet):
            self.tree.add_command(command)
        await self.tree.sync()


async def main() -> None:
    discord.http.Route.BASE = os.environ["DISCORD_API_URL"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    async with ShowcaseBot() as bot:
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    asyncio.run(main())
