"""Interactions from the member's act to the bot's answers."""

import asyncio
import secrets
from dataclasses import dataclass, field
from enum import IntEnum

from sandbox.json_values import JsonList, JsonObject
from sandbox.local_discord.broadcast import Broadcast
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.errors import ApiError
from sandbox.local_discord.gateway import Gateway
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.snowflakes import iso_time
from sandbox.local_discord.world import Channel, Message, User, World

RESPONSE_WITHIN_S = 3.0
TOKEN_LIFETIME_S = 15 * 60.0


class InteractionType(IntEnum):
    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


@dataclass(slots=True, kw_only=True)
class Interaction:
    """One act of a member and what became of it.

    Attributes:
        source: the message whose component was used, or from which the modal came.
        original_id: the message of the first response; may be the source where that is edited.
        responding: whether a first response is being taken right now.
        failure: what Discord's client shows the member where the bot failed.
        answered: set when the bot responded or the time was over.
        settled: set when nothing is "thinking" any more.
    """

    id: int
    type: InteractionType
    token: str
    user_id: int
    channel_id: int
    guild_id: int | None
    created_at_s: float
    data: JsonObject
    source: Message | None = None
    responding: bool = False
    response_type: int | None = None
    responded_at_s: float | None = None
    original_id: int | None = None
    followup_ids: list[int] = field(default_factory=list[int])
    ephemeral: bool = False
    modal: JsonObject | None = None
    modal_closed: bool = False
    choices: JsonList | None = None
    failure: str | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def expires_at_s(self) -> float:
        return self.created_at_s + TOKEN_LIFETIME_S

    def state(self) -> JsonObject:
        """Return the interaction as the control API shows it."""
        responded_ms = None if self.responded_at_s is None else (self.responded_at_s - self.created_at_s) * 1000
        state = "failed" if self.failure else "pending" if self.response_type is None else "responded"
        return {
            "id": str(self.id),
            "type": int(self.type),
            "state": state,
            "response_type": self.response_type,
            "responded_after_ms": responded_ms,
            "failure": self.failure,
            "channel_id": str(self.channel_id),
            "message_id": None if self.original_id is None else str(self.original_id),
            "ephemeral": self.ephemeral,
            "modal": self.modal,
            "choices": self.choices,
            "followups": [str(message_id) for message_id in self.followup_ids],
            "token_expires_at": iso_time(self.expires_at_s),
        }


