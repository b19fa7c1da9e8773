"""What a member sent with the form, read from the payload: so it can be sent even if the bot restarted meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cogs.errors import RefusalError
from cogs.imagine.attached import AttachedFile
from cogs.imagine.form import FormMemory
from cogs.imagine.order import Asked
from cogs.texts import form as form_texts
from generation.options import AspectRatio, Resolution


def typed_prompt(data: Mapping[str, Any]) -> str:
    """Return the prompt of a sent form, "" where there is none."""
    return str(_fields(data).get("prompt", {}).get("value") or "")


def read_answers(data: Mapping[str, Any], memory: FormMemory, held: list[AttachedFile] | None) -> Asked:
    """Return what was asked for with a form.

    Args:
        data: the interaction's data as Discord sent it.
        held: the references of the command that opened the form, in order; None where they are gone.

    Raises:
        RefusalError: those references are needed and gone.
        KeyError, ValueError: the payload is not an answer to our form.
    """
    if memory.file_count and held is None:
        raise RefusalError(form_texts.FORM_FILES_GONE)
    fields = _fields(data)
    uploaded: Mapping[str, Any] = data.get("resolved", {}).get("attachments", {})
    files = [AttachedFile.from_payload(uploaded[file_id]) for file_id in fields.get("files", {}).get("values", [])]
    return Asked(
        prompt=typed_prompt(data),
        prompt_file=None,
        aspect_ratio=AspectRatio(fields["aspect_ratio"]["values"][0]),
        resolution=Resolution(fields["resolution"].get("value") or fields["resolution"]["values"][0]),
        output_format=memory.output_format,
        image_count=int(fields["count"]["values"][0]),
        spoiler=memory.spoiler,
        references=dict(enumerate([*(held or ()), *files], start=1)),
    )


def _fields(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the form's fields by custom_id; each stands inside a label."""
    fields: list[Mapping[str, Any]] = [label["component"] for label in data["components"] if "component" in label]
    return {str(field["custom_id"]): field for field in fields}
