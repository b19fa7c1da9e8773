"""Keeping a preset: from the options of the command or from its form, with the files it starts from."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord

from cogs.attached_file import AttachedFile
from cogs.errors import answer_error
from cogs.imagine.flow import give_back
from cogs.imagine.form_memory import OpenForms
from cogs.imagine.order import Chosen, refuse_early
from cogs.moderators import require_moderator
from cogs.presets.forms import save_form, typed_values, uploaded
from cogs.texts import presets as texts
from generation.attachments import AttachmentReader
from generation.options import MAX_REFERENCES
from generation.preset_desk import PresetDesk, require_name, require_usable
from storage.accounts import Account
from storage.channel_settings import ChannelDefaults
from storage.presets import GUILDS_OWN, NewPreset, Preset

Interaction = discord.Interaction[Any]


class PresetSaver:
    """Keeps presets. Whether the member may keep one for the server was asked before a form is opened, and is again."""

    def __init__(self, desk: PresetDesk, reader: AttachmentReader, forms: OpenForms) -> None:
        self._desk = desk
        self._reader = reader
        self._forms = forms

    async def save(
        self, interaction: Interaction, new: NewPreset, files: Mapping[int, AttachedFile], text: AttachedFile | None
    ) -> None:
        """Keep a preset, with its prompt read from a file where there is one. Raises what `cogs.errors` explains."""
        if text is None:
            require_usable(new.name, new.prompt)
        require_name(new.name)
        given = Chosen(prompt=new.prompt or None, prompt_file=text, references=dict(files))
        asked = given.complete(ChannelDefaults())
        refuse_early(asked)
        await interaction.response.defer(ephemeral=True, thinking=True)  # files may take longer than 3 seconds
        upload = asked.prompt_upload()
        if upload is not None:
            new = replace(new, prompt=await self._reader.prompt(upload))
        async with self._reader.references(asked.sources()) as kept:
            replaced = await self._desk.save(new, kept, actor_id=interaction.user.id)
        answer = texts.saved(new, replaced=replaced, references=len(kept))
        await interaction.edit_original_response(content=answer, attachments=_prompt_lost(new, replaced))

    async def open_form(self, interaction: Interaction, new: NewPreset, files: Mapping[int, AttachedFile]) -> None:
        """Open the form that takes the prompt. Raises what `cogs.errors` explains."""
        require_name(new.name)
        refuse_early(Chosen(references=dict(files)).complete(ChannelDefaults()))
        facts = {
            "preset": {name: getattr(new, name) for name in NewPreset.__slots__},
            "files": [file.payload() for _, file in sorted(files.items())],
        }
        account = Account(guild_id=new.guild_id, user_id=interaction.user.id)
        await self._forms.keep_facts(interaction.id, account, facts)
        await interaction.response.send_modal(save_form(interaction.id, places=MAX_REFERENCES - len(files)))

    async def take_form(self, interaction: Interaction, opened_by: int, data: Mapping[str, Any]) -> None:
        """Keep what a form says. Never raises; a prompt that cannot be kept is given back."""
        prompt = typed_values(data).get("prompt", "")
        try:
            _, facts = await self._forms.facts_of(opened_by, interaction.user.id)
            new = replace(NewPreset(**facts["preset"]), prompt=prompt)
            if new.user_id == GUILDS_OWN:
                await require_moderator(interaction)
            before = [AttachedFile.from_payload(file) for file in facts["files"]]
            files = dict(enumerate([*before, *uploaded(data)], start=1))
            await self.save(interaction, new, files, None)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)
            await give_back(interaction, prompt)


def _prompt_lost(new: NewPreset, replaced: Preset | None) -> list[discord.File]:
    """The prompt of the preset that was replaced comes back with the answer."""
    if replaced is None or replaced.prompt == new.prompt:
        return []
    return [discord.File(io.BytesIO(replaced.prompt.encode()), "prompt-before.txt")]
