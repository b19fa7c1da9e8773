"""Making images with a preset: its options, what was chosen besides, and its blanks filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice

from cogs.asker import asker_in, asker_of
from cogs.attached_file import AttachedFile
from cogs.errors import RefusalError, answer_error
from cogs.imagine.flow import ImagineFlow, give_back
from cogs.imagine.form_memory import OpenForms
from cogs.imagine.order import Asked, Chosen, refuse_early
from cogs.imagine.rights import require_rights
from cogs.presets.forms import MAX_TYPED_CHARS, fill_form, typed_values
from cogs.texts import presets as texts
from generation.asking import Asker
from generation.attachments import KeptReference
from generation.image_desk import ImageDesk
from generation.options import MAX_IMAGES, AspectRatio, OutputFormat, Resolution
from generation.preset_blanks import blanks_of, filled
from generation.preset_desk import OF_GUILD, PresetDesk, require_kept
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
            await self._ask_for_blanks(interaction, asker, preset, asked, first=words)

    async def take_form(self, interaction: Interaction, opened_by: int, data: Mapping[str, Any]) -> None:
        """Make the image of a form that was sent. Never raises; what was typed is given back where it is refused."""
        values = typed_values(data)
        try:
            guild_id, facts = await self._forms.facts_of(opened_by, interaction.user.id)
            asker = await asker_in(interaction, guild_id)
            references = await self._images.references_by_id(facts["reference_ids"])
            require_kept(references)
            asked = _with_references(_asked(facts), references)
            blanks = blanks_of(facts["prompt"])
            words = {blank: values.get(f"blank{number}", "") for number, blank in enumerate(blanks, start=1)}
            await self._flow.accept(interaction, asker, replace(asked, prompt=filled(facts["prompt"], words)))
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)
            if not isinstance(error, DuplicateRequestError):
                await give_back(interaction, "\n".join(values.values()))

    async def suggest(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer what the member may use, with what it costs as the command stands: their own, then the guild's."""
        if interaction.guild_id is None:
            return []
        offered = await self._desk.offered(interaction.guild_id, interaction.user.id)
        usual = await self._flow.intake.usual_options(asker_of(interaction))
        own = {one.name.casefold() for one in offered if not one.is_guilds}
        chosen = _typed_besides(interaction.namespace)
        choices: list[Choice[str]] = []
        for preset in _fitting(offered, typed):
            asked = _merged(preset, chosen).complete(usual)
            label = texts.choice(preset, cost=self._flow.intake.cost(asked.resolution, asked.image_count))
            is_hidden = preset.is_guilds and preset.name.casefold() in own
            choices.append(Choice(name=label, value=f"{OF_GUILD}{preset.name}" if is_hidden else preset.name))
        return choices

    async def suggest_to_delete(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer the member's own presets, or the guild's where the command is about those."""
        if interaction.guild_id is None:
            return []
        offered = await self._desk.offered(interaction.guild_id, interaction.user.id)
        of_guild = interaction.namespace.for_server is True
        meant = [preset for preset in offered if preset.is_guilds == of_guild]
        return [Choice(name=texts.choice(preset, cost=None), value=preset.name) for preset in _fitting(meant, typed)]

    async def _ask_for_blanks(
        self, interaction: Interaction, asker: Asker, preset: Preset, asked: Asked, *, first: str
    ) -> None:
        """Open the form, unless it is known already that what it asks for would be refused."""
        if len(first) > MAX_TYPED_CHARS:
            raise RefusalError(texts.words_too_long(len(first), MAX_TYPED_CHARS))
        refuse_early(asked)
        if not asked.private:
            require_rights(interaction)
        await self._flow.intake.check(asker, asked.wish())
        await self._forms.keep_facts(interaction.id, asker.account, _facts(preset, asked))
        cost = self._flow.intake.cost(asked.resolution, asked.image_count)
        form = fill_form(interaction.id, preset.name, blanks_of(preset.prompt), first=first, cost=cost)
        await interaction.response.send_modal(form)


def _fitting(presets: Sequence[Preset], typed: str) -> list[Preset]:
    """Return the first 25 whose name or prompt holds what was typed: own ones, of those the names that begin so."""
    wanted = typed.strip().casefold()
    fitting = [one for one in presets if wanted in one.name.casefold() or wanted in one.prompt.casefold()]
    fitting.sort(key=lambda one: (one.is_guilds, not one.name.casefold().startswith(wanted)))
    return fitting[:MOST_SUGGESTED]


def _typed_besides(namespace: app_commands.Namespace) -> Chosen:
    """Return what decides about the price, as far as it is typed: nobody has checked these values yet."""
    count: object = namespace.count
    return Chosen(
        resolution=next((size for size in Resolution if size.value == namespace.resolution), None),
        image_count=count if isinstance(count, int) and 1 <= count <= MAX_IMAGES else None,
        references={},
    )


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
    return replace(asked, starts_from=kept)


def _facts(preset: Preset, asked: Asked) -> dict[str, Any]:
    """What the form stands for, as the member saw it: a preset that is changed meanwhile changes nothing."""
    return {
        "preset_id": preset.id,
        "prompt": preset.prompt,
        "reference_ids": [one.reference.id for one in asked.starts_from if isinstance(one, KeptReference)],
        "aspect_ratio": asked.aspect_ratio,
        "resolution": asked.resolution,
        "output_format": asked.output_format,
        "image_count": asked.image_count,
        "spoiler": asked.spoiler,
        "private": asked.private,
        "files": [[number, file.payload()] for number, file in sorted(asked.references.items())],
    }


def _asked(facts: Mapping[str, Any]) -> Asked:
    return Asked(
        prompt=None,
        prompt_file=None,
        aspect_ratio=AspectRatio(facts["aspect_ratio"]),
        resolution=Resolution(facts["resolution"]),
        output_format=OutputFormat(facts["output_format"]),
        image_count=facts["image_count"],
        spoiler=facts["spoiler"],
        private=facts["private"],
        references={number: AttachedFile.from_payload(file) for number, file in facts["files"]},
    )
