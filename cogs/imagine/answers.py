"""What a member sent with the form, read from the payload: so it can be sent even if the bot restarted meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cogs.attached_file import AttachedFile
from cogs.imagine.form_memory import FormMemory
from cogs.imagine.order import Asked
from generation.options import AspectRatio, OutputFormat, Resolution


def typed_prompt(data: Mapping[str, Any]) -> str:
    """Return the prompt of a sent form, "" where there is none."""
    return str(_fields(data).get("prompt", {}).get("value") or "")


def read_answers(data: Mapping[str, Any], memory: FormMemory) -> Asked:
    """Return what was asked for with a form; its images of ours are still missing.

    Args:
        data: the interaction's data as Discord sent it.

    Raises:
        KeyError, ValueError: the payload is not an answer to our form.
    """
    fields = _fields(data)
    uploaded: Mapping[str, Any] = data.get("resolved", {}).get("attachments", {})
    files = [AttachedFile.from_payload(uploaded[file_id]) for file_id in fields.get("files", {}).get("values", [])]
    size, _, output_format = str(fields["size"]["values"][0]).partition(":")
    before = memory.reference_count - len(memory.files)
    return Asked(
        prompt=typed_prompt(data),
        prompt_file=None,
        aspect_ratio=AspectRatio(fields["aspect_ratio"]["values"][0]),
        resolution=Resolution(size),
        output_format=OutputFormat(output_format),
        image_count=int(fields["count"]["values"][0]),
        spoiler=memory.spoiler,
        private=memory.private,
        references=dict(enumerate([*memory.files, *files], start=before + 1)),
    )


def _fields(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the form's fields by custom_id; each stands inside a label."""
    fields: list[Mapping[str, Any]] = [label["component"] for label in data["components"] if "component" in label]
    return {str(field["custom_id"]): field for field in fields}
