"""Decoded JSON, where its shape is not known yet."""

from typing import Any, cast

JsonObject = dict[str, Any]
JsonList = list[Any]


def as_object(value: object) -> JsonObject | None:
    """Return the value if it is a JSON object."""
    return cast(JsonObject, value) if isinstance(value, dict) else None


def as_list(value: object) -> JsonList | None:
    """Return the value if it is a JSON array."""
    return cast(JsonList, value) if isinstance(value, list) else None


def objects_in(value: object) -> list[JsonObject]:
    """Return the JSON objects of an array, none where it is no array."""
    return [found for item in as_list(value) or [] if (found := as_object(item)) is not None]
