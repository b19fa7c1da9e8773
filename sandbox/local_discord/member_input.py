"""What a member typed or picked, checked as Discord's client does and put as interactions carry it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.json_values import JsonList, JsonObject, as_list, objects_in
from sandbox.local_discord.cdn import EPHEMERAL_LIFETIME_S, Cdn
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.command_forms import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    SUBCOMMAND_GROUP,
    USER,
)
from sandbox.local_discord.component_forms import ComponentType
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.snowflakes import created_at_s
from sandbox.local_discord.world import Attachment, Channel, World


class ActRefusedError(Exception):
    """Discord's own client would not let the member do this; the text says why in plain words."""


class MemberInput:
    """Turns one member's values into the `data` of one interaction, collecting `resolved`."""

    def __init__(
        self,
        world: World,
        payloads: Payloads,
        cdn: Cdn,
        clock: Clock,
        *,
        channel: Channel,
        uploads: Mapping[int, Attachment],
        file_limit_bytes: int,
    ) -> None:
        self._world = world
        self._payloads = payloads
        self._cdn = cdn
        self._clock = clock
        self._channel = channel
        self._uploads = uploads
        self._file_limit_bytes = file_limit_bytes
        self.resolved: dict[str, JsonObject] = {}

    def command_options(self, command: JsonObject, path: list[str], values: Mapping[str, Any]) -> JsonList:
        """Return `options` for a command; `path` holds the names of group and subcommand."""
        declared = objects_in(command.get("options"))
        if path:
            branch = self._branch(declared, path[0])
            inner = self.command_options(branch, path[1:], values)
            return [{"name": branch["name"], "type": branch["type"], "options": inner}]
        if any(option["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP) for option in declared):
            raise ActRefusedError(f"/{command['name']} needs one of its subcommands.")
        known = {option["name"]: option for option in declared}
        for name in values:
            if name not in known:
                raise ActRefusedError(f"/{command['name']} has no option {name}.")
        for option in declared:
            if option.get("required") and values.get(option["name"]) in (None, ""):
                raise ActRefusedError(f"The option {option['name']} is required.")
        return [
            {"name": name, "type": known[name]["type"], "value": self._option_value(known[name], value)}
            for name, value in values.items()
            if value is not None
        ]

    @staticmethod
    def _branch(declared: list[JsonObject], name: str) -> JsonObject:
        for option in declared:
            if option["name"] == name and option["type"] in (SUBCOMMAND, SUBCOMMAND_GROUP):
                return option
        raise ActRefusedError(f"There is no subcommand {name}.")

    def _option_value(self, option: JsonObject, value: Any) -> Any:
        kind: int = option["type"]
        choices = objects_in(option.get("choices"))
        if choices and value not in [choice["value"] for choice in choices]:
            raise ActRefusedError(f"{option['name']} must be one of its choices.")
        match kind:
            case 3:
                return _checked_string(option, value)
            case 4 | 10:
                return _checked_number(option, value)
            case 5:
                if not isinstance(value, bool):
                    raise ActRefusedError(f"{option['name']} must be true or false.")
                return value
            case 11:
                return self.upload(option["name"], value)
            case _:
                return self.entity(kind, option["name"], value, channel_types=option.get("channel_types"))

    def upload(self, name: str, value: Any) -> str:
        """Resolve an upload of this member and return its id."""
        attachment = self._uploads.get(int(value)) if str(value).isdigit() else None
        if attachment is None or self._clock.now() > created_at_s(attachment.id) + EPHEMERAL_LIFETIME_S:
            raise ActRefusedError(f"{name} must be a file you uploaded.")
        if attachment.size_bytes > self._file_limit_bytes:
            limit = self._file_limit_bytes // 1024 // 1024
            raise ActRefusedError(f"Your files are too powerful: {attachment.filename} is over {limit} MB.")
        self.resolved.setdefault("attachments", {})[str(attachment.id)] = self._cdn.payload(attachment)
        return str(attachment.id)

    def entity(self, kind: int, name: str, value: Any, *, channel_types: Sequence[int] | None = None) -> str:
        """Resolve a user, role or channel of this guild and return its id; no `channel_types` means all of them."""
        found = int(value) if str(value).isdigit() else 0
        guild = self._world.guild_of(self._channel)
        if kind in (USER, MENTIONABLE) and found in self._world.users:
            self.resolved.setdefault("users", {})[str(found)] = self._payloads.user(self._world.users[found])
            if guild is not None and found in guild.members:
                self._resolve_member(found)
            return str(found)
        if kind in (ROLE, MENTIONABLE) and guild is not None and found in guild.roles:
            self.resolved.setdefault("roles", {})[str(found)] = self._payloads.role(guild.roles[found])
            return str(found)
        if kind == CHANNEL and guild is not None and found in guild.channels:
            if channel_types and guild.channels[found].type not in channel_types:
                raise ActRefusedError(f"{name} takes no channel of this type.")
            channel = self._payloads.channel(guild.channels[found])
            self.resolved.setdefault("channels", {})[str(found)] = {**channel, "permissions": "0"}
            return str(found)
        raise ActRefusedError(f"{name} names nothing that exists here.")

    def _resolve_member(self, user_id: int) -> None:
        guild = self._world.guild_of(self._channel)
        assert guild is not None
        member = self._payloads.member(guild.members[user_id])
        del member["user"]
        member["permissions"] = str(self._payloads.permissions_in(self._channel, user_id))
        self.resolved.setdefault("members", {})[str(user_id)] = member

    def selected(self, component: JsonObject, values: object) -> list[str]:
        """Return the values picked in a select of any kind."""
        picked = [str(value) for value in as_list(values) or []]
        if len(set(picked)) != len(picked):
            raise ActRefusedError("Each of them can be chosen once.")
        _check_count(component, len(picked), default_minimum=1)
        kind = component["type"]
        if kind == ComponentType.STRING_SELECT:
            offered = [option["value"] for option in objects_in(component["options"])]
            if any(value not in offered for value in picked):
                raise ActRefusedError("That is not among the options of this select.")
            return picked
        channel_types = component.get("channel_types")
        entity = _SELECT_ENTITIES[kind]
        return [self.entity(entity, "The selection", value, channel_types=channel_types) for value in picked]

    def modal_field(self, component: JsonObject, value: Any) -> JsonObject:
        """Return one input of a submitted modal."""
        kind, name = component["type"], str(component["custom_id"])
        answer: JsonObject = {"type": kind, "id": component["id"], "custom_id": name}
        match kind:
            case ComponentType.TEXT_INPUT:
                return {**answer, "value": _modal_text(component, value)}
            case ComponentType.FILE_UPLOAD:
                files = as_list(value) or []
                _check_count(component, len(files), default_minimum=1)
                return {**answer, "values": [self.upload(name, upload) for upload in files]}
            case ComponentType.CHECKBOX:
                return {**answer, "value": bool(component.get("default") if value is None else value)}
            case ComponentType.RADIO_GROUP:
                return {**answer, "value": _radio_value(component, value)}
            case ComponentType.CHECKBOX_GROUP:
                picked = [str(entry) for entry in as_list(_or_defaults(component, value)) or []]
                _check_count(component, len(picked), default_minimum=1)
                if any(entry not in _offered(component) for entry in picked):
                    raise ActRefusedError(f"{name} must be some of its options.")
                return {**answer, "values": picked}
            case _:
                return {**answer, "values": self.selected(component, _or_defaults(component, value))}


_SELECT_ENTITIES = {
    ComponentType.USER_SELECT: USER,
    ComponentType.ROLE_SELECT: ROLE,
    ComponentType.MENTIONABLE_SELECT: MENTIONABLE,
    ComponentType.CHANNEL_SELECT: CHANNEL,
}
VALUE_KINDS = frozenset({STRING, INTEGER, BOOLEAN, NUMBER, ATTACHMENT})


def _checked_string(option: JsonObject, value: Any) -> str:
    if not isinstance(value, str):
        raise ActRefusedError(f"{option['name']} must be text.")
    lowest, highest = option.get("min_length") or 0, option.get("max_length") or 6000
    if not lowest <= len(value) <= highest:
        raise ActRefusedError(f"{option['name']} must be {lowest} to {highest} characters long.")
    return value


def _checked_number(option: JsonObject, value: Any) -> int | float:
    accepted = int if option["type"] == INTEGER else (int, float)
    if isinstance(value, bool) or not isinstance(value, accepted):
        raise ActRefusedError(f"{option['name']} must be a number.")
    lowest, highest = option.get("min_value"), option.get("max_value")
    if (lowest is not None and value < lowest) or (highest is not None and value > highest):
        raise ActRefusedError(f"{option['name']} must be between {lowest} and {highest}.")
    return value


def _check_count(component: JsonObject, count: int, *, default_minimum: int) -> None:
    required = component.get("required", True)
    lowest = component.get("min_values")
    lowest = default_minimum if lowest is None else lowest
    highest = component.get("max_values") or (10 if component["type"] == ComponentType.CHECKBOX_GROUP else 1)
    if count == 0 and not required:
        return
    if not lowest <= count <= highest:
        raise ActRefusedError(f"{component['custom_id']} takes {lowest} to {highest}, not {count}.")


def _modal_text(component: JsonObject, value: Any) -> str:
    typed = str(component.get("value") or "") if value is None else str(value)
    if not typed and component.get("required", True):
        raise ActRefusedError(f"{component['custom_id']} is required.")
    lowest, highest = component.get("min_length") or 0, component.get("max_length") or 4000
    if typed and not lowest <= len(typed) <= highest:
        raise ActRefusedError(f"{component['custom_id']} must be {lowest} to {highest} characters long.")
    return typed


def _offered(component: JsonObject) -> list[str]:
    return [option["value"] for option in objects_in(component["options"])]


def _or_defaults(component: JsonObject, value: Any) -> Any:
    """Return what the member picked, or what the modal opened with."""
    if value is not None:
        return value
    if "default_values" in component:
        return [entry["id"] for entry in objects_in(component["default_values"])]
    return [option["value"] for option in objects_in(component.get("options")) if option.get("default")]


def _radio_value(component: JsonObject, value: Any) -> str | None:
    picked = next(iter(_or_defaults(component, None)), None) if value is None else str(value)
    if picked is None and component.get("required", True):
        raise ActRefusedError(f"{component['custom_id']} is required.")
    if picked is not None and picked not in _offered(component):
        raise ActRefusedError(f"{component['custom_id']} must be one of its options.")
    return picked
