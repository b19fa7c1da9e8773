"""What the bot answers to an interaction: callbacks, the original response, followups."""

from typing import Any

from sandbox.json_values import JsonObject, as_object, objects_in
from sandbox.local_discord.broadcast import Broadcast
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.command_forms import CHOICE_VALUES
from sandbox.local_discord.components import check_modal_components, with_numeric_ids
from sandbox.local_discord.errors import ApiError, FormError, FormErrors, Path
from sandbox.local_discord.forms import anything, array, nullable, one_of, record, text
from sandbox.local_discord.interactions import Interaction, Interactions, InteractionType
from sandbox.local_discord.localizations import localizations
from sandbox.local_discord.message_forms import EDIT, INTERACTION_CREATE, POSTABLE_FLAGS, check_flags
from sandbox.local_discord.messages import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    REPLY,
    Incoming,
    Messages,
    Upload,
)
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.world import Message, MessageFlag, World

MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9

_ANSWERS = {
    InteractionType.COMMAND: (MESSAGE, DEFERRED_MESSAGE, MODAL),
    InteractionType.COMPONENT: (MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE, MODAL),
    InteractionType.AUTOCOMPLETE: (CHOICES,),
    InteractionType.MODAL_SUBMIT: (MESSAGE, DEFERRED_MESSAGE, DEFERRED_UPDATE, UPDATE),
}
_NEEDS_MESSAGE = (DEFERRED_UPDATE, UPDATE)
_FLAGS = POSTABLE_FLAGS | int(MessageFlag.EPHEMERAL)


