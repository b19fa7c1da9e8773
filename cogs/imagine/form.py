"""The form that /imagine opens where no prompt was typed: several lines of prompt, several files at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui

from cogs.imagine.order import MAX_REFERENCES, Asked
from cogs.texts import form as texts
from cogs.texts import images_of
from generation.options import AspectRatio, OutputFormat, Resolution
from generation.prices import PriceTable
from storage.guild_settings import GuildSettings

MAX_TYPED_CHARS = 4000
"""What Discord lets a text field take; longer prompts come as a file with the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormMemory:
    """What a form carries unseen in its custom_id, so that it can be sent even after the bot restarted.

    Attributes:
        opened_by: the interaction that opened the form; the files that came with it are kept under its id.
        file_count: how many references those were.
    """

    output_format: OutputFormat
    spoiler: bool
    opened_by: int
    file_count: int

    PATTERN = re.compile(r"plantain:imagine:(png|jpg):([01]):([0-9]{1,20}):([0-8])")

    @property
    def custom_id(self) -> str:
        """Return the id that `read` understands; unlike any other form's, as it names the interaction."""
        return f"plantain:imagine:{self.output_format}:{int(self.spoiler)}:{self.opened_by}:{self.file_count}"

    @classmethod
    def read(cls, custom_id: str) -> Self | None:
        """Return what a form of ours carries, None for the form of somebody else."""
        found = cls.PATTERN.fullmatch(custom_id)
        if found is None:
            return None
        output_format, spoiler, opened_by, file_count = found.groups()
        return cls(
            output_format=OutputFormat(output_format),
            spoiler=spoiler == "1",
            opened_by=int(opened_by),
            file_count=int(file_count),
        )


class ImagineForm(ui.Modal):
    """Shows what was chosen with the command already. `cogs.imagine.answers` reads what comes back."""

    def __init__(self, asked: Asked, memory: FormMemory, prices: PriceTable, settings: GuildSettings) -> None:
        """Take what was chosen, and the guild's settings: what it does not allow is not offered."""
        super().__init__(title=texts.FORM_TITLE, custom_id=memory.custom_id, timeout=None)
        self.add_item(
            ui.Label(
                text=texts.FORM_PROMPT,
                description=texts.FORM_PROMPT_HINT,
                component=ui.TextInput[Any](
                    custom_id="prompt", style=discord.TextStyle.paragraph, min_length=1, max_length=MAX_TYPED_CHARS
                ),
            )
        )
        places = MAX_REFERENCES - memory.file_count
        if places:
            upload = ui.FileUpload[Any](custom_id="files", required=False, min_values=0, max_values=places)
            hint = texts.form_files_hint(held=memory.file_count, places=places)
            self.add_item(ui.Label(text=texts.FORM_FILES, description=hint, component=upload))
        self.add_item(ui.Label(text=texts.FORM_RATIO, component=_ratios(asked.aspect_ratio)))
        self.add_item(ui.Label(text=texts.FORM_RESOLUTION, component=_resolutions(asked.resolution, prices, settings)))
        self.add_item(ui.Label(text=texts.FORM_COUNT, component=_counts(asked.image_count, settings.largest_count)))
        self.stop()  # never kept in memory: answers are read from their payload, also those to a form of an earlier run


def _ratios(chosen: AspectRatio) -> ui.Select[Any]:
    options = [
        discord.SelectOption(label=texts.ratio_label(ratio), value=ratio.value, default=ratio is chosen)
        for ratio in AspectRatio
    ]
    return ui.Select(custom_id="aspect_ratio", options=options)


def _resolutions(
    chosen: Resolution, prices: PriceTable, settings: GuildSettings
) -> ui.RadioGroup[Any] | ui.Select[Any]:
    sizes = list(Resolution)
    offered = sizes[: sizes.index(Resolution(settings.highest_resolution)) + 1]
    labels = {size: texts.resolution_choice(size, prices.price(size)) for size in offered}
    if len(offered) == 1:  # Discord wants two choices at least in a group of radio buttons
        only = discord.SelectOption(label=labels[chosen], value=chosen.value, default=True)
        return ui.Select(custom_id="resolution", options=[only])
    return ui.RadioGroup(
        custom_id="resolution",
        options=[
            discord.RadioGroupOption(label=label, value=size.value, default=size is chosen)
            for size, label in labels.items()
        ],
    )


def _counts(chosen: int, largest: int) -> ui.Select[Any]:
    options = [
        discord.SelectOption(label=images_of(count), value=str(count), default=count == chosen)
        for count in range(1, largest + 1)
    ]
    return ui.Select(custom_id="count", options=options)
