"""The form that asks for an image: several lines of prompt, several files at once, all options in five fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from cogs.texts import form as texts
from cogs.texts import images_of
from generation.options import MAX_REFERENCES, AspectRatio, OutputFormat, Resolution
from generation.prices import PriceTable
from storage.guild_settings import GuildSettings

MAX_TYPED_CHARS = 4000
"""What Discord lets a text field take; longer prompts come as a file with the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormContent:
    """What a form shows.

    Attributes:
        prompt: filled in already, at most 4,000 characters; "" for nothing.
        kept_prompt_chars: how long the prompt is that counts where the field is left empty; 0 where there is none.
        references: how many it has before any are uploaded with it.
        origin: what those are, in words, None for the files of a command.
    """

    title: str
    aspect_ratio: AspectRatio
    resolution: Resolution
    output_format: OutputFormat
    image_count: int
    prompt: str = ""
    kept_prompt_chars: int = 0
    references: int = 0
    origin: str | None = None


class ImagineForm(ui.Modal):
    """Shows what was chosen already. `cogs.imagine.answers` reads what comes back."""

    def __init__(self, content: FormContent, custom_id: str, prices: PriceTable, settings: GuildSettings) -> None:
        """Take what was chosen, and the guild's settings: what it does not allow is not offered."""
        super().__init__(title=content.title, custom_id=custom_id, timeout=None)
        self.add_item(_prompt(content))
        places = MAX_REFERENCES - content.references
        if places:
            upload = ui.FileUpload[Any](custom_id="files", required=False, min_values=0, max_values=places)
            hint = texts.form_files_hint(held=content.references, places=places, origin=content.origin)
            self.add_item(ui.Label(text=texts.FORM_FILES, description=hint, component=upload))
        self.add_item(ui.Label(text=texts.FORM_RATIO, component=_ratios(content.aspect_ratio)))
        self.add_item(ui.Label(text=texts.FORM_SIZE, component=_sizes(content, prices, settings)))
        count = _counts(min(content.image_count, settings.largest_count), settings.largest_count)
        self.add_item(ui.Label(text=texts.FORM_COUNT, component=count))
        self.stop()  # never kept in memory: answers are read from their payload, also those to a form of an earlier run


def _prompt(content: FormContent) -> ui.Label[Any]:
    kept = content.kept_prompt_chars
    field = ui.TextInput[Any](
        custom_id="prompt",
        style=discord.TextStyle.paragraph,
        required=not kept,
        min_length=None if kept else 1,
        max_length=MAX_TYPED_CHARS,
        default=content.prompt or None,
    )
    hint = texts.form_kept_prompt(kept) if kept else texts.FORM_PROMPT_HINT
    return ui.Label(text=texts.FORM_PROMPT, description=hint, component=field)


def _ratios(chosen: AspectRatio) -> ui.Select[Any]:
    options = [
        discord.SelectOption(label=texts.ratio_label(ratio), value=ratio.value, default=ratio is chosen)
        for ratio in AspectRatio
    ]
    return ui.Select(custom_id="aspect_ratio", options=options)


def _sizes(content: FormContent, prices: PriceTable, settings: GuildSettings) -> ui.Select[Any]:
    """Size and file type in one field, as a form holds five."""
    sizes = list(Resolution)
    offered = sizes[: sizes.index(Resolution(settings.highest_resolution)) + 1]
    chosen = content.resolution if content.resolution in offered else offered[-1]
    options = [
        discord.SelectOption(
            label=texts.size_choice(size, output_format, prices.price(size)),
            value=f"{size}:{output_format}",
            default=(size, output_format) == (chosen, content.output_format),
        )
        for size in offered
        for output_format in OutputFormat
    ]
    return ui.Select(custom_id="size", options=options)


def _counts(chosen: int, largest: int) -> ui.Select[Any]:
    options = [
        discord.SelectOption(label=images_of(count), value=str(count), default=count == chosen)
        for count in range(1, largest + 1)
    ]
    return ui.Select(custom_id="count", options=options)
