"""Making images with a preset: its options, what was chosen besides, and its blanks filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
from discord.app_commands import Choice

from cogs.asker import asker_in, asker_of
from cogs.attached_file import AttachedFile
from cogs.errors import RefusalError, answer_error
from cogs.imagine.flow import ImagineFlow, give_back
from cogs.imagine.form_memory import OpenForms
from cogs.imagine.order import Asked, Chosen
from cogs.presets.forms import fill_form, typed_values
from cogs.texts import presets as texts
from generation.attachments import KeptReference
from generation.image_desk import ImageDesk
from generation.intake import Wish
from generation.options import AspectRatio, OutputFormat, Resolution
from generation.preset_desk import PresetDesk, blanks_of, filled
from storage.accounts import Account
from storage.errors import DuplicateRequestError
from storage.presets import Preset
from storage.references import Reference

Interaction = discord.Interaction[Any]

MOST_SUGGESTED = 25


class PresetUse:
    """Implements `cogs.imagine.command.PresetUser`; takes the form that asks for the blanks."""

    def __init__(self, flow: ImagineFlow, desk: PresetDesk, images: ImageDesk, forms: OpenForms) -> None:
        self._flow = flow
        self._desk = desk
        self._images = images
        self._forms = forms

    async def use(self, interaction: Interaction, name: str, chosen: Chosen) -> None:
        """Make what a preset says, or ask for its blanks first. Raises what `cogs.errors` explains."""
        if chosen.prompt_file is not None:
            raise RefusalError(texts.WORDS_AND_FILE)
        asker = asker_of(interaction)
        preset, references = await self._desk.called(asker.account.guild_id, asker.account.user_id, name)
        usual = await self._flow.intake.usual_options(asker)
        asked = _with_references(_merged(preset, chosen).complete(usual), references)
        blanks, words = blanks_of(preset.prompt), (chosen.prompt or "").strip()
        if not blanks:
            prompt = f"{preset.prompt}\n{words}" if words else preset.prompt
            await self._flow.accept(interaction, asker, replace(asked, prompt=prompt))
        elif len(blanks) == 1 and words:
            prompt = filled(preset.prompt, {blanks[0]: words})
            await self._flow.accept(interaction, asker, replace(asked, prompt=prompt))
        else:
            wish = Wish(resolution=asked.resolution, image_count=asked.image_count, prompt=None)
            await self._flow.intake.check(asker, wish)
            await self._forms.keep_facts(interaction.id, asker.account, _facts(preset, asked))
            cost = self._flow.intake.cost(asked.resolution, asked.image_count)
            form = fill_form(interaction.id, preset.name, blanks, first=words, cost=cost)
            await interaction.response.send_modal(form)

    async def take_form(self, interaction: Interaction, opened_by: int, data: Mapping[str, Any]) -> None:
        """Make the image of a form that was sent. Never raises; what was typed is given back where it is refused."""
        values = typed_values(data)
        try:
            guild_id, facts = await self._forms.facts_of(opened_by, interaction.user.id)
            asker = await asker_in(interaction, guild_id)
            references = await self._images.references_by_id(facts["reference_ids"])
            asked = _with_references(_asked(facts), references)
            blanks = blanks_of(facts["prompt"])
            words = {blank: values.get(f"blank{number}", "") for number, blank in enumerate(blanks, start=1)}
            await self._flow.accept(interaction, asker, replace(asked, prompt=filled(facts["prompt"], words)))
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)
            if not isinstance(error, DuplicateRequestError):
                await give_back(interaction, "\n".join(values.values()))

    async def keep_facts(self, interaction_id: int, account: Account, facts: dict[str, Any]) -> None:
        """Keep what a form of presets carries."""
        await self._forms.keep_facts(interaction_id, account, facts)

    async def facts_of(self, interaction_id: int, user_id: int) -> tuple[int, dict[str, Any]]:
        """Return the guild and the facts of a form; raises RefusalError where they are not known."""
        return await self._forms.facts_of(interaction_id, user_id)

    async def suggest(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer the member's presets, then the guild's, whose name or prompt holds what was typed."""
        if interaction.guild_id is None:
            return []
        wanted = typed.strip().casefold()
        offered = await self._desk.offered(interaction.guild_id, interaction.user.id)
        fitting = [one for one in offered if wanted in one.name.casefold() or wanted in one.prompt.casefold()]
        return [Choice(name=texts.choice(one), value=one.name) for one in fitting[:MOST_SUGGESTED]]


def _merged(preset: Preset, chosen: Chosen) -> Chosen:
    """Return what was chosen, with the preset's options where nothing was."""
    return replace(
        chosen,
        prompt=None,
        aspect_ratio=chosen.aspect_ratio or preset.aspect_ratio,
        resolution=chosen.resolution or preset.resolution,
        output_format=chosen.output_format or preset.output_format,
        image_count=chosen.image_count or preset.image_count,
    )


def _with_references(asked: Asked, references: list[Reference]) -> Asked:
    kept = tuple(KeptReference(position=number, reference=one) for number, one in enumerate(references, start=1))
    files = dict(enumerate((file for _, file in sorted(asked.references.items())), start=len(kept) + 1))
    return replace(asked, starts_from=kept, references=files)


def _facts(preset: Preset, asked: Asked) -> dict[str, Any]:
    """What the form stands for, as the member saw it: a preset that is changed meanwhile changes nothing."""
    return {
        "prompt": preset.prompt,
        "reference_ids": [one.reference.id for one in asked.starts_from if isinstance(one, KeptReference)],
        "aspect_ratio": asked.aspect_ratio,
        "resolution": asked.resolution,
        "output_format": asked.output_format,
        "image_count": asked.image_count,
        "spoiler": asked.spoiler,
        "private": asked.private,
        "files": [file.payload() for _, file in sorted(asked.references.items())],
    }


def _asked(facts: Mapping[str, Any]) -> Asked:
    files = [AttachedFile.from_payload(file) for file in facts["files"]]
    return Asked(
        prompt=None,
        prompt_file=None,
        aspect_ratio=AspectRatio(facts["aspect_ratio"]),
        resolution=Resolution(facts["resolution"]),
        output_format=OutputFormat(facts["output_format"]),
        image_count=facts["image_count"],
        spoiler=facts["spoiler"],
        private=facts["private"],
        references=dict(enumerate(files, start=1)),
    )