class Responses:
    """Applies the rules of interaction answers."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        payloads: Payloads,
        messages: Messages,
        interactions: Interactions,
        broadcast: Broadcast,
    ) -> None:
        self._world = world
        self._clock = clock
        self._payloads = payloads
        self._messages = messages
        self._interactions = interactions
        self._broadcast = broadcast

    async def respond(self, interaction: Interaction, body: JsonObject, uploads: list[Upload]) -> JsonObject:
        """Take the first response and return what `with_response` shows; raises `ApiError`."""
        came_at_s = self._clock.now()
        kind = self._checked_type(interaction, body)
        self._open_thread(interaction)
        data = as_object(body.get("data")) or {}
        limit = self._interactions.file_limit_bytes(interaction)
        if interaction.responding:
            raise ApiError(40060)
        interaction.responding = True
        try:
            incoming = Incoming(body=data, uploads=uploads, file_limit_bytes=limit)
            message = await self._take(interaction, kind, incoming)
        except FormError as error:
            raise FormError({"data": error.errors}) from error
        finally:
            interaction.responding = False
        interaction.original_id = None if message is None else message.id
        interaction.ephemeral = message is not None and message.ephemeral
        self._interactions.responded(interaction, kind, came_at_s)
        if interaction.modal is not None:
            self._broadcast.to_member(interaction.user_id, {"type": "modal", "modal": interaction.modal})
        return self._callback_payload(interaction, message)

    async def _take(self, interaction: Interaction, kind: int, incoming: Incoming) -> Message | None:
        """Do what the answer says and return the message that is the response."""
        match kind:
            case 4:
                return await self._post(interaction, incoming)
            case 5:
                return self._defer(interaction, incoming.body)
            case 6:
                return interaction.source
            case 7:
                assert interaction.source is not None
                # Not the source itself: it may have been deleted since (10008).
                message = self._world.message(interaction.channel_id, interaction.source.id)
                return await self._messages.edit(message, incoming)
            case 8:
                interaction.choices = _checked_choices(interaction, incoming.body)
            case _:
                interaction.modal = self._modal(interaction, incoming.body)
        return None

    def _checked_type(self, interaction: Interaction, body: JsonObject) -> int:
        errors = FormErrors()
        record({"type": one_of((1, *range(4, 13))), "data": nullable(_any_object)}, required=("type",))(
            errors, (), body
        )
        errors.raise_if_any()
        kind: int = body["type"]
        allowed = _ANSWERS[interaction.type]
        if kind not in allowed or (kind in _NEEDS_MESSAGE and interaction.source is None):
            message = f"Value must be one of {{{', '.join(map(str, allowed))}}}."
            errors.add(("type",), "INTERACTION_CALLBACK_TYPE_INVALID", message)
        elif kind == DEFERRED_UPDATE and body.get("data") is not None:
            EDIT(errors, ("data",), body["data"])
        errors.raise_if_any()
        return kind

    def _open_thread(self, interaction: Interaction) -> None:
        """Make an archived thread active again; raises `ApiError` 50083 where it is locked."""
        channel = self._world.channel(interaction.channel_id)
        if channel.archived and channel.locked:
            raise ApiError(50083)
        channel.archived = False

    def _callback_payload(self, interaction: Interaction, message: Message | None) -> JsonObject:
        answer: JsonObject = {
            "id": str(interaction.id),
            "type": int(interaction.type),
            "response_message_loading": bool(message and message.loading),
            "response_message_ephemeral": bool(message and message.ephemeral),
        }
        if message is not None:
            answer["response_message_id"] = str(message.id)
        resource: JsonObject = {"type": interaction.response_type}
        if message is not None and interaction.response_type != DEFERRED_UPDATE:
            resource["message"] = self._payloads.message(message)
        return {"interaction": answer, "resource": resource}

    def _draft(self, interaction: Interaction, *, ephemeral: bool, followup_of: Message | None = None) -> Message:
        """Return an empty message from the bot that belongs to the interaction."""
        user = self._world.users[interaction.user_id]
        kind, reference = DEFAULT, None
        if followup_of is not None:
            kind, reference = REPLY, self._reference(followup_of)
        elif interaction.type == InteractionType.COMMAND:
            kind = CHAT_INPUT_COMMAND if interaction.data.get("type") == 1 else CONTEXT_MENU_COMMAND
        elif interaction.source is not None:
            kind, reference = REPLY, self._reference(interaction.source)
        metadata: JsonObject = {
            "id": str(interaction.id),
            "type": int(interaction.type),
            "user": self._payloads.user(user),
            "authorizing_integration_owners": {"0": str(interaction.guild_id or 0)},
        }
        if interaction.type == InteractionType.COMMAND:
            metadata["name"] = interaction.data["name"]
        if interaction.source is not None:
            metadata["interacted_message_id"] = str(interaction.source.id)
        return Message(
            id=self._world.snowflakes.next(),
            channel_id=interaction.channel_id,
            author_id=self._world.bot.id,
            created_at_s=self._clock.now(),
            type=kind,
            reference=reference,
            interaction=metadata,
            application_id=self._world.application_id,
            visible_to=interaction.user_id if ephemeral else None,
        )

    def _reference(self, target: Message) -> JsonObject:
        channel = self._world.channel(target.channel_id)
        reference: JsonObject = {"type": 0, "message_id": str(target.id), "channel_id": str(target.channel_id)}
        return reference if channel.guild_id is None else {**reference, "guild_id": str(channel.guild_id)}

    async def _post(
        self, interaction: Interaction, incoming: Incoming, *, followup_of: Message | None = None
    ) -> Message:
        flags = incoming.body.get("flags")
        ephemeral = isinstance(flags, int) and bool(flags & MessageFlag.EPHEMERAL)
        draft = self._draft(interaction, ephemeral=ephemeral, followup_of=followup_of)
        channel = self._world.channel(interaction.channel_id)
        return await self._messages.create(
            channel, incoming, form=INTERACTION_CREATE, draft=draft, flags_allowed=_FLAGS
        )

    def _defer(self, interaction: Interaction, data: JsonObject) -> Message:
        errors = FormErrors()
        INTERACTION_CREATE(errors, (), data)  # any message may be sent along; only whether it is ephemeral counts
        check_flags(errors, data, int(MessageFlag.EPHEMERAL))
        errors.raise_if_any()
        draft = self._draft(interaction, ephemeral=bool(data.get("flags")))
        draft.flags = MessageFlag.LOADING | (data.get("flags") or 0)
        self._messages.publish(self._world.channel(interaction.channel_id), draft)
        return draft

    def _modal(self, interaction: Interaction, data: JsonObject) -> JsonObject:
        errors = FormErrors()
        fields = {"custom_id": text(1, 100), "title": text(1, 45), "components": anything()}
        record(fields, required=tuple(fields))(errors, (), data)
        check_modal_components(errors, data.get("components"), ("components",))
        errors.raise_if_any()
        return {
            "modal_id": str(interaction.id),
            "custom_id": data["custom_id"],
            "title": data["title"],
            "components": with_numeric_ids(data["components"]),
        }

    async def edit(
        self, interaction: Interaction, message: Message, body: JsonObject, uploads: list[Upload]
    ) -> Message:
        """Edit a message through the interaction's token; raises `ApiError`."""
        if self._world.channel(message.channel_id).archived:
            raise ApiError(50083)
        limit = self._interactions.file_limit_bytes(interaction)
        edited = await self._messages.edit(message, Incoming(body=body, uploads=uploads, file_limit_bytes=limit))
        self._interactions.changed(interaction)
        return edited

    def delete(self, interaction: Interaction, message: Message) -> None:
        """Delete a message through the interaction's token."""
        self._messages.delete(message)
        self._interactions.changed(interaction)

    async def follow_up(self, interaction: Interaction, body: JsonObject, uploads: list[Upload]) -> Message:
        """Post a followup; the first one after a deferred response becomes that response, as Discord does."""
        self._open_thread(interaction)
        limit = self._interactions.file_limit_bytes(interaction)
        incoming = Incoming(body=body, uploads=uploads, file_limit_bytes=limit)
        channel = self._world.channel(interaction.channel_id)
        original = channel.messages.get(interaction.original_id or 0)
        if original is not None and original.loading:
            return await self.edit(interaction, original, body, uploads)
        message = await self._post(interaction, incoming, followup_of=original)
        interaction.followup_ids.append(message.id)
        self._interactions.changed(interaction)
        return message


def _any_object(errors: FormErrors, path: Path, value: Any) -> None:
    if as_object(value) is None:
        errors.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")


def _checked_choices(interaction: Interaction, data: JsonObject) -> list[JsonObject]:
    errors = FormErrors()
    focused = _focused_type(interaction.data)
    choice = record(
        {"name": text(1, 100), "name_localizations": localizations(text(1, 100)), "value": CHOICE_VALUES[focused]},
        required=("name", "value"),
    )
    record({"choices": array(choice, maximum=25)}, required=("choices",))(errors, (), data)
    errors.raise_if_any()
    return objects_in(data["choices"])


def _focused_type(data: JsonObject) -> int:
    for option in objects_in(data.get("options")):
        if option.get("focused"):
            return int(option["type"])
        if option.get("options"):
            return _focused_type(option)
    raise ApiError(50035)
