"""A file that a member attached to a command, a form or a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import discord


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """What Discord says of a file. All but its id and address are claims; only the bytes tell.

    Attributes:
        url: signed, and good for a short time only.
    """

    id: int
    filename: str
    size_bytes: int
    content_type: str | None
    url: str

    @classmethod
    def of(cls, attachment: discord.Attachment | None) -> Self | None:
        """Return the file of a command's option, None where it was left empty."""
        if attachment is None:
            return None
        return cls(
            id=attachment.id,
            filename=attachment.filename,
            size_bytes=attachment.size,
            content_type=attachment.content_type,
            url=attachment.url,
        )

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Read an attachment object; raises KeyError or ValueError where it is none."""
        return cls(
            id=int(payload["id"]),
            filename=str(payload["filename"]),
            size_bytes=int(payload["size"]),
            content_type=payload.get("content_type"),
            url=str(payload["url"]),
        )

    def payload(self) -> dict[str, Any]:
        """Return the form that `from_payload` reads."""
        return {
            "id": self.id,
            "filename": self.filename,
            "size": self.size_bytes,
            "content_type": self.content_type,
            "url": self.url,
        }
