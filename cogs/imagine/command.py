"""The /imagine command as Discord knows it: its options, their limits, and the prices in their names."""

from __future__ import annotations

from typing import Any, Literal, Protocol, cast

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.attached_file import AttachedFile
from cogs.imagine.flow import ImagineFlow
from cogs.imagine.form_memory import is_form
from cogs.imagine.order import Chosen
from cogs.texts import form as form_texts
from generation.options import Resolution
from generation.prices import PriceTable

Ratio = Literal["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "auto"]
Format = Literal["png", "jpg"]
Prompt = Range[str, 1, 6000]
"""6,000 is Discord's own limit; longer prompts come as a file."""

OPTION_TEXTS = {
    "prompt": "What to draw, in your own words; leave it out for a form with more room",
    "preset": "A preset to use; your prompt then fills its blank, or is added at its end",
    "prompt_file": "A .txt file with a longer prompt, up to 10,000 characters",
    "aspect_ratio": "Width to height; auto follows the first reference (usually 1:1)",
    "resolution": "How large, and what one image costs (usually 1K)",
    "output_format": "The kind of file (usually png)",
    "count": "How many images of this prompt, 1 to 4 (default 1)",
    "spoiler": "Hide the images until somebody clicks them",
    "private": "Only you see the card and the images; moderators may read the prompt",
    **{f"reference{number}": f"An image to start from, number {number}: PNG, JPEG or WebP" for number in range(1, 9)},
}


class PresetUser(Protocol):
    """Makes images with presets."""

    async def use(self, interaction: discord.Interaction[Any], name: str, chosen: Chosen) -> None:
        """Make what a preset says, with what was chosen besides. Raises what `cogs.errors` explains."""
        ...

    async def suggest(self, interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        """Offer presets while a name is typed."""
        ...


class ImagineCog(commands.Cog):
    """Adds /imagine, with the operator's prices in the names of the resolutions."""

    def __init__(self, flow: ImagineFlow, presets: PresetUser, prices: PriceTable) -> None:
        self._flow = flow
        self._presets = presets
        self._prices = prices

    def get_app_commands(self) -> list[app_commands.Command[Any, ..., Any] | app_commands.Group]:
        """List the command to whoever asks the cog."""
        return [self.command]

    async def cog_load(self) -> None:
        """Build the command; its choices need the prices."""
        self.command = _imagine_command(self._flow, self._presets, self._prices)
        self._flow.bot.tree.add_command(self.command)

    @commands.Cog.listener()
    async def on_form(self, interaction: discord.Interaction[Any], custom_id: str, data: dict[str, Any]) -> None:
        """Take the forms that come back, also those that an earlier run of the bot opened."""
        if is_form(custom_id):
            await self._flow.take_form(interaction, data)


def _imagine_command(flow: ImagineFlow, presets: PresetUser, prices: PriceTable) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(**OPTION_TEXTS)
    @app_commands.choices(
        resolution=[
            Choice(name=form_texts.resolution_choice(resolution, prices.price(resolution)), value=resolution.value)
            for resolution in Resolution
        ]
    )
    async def imagine(
        interaction: discord.Interaction[Any],
        prompt: Prompt | None = None,
        prompt_file: discord.Attachment | None = None,
        preset: str | None = None,
        aspect_ratio: Ratio | None = None,
        resolution: str | None = None,
        output_format: Format | None = None,
        count: Range[int, 1, 4] | None = None,
        spoiler: bool | None = None,
        private: bool = False,
        reference1: discord.Attachment | None = None,
        reference2: discord.Attachment | None = None,
        reference3: discord.Attachment | None = None,
        reference4: discord.Attachment | None = None,
        reference5: discord.Attachment | None = None,
        reference6: discord.Attachment | None = None,
        reference7: discord.Attachment | None = None,
        reference8: discord.Attachment | None = None,
    ) -> None:
        """Make an image from a prompt, and from images if you like."""
        slots = (reference1, reference2, reference3, reference4, reference5, reference6, reference7, reference8)
        chosen = Chosen(
            prompt=prompt,
            prompt_file=AttachedFile.of(prompt_file),
            aspect_ratio=aspect_ratio,
            resolution=resolution,
            output_format=output_format,
            image_count=count,
            spoiler=spoiler,
            private=private,
            references={
                number: file
                for number, slot in enumerate(slots, start=1)
                if (file := AttachedFile.of(slot)) is not None
            },
        )
        if preset is None:
            await flow.run(interaction, chosen)
        else:
            await presets.use(interaction, preset, chosen)

    @imagine.autocomplete("preset")
    async def suggest_preset(interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        return await presets.suggest(interaction, typed)

    return cast(app_commands.Command[Any, ..., Any], imagine)  # its first parameter is open: it is in no group
