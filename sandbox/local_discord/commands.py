"""The application commands that are registered."""

from collections.abc import Mapping, Sequence

from sandbox.json_values import JsonList, JsonObject, as_list, as_object
from sandbox.local_discord.command_forms import CHAT_INPUT, MESSAGE_MENU, USER_MENU, check_command
from sandbox.local_discord.errors import ApiError, FormErrors
from sandbox.local_discord.snowflakes import Snowflakes, created_at_s

LIMIT_BY_TYPE: Mapping[int, int] = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
CREATES_PER_DAY = 200
_DAY_S = 24 * 3600
_CHANGEABLE = (
    *("name", "name_localizations", "description", "description_localizations", "options"),
    *("default_member_permissions", "dm_permission", "nsfw", "contexts", "integration_types"),
)


class CommandRegistry:
    """The commands that are synced, global ones under None and those of guilds under the guild's id."""

    def __init__(self, snowflakes: Snowflakes, application_id: int) -> None:
        self._snowflakes = snowflakes
        self._application_id = application_id
        self._by_scope: dict[int | None, list[JsonObject]] = {}
        self._created_at_s: dict[int | None, list[float]] = {}

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
        known = {_key(command): command for command in self.synced(guild_id)}
        self._count_creates(guild_id, sum(_key(command) not in known for command in commands))
        replaced = [self._completed(command, known, guild_id) for command in commands]
        self._by_scope[guild_id] = replaced
        return replaced

    def upsert(self, body: object, guild_id: int | None) -> JsonObject:
        """Add one command or replace the one of its name; raises `ApiError`."""
        command = as_object(body) or {}
        kept = [known for known in self.synced(guild_id) if _key(known) != _key(command)]
        errors = FormErrors()
        check_command(errors, (), command)
        errors.raise_if_any()
        self._refuse_too_many([*kept, command])
        known = {_key(found): found for found in self.synced(guild_id)}
        self._count_creates(guild_id, int(_key(command) not in known))
        made = self._completed(command, known, guild_id)
        self._by_scope[guild_id] = [*kept, made]
        return made

    def change(self, command_id: int, body: JsonObject, guild_id: int | None) -> JsonObject:
        """Change what the body names of one command; raises `ApiError`."""
        before = self.get(command_id, guild_id)
        errors = FormErrors()
        for name in body:
            if name not in _CHANGEABLE:
                errors.add((name,), "UNKNOWN_FIELD", f'Unknown field "{name}".')
        errors.raise_if_any()
        kept = {name: before[name] for name in _CHANGEABLE if before.get(name) is not None}
        command = {**kept, **body, "type": before["type"]}
        check_command(errors, (), command)
        others = [known for known in self.synced(guild_id) if known is not before]
        if _key(command) in map(_key, others):
            message = "Application command names must be unique"
            errors.add(("name",), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        errors.raise_if_any()
        made = self._completed(command, {_key(command): before}, guild_id)
        self._by_scope[guild_id] = [made if known is before else known for known in self.synced(guild_id)]
        return made

    def _count_creates(self, guild_id: int | None, number: int) -> None:
        """Note new commands of a scope; raises 30034 where they are too many for one day."""
        now = created_at_s(self._snowflakes.next())
        recent = [at for at in self._created_at_s.get(guild_id, ()) if now - at < _DAY_S]
        if number and len(recent) + number > CREATES_PER_DAY:
            raise ApiError(30034)
        self._created_at_s[guild_id] = recent + [now] * number

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
        seen: set[tuple[str, ...]] = set()
        for index, entry in enumerate(listed):
            command = as_object(entry)
            if command is None:
                errors.add((index,), "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
                continue
            check_command(errors, (index,), command)
            key = tuple(map(str, _key(command)))
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
        self, body: JsonObject, known: Mapping[tuple[object, object], JsonObject], guild_id: int | None
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
        before = known.get(_key(body))
        fresh = str(self._snowflakes.next())
        if before is None:
            return {"id": fresh, "version": fresh, **command}
        same = {name: value for name, value in before.items() if name not in ("id", "version")} == command
        return {"id": before["id"], "version": before["version"] if same else fresh, **command}


def _key(command: JsonObject) -> tuple[object, object]:
    """Return what no two commands of a scope share: type and name."""
    return (command.get("type") or CHAT_INPUT, command.get("name"))


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)
