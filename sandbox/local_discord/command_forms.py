"""The bodies that register application commands, and Discord's rules about them."""

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.json_values import JsonObject, as_object, objects_in
from sandbox.local_discord.component_forms import CHANNEL_TYPES
from sandbox.local_discord.errors import FormErrors, Path
from sandbox.local_discord.forms import (
    Check,
    array,
    boolean,
    integer,
    nullable,
    number,
    one_of,
    record,
    snowflake,
    text,
    union,
)
from sandbox.local_discord.localizations import localizations, longest

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
MAX_COMMAND_TEXT = 8000
MAX_SAFE_INTEGER = 2**53 - 1
MAX_PERMISSIONS = 2**54 - 1
SUBCOMMAND, SUBCOMMAND_GROUP = _BRANCHES = (1, 2)
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)


def slash_name(errors: FormErrors, path: Path, value: Any) -> None:
    """A name as Discord wants it: 1-32 lower-case letters, digits, `-`, `_` or `'`."""
    text(1, 32)(errors, path, value)
    if isinstance(value, str) and (
        value != value.lower() or not all(letter.isalnum() or letter in "-_'" for letter in value)
    ):
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


CHOICE_VALUES: Mapping[int, Check] = {
    STRING: text(1, 100),
    INTEGER: integer(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER),
    NUMBER: number(),
}


def _choices(kind: int) -> Check:
    choice = record(
        {
            "name": text(1, 100),
            "name_localizations": localizations(text(1, 100)),
            "value": CHOICE_VALUES[kind],
        },
        required=("name", "value"),
    )
    return nullable(array(choice, maximum=25))


_OPTION_BASE: Mapping[str, Check] = {
    "type": integer(1, 11),
    "name": slash_name,
    "name_localizations": localizations(slash_name),
    "description": text(1, 100),
    "description_localizations": localizations(text(1, 100)),
}
_OPTION_NEEDS = ("type", "name", "description")


def _value_option(**more: Check) -> Check:
    form = record({**_OPTION_BASE, "required": nullable(boolean()), **more}, required=_OPTION_NEEDS)

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        form(errors, path, value)
        body = as_object(value) or {}
        if body.get("autocomplete") and body.get("choices"):
            message = "Autocomplete cannot be used with choices"
            errors.add((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_WITH_CHOICES", message)
        for least, most in (("min_length", "max_length"), ("min_value", "max_value")):
            lowest, highest = body.get(least), body.get(most)
            if isinstance(lowest, int | float) and isinstance(highest, int | float) and lowest > highest:
                message = f"{least} is larger than {most}"
                errors.add((*path, least), "APPLICATION_COMMAND_OPTIONS_RANGE_INVALID", message)

    return check


_NUMERIC_RANGE = {
    INTEGER: nullable(integer(-MAX_SAFE_INTEGER, MAX_SAFE_INTEGER)),
    NUMBER: nullable(number()),
}
_VALUE_OPTIONS: Mapping[int, Check] = {
    STRING: _value_option(
        choices=_choices(STRING),
        autocomplete=nullable(boolean()),
        min_length=nullable(integer(0, 6000)),
        max_length=nullable(integer(1, 6000)),
    ),
    **{
        kind: _value_option(choices=_choices(kind), autocomplete=nullable(boolean()), min_value=limit, max_value=limit)
        for kind, limit in _NUMERIC_RANGE.items()
    },
    **{kind: _value_option() for kind in (BOOLEAN, USER, ROLE, MENTIONABLE)},
    CHANNEL: _value_option(channel_types=CHANNEL_TYPES),
    ATTACHMENT: _value_option(file_types=nullable(array(text(1, 100), maximum=10))),
}


def _branch(kind: int) -> Check:
    inner = _VALUE_OPTIONS if kind == SUBCOMMAND else (SUBCOMMAND,)
    fields = {**_OPTION_BASE, "options": nullable(_options(inner)), "required": nullable(boolean())}
    return record(fields, required=_OPTION_NEEDS)


def _options(allowed: Iterable[int]) -> Check:
    """Options of these types, 25 at most, no name twice, required ones first."""
    forms = {kind: _branch(kind) if kind in _BRANCHES else _VALUE_OPTIONS[kind] for kind in allowed}

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        array(union(forms), maximum=25)(errors, path, value)
        branches = [option.get("type") in _BRANCHES for option in objects_in(value)]
        if any(branches) and not all(branches):
            message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
            errors.add((*path, branches.index(True)), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
        names: set[str] = set()
        optional_seen = False
        for index, option in enumerate(objects_in(value)):
            if str(option.get("name")) in names:
                message = "Option name already exists"
                errors.add((*path, index, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)
            names.add(str(option.get("name")))
            if option.get("required") and optional_seen:
                message = "Required options must be placed before non-required options"
                errors.add((*path, index), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
            optional_seen = optional_seen or not option.get("required")

    return check


def _permissions(errors: FormErrors, path: Path, value: Any) -> None:
    """A bit set, as a number or its digits."""
    integer(0, MAX_PERMISSIONS)(errors, path, int(value) if isinstance(value, str) and value.isdecimal() else value)


_SHARED: Mapping[str, Check] = {
    "id": nullable(snowflake()),
    "type": nullable(one_of((CHAT_INPUT, USER_MENU, MESSAGE_MENU))),
    "default_member_permissions": nullable(_permissions),
    "dm_permission": nullable(boolean()),
    "default_permission": nullable(boolean()),
    "nsfw": nullable(boolean()),
    "contexts": nullable(array(one_of((0, 1, 2)), minimum=1, distinct=True)),
    "integration_types": nullable(array(one_of((0, 1)), minimum=1, distinct=True)),
}
_SLASH = record(
    {
        **_SHARED,
        "name": slash_name,
        "name_localizations": localizations(slash_name),
        "description": text(1, 100),
        "description_localizations": localizations(text(1, 100)),
        "options": nullable(_options((SUBCOMMAND, SUBCOMMAND_GROUP, *_VALUE_OPTIONS))),
    },
    required=("name", "description"),
)
_MENU = record(
    {
        **_SHARED,
        "name": text(1, 32),
        "name_localizations": localizations(text(1, 32)),
        "description": nullable(text(0, 0)),
        "description_localizations": localizations(text(0, 0)),
        "options": nullable(array(record({}), maximum=0)),
    },
    required=("name",),
)


def check_command(errors: FormErrors, path: Path, body: JsonObject) -> None:
    """Add to the errors what Discord refuses in one command."""
    (_SLASH if (body.get("type") or CHAT_INPUT) == CHAT_INPUT else _MENU)(errors, path, body)
    length = _text_length(body)
    if length > MAX_COMMAND_TEXT:
        message = f"Command exceeds maximum size ({MAX_COMMAND_TEXT})"
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _text_length(body: JsonObject) -> int:
    """Return what all names, descriptions and values hold, of each the longest translation."""
    own = longest(body, "name") + longest(body, "description")
    choices = sum(longest(entry, "name") + len(str(entry.get("value"))) for entry in objects_in(body.get("choices")))
    return own + choices + sum(_text_length(option) for option in objects_in(body.get("options")))
