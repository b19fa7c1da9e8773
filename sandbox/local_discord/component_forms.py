"""The fields of every component, with Discord's limits (its OpenAPI document, read 2026-11)."""

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import Any

from sandbox.json_values import as_object, objects_in
from sandbox.local_discord.errors import FormErrors, Path
from sandbox.local_discord.forms import (
    Check,
    anything,
    array,
    boolean,
    integer,
    nullable,
    one_of,
    record,
    snowflake,
    text,
    union,
    url,
)


class ComponentType(IntEnum):
    """Discord's numbers of components."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        ComponentType.STRING_SELECT,
        ComponentType.USER_SELECT,
        ComponentType.ROLE_SELECT,
        ComponentType.MENTIONABLE_SELECT,
        ComponentType.CHANNEL_SELECT,
    }
)
LINK_STYLE = 5
PREMIUM_STYLE = 6


def modal_component(errors: FormErrors, path: Path, value: Any) -> None:
    """A label, a text, or the row of old around one text input, which then carries its own label."""
    forms = {kind: _FORMS[kind] for kind in _MODAL_TOP_LEVEL}
    union({**forms, ComponentType.ACTION_ROW: _text_input_row})(errors, path, value)


def _text_input_row(errors: FormErrors, path: Path, value: Any) -> None:
    children = array(component({ComponentType.TEXT_INPUT}), minimum=1, maximum=1)
    _form(("components",), components=children)(errors, path, value)
    for index, child in enumerate(objects_in((as_object(value) or {}).get("components"))):
        if not child.get("label"):
            errors.add((*path, "components", index, "label"), "BASE_TYPE_REQUIRED", "This field is required")


def component(allowed: Collection[ComponentType]) -> Check:
    """A component of one of these types; which types may stand where is Discord's nesting rule."""

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        union({kind: _FORMS[kind] for kind in allowed})(errors, path, value)

    return check


def _form(needed: tuple[str, ...] = (), /, **fields: Check) -> Check:
    return record({"type": anything(), "id": nullable(integer(0, 2**31 - 1)), **fields}, required=needed)


_EMOJI_FIELDS = record(
    {"id": nullable(snowflake()), "name": text(1, 32), "animated": nullable(boolean())}, required=("name",)
)


def _emoji(errors: FormErrors, path: Path, value: Any) -> None:
    """One of Unicode's emoji: nobody has uploaded another one here."""
    _EMOJI_FIELDS(errors, path, value)
    body = as_object(value) or {}
    name, uploaded = body.get("name"), body.get("id") is not None
    if isinstance(name, str) and (uploaded or name.isascii()):
        errors.add((*path, "id" if uploaded else "name"), "COMPONENT_INVALID_EMOJI", "Invalid emoji")


_MEDIA = record({"url": url(2048)}, required=("url",))
_ATTACHED_FILE = record({"url": url(2048, schemes=("attachment",))}, required=("url",))
_CUSTOM_ID = text(1, 100)
_OPTION = {
    "label": text(1, 100),
    "value": text(1, 100),
    "description": nullable(text(0, 100)),
    "default": nullable(boolean()),
}
_SELECT: Mapping[str, Check] = {
    "custom_id": _CUSTOM_ID,
    "placeholder": nullable(text(0, 150)),
    "min_values": nullable(integer(0, 25)),
    "max_values": nullable(integer(1, 25)),
    "disabled": nullable(boolean()),
    "required": nullable(boolean()),
}
# Discord's channel types, those that hold no messages included.
CHANNEL_TYPES = nullable(array(one_of((0, 1, 2, 3, 4, 5, *range(10, 16))), distinct=True))


def _choosable(form: Check, *, all_by_default: bool = False) -> Check:
    """An input that can be answered: not more to choose than there is, not more chosen before than may be.

    `all_by_default`: without `max_values` every option may be chosen, not one.
    """

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        form(errors, path, value)
        body = as_object(value) or {}
        options = objects_in(body.get("options"))
        lowest = _whole(body.get("min_values"), 1)
        highest = _whole(body.get("max_values"), len(options) if all_by_default else 1)
        if lowest > highest:
            errors.add((*path, "min_values"), "COMPONENT_VALUES_RANGE", "min_values is larger than max_values")
        if options and highest > len(options):
            message = f"Must be between {highest} and 25 in length."
            errors.add((*path, "options"), "BASE_TYPE_BAD_LENGTH", message)
        chosen = [option for option in options if option.get("default")] or objects_in(body.get("default_values"))
        if len(chosen) > highest:
            errors.add(path, "SELECT_COMPONENT_TOO_MANY_DEFAULTS", f"Must have {highest} or fewer default values.")

    return check


