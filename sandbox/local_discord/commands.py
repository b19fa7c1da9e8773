"""Application commands: what may be registered, and what is."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sandbox.json_values import JsonList, JsonObject, as_list, as_object, objects_in
from sandbox.local_discord.errors import ApiError, FormErrors, Path
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
)
from sandbox.local_discord.snowflakes import Snowflakes

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
LIMIT_BY_TYPE: Mapping[int, int] = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
MAX_COMMAND_TEXT = 8000
SUBCOMMAND, SUBCOMMAND_GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(3, 12)


def slash_name(errors: FormErrors, path: Path, value: Any) -> None:
    """A name as Discord wants it: 1-32 lower-case letters, digits, `-`, `_` or `'`."""
    text(1, 32)(errors, path, value)
    if isinstance(value, str) and (
        value != value.lower() or not all(letter.isalnum() or letter in "-_'" for letter in value)
    ):
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _localizations(entry: Check) -> Check:
    def check(errors: FormErrors, path: Path, value: Any) -> None:
        for locale, translated in (as_object(value) or {}).items():
            nullable(entry)(errors, (*path, locale), translated)

    return nullable(check)


_CHOICE_VALUES: Mapping[int, Check] = {
    STRING: text(1, 100),
    INTEGER: integer(-(2**53), 2**53),
    NUMBER: number(),
}


def _choices(kind: int) -> Check:
    choice = record(
        {
            "name": text(1, 100),
            "name_localizations": _localizations(text(1, 100)),
            "value": _CHOICE_VALUES[kind],
        },
        required=("name", "value"),
    )
    return nullable(array(choice, maximum=25))


_OPTION_BASE: Mapping[str, Check] = {
    "type": integer(1, 11),
    "name": slash_name,
    "name_localizations": _localizations(slash_name),
    "description": text(1, 100),
    "description_localizations": _localizations(text(1, 100)),
}
_OPTION_NEEDS = ("type", "name", "description")


def _value_option(**more: Check) -> Check:
    return record({**_OPTION_BASE, "required": nullable(boolean()), **more}, required=_OPTION_NEEDS)


_NUMERIC_RANGE = {
    INTEGER: nullable(integer(-(2**53), 2**53)),
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
    CHANNEL: _value_option(channel_types=nullable(array(integer(0, 16)))),
    ATTACHMENT: _value_option(file_types=nullable(array(text(1, 100), maximum=10))),
}


def _options(allowed: Iterable[int]) -> Check:
    """Options of these types, 25 at most, no name twice, required ones first."""
    kinds = tuple(allowed)

    def each(errors: FormErrors, path: Path, value: Any) -> None:
        kind = (as_object(value) or {}).get("type")
        if kind not in kinds:
            one_of(kinds)(errors, (*path, "type"), kind)
        elif kind in (SUBCOMMAND, SUBCOMMAND_GROUP):
            inner = _VALUE_OPTIONS if kind == SUBCOMMAND else (SUBCOMMAND,)
            fields = {**_OPTION_BASE, "options": nullable(_options(inner)), "required": nullable(boolean())}
            record(fields, required=_OPTION_NEEDS)(errors, path, value)
        else:
            _VALUE_OPTIONS[kind](errors, path, value)

    def check(errors: FormErrors, path: Path, value: Any) -> None:
        array(each, maximum=25)(errors, path, value)
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


_SHARED: Mapping[str, Check] = {
    "id": nullable(snowflake()),
    "type": nullable(one_of((CHAT_INPUT, USER_MENU, MESSAGE_MENU))),
    "name_localizations": _localizations(text(1, 32)),
    "description_localizations": _localizations(text(0, 100)),
    "default_member_permissions": nullable(snowflake()),
    "dm_permission": nullable(boolean()),
    "default_permission": nullable(boolean()),
    "nsfw": nullable(boolean()),
    "contexts": nullable(array(integer(0, 2), minimum=1, maximum=3)),
    "integration_types": nullable(array(integer(0, 1), minimum=1, maximum=2)),
}
_SLASH = record(
    {
        **_SHARED,
        "name": slash_name,
        "description": text(1, 100),
        "options": nullable(_options((SUBCOMMAND, SUBCOMMAND_GROUP, *_VALUE_OPTIONS))),
    },
    required=("name", "description"),
)
_MENU = record(
    {
        **_SHARED,
        "name": text(1, 32),
        "description": nullable(text(0, 0)),
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
    own = len(str(body.get("name") or "")) + len(str(body.get("description") or ""))
    choices = sum(
        len(str(entry.get("name"))) + len(str(entry.get("value"))) for entry in objects_in(body.get("choices"))
    )
    return own + choices + sum(_text_length(option) for option in objects_in(body.get("options")))


class CommandRegistry:
    """The commands that are synced, global ones under None and those of guilds under the guild's id."""

    def __init__(self, snowflakes: Snowflakes, application_id: int) -> None:
        self._snowflakes = snowflakes
        self._application_id = application_id
        self._by_scope: dict[int | None, list[JsonObject]] = {}

    def synced(self, guild_id: int | None = None) -> list[JsonObject]:
        return list(self._by_scope.get(guild_id, ()))

    def everything(self) -> list[JsonObject]:
        """Return all commands of all scopes, global ones first."""
        return [
            command
            for scope in sorted(self._by_scope, key=lambda scope: scope or 0)
            for command in self._by_scope[scope]
        ]

    def overwrite(self, body: object, guild_id: int | None) -> list[JsonObject]:
        """Replace all commands of a scope; raises `ApiError`."""
        listed = as_list(body)
        errors = FormErrors()
        if listed is None:
            errors.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        errors.raise_if_any()
        commands = self._checked(listed or [])
        known = {(command["type"], command["name"]): command for command in self.synced(guild_id)}
        replaced = [self._completed(command, known, guild_id) for command in commands]
        self._by_scope[guild_id] = replaced
        return replaced

    def upsert(self, body: object, guild_id: int | None) -> JsonObject:
        """Add one command or replace the one of its name; raises `ApiError`."""
        command = as_object(body) or {}
        kept = [
            known
            for known in self.synced(guild_id)
            if (known["type"], known["name"]) != ((command.get("type") or CHAT_INPUT), command.get("name"))
        ]
        errors = FormErrors()
        check_command(errors, (), command)
        errors.raise_if_any()
        self._refuse_too_many([*kept, command])
        known = {(found["type"], found["name"]): found for found in self.synced(guild_id)}
        made = self._completed(command, known, guild_id)
        self._by_scope[guild_id] = [*kept, made]
        return made

    def remove(self, command_id: int, guild_id: int | None) -> None:
        """Forget one command; raises `ApiError` 10063."""
        command = self.get(command_id, guild_id)
        self._by_scope[guild_id].remove(command)

    def get(self, command_id: int, guild_id: int | None) -> JsonObject:
        """Return one command; raises `ApiError` 10063."""
        for command in self.synced(guild_id):
            if command["id"] == str(command_id):
                return command
        raise ApiError(10063)

    def usable(self, name: str, kind: int, guild_id: int | None) -> JsonObject | None:
        """Return the command a member of this guild finds under the name; the guild's own comes first."""
        for scope in dict.fromkeys((guild_id, None)):
            for command in self.synced(scope):
                if command["name"] == name and command["type"] == kind:
                    return command
        return None

    def _checked(self, listed: JsonList) -> list[JsonObject]:
        errors = FormErrors()
        commands: list[JsonObject] = []
        seen: set[tuple[str, str]] = set()
        for index, entry in enumerate(listed):
            command = as_object(entry)
            if command is None:
                errors.add((index,), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
                continue
            check_command(errors, (index,), command)
            key = (str(command.get("type") or CHAT_INPUT), str(command.get("name")))
            if key in seen:
                message = "Application command names must be unique"
                errors.add((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
            seen.add(key)
            commands.append(command)
        self._refuse_too_many(commands)
        errors.raise_if_any()
        return commands

    def _refuse_too_many(self, commands: Sequence[JsonObject]) -> None:
        for kind, limit in LIMIT_BY_TYPE.items():
            if sum((command.get("type") or CHAT_INPUT) == kind for command in commands) > limit:
                raise ApiError(30032, message=f"Maximum number of application commands reached ({limit})")

    def _completed(
        self, body: JsonObject, known: Mapping[tuple[int, str], JsonObject], guild_id: int | None
    ) -> JsonObject:
        """Return the command as Discord answers; id and version stay where nothing changed."""
        kind = body.get("type") or CHAT_INPUT
        command: JsonObject = {
            "application_id": str(self._application_id),
            "type": kind,
            "name": body["name"],
            "name_localizations": body.get("name_localizations"),
            "description": body.get("description") or "",
            "description_localizations": body.get("description_localizations"),
            "default_member_permissions": _as_text(body.get("default_member_permissions")),
            "dm_permission": body.get("dm_permission", True),
            "nsfw": bool(body.get("nsfw")),
            "contexts": body.get("contexts"),
            "integration_types": body.get("integration_types") or [0],
        }
        if guild_id is not None:
            command["guild_id"] = str(guild_id)
        if kind == CHAT_INPUT:
            command["options"] = body.get("options") or []
        before = known.get((kind, body["name"]))
        fresh = str(self._snowflakes.next())
        if before is None:
            return {"id": fresh, "version": fresh, **command}
        same = {name: value for name, value in before.items() if name not in ("id", "version")} == command
        return {"id": before["id"], "version": before["version"] if same else fresh, **command}


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)
