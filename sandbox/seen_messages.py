"""What a reader finds in a message as the control API gives it."""

from collections.abc import Sequence
from typing import Any

JsonObject = dict[str, Any]


def controls_of(message: JsonObject) -> list[JsonObject]:
    """Return every button and select of a message, in its order."""
    found: list[JsonObject] = []

    def look(components: Sequence[JsonObject]) -> None:
        for component in components:
            if component.get("custom_id") or component.get("url"):
                found.append(component)
            look(component.get("components") or ())
            if component.get("accessory"):
                look([component["accessory"]])

    look(message["components"])
    return found


def text_of(message: JsonObject) -> str:
    """Return all text of a message, content and text displays, joined by line breaks."""
    found = [message["content"]] if message["content"] else []

    def look(components: Sequence[JsonObject]) -> None:
        for component in components:
            if component.get("content"):
                found.append(component["content"])
            look(component.get("components") or ())

    look(message["components"])
    return "\n".join(found)


def media_of(message: JsonObject) -> list[JsonObject]:
    """Return the media of all galleries, each with `url`, `width`, `height`, `content_type`."""
    found: list[JsonObject] = []

    def look(components: Sequence[JsonObject]) -> None:
        for component in components:
            found.extend(item["media"] for item in component.get("items") or ())
            look(component.get("components") or ())

    look(message["components"])
    return found