def _whole(value: object, absent: int) -> int:
    """Return a whole number of a body as it is, `absent` for whatever is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else absent


def _auto_select(*kinds: str, **more: Check) -> Check:
    entry = record({"id": snowflake(), "type": one_of(kinds)}, required=("id", "type"))
    defaults = nullable(array(entry, maximum=25))
    return _choosable(_form(("custom_id",), **_SELECT, default_values=defaults, **more))


def _options(extra: Mapping[str, Check], *, minimum: int, maximum: int) -> Check:
    entry = record({**_OPTION, **extra}, required=("label", "value"))
    distinct = array(entry, minimum=minimum, maximum=maximum)

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        distinct(errors, path, value)
        seen: set[str] = set()
        for index, option in enumerate(objects_in(value)):
            if str(option.get("value")) in seen:
                message = "The specified option value is already used"
                errors.add((*path, index, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)
            seen.add(str(option.get("value")))

    return check


_BUTTON = _form(
    ("style",),
    custom_id=nullable(_CUSTOM_ID),
    style=one_of(range(1, 7)),
    label=nullable(text(0, 80)),
    disabled=nullable(boolean()),
    url=nullable(url(512, schemes=("http", "https", "discord"))),
    sku_id=nullable(snowflake()),
    emoji=nullable(_emoji),
)


def _button(errors: FormErrors, path: Path, value: Any) -> None:
    _BUTTON(errors, path, value)
    body = as_object(value) or {}
    match body.get("style"):
        case 5:
            needed, refused = "url", ("custom_id", "sku_id")
        case 6:
            needed, refused = "sku_id", ("custom_id", "url", "label", "emoji")
        case _:
            needed, refused = "custom_id", ("url", "sku_id")
    if body.get(needed) is None:
        errors.add((*path, needed), "BASE_TYPE_REQUIRED", "This field is required")
    for name in refused:
        if body.get(name) is not None:
            message = f"A button of this style cannot have {name}"
            errors.add((*path, name), "BUTTON_COMPONENT_INVALID_FIELD", message)
    if body.get("style") != PREMIUM_STYLE and not body.get("label") and not body.get("emoji"):
        message = "A button needs a label or an emoji"
        errors.add((*path, "label"), "BASE_TYPE_REQUIRED", message)


_TEXT_INPUT = _form(
    ("custom_id", "style"),
    custom_id=_CUSTOM_ID,
    style=one_of((1, 2)),
    label=nullable(text(1, 45)),
    value=nullable(text(0, 4000)),
    placeholder=nullable(text(0, 100)),
    required=nullable(boolean()),
    min_length=nullable(integer(0, 4000)),
    max_length=nullable(integer(1, 4000)),
)


def _text_input(errors: FormErrors, path: Path, value: Any) -> None:
    """A text input that can be filled in, and that may be sent as it opens."""
    _TEXT_INPUT(errors, path, value)
    body = as_object(value) or {}
    lowest, highest = _whole(body.get("min_length"), 0), _whole(body.get("max_length"), 4000)
    if lowest > highest:
        errors.add((*path, "min_length"), "COMPONENT_VALUES_RANGE", "min_length is larger than max_length")
    if isinstance(body.get("value"), str) and len(body["value"]) > highest:
        errors.add((*path, "value"), "BASE_TYPE_MAX_LENGTH", f"Must be {highest} or fewer in length.")


_ROW_CHILDREN = SELECTS | {ComponentType.BUTTON}


def _action_row(errors: FormErrors, path: Path, value: Any) -> None:
    """Up to five buttons, or one select alone."""
    _form(("components",), components=array(component(_ROW_CHILDREN), minimum=1, maximum=5))(errors, path, value)
    children = objects_in((as_object(value) or {}).get("components"))
    if len(children) > 1 and any(child.get("type") in tuple(SELECTS) for child in children):
        message = "The specified component exceeds the maximum width"
        errors.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)


CONTAINER_CHILDREN = frozenset(
    {
        ComponentType.ACTION_ROW,
        ComponentType.SECTION,
        ComponentType.TEXT_DISPLAY,
        ComponentType.MEDIA_GALLERY,
        ComponentType.FILE,
        ComponentType.SEPARATOR,
    }
)
V2_TOP_LEVEL = CONTAINER_CHILDREN | {ComponentType.CONTAINER}
V1_TOP_LEVEL = frozenset({ComponentType.ACTION_ROW})
_MODAL_TOP_LEVEL = frozenset({ComponentType.LABEL, ComponentType.TEXT_DISPLAY})
_LABEL_CHILDREN = SELECTS | {
    ComponentType.TEXT_INPUT,
    ComponentType.FILE_UPLOAD,
    ComponentType.RADIO_GROUP,
    ComponentType.CHECKBOX_GROUP,
    ComponentType.CHECKBOX,
}
_DESCRIPTION = nullable(text(1, 1024))

_FORMS: Mapping[ComponentType, Check] = {
    ComponentType.ACTION_ROW: _action_row,
    ComponentType.BUTTON: _button,
    ComponentType.STRING_SELECT: _choosable(
        _form(("custom_id", "options"), **_SELECT, options=_options({"emoji": nullable(_emoji)}, minimum=1, maximum=25))
    ),
    ComponentType.TEXT_INPUT: _text_input,
    ComponentType.USER_SELECT: _auto_select("user"),
    ComponentType.ROLE_SELECT: _auto_select("role"),
    ComponentType.MENTIONABLE_SELECT: _auto_select("user", "role"),
    ComponentType.CHANNEL_SELECT: _auto_select("channel", channel_types=CHANNEL_TYPES),
    ComponentType.SECTION: _form(
        ("components", "accessory"),
        components=array(component({ComponentType.TEXT_DISPLAY}), minimum=1, maximum=3),
        accessory=component({ComponentType.BUTTON, ComponentType.THUMBNAIL}),
    ),
    ComponentType.TEXT_DISPLAY: _form(("content",), content=text(1, 4000)),
    ComponentType.THUMBNAIL: _form(("media",), media=_MEDIA, description=_DESCRIPTION, spoiler=nullable(boolean())),
    ComponentType.MEDIA_GALLERY: _form(
        ("items",),
        items=array(
            record({"media": _MEDIA, "description": _DESCRIPTION, "spoiler": nullable(boolean())}, required=("media",)),
            minimum=1,
            maximum=10,
        ),
    ),
    ComponentType.FILE: _form(("file",), file=_ATTACHED_FILE, spoiler=nullable(boolean())),
    ComponentType.SEPARATOR: _form(spacing=nullable(one_of((1, 2))), divider=nullable(boolean())),
    ComponentType.CONTAINER: _form(
        ("components",),
        components=array(component(CONTAINER_CHILDREN), minimum=1, maximum=40),
        accent_color=nullable(integer(0, 0xFFFFFF)),
        spoiler=nullable(boolean()),
    ),
    ComponentType.LABEL: _form(
        ("label", "component"),
        label=text(1, 45),
        description=nullable(text(1, 100)),
        component=component(_LABEL_CHILDREN),
    ),
    ComponentType.FILE_UPLOAD: _choosable(
        _form(
            ("custom_id",),
            custom_id=_CUSTOM_ID,
            min_values=nullable(integer(0, 10)),
            max_values=nullable(integer(1, 10)),
            required=nullable(boolean()),
            file_types=nullable(array(text(1, 100), maximum=10)),
        )
    ),
    ComponentType.RADIO_GROUP: _choosable(
        _form(
            ("custom_id", "options"),
            custom_id=_CUSTOM_ID,
            required=nullable(boolean()),
            options=_options({}, minimum=2, maximum=10),
        )
    ),
    ComponentType.CHECKBOX_GROUP: _choosable(
        _form(
            ("custom_id", "options"),
            custom_id=_CUSTOM_ID,
            min_values=nullable(integer(0, 10)),
            max_values=nullable(integer(1, 10)),
            required=nullable(boolean()),
            options=_options({}, minimum=1, maximum=10),
        ),
        all_by_default=True,
    ),
    ComponentType.CHECKBOX: _form(("custom_id",), custom_id=_CUSTOM_ID, default=nullable(boolean())),
}
