"""The commands /preset save, use, list and delete."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.attached_file import AttachedFile
from cogs.errors import answer_error
from cogs.imagine.command import Format, Prompt, Ratio
from cogs.imagine.flow import give_back
from cogs.imagine.order import Chosen, refuse_early
from cogs.moderators import require_moderator
from cogs.presets.forms import form_of, save_form, typed_values, uploaded
from cogs.presets.listing import presets_view
from cogs.presets.use import PresetUse
from cogs.texts import presets as texts
from generation.attachments import AttachmentReader
from generation.options import Resolution
from generation.preset_desk import PresetDesk, require_usable
from storage.accounts import Account
from storage.channel_settings import ChannelDefaults
from storage.presets import GUILDS_OWN, NewPreset

Interaction = discord.Interaction[Any]
SIZES = [Choice(name=size.value, value=size.value) for size in Resolution]


@app_commands.guild_only()
class PresetsCog(commands.GroupCog, group_name="preset", group_description="Prompts that you use again"):
    """Keeps presets and uses them."""

    def __init__(self, desk: PresetDesk, use: PresetUse, reader: AttachmentReader) -> None:
        super().__init__()
        self._desk = desk
        self._use = use
        self._reader = reader

    @app_commands.command()
    @app_commands.describe(**texts.OPTIONS)
    @app_commands.choices(resolution=SIZES)
    async def save(
        self,
        interaction: Interaction,
        name: Range[str, 1, 32],
        prompt: Prompt | None = None,
        aspect_ratio: Ratio | None = None,
        resolution: str | None = None,
        output_format: Format | None = None,
        count: Range[int, 1, 4] | None = None,
        for_server: bool = False,
        reference1: discord.Attachment | None = None,
        reference2: discord.Attachment | None = None,
        reference3: discord.Attachment | None = None,
        reference4: discord.Attachment | None = None,
        reference5: discord.Attachment | None = None,
        reference6: discord.Attachment | None = None,
        reference7: discord.Attachment | None = None,
        reference8: discord.Attachment | None = None,
    ) -> None:
        """Keep a prompt with its options and images under a name."""
        if for_server:
            await require_moderator(interaction)
        assert interaction.guild_id is not None
        new = NewPreset(
            guild_id=interaction.guild_id,
            user_id=GUILDS_OWN if for_server else interaction.user.id,
            name=name.strip(),
            prompt=prompt or "",
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            output_format=output_format,
            image_count=count,
        )
        slots = (reference1, reference2, reference3, reference4, reference5, reference6, reference7, reference8)
        numbered = {number: AttachedFile.of(slot) for number, slot in enumerate(slots, start=1)}
        files = {number: file for number, file in numbered.items() if file is not None}
        if prompt is None:
            await self._open_form(interaction, new, files)
        else:
            await self._save(interaction, new, files)

    @app_commands.command(name="use")
    @app_commands.describe(**texts.USE_OPTIONS)
    @app_commands.choices(resolution=SIZES)
    async def use_preset(
        self,
        interaction: Interaction,
        name: str,
        aspect_ratio: Ratio | None = None,
        resolution: str | None = None,
        count: Range[int, 1, 4] | None = None,
        spoiler: bool | None = None,
        private: bool = False,
    ) -> None:
        """Make an image with a preset; what it leaves blank is asked for."""
        chosen = Chosen(
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            image_count=count,
            spoiler=spoiler,
            private=private,
            references={},
        )
        await self._use.use(interaction, name, chosen)

    @app_commands.command(name="list")
    async def list_presets(self, interaction: Interaction) -> None:
        """See your presets and this server's."""
        assert interaction.guild_id is not None
        offered = await self._desk.offered(interaction.guild_id, interaction.user.id)
        await interaction.response.send_message(view=presets_view(offered, 0), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which preset", for_server=texts.OPTIONS["for_server"])
    async def delete(self, interaction: Interaction, name: str, for_server: bool = False) -> None:
        """Remove one of your presets; its prompt comes back with the answer."""
        if for_server:
            await require_moderator(interaction)
        assert interaction.guild_id is not None
        preset = await self._desk.delete(interaction.guild_id, interaction.user.id, name, of_guild=for_server)
        file = discord.File(io.BytesIO(preset.prompt.encode()), "prompt.txt")
        await interaction.response.send_message(texts.deleted(preset), file=file, ephemeral=True)

    @use_preset.autocomplete("name")
    @delete.autocomplete("name")
    async def suggest_name(self, interaction: Interaction, typed_name: str) -> list[Choice[str]]:
        """Offer presets while a name is typed."""
        return await self._use.suggest(interaction, typed_name)

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Take the forms that come back, also those that an earlier run of the bot opened."""
        if interaction.type is not discord.InteractionType.modal_submit or interaction.data is None:
            return
        data = cast(dict[str, Any], interaction.data)
        found = form_of(str(data.get("custom_id")))
        if found is None:
            return
        kind, opened_by = found
        if kind == "fill":
            await self._use.take_form(interaction, opened_by, data)
        else:
            await self._take_save(interaction, opened_by, data)

    async def _open_form(self, interaction: Interaction, new: NewPreset, files: dict[int, AttachedFile]) -> None:
        require_usable(new.name, "-")
        account = Account(guild_id=new.guild_id, user_id=interaction.user.id)
        facts = {
            "preset": {name: getattr(new, name) for name in NewPreset.__slots__},
            "files": [file.payload() for _, file in sorted(files.items())],
        }
        await self._use.keep_facts(interaction.id, account, facts)
        await interaction.response.send_modal(save_form(interaction.id))

    async def _take_save(self, interaction: Interaction, opened_by: int, data: Mapping[str, Any]) -> None:
        prompt = typed_values(data).get("prompt", "")
        try:
            _, facts = await self._use.facts_of(opened_by, interaction.user.id)
            new = replace(NewPreset(**facts["preset"]), prompt=prompt)
            if new.user_id == GUILDS_OWN:
                await require_moderator(interaction)
            before = [AttachedFile.from_payload(file) for file in facts["files"]]
            files = dict(enumerate([*before, *uploaded(data).values()], start=1))
            await self._save(interaction, new, files)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)
            await give_back(interaction, prompt)

    async def _save(self, interaction: Interaction, new: NewPreset, files: dict[int, AttachedFile]) -> None:
        require_usable(new.name, new.prompt)
        asked = Chosen(prompt=new.prompt, references=files).complete(ChannelDefaults())
        refuse_early(asked)
        await interaction.response.defer(ephemeral=True, thinking=True)  # files may take longer than 3 seconds
        async with self._reader.references(asked.sources()) as kept:
            replaced = await self._desk.save(new, kept, actor_id=interaction.user.id)
        of_guild = new.user_id == GUILDS_OWN
        text = texts.saved(new.name, new.prompt, replaced=replaced, references=len(kept), of_guild=of_guild)
        await interaction.edit_original_response(content=text)
