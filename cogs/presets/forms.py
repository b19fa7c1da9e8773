"""The forms of presets: one that asks for the blanks, one that takes a long prompt. Read from their payload."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import discord
from discord import ui

from cogs.attached_file import AttachedFile
from cogs.ids import id_of
from cogs.texts import presets as texts

_ITS_ID = re.compile(r"plantain:preset:(fill|save):([0-9]{1,20})")
MAX_TYPED_CHARS = 4000
"""What Discord lets a text field take."""


def form_of(custom_id: str) -> tuple[str, int] | None:
    """Return which form was sent, "fill" or "save", and the interaction that opened it; None for no form of ours."""
    found = _ITS_ID.fullmatch(custom_id)
    return None if found is None else (found.group(1), id_of(found.group(2)))


def fill_form(opened_by: int, name: str, blanks: Sequence[str], *, first: str, cost: int) -> ui.Modal:
    """Return the form with one field for each blank.

    Args:
        first: what stands in the first field already, at most 4,000 characters.
        cost: what sending it spends.
    """
    modal = ui.Modal(title=texts.fill_title(name, cost), custom_id=f"plantain:preset:fill:{opened_by}", timeout=None)
    for number, blank in enumerate(blanks, start=1):
        field = ui.TextInput[Any](
            custom_id=f"blank{number}",
            style=discord.TextStyle.paragraph if len(blanks) == 1 else discord.TextStyle.short,
            max_length=MAX_TYPED_CHARS,
            default=first or None if number == 1 else None,
        )
        modal.add_item(ui.Label(text=blank, description=texts.blank_hint(number, len(blanks)), component=field))
    modal.stop()  # never kept in memory: answers are read from their payload
    return modal


def save_form(opened_by: int, *, places: int) -> ui.Modal:
    """Return the form that takes the prompt of a preset, and as many images as there are places left for."""
    modal = ui.Modal(title=texts.SAVE_TITLE, custom_id=f"plantain:preset:save:{opened_by}", timeout=None)
    prompt = ui.TextInput[Any](custom_id="prompt", style=discord.TextStyle.paragraph, max_length=MAX_TYPED_CHARS)
    modal.add_item(ui.Label(text=texts.SAVE_PROMPT, description=texts.SAVE_PROMPT_HINT, component=prompt))
    if places:
        upload = ui.FileUpload[Any](custom_id="files", required=False, min_values=0, max_values=places)
        hint = texts.save_files_hint(places)
        modal.add_item(ui.Label(text=texts.SAVE_FILES, description=hint, component=upload))
    modal.stop()  # as above
    return modal


def typed_values(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what was typed into the fields of a form, by custom_id."""
    fields = [label["component"] for label in data["components"] if "component" in label]
    return {str(field["custom_id"]): str(field.get("value") or "").strip() for field in fields if "value" in field}


def uploaded(data: Mapping[str, Any]) -> list[AttachedFile]:
    """Return the files of a form."""
    attachments: Mapping[str, Any] = data.get("resolved", {}).get("attachments", {})
    fields = [label["component"] for label in data["components"] if "component" in label]
    ids = [file_id for field in fields if field["custom_id"] == "files" for file_id in field.get("values", [])]
    return [AttachedFile.from_payload(attachments[file_id]) for file_id in ids]