class Interactions:
    """Sends interactions to the bot and watches their clocks.

    Attributes:
        response_within_s: what an application has for its first response; Discord gives it three seconds.
    """

    def __init__(self, world: World, payloads: Payloads, clock: Clock, gateway: Gateway, broadcast: Broadcast) -> None:
        self._world = world
        self._payloads = payloads
        self._clock = clock
        self._gateway = gateway
        self._broadcast = broadcast
        self.response_within_s = RESPONSE_WITHIN_S
        self._by_id: dict[int, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self._timers: set[asyncio.Task[None]] = set()

    def start(
        self, kind: InteractionType, user: User, channel: Channel, data: JsonObject, *, source: Message | None = None
    ) -> Interaction:
        """Send INTERACTION_CREATE and start its time."""
        interaction = Interaction(
            id=self._world.snowflakes.next(),
            type=kind,
            token=secrets.token_urlsafe(48),
            user_id=user.id,
            channel_id=channel.id,
            guild_id=channel.guild_id,
            created_at_s=self._clock.now(),
            data=data,
            source=source,
        )
        self._by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        payload = self._payload(interaction, user, channel)
        timer = asyncio.create_task(self._watch(interaction), name=f"interaction {interaction.id}")
        self._timers.add(timer)
        timer.add_done_callback(self._timers.discard)
        self._gateway.dispatch("INTERACTION_CREATE", payload, guild_id=channel.guild_id)
        self.changed(interaction)
        return interaction

    def _payload(self, interaction: Interaction, user: User, channel: Channel) -> JsonObject:
        guild = self._world.guild_of(channel)
        payload: JsonObject = {
            "id": str(interaction.id),
            "application_id": str(self._world.application_id),
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": self._payloads.interaction_channel(channel, user),
            "app_permissions": str(self._payloads.permissions_in(channel, self._world.bot.id)),
            "locale": user.locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
            "context": 0 if guild else 1,
            "attachment_size_limit": self.file_limit_bytes(interaction),
        }
        if guild is None:
            payload["user"] = self._payloads.user(user)
        else:
            permissions = str(self._payloads.permissions_in(channel, user.id))
            payload |= {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
                "guild_locale": "en-US",
                "member": {**self._payloads.member(guild.members[user.id]), "permissions": permissions},
            }
        if interaction.source is not None:
            payload["message"] = self._payloads.message(interaction.source)
        return payload

    def file_limit_bytes(self, interaction: Interaction) -> int:
        """Return what one file of an answer may weigh: the guild's limit or the member's, whichever is more."""
        guild = None if interaction.guild_id is None else self._world.guilds.get(interaction.guild_id)
        own = self._world.users[interaction.user_id].upload_limit_bytes
        return max(own, guild.upload_limit_bytes if guild else 0)

    async def _watch(self, interaction: Interaction) -> None:
        await self._clock.sleep(interaction.created_at_s + self.response_within_s - self._clock.now())
        if interaction.response_type is None:
            command = interaction.type in (InteractionType.COMMAND, InteractionType.AUTOCOMPLETE)
            interaction.failure = "The application did not respond" if command else "This interaction failed"
            self.changed(interaction)
            return
        await self._clock.sleep(interaction.expires_at_s - self._clock.now())
        if self._is_thinking(interaction):  # nobody can finish it now
            interaction.failure = "The application did not respond"
            self.changed(interaction)

    def get(self, interaction_id: int) -> Interaction | None:
        return self._by_id.get(interaction_id)

    def to_respond(self, interaction_id: int, token: str) -> Interaction:
        """Return the interaction if its first response is still due; raises `ApiError` 10062 or 40060."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or not secrets.compare_digest(interaction.token, token):
            raise ApiError(10062)
        if interaction.response_type is not None:
            raise ApiError(40060)
        if self._clock.now() - interaction.created_at_s > self.response_within_s or interaction.failure:
            raise ApiError(10062)
        return interaction

    def by_token(self, application_id: int, token: str) -> Interaction:
        """Return the answered interaction of a token, which suggestions have none of; raises 10015 or 50027."""
        interaction = self._by_token.get(token)
        if interaction is None or application_id != self._world.application_id or interaction.response_type is None:
            raise ApiError(10015)
        if interaction.type == InteractionType.AUTOCOMPLETE:
            raise ApiError(10015)
        if self._clock.now() > interaction.expires_at_s:
            raise ApiError(50027)
        return interaction

    def original(self, interaction: Interaction) -> Message:
        """Return the message of the first response; raises `ApiError` 10008."""
        if interaction.original_id is None:
            raise ApiError(10008)
        return self._world.message(interaction.channel_id, interaction.original_id)

    def owned_message(self, interaction: Interaction, message_id: int) -> Message:
        """Return a message this token may read and change; raises `ApiError` 10008."""
        if message_id != interaction.original_id and message_id not in interaction.followup_ids:
            raise ApiError(10008)
        return self._world.message(interaction.channel_id, message_id)

    def responded(self, interaction: Interaction, response_type: int, came_at_s: float) -> None:
        """Note the first response, which was taken now and had come in a little before."""
        interaction.response_type = response_type
        interaction.responded_at_s = came_at_s
        self.changed(interaction)

    def changed(self, interaction: Interaction) -> None:
        """Wake those who wait for this interaction and show its member the new state."""
        if interaction.failure or interaction.response_type is not None:
            interaction.answered.set()
            if interaction.failure or not self._is_thinking(interaction):
                interaction.settled.set()
        event: JsonObject = {"type": "interaction", "interaction": interaction.state()}
        self._broadcast.to_member(interaction.user_id, event)

    def _is_thinking(self, interaction: Interaction) -> bool:
        channel = self._world.channels.get(interaction.channel_id)
        original = None if channel is None else channel.messages.get(interaction.original_id or 0)
        return original is not None and original.loading

    async def close(self) -> None:
        """End all clocks."""
        timers = list(self._timers)
        for timer in timers:
            timer.cancel()
        await asyncio.gather(*timers, return_exceptions=True)
