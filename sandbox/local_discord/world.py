"""What exists: users, guilds, channels, messages. Only state and lookups; rules live with who applies them."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from pathlib import Path

from sandbox.json_values import JsonObject
from sandbox.local_discord.errors import ApiError
from sandbox.local_discord.snowflakes import Snowflakes

MIB = 1024 * 1024


class ChannelType(IntEnum):
    """Discord's channel types that hold or group messages."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15


THREAD_TYPES = frozenset({ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})
MESSAGE_TYPES = frozenset({ChannelType.TEXT, ChannelType.DM, ChannelType.VOICE, ChannelType.STAGE}) | THREAD_TYPES


class MessageFlag(IntFlag):
    """Message flags the API gives and takes."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody, or the bot.

    Attributes:
        upload_limit_bytes: what their own subscription lets them send as one file.
        dms_open: whether the bot may write to them.
    """

    id: int
    name: str
    display_name: str
    bot: bool = False
    upload_limit_bytes: int = 10 * MIB
    dms_open: bool = True
    locale: str = "en-US"


@dataclass(slots=True, kw_only=True)
class Role:
    id: int
    name: str
    permissions: int
    position: int = 0
    color: int = 0


@dataclass(slots=True, kw_only=True)
class Overwrite:
    """What a channel allows and denies to a role (`kind` 0) or a member (`kind` 1)."""

    target_id: int
    kind: int
    allow: int = 0
    deny: int = 0


@dataclass(slots=True, kw_only=True)
class Member:
    user_id: int
    role_ids: list[int] = field(default_factory=list[int])
    joined_at_s: float = 0


@dataclass(slots=True, kw_only=True)
class Attachment:
    """A file in a message, or one a member has just uploaded.

    Attributes:
        path: where the bytes are.
        folder: first part of its public address, `attachments` or `ephemeral-attachments`.
    """

    id: int
    filename: str
    size_bytes: int
    path: Path
    channel_id: int
    folder: str = "attachments"
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class Message:
    """A message.

    Attributes:
        visible_to: the one user who sees it where it is ephemeral, None where everybody does.
        dismissed: whether that user closed it; the bot can still edit it.
        mention_ids: users it notifies, after `allowed_mentions`.
        late_edits_at_s: when it was edited after its first hour.
    """

    id: int
    channel_id: int
    author_id: int
    created_at_s: float
    type: int = 0
    content: str = ""
    flags: int = 0
    components: list[JsonObject] = field(default_factory=list[JsonObject])
    embeds: list[JsonObject] = field(default_factory=list[JsonObject])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    mention_ids: list[int] = field(default_factory=list[int])
    mention_role_ids: list[int] = field(default_factory=list[int])
    mention_everyone: bool = False
    edited_at_s: float | None = None
    reference: JsonObject | None = None
    interaction: JsonObject | None = None
    application_id: int | None = None
    visible_to: int | None = None
    dismissed: bool = False
    nonce: str | None = None
    late_edits_at_s: list[float] = field(default_factory=list[float])

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def loading(self) -> bool:
        return bool(self.flags & MessageFlag.LOADING)


@dataclass(slots=True, kw_only=True)
class Channel:
    id: int
    type: ChannelType
    name: str = ""
    guild_id: int | None = None
    parent_id: int | None = None
    position: int = 0
    nsfw: bool = False
    overwrites: list[Overwrite] = field(default_factory=list[Overwrite])
    recipient_id: int | None = None
    archived: bool = False
    locked: bool = False
    owner_id: int | None = None
    messages: dict[int, Message] = field(default_factory=dict[int, Message])


@dataclass(slots=True, kw_only=True)
class Guild:
    """A server.

    Attributes:
        command_permissions: by command and role, what administrators allow or deny besides the command's own default.
    """

    id: int
    name: str
    owner_id: int
    premium_tier: int = 0
    roles: dict[int, Role] = field(default_factory=dict[int, Role])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    command_permissions: dict[tuple[str, int], bool] = field(default_factory=dict[tuple[str, int], bool])

    @property
    def upload_limit_bytes(self) -> int:
        """What one file may weigh at this boost tier."""
        return {2: 50 * MIB, 3: 100 * MIB}.get(self.premium_tier, 10 * MIB)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything that exists in one run.

    Attributes:
        unknown_routes: "METHOD /path" of every request that met no route, in order.
    """

    snowflakes: Snowflakes
    bot: User
    application_id: int
    application_name: str
    owner_id: int
    users: dict[int, User] = field(default_factory=dict[int, User])
    guilds: dict[int, Guild] = field(default_factory=dict[int, Guild])
    channels: dict[int, Channel] = field(default_factory=dict[int, Channel])
    unknown_routes: list[str] = field(default_factory=list[str])

    def channel(self, channel_id: int) -> Channel:
        """Return the channel; raises `ApiError` 10003."""
        if channel_id not in self.channels:
            raise ApiError(10003)
        return self.channels[channel_id]

    def guild(self, guild_id: int) -> Guild:
        """Return the guild; raises `ApiError` 10004."""
        if guild_id not in self.guilds:
            raise ApiError(10004)
        return self.guilds[guild_id]

    def user(self, user_id: int) -> User:
        """Return the user; raises `ApiError` 10013."""
        if user_id not in self.users:
            raise ApiError(10013)
        return self.users[user_id]

    def message(self, channel_id: int, message_id: int) -> Message:
        """Return the message; raises `ApiError` 10003 or 10008."""
        messages = self.channel(channel_id).messages
        if message_id not in messages:
            raise ApiError(10008)
        return messages[message_id]

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds[channel.guild_id] if channel.guild_id is not None else None

    def user_called(self, name_or_id: str) -> User | None:
        """Find a user by name or id."""
        for user in self.users.values():
            if name_or_id in (user.name, str(user.id)):
                return user
        return None

    def direct_channel(self, user: User) -> Channel:
        """Return the bot's direct channel with this user, opened where there is none yet."""
        for channel in self.channels.values():
            if channel.recipient_id == user.id:
                return channel
        channel = Channel(id=self.snowflakes.next(), type=ChannelType.DM, recipient_id=user.id)
        self.channels[channel.id] = channel
        return channel

    def add_channel(self, guild: Guild, channel: Channel) -> Channel:
        channel.guild_id = guild.id
        guild.channels[channel.id] = channel
        self.channels[channel.id] = channel
        return channel
