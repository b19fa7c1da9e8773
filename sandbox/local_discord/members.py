"""What members do: type commands, press, fill in, upload, delete. Discord's client refuses some of it."""

import copy
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from sandbox.json_values import JsonList, JsonObject, as_object, objects_in
from sandbox.local_discord.cdn import Cdn
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.command_forms import CHAT_INPUT, MESSAGE_MENU, USER, USER_MENU
from sandbox.local_discord.commands import CommandRegistry
from sandbox.local_discord.component_forms import LINK_STYLE, PREMIUM_STYLE, SELECTS, ComponentType
from sandbox.local_discord.components import walk
from sandbox.local_discord.interactions import Interaction, Interactions, InteractionType
from sandbox.local_discord.member_input import ActRefusedError, MemberInput
from sandbox.local_discord.message_forms import MAX_ATTACHMENTS
from sandbox.local_discord.messages import Messages
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.permissions import ALL, Permission
from sandbox.local_discord.world import MESSAGE_TYPES, THREAD_TYPES, Attachment, Channel, Message, User, World


class Members:
    """Acts in the name of users; every act raises `ActRefusedError` where Discord's client would not allow it."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        cdn: Cdn,
        payloads: Payloads,
        commands: CommandRegistry,
        messages: Messages,
        interactions: Interactions,
    ) -> None:
        self._world = world
        self._clock = clock
        self._cdn = cdn
        self._payloads = payloads
        self._commands = commands
        self._messages = messages
        self._interactions = interactions
        self._uploads: dict[int, dict[int, Attachment]] = {}

    def user(self, name_or_id: str) -> User:
        """Return the user; raises `ActRefusedError`."""
        user = self._world.user_called(name_or_id)
        if user is None:
            raise ActRefusedError(f"There is no user {name_or_id}.")
        return user

    def channel(self, user: User, channel_id: object) -> Channel:
        """Return a channel the user sees and can be written in; raises `ActRefusedError`."""
        channel = self._world.channels.get(int(str(channel_id))) if str(channel_id).isdigit() else None
        if channel is None or not self._may(user, channel, Permission.VIEW_CHANNEL):
            raise ActRefusedError(f"{user.name} sees no channel {channel_id}.")
        if channel.type not in MESSAGE_TYPES:
            raise ActRefusedError("There are no messages in this channel.")
        return channel

    def _may(self, user: User, channel: Channel, permission: Permission) -> bool:
        return bool(self._payloads.permissions_in(channel, user.id) & permission)

    def message(self, user: User, channel: Channel, message_id: object) -> Message:
        """Return a message the user sees; raises `ActRefusedError`."""
        message = channel.messages.get(int(str(message_id))) if str(message_id).isdigit() else None
        if message is None or message.dismissed or message.visible_to not in (None, user.id):
            raise ActRefusedError("That message is not there any more.")
        return message

    async def upload(self, user: User, body: AsyncIterator[bytes], filename: str) -> Attachment:
        """Take a file for a later command or modal."""
        received = await self._cdn.receive(body, filename)
        folder_id = self._world.application_id
        attachment = await self._cdn.attach(received, channel_id=folder_id, folder="ephemeral-attachments")
        self._uploads.setdefault(user.id, {})[attachment.id] = attachment
        return attachment

    def slash(
        self, user: User, channel: Channel, command: str, options: Mapping[str, Any], *, forged: bool = False
    ) -> Interaction:
        """Use a slash command; `command` may hold group and subcommand after spaces.

        `forged`: as a client would that has not heard yet that the command is not for this member any more.
        """
        name, *path = command.split()
        found = self._usable(user, channel, name, CHAT_INPUT, forged=forged)
        given = self._input(user, channel)
        data = self._command_data(found, given, given.command_options(found, path, options))
        return self._interactions.start(InteractionType.COMMAND, user, channel, data)

    def menu(
        self, user: User, channel: Channel, command: str, *, target_id: str, on_message: bool, forged: bool = False
    ) -> Interaction:
        """Use a command of the Apps menu on a message or a user; `forged` as with `slash`."""
        found = self._usable(user, channel, command, MESSAGE_MENU if on_message else USER_MENU, forged=forged)
        given = self._input(user, channel)
        if on_message:
            message = self.message(user, channel, target_id)
            given.resolved["messages"] = {str(message.id): self._payloads.message(message)}
        else:
            given.entity(USER, "The user", target_id)
        data = {**self._command_data(found, given, []), "target_id": target_id}
        return self._interactions.start(InteractionType.COMMAND, user, channel, data)

    def autocomplete(
        self, user: User, channel: Channel, command: str, options: Mapping[str, Any], focused: str
    ) -> Interaction:
        """Ask for suggestions while typing the option `focused`; the other values need not be complete."""
        name, *path = command.split()
        found = self._usable(user, channel, name, CHAT_INPUT)
        declared = copy.deepcopy(found)
        leaf = declared
        for step in path:
            leaf = next((entry for entry in objects_in(leaf.get("options")) if entry["name"] == step), declared)
        offered = [entry for entry in objects_in(leaf.get("options")) if entry["name"] == focused]
        if not offered or not offered[0].get("autocomplete"):
            raise ActRefusedError(f"{focused} does not suggest anything.")
        for entry in objects_in(leaf.get("options")):
            entry["required"] = False
            entry.pop("min_length", None)
        given = self._input(user, channel)
        listed = given.command_options(declared, path, options)
        _focus(listed, focused)
        data = self._command_data(found, given, listed)
        return self._interactions.start(InteractionType.AUTOCOMPLETE, user, channel, data)

    def _usable(self, user: User, channel: Channel, name: str, kind: int, *, forged: bool = False) -> JsonObject:
        command = self._commands.usable(name, kind, channel.guild_id)
        if command is None:
            raise ActRefusedError(f"There is no command {name}.")
        permissions = self._payloads.permissions_in(channel, user.id)
        if not permissions & Permission.USE_APPLICATION_COMMANDS:
            raise ActRefusedError("You do not have permission to use commands here.")
        contexts = command.get("contexts")
        context = 1 if channel.guild_id is None else 0
        if (contexts is not None and context not in contexts) or (context == 1 and not command["dm_permission"]):
            raise ActRefusedError(f"The command {name} cannot be used here.")
        if channel.guild_id is not None and permissions != ALL and not forged:
            self._require_permitted(user, channel, command, permissions)
        return command

    def _require_permitted(self, user: User, channel: Channel, command: JsonObject, permissions: int) -> None:
        """What administrators said of the member's roles goes before the command's own default."""
        guild, name = self._world.guilds[channel.guild_id or 0], str(command["name"])
        role_ids = [*guild.members[user.id].role_ids, guild.id]
        said = [
            guild.command_permissions[name, role_id]
            for role_id in role_ids
            if (name, role_id) in guild.command_permissions
        ]
        needed = command.get("default_member_permissions")
        allowed = any(said) if said else needed is None or (int(needed) != 0 and not int(needed) & ~permissions)
        if not allowed:
            raise ActRefusedError(f"You do not have permission to use {name}.")

    def _input(self, user: User, channel: Channel) -> MemberInput:
        guild = self._world.guild_of(channel)
        limit = max(user.upload_limit_bytes, guild.upload_limit_bytes if guild else 0)
        return MemberInput(
            self._world,
            self._payloads,
            self._cdn,
            self._clock,
            channel=channel,
            uploads=self._uploads.get(user.id, {}),
            file_limit_bytes=limit,
        )

    @staticmethod
    def _command_data(command: JsonObject, given: MemberInput, options: JsonList) -> JsonObject:
        data: JsonObject = {"id": command["id"], "name": command["name"], "type": command["type"]}
        if options:
            data["options"] = options
        if given.resolved:
            data["resolved"] = given.resolved
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data

    def forge_click(self, user: User, channel: Channel, message_id: object, custom_id: str) -> Interaction:
        """Press a button that is not there, or on another member's private message: what no client lets one do."""
        wanted = int(str(message_id)) if str(message_id).isdigit() else 0
        message = channel.messages.get(wanted)
        if message is None:
            raise ActRefusedError("That message is not there any more.")
        button: JsonObject = {"type": int(ComponentType.BUTTON), "id": 2, "style": 2, "label": "forged"}
        button["custom_id"] = custom_id
        row: JsonObject = {"type": int(ComponentType.ACTION_ROW), "id": 1, "components": [button]}
        data: JsonObject = {"custom_id": custom_id, "component_type": int(ComponentType.BUTTON), "id": 2}
        # Libraries look for the button on the message; only the one that they are told of has it.
        told = replace(message, components=[row])
        return self._interactions.start(InteractionType.COMPONENT, user, channel, data, source=told)

    def click(self, user: User, channel: Channel, message_id: object, custom_id: str, values: object) -> Interaction:
        """Press a button or choose in a select of a message."""
        message = self.message(user, channel, message_id)
        component = _pressable(message.components, custom_id)
        data: JsonObject = {"custom_id": custom_id, "component_type": component["type"], "id": component["id"]}
        if component["type"] in SELECTS:
            given = self._input(user, channel)
            # `required` means something in modals only.
            data["values"] = given.selected({**component, "required": True}, values)
            if given.resolved:
                data["resolved"] = given.resolved
        return self._interactions.start(InteractionType.COMPONENT, user, channel, data, source=message)

    def submit_modal(self, user: User, modal_id: object, values: Mapping[str, Any]) -> Interaction:
        """Send a modal that is open for this user; inputs not named keep what they opened with."""
        opener = self._interactions.get(int(str(modal_id))) if str(modal_id).isdigit() else None
        if opener is None or opener.modal is None or opener.user_id != user.id or opener.modal_closed:
            raise ActRefusedError("No such modal is open.")
        channel = self.channel(user, opener.channel_id)
        given = self._input(user, channel)
        components = objects_in(opener.modal["components"])
        inputs = {str(child["custom_id"]) for item in components for child in _inputs_of(item)}
        for custom_id in values:
            if custom_id not in inputs:
                raise ActRefusedError(f"The modal has no input {custom_id}.")
        submitted: JsonList = []
        for component in components:
            fields = [given.modal_field(child, values.get(str(child["custom_id"]))) for child in _inputs_of(component)]
            entry: JsonObject = {"type": component["type"], "id": component["id"]}
            if component["type"] == ComponentType.ACTION_ROW:
                entry["components"] = fields
            elif fields:
                entry["component"] = fields[0]
            submitted.append(entry)
        data: JsonObject = {"custom_id": opener.modal["custom_id"], "components": submitted, "resolved": given.resolved}
        opener.modal_closed = True
        return self._interactions.start(InteractionType.MODAL_SUBMIT, user, channel, data, source=opener.source)

    def dismiss(self, user: User, channel: Channel, message_id: object) -> None:
        """Close an ephemeral message; the bot does not hear of it."""
        message = self.message(user, channel, message_id)
        if message.visible_to != user.id:
            raise ActRefusedError("Only messages that you alone see can be dismissed.")
        message.dismissed = True
        self._messages.hide(channel, message)

    def delete(self, user: User, channel: Channel, message_id: object) -> None:
        """Delete a message of one's own or, with Manage Messages, of others."""
        message = self.message(user, channel, message_id)
        if message.author_id != user.id and not self._may(user, channel, Permission.MANAGE_MESSAGES):
            raise ActRefusedError("You may not delete this message.")
        if message.visible_to is not None:
            raise ActRefusedError("A message that only you see can be dismissed, not deleted.")
        self._messages.delete(message)

    async def say(
        self, user: User, channel: Channel, content: str, upload_ids: list[str], *, reply_to: object = None
    ) -> Message:
        """Post an ordinary message, with files uploaded before; `reply_to` is the id of a message of the channel."""
        threaded = channel.type in THREAD_TYPES
        needed = Permission.SEND_MESSAGES_IN_THREADS if threaded else Permission.SEND_MESSAGES
        if not self._may(user, channel, needed) or (channel.archived and channel.locked):
            raise ActRefusedError("You may not write here.")
        if upload_ids and not self._may(user, channel, Permission.ATTACH_FILES):
            raise ActRefusedError("You may not send files here.")
        if len(upload_ids) > MAX_ATTACHMENTS:
            raise ActRefusedError(f"A message holds {MAX_ATTACHMENTS} files at most.")
        if not content.strip() and not upload_ids:
            raise ActRefusedError("An empty message cannot be sent.")
        if len(content) > 2000:
            raise ActRefusedError("Your message is too long.")
        target = None if reply_to is None else self.message(user, channel, reply_to)
        if target is not None and target.ephemeral:
            raise ActRefusedError("A message that only you see cannot be replied to.")
        given = self._input(user, channel)
        for upload_id in upload_ids:
            given.upload("The file", upload_id)
        files = [self._uploads[user.id].pop(int(upload_id)) for upload_id in upload_ids]
        channel.archived = False
        return self._messages.say(user, channel, content, files, reply_to=target)

    def visible_messages(self, user: User, channel: Channel) -> list[JsonObject]:
        """Return the channel's messages as this user sees them, oldest first."""
        if not self._may(user, channel, Permission.READ_MESSAGE_HISTORY):
            return []
        seen = [self._payloads.seen_message(channel.messages[key], user.id) for key in sorted(channel.messages)]
        return [message for message in seen if message is not None]


def _focus(options: JsonList, name: str) -> None:
    for option in objects_in(options):
        if option["name"] == name and "value" in option:
            option["focused"] = True
        _focus(option.get("options") or [], name)


def _pressable(components: JsonList, custom_id: str) -> JsonObject:
    for placed in walk(components):
        if placed.body.get("custom_id") != custom_id:
            continue
        if placed.body.get("disabled"):
            raise ActRefusedError("That control is disabled.")
        if placed.body["type"] == ComponentType.BUTTON and placed.body["style"] in (LINK_STYLE, PREMIUM_STYLE):
            raise ActRefusedError("That button does not talk to the bot.")
        return placed.body
    raise ActRefusedError("The message has no such control any more.")


def _inputs_of(item: JsonObject) -> list[JsonObject]:
    """Return the input of a label, or of the row of old; none for a text."""
    labelled = as_object(item.get("component"))
    return [labelled] if labelled is not None else objects_in(item.get("components"))
