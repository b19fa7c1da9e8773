"""The commands /preset save, use, list and delete."""

from __future__ import annotations

import io
from typing import Any, cast

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.attached_file import AttachedFile
from cogs.imagine.command import Format, Prompt, Ratio
from cogs.imagine.order import Chosen
from cogs.moderators import require_moderator
from cogs.plain_text import visible
from cogs.presets.forms import form_of
from cogs.presets.listing import page_for
from cogs.presets.saving import PresetSaver
from cogs.presets.use import PresetUse
from cogs.texts import form as form_texts
from cogs.texts import presets as texts
from generation.options import Resolution
from generation.preset_desk import PresetDesk
from generation.prices import PriceTable
from storage.presets import GUILDS_OWN, NewPreset

Interaction = discord.Interaction[Any]
SIZES = [Choice(name=size.value, value=size.value) for size in Resolution]


@app_commands.guild_only()
class PresetsCog(commands.GroupCog, group_name="preset", group_description="Prompts that you use again"):
    """Keeps presets and uses them."""

    def __init__(self, desk: PresetDesk, use: PresetUse, saver: PresetSaver, prices: PriceTable) -> None:
        super().__init__()
        self._desk = desk
        self._use = use
        self._saver = saver
        assert self.app_command is not None
        self.app_command.add_command(_use_command(use, prices))

    @app_commands.command()
    @app_commands.describe(**texts.OPTIONS)
    @app_commands.choices(resolution=SIZES)
    async def save(
        self,
        interaction: Interaction,
        name: Range[str, 1, 32],
        prompt: Prompt | None = None,
        prompt_file: discord.Attachment | None = None,
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
            name=" ".join(visible(name).split()),
            prompt=prompt or "",
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            output_format=output_format,
            image_count=count,
        )
        slots = (reference1, reference2, reference3, reference4, reference5, reference6, reference7, reference8)
        numbered = {number: AttachedFile.of(slot) for number, slot in enumerate(slots, start=1)}
        files = {number: file for number, file in numbered.items() if file is not None}
        if prompt is None and prompt_file is None:
            await self._saver.open_form(interaction, new, files)
        else:
            await self._saver.save(interaction, new, files, AttachedFile.of(prompt_file))

    @app_commands.command(name="list")
    async def list_presets(self, interaction: Interaction) -> None:
        """See your presets and this server's, with what they cost."""
        await interaction.response.send_message(view=await page_for(interaction, 0), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which preset", for_server=texts.DELETE_FOR_SERVER)
    async def delete(self, interaction: Interaction, name: str, for_server: bool = False) -> None:
        """Remove one of your presets; its prompt comes back with the answer."""
        if for_server:
            await require_moderator(interaction)
        assert interaction.guild_id is not None
        preset = await self._desk.delete(interaction.guild_id, interaction.user.id, name, of_guild=for_server)
        file = discord.File(io.BytesIO(preset.prompt.encode()), "prompt.txt")
        await interaction.response.send_message(texts.deleted(preset), file=file, ephemeral=True)

    @delete.autocomplete("name")
    async def suggest_to_delete(self, interaction: Interaction, typed_name: str) -> list[Choice[str]]:
        """Offer what may be deleted while a name is typed."""
        return await self._use.suggest_to_delete(interaction, typed_name)

    @commands.Cog.listener()
    async def on_form(self, interaction: Interaction, custom_id: str, data: dict[str, Any]) -> None:
        """Take the forms that come back, also those that an earlier run of the bot opened."""
        found = form_of(custom_id)
        if found is None:
            return
        kind, opened_by = found
        if kind == "fill":
            await self._use.take_form(interaction, opened_by, data)
        else:
            await self._saver.take_form(interaction, opened_by, data)


def _use_command(use: PresetUse, prices: PriceTable) -> app_commands.Command[Any, ..., Any]:
    """Return /preset use, with the operator's prices in the names of the resolutions."""
    sizes = [
        Choice(name=form_texts.resolution_choice(size, prices.price(size)), value=size.value) for size in Resolution
    ]

    @app_commands.command(name="use")
    @app_commands.describe(**texts.USE_OPTIONS)
    @app_commands.choices(resolution=sizes)
    async def use_preset(
        interaction: Interaction,
        name: str,
        aspect_ratio: Ratio | None = None,
        resolution: str | None = None,
        output_format: Format | None = None,
        count: Range[int, 1, 4] | None = None,
        spoiler: bool | None = None,
        private: bool = False,
    ) -> None:
        """Make an image with a preset; what it leaves blank is asked for."""
        chosen = Chosen(
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            output_format=output_format,
            image_count=count,
            spoiler=spoiler,
            private=private,
            references={},
        )
        await use.use(interaction, name, chosen)

    @use_preset.autocomplete("name")
    async def suggest(interaction: Interaction, typed_name: str) -> list[Choice[str]]:
        return await use.suggest(interaction, typed_name)

    return cast(app_commands.Command[Any, ..., Any], use_preset)  # its first parameter is open, as /imagine's
