"""REST routes of channels and their messages."""

import asyncio

from sandbox.json_values import JsonObject, as_object
from sandbox.local_discord.access import BotAccess
from sandbox.local_discord.broadcast import Broadcast
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.errors import ApiError, FormErrors
from sandbox.local_discord.forms import record, snowflake
from sandbox.local_discord.message_forms import CREATE
from sandbox.local_discord.messages import REPLY, Incoming, Messages
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.permissions import Permission
from sandbox.local_discord.rate_limits import RouteLimit
from sandbox.local_discord.rest import Call, RestRoute
from sandbox.local_discord.world import MIB, Channel, ChannelType, Message, World

NONCE_WINDOW_S = 180.0  # "the past few minutes"
DIRECT_FILE_LIMIT_BYTES = 10 * MIB
MAX_PAGE = 100


class ChannelRoutes:
    """What the bot does with its own token in channels."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        payloads: Payloads,
        messages: Messages,
        access: BotAccess,
        broadcast: Broadcast,
    ) -> None:
        self._world = world
        self._clock = clock
        self._payloads = payloads
        self._messages = messages
        self._access = access
        self._broadcast = broadcast
        self._enforcing = asyncio.Lock()
        self._nonces: dict[tuple[int, str], tuple[float, int]] = {}

    def routes(self) -> list[RestRoute]:
        one, many = "/channels/{channel}/messages/{message}", "/channels/{channel}/messages"
        return [
            RestRoute(method="GET", template="/channels/{channel}", handler=self._channel),
            RestRoute(method="GET", template=many, handler=self._history),
            RestRoute(method="POST", template=many, handler=self._post, limit=RouteLimit(5, 5.0)),
            RestRoute(method="GET", template=one, handler=self._get),
            RestRoute(method="PATCH", template=one, handler=self._edit, limit=RouteLimit(5, 5.0)),
            RestRoute(method="DELETE", template=one, handler=self._delete, limit=RouteLimit(5, 1.0)),
            RestRoute(
                method="POST", template="/channels/{channel}/typing", handler=self._type, limit=RouteLimit(5, 5.0)
            ),
            RestRoute(
                method="POST", template="/users/@me/channels", handler=self._open_direct, limit=RouteLimit(10, 10.0)
            ),
        ]

    async def _channel(self, call: Call) -> JsonObject:
        return self._payloads.channel(self._access.view(call.id("channel")))

    async def _history(self, call: Call) -> list[JsonObject]:
        channel = self._access.history(call.id("channel"))
        limit = _page_size(call.query.get("limit", "50"))
        public = [message for message in channel.messages.values() if message.visible_to is None]
        newest_first = sorted(public, key=lambda message: message.id, reverse=True)
        if "before" in call.query:
            newest_first = [message for message in newest_first if message.id < _query_id(call, "before")]
        elif "after" in call.query:
            newest_first = [message for message in newest_first if message.id > _query_id(call, "after")][-limit:]
        elif "around" in call.query:
            around = _query_id(call, "around")
            nearest = sorted(newest_first, key=lambda message: abs(message.id - around))[:limit]
            newest_first = [message for message in newest_first if message in nearest]
        return [self._payloads.message_for_bot(message) for message in newest_first[:limit]]

    async def _get(self, call: Call) -> JsonObject:
        channel = self._access.history(call.id("channel"))
        return self._payloads.message_for_bot(self._public(channel, call.id("message")))

    def _public(self, channel: Channel, message_id: int) -> Message:
        """Return a message that is not ephemeral: those exist only for their token."""
        message = self._world.message(channel.id, message_id)
        if message.visible_to is not None:
            raise ApiError(10008)
        return message

    async def _post(self, call: Call) -> JsonObject:
        body = call.json
        channel = self._access.post(call.id("channel"), body, with_files=bool(call.uploads))
        errors = FormErrors()
        CREATE(errors, (), body)  # before an earlier nonce answers in its place
        errors.raise_if_any()
        nonce = None if body.get("nonce") is None else str(body["nonce"])
        if nonce is None or not body.get("enforce_nonce"):
            return self._payloads.message(await self._create(channel, call, nonce))
        async with self._enforcing:  # a second request waits for what becomes of the first
            earlier = self._posted_with(channel, nonce)
            if earlier is None:
                earlier = await self._create(channel, call, nonce)
                self._nonces[(channel.id, nonce)] = (self._clock.now(), earlier.id)
            else:
                call.body.discard_unused()
            return self._payloads.message(earlier)

    async def _create(self, channel: Channel, call: Call, nonce: str | None) -> Message:
        draft = Message(
            id=self._world.snowflakes.next(),
            channel_id=channel.id,
            author_id=self._world.bot.id,
            created_at_s=self._clock.now(),
            nonce=nonce,
        )
        reference = as_object(call.json.get("message_reference"))
        if reference is not None:
            self._set_reference(draft, channel, reference)
        limit = self._file_limit_bytes(channel)
        incoming = Incoming(body=call.json, uploads=call.uploads, file_limit_bytes=limit)
        message = await self._messages.create(channel, incoming, form=CREATE, draft=draft)
        channel.archived = False  # a thread that somebody writes in is active again
        return message

    def _posted_with(self, channel: Channel, nonce: str) -> Message | None:
        """Return the message of a recent request with this nonce; raises 10008 where it was deleted since."""
        at, message_id = self._nonces.get((channel.id, nonce), (0.0, 0))
        if self._clock.now() - at > NONCE_WINDOW_S:
            return None
        return self._world.message(channel.id, message_id)

    def _set_reference(self, draft: Message, channel: Channel, reference: JsonObject) -> None:
        wanted = str(reference.get("message_id"))
        target = channel.messages.get(int(wanted)) if wanted.isdigit() else None
        place = {"channel_id": channel.id, "guild_id": channel.guild_id}
        elsewhere = any(str(reference.get(name) or here) != str(here) for name, here in place.items())
        if target is None or target.visible_to is not None or elsewhere:
            if reference.get("fail_if_not_exists", True):
                errors = FormErrors()
                errors.add(("message_reference",), "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
                errors.raise_if_any()
            return
        draft.type = REPLY
        draft.reference = {"type": 0, "message_id": wanted, "channel_id": str(channel.id)}
        if channel.guild_id is not None:
            draft.reference["guild_id"] = str(channel.guild_id)

    def _file_limit_bytes(self, channel: Channel) -> int:
        guild = self._world.guild_of(channel)
        return guild.upload_limit_bytes if guild else DIRECT_FILE_LIMIT_BYTES

    async def _edit(self, call: Call) -> JsonObject:
        channel = self._access.edit(call.id("channel"), with_files=bool(call.uploads))
        message = self._public(channel, call.id("message"))
        if message.author_id != self._world.bot.id:
            raise ApiError(50005)
        limit = self._file_limit_bytes(channel)
        incoming = Incoming(body=call.json, uploads=call.uploads, file_limit_bytes=limit)
        return self._payloads.message(await self._messages.edit(message, incoming))

    async def _delete(self, call: Call) -> None:
        channel = self._access.view(call.id("channel"))
        message = self._public(channel, call.id("message"))
        if message.author_id != self._world.bot.id:
            if channel.type == ChannelType.DM:
                raise ApiError(50003)
            self._access.need(channel, Permission.MANAGE_MESSAGES)
        self._messages.delete(message)

    async def _type(self, call: Call) -> None:
        channel = self._access.write(call.id("channel"))
        self._broadcast.typing(channel, self._world.bot.id)

    async def _open_direct(self, call: Call) -> JsonObject:
        errors = FormErrors()
        record({"recipient_id": snowflake()}, required=("recipient_id",))(errors, (), call.json)
        errors.raise_if_any()
        user = self._world.users.get(int(call.json["recipient_id"]))
        if user is None or user.bot:
            raise ApiError(50033)
        return self._payloads.channel(self._world.direct_channel(user))


def _query_id(call: Call, name: str) -> int:
    errors = FormErrors()
    snowflake()(errors, (name,), call.query[name])
    errors.raise_if_any()
    return int(call.query[name])


def _page_size(limit: str) -> int:
    if not limit.isdigit() or not 1 <= int(limit) <= MAX_PAGE:
        errors = FormErrors()
        errors.add(("limit",), "NUMBER_TYPE_RANGE", f"int value should be between 1 and {MAX_PAGE}.")
        errors.raise_if_any()
    return int(limit)
