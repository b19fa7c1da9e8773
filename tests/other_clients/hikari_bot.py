"""A hikari bot that does what test_other_clients.py asks of every client, and tells it as JSON lines."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import hikari
from hikari import impl

WORDS = ["apple", "apricot", "banana"]
bot = hikari.GatewayBot(
    os.environ["DISCORD_TOKEN"],
    intents=hikari.Intents.GUILDS,
    rest_url=os.environ["DISCORD_API_URL"],
    banner=None,
    logs=None,
    suppress_optimization_warning=True,
)


def tell(event: str, **facts: Any) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


def commands() -> list[Any]:
    what = hikari.CommandOption(
        type=hikari.OptionType.STRING,
        name="what",
        description="Which",
        is_required=True,
        autocomplete=True,
        max_length=100,
    )
    file = hikari.CommandOption(type=hikari.OptionType.ATTACHMENT, name="file", description="A file")
    size = hikari.CommandOption(
        type=hikari.OptionType.STRING,
        name="size",
        description="How large",
        choices=[hikari.CommandChoice(name="Small", value="s"), hikari.CommandChoice(name="Large", value="l")],
    )
    return [
        impl.SlashCommandBuilder(name="try", description="Do one thing", options=[what, file, size]),
        impl.ContextMenuCommandBuilder(type=hikari.CommandType.MESSAGE, name="Quote"),
    ]


@bot.listen()
async def on_started(_event: hikari.StartedEvent) -> None:
    application = await bot.rest.fetch_application()
    await bot.rest.set_application_commands(application, commands())
    guilds = {guild.name: len(guild.get_channels()) for guild in bot.cache.get_guilds_view().values()}
    me = bot.get_me()
    tell("ready", name=me.username if me else None, guilds=guilds)


@bot.listen()
async def on_resumed(_event: hikari.ShardResumedEvent) -> None:
    tell("resumed")


@bot.listen()
async def on_autocomplete(event: hikari.AutocompleteInteractionCreateEvent) -> None:
    typed = next(str(option.value) for option in event.interaction.options if option.is_focused)
    choices = [impl.AutocompleteChoiceBuilder(name=word, value=word) for word in WORDS if word.startswith(typed)]
    await event.interaction.create_response(choices)


@bot.listen()
async def on_button(event: hikari.ComponentInteractionCreateEvent) -> None:
    await event.interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_UPDATE, content="pressed", components=[]
    )


@bot.listen()
async def on_form(event: hikari.ModalInteractionCreateEvent) -> None:
    words = event.interaction.components[0].components[0].value
    await event.interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE, f"words: {words}", flags=hikari.MessageFlag.EPHEMERAL
    )


@bot.listen()
async def on_command(event: hikari.CommandInteractionCreateEvent) -> None:
    interaction = event.interaction
    if interaction.command_type is hikari.CommandType.MESSAGE:
        assert interaction.resolved is not None
        message = next(iter(interaction.resolved.messages.values()))
        await interaction.create_initial_response(
            hikari.ResponseType.MESSAGE_CREATE, f"quoted: {message.content}", flags=hikari.MessageFlag.EPHEMERAL
        )
        return
    what = next(str(option.value) for option in interaction.options or () if option.name == "what")
    await DOING[what](interaction)


async def uploaded(interaction: hikari.CommandInteraction) -> bytes:
    assert interaction.resolved is not None
    return await next(iter(interaction.resolved.attachments.values())).read()


async def answer(interaction: hikari.CommandInteraction) -> None:
    row = impl.MessageActionRowBuilder()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "again", label="Again")
    await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "answered", component=row)


async def later(interaction: hikari.CommandInteraction) -> None:
    await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
    await interaction.edit_initial_response("came later")


async def secret(interaction: hikari.CommandInteraction) -> None:
    await interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE, "only for you", flags=hikari.MessageFlag.EPHEMERAL
    )


async def form(interaction: hikari.CommandInteraction) -> None:
    row = impl.ModalActionRowBuilder()
    row.add_text_input("words", "Words", style=hikari.TextInputStyle.PARAGRAPH)
    await interaction.create_modal_response("A form", "form", component=row)


async def card(interaction: hikari.CommandInteraction) -> None:
    picture = hikari.Bytes(await uploaded(interaction), "card.png")
    container = impl.ContainerComponentBuilder(accent_color=hikari.Color(0x4A8A2A))
    container.add_text_display("A card")
    gallery = impl.MediaGalleryComponentBuilder()
    gallery.add_media_gallery_item(picture)
    container.add_component(gallery)
    await interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE, component=container, flags=hikari.MessageFlag.IS_COMPONENTS_V2
    )


async def file(interaction: hikari.CommandInteraction) -> None:
    await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "posting")
    copy = hikari.Bytes(await uploaded(interaction), "copy.png")
    message = await bot.rest.create_message(interaction.channel_id, attachment=copy)
    tell("posted", id=str(message.id), size=message.attachments[0].size)


async def edit(interaction: hikari.CommandInteraction) -> None:
    await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "editing")
    message = await bot.rest.create_message(interaction.channel_id, "first")
    await message.edit("second")
    fetched = await bot.rest.fetch_message(interaction.channel_id, message)
    await message.delete()
    tell("edited", content=fetched.content, id=str(message.id))


async def refused(interaction: hikari.CommandInteraction, content: str) -> None:
    await interaction.create_initial_response(hikari.ResponseType.MESSAGE_CREATE, "trying")
    try:
        await bot.rest.create_message(interaction.channel_id, content)
    except hikari.ClientHTTPResponseError as error:
        tell("refused", code=error.code, status=int(error.status))


async def too_long(interaction: hikari.CommandInteraction) -> None:
    await refused(interaction, "x" * 2001)


async def forbidden(interaction: hikari.CommandInteraction) -> None:
    await refused(interaction, "hello")


DOING = {
    "answer": answer,
    "later": later,
    "secret": secret,
    "form": form,
    "card": card,
    "file": file,
    "edit": edit,
    "too long": too_long,
    "forbidden": forbidden,
}

if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    bot.run()
