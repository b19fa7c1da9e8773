"""Changes from outside: boost tiers, permissions, channels, open or closed direct messages, gateway cuts."""

from collections.abc import Collection
from typing import Any

from sandbox.json_values import JsonObject, objects_in
from sandbox.local_discord.broadcast import Broadcast
from sandbox.local_discord.gateway import Gateway
from sandbox.local_discord.messages import Messages
from sandbox.local_discord.permissions import Permission, channel_permissions, guild_permissions
from sandbox.local_discord.world import (
    THREAD_TYPES,
    Channel,
    ChannelType,
    Guild,
    Member,
    Overwrite,
    User,
    World,
)


class WorldChangeError(ValueError):
    """The change names something that does not exist or a value that cannot be."""


class WorldControl:
    """Shows and changes the world; the bot hears of it on the gateway."""

    def __init__(self, world: World, gateway: Gateway, messages: Messages, broadcast: Broadcast) -> None:
        self._world = world
        self._gateway = gateway
        self._messages = messages
        self._broadcast = broadcast

    def as_json(self) -> JsonObject:
        """Return guilds with their channels, roles and members, all users, the bot."""
        return {
            "application_id": str(self._world.application_id),
            "owner_id": str(self._world.owner_id),
            "bot": self._user(self._world.bot),
            "bot_connected": self._gateway.connected,
            "users": [self._user(user) for user in self._world.users.values() if not user.bot],
            "guilds": [self._guild(guild) for guild in self._world.guilds.values()],
            "direct_channels": [
                {"id": str(channel.id), "user_id": str(channel.recipient_id)}
                for channel in self._world.channels.values()
                if channel.type == ChannelType.DM
            ],
            "unknown_routes": list(self._world.unknown_routes),
        }

    @staticmethod
    def _user(user: User) -> JsonObject:
        return {
            "id": str(user.id),
            "name": user.name,
            "display_name": user.display_name,
            "bot": user.bot,
            "dms_open": user.dms_open,
            "upload_limit_bytes": user.upload_limit_bytes,
        }

    def _guild(self, guild: Guild) -> JsonObject:
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            "premium_tier": guild.premium_tier,
            "channels": [
                {**self._channel(channel), "seen_by": _viewers(guild, channel)} for channel in guild.channels.values()
            ],
            "roles": [
                {"id": str(role.id), "name": role.name, "permissions": str(role.permissions), "color": role.color}
                for role in guild.roles.values()
            ],
            "members": [self._member(guild, member) for member in guild.members.values()],
        }

    @staticmethod
    def _channel(channel: Channel) -> JsonObject:
        return {
            "id": str(channel.id),
            "name": channel.name,
            "type": int(channel.type),
            "parent_id": None if channel.parent_id is None else str(channel.parent_id),
            "overwrites": [
                {"id": str(entry.target_id), "type": entry.kind, "allow": str(entry.allow), "deny": str(entry.deny)}
                for entry in channel.overwrites
            ],
        }

    def _member(self, guild: Guild, member: Member) -> JsonObject:
        user = self._world.users[member.user_id]
        return {
            "user_id": str(user.id),
            "name": user.name,
            "display_name": user.display_name,
            "bot": user.bot,
            "roles": [str(role_id) for role_id in member.role_ids],
            "is_moderator": bool(guild_permissions(guild, member) & Permission.MANAGE_GUILD),
        }

    def channel_of_message(self, message_id: object) -> int | None:
        """Return the channel a message is in, None where it is nowhere."""
        wanted = str(message_id)
        for channel in self._world.channels.values():
            if wanted.isdigit() and int(wanted) in channel.messages:
                return channel.id
        return None

    def change_guild(self, guild_id: str, body: JsonObject) -> JsonObject:
        """Set `premium_tier` (0 to 3)."""
        guild = self._world.guilds.get(_number(guild_id))
        if guild is None:
            raise WorldChangeError(f"There is no guild {guild_id}.")
        _only(body, ("premium_tier",))
        tier: object = body.get("premium_tier", guild.premium_tier)
        if not isinstance(tier, int) or isinstance(tier, bool) or not 0 <= tier <= 3:
            raise WorldChangeError("premium_tier is 0, 1, 2 or 3.")
        guild.premium_tier = tier
        self._broadcast.guild_changed(guild)
        return self._guild(guild)

    def change_user(self, user: User, body: JsonObject) -> JsonObject:
        """Set `dms_open` and `upload_limit_bytes`."""
        _only(body, ("dms_open", "upload_limit_bytes"))
        opened, limit = body.get("dms_open", user.dms_open), body.get("upload_limit_bytes", user.upload_limit_bytes)
        if not isinstance(opened, bool) or isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            raise WorldChangeError("dms_open is true or false, upload_limit_bytes a whole number.")
        user.dms_open, user.upload_limit_bytes = opened, limit
        self._broadcast.world_changed()
        return self._user(user)

    def change_role(self, role_id: str, body: JsonObject) -> JsonObject:
        """Set `permissions` (a bit set, as text or number)."""
        _only(body, ("permissions",))
        for guild in self._world.guilds.values():
            role = guild.roles.get(_number(role_id))
            if role is not None:
                role.permissions = _number(body.get("permissions", role.permissions))
                self._broadcast.role_event("GUILD_ROLE_UPDATE", guild, role)
                return {"id": str(role.id), "permissions": str(role.permissions)}
        raise WorldChangeError(f"There is no role {role_id}.")

    def change_channel(self, channel_id: str, body: JsonObject) -> JsonObject:
        """Set `overwrites` (all of them: id, type, allow, deny), `archived`, `locked` and `nsfw`."""
        channel = self._guild_channel(channel_id)
        _only(body, ("overwrites", "archived", "locked", "nsfw"))
        if "overwrites" in body:
            channel.overwrites = [
                Overwrite(
                    target_id=_number(entry.get("id")),
                    kind=_number(entry.get("type", 0)),
                    allow=_number(entry.get("allow", 0)),
                    deny=_number(entry.get("deny", 0)),
                )
                for entry in objects_in(body["overwrites"])
            ]
        channel.archived = bool(body.get("archived", channel.archived))
        channel.nsfw = bool(body.get("nsfw", channel.nsfw))
        channel.locked = bool(body.get("locked", channel.locked))
        self._broadcast.channel_event(_event("UPDATE", channel), channel)
        return self._channel(channel)

    def add_channel(self, guild_id: str, body: JsonObject) -> JsonObject:
        """Add a channel: `name`, `type` (default 0), `parent_id` for threads and posts."""
        guild = self._world.guilds.get(_number(guild_id))
        if guild is None:
            raise WorldChangeError(f"There is no guild {guild_id}.")
        _only(body, ("name", "type", "parent_id"))
        try:
            kind = ChannelType(_number(body.get("type", 0)))
        except ValueError as error:
            raise WorldChangeError(f"There is no channel type {body.get('type')}.") from error
        parent_id = _number(body["parent_id"]) if body.get("parent_id") is not None else None
        if kind == ChannelType.DM or (kind in THREAD_TYPES) != (parent_id in guild.channels):
            raise WorldChangeError("A thread needs the parent_id of a channel of its guild; others take none.")
        channel = Channel(
            id=self._world.snowflakes.next(),
            type=kind,
            name=str(body.get("name", "new")),
            parent_id=parent_id,
            position=len(guild.channels),
        )
        self._world.add_channel(guild, channel)
        self._broadcast.channel_event(_event("CREATE", channel), channel)
        return self._channel(channel)

    def delete_channel(self, channel_id: str) -> None:
        """Delete a channel with its threads and messages."""
        channel = self._guild_channel(channel_id)
        guild = self._world.guilds[channel.guild_id or 0]
        threads = [child for child in guild.channels.values() if child.parent_id == channel.id]
        for gone in (*threads, channel):
            for message in list(gone.messages.values()):
                self._messages.delete(message)
            del guild.channels[gone.id], self._world.channels[gone.id]
            self._broadcast.channel_event(_event("DELETE", gone), gone)

    def change_gateway(self, body: JsonObject) -> JsonObject:
        """Set `shards` (recommended to the bot), `max_concurrency`, and what one start costs, `identify_window_s`."""
        _only(body, ("shards", "max_concurrency", "identify_window_s"))
        limits = self._gateway.identify_limits
        shards, concurrency = body.get("shards", limits.shards), body.get("max_concurrency", limits.max_concurrency)
        window_s = body.get("identify_window_s", limits.window_s)
        for number in (shards, concurrency):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise WorldChangeError("shards and max_concurrency are whole numbers from 1.")
        if isinstance(window_s, bool) or not isinstance(window_s, int | float) or window_s < 0:
            raise WorldChangeError("identify_window_s is a number from 0.")
        limits.shards, limits.max_concurrency, limits.window_s = shards, concurrency, float(window_s)
        return {"shards": shards, "max_concurrency": concurrency, "identify_window_s": window_s}

    def cut_gateway(self, body: JsonObject) -> None:
        """Cut the bot's gateway `how`: `resumable`, `invalid` (session lost) or `reconnect` (asked with op 7).

        `refuse` cuts it and turns new connections away until `accept`. With `shard` only this one is cut; where it is
        refused, its sessions are closed with `code` when they begin or are resumed (default 4000, Discord's "unknown
        error"; 4011 says that more shards are needed).
        """
        _only(body, ("how", "shard", "code"))
        how, shard, code = str(body.get("how", "resumable")), body.get("shard"), body.get("code", 4000)
        if shard is not None and (isinstance(shard, bool) or not isinstance(shard, int) or shard < 0):
            raise WorldChangeError("shard is a whole number from 0.")
        if isinstance(code, bool) or not isinstance(code, int) or not 4000 <= code < 5000:
            raise WorldChangeError("code is a close code of Discord's, from 4000.")
        match how:
            case "resumable" | "invalid":
                self._gateway.cut(resumable=how == "resumable", shard=shard)
            case "reconnect":
                self._gateway.ask_to_reconnect(shard)
            case "refuse" | "accept" if shard is not None:
                self._gateway.refused_shards.pop(shard, None)
                if how == "refuse":
                    self._gateway.refused_shards[shard] = code
                    self._gateway.cut(resumable=True, shard=shard)
            case "refuse" | "accept":
                self._gateway.refusing = how == "refuse"
                if self._gateway.refusing:
                    self._gateway.cut(resumable=True)
            case _:
                raise WorldChangeError("how is resumable, invalid, reconnect, refuse or accept.")

    def _guild_channel(self, channel_id: str) -> Channel:
        channel = self._world.channels.get(_number(channel_id))
        if channel is None or channel.guild_id is None:
            raise WorldChangeError(f"There is no channel {channel_id} in a guild.")
        return channel


def _viewers(guild: Guild, channel: Channel) -> list[str]:
    """Return the ids of the members who see the channel."""
    return [
        str(member.user_id)
        for member in guild.members.values()
        if channel_permissions(guild, member, channel) & Permission.VIEW_CHANNEL
    ]


def _event(what: str, channel: Channel) -> str:
    return f"{'THREAD' if channel.type in THREAD_TYPES else 'CHANNEL'}_{what}"


def _number(value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdigit():
        raise WorldChangeError(f"{value} is not a whole number.")
    return int(value)


def _only(body: JsonObject, names: Collection[str]) -> None:
    for name in body:
        if name not in names:
            raise WorldChangeError(f"{name} cannot be changed here; what can: {', '.join(names)}.")
