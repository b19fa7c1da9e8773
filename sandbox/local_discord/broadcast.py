"""Tells the bot (gateway) and the watching members (event stream) what happened."""

from sandbox.json_values import JsonObject
from sandbox.local_discord.events import EventHub
from sandbox.local_discord.gateway import Gateway
from sandbox.local_discord.gateway_session import Intent
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.permissions import Permission
from sandbox.local_discord.world import Channel, Guild, Message, Role, World


class Broadcast:
    """One method per kind of happening."""

    def __init__(self, world: World, payloads: Payloads, gateway: Gateway, events: EventHub) -> None:
        self._world = world
        self._payloads = payloads
        self._gateway = gateway
        self._events = events

    def message_created(self, message: Message) -> None:
        self._message("create", message)

    def message_updated(self, message: Message) -> None:
        self._message("update", message)

    def _message(self, kind: str, message: Message) -> None:
        channel = self._world.channels.get(message.channel_id)
        if channel is None:
            return
        if message.visible_to is None:
            self._to_bot(f"MESSAGE_{kind.upper()}", channel, self._for_gateway(channel, message))
        self._events.publish(lambda user_id: self._seen(f"message_{kind}", channel, message, user_id))

    def _for_gateway(self, channel: Channel, message: Message) -> JsonObject:
        payload = self._payloads.message_for_bot(message)
        guild = self._world.guild_of(channel)
        if guild is not None:
            payload["guild_id"] = str(guild.id)
            author = guild.members.get(message.author_id)
            if author is not None:
                payload["member"] = {
                    name: value for name, value in self._payloads.member(author).items() if name != "user"
                }
        return payload

    def _seen(self, kind: str, channel: Channel, message: Message, user_id: int) -> JsonObject | None:
        if not self._payloads.permissions_in(channel, user_id) & Permission.VIEW_CHANNEL:
            return None
        seen = self._payloads.seen_message(message, user_id)
        return None if seen is None else {"type": kind, "channel_id": str(channel.id), "message": seen}

    def message_deleted(self, channel: Channel, message: Message) -> None:
        data: JsonObject = {"id": str(message.id), "channel_id": str(channel.id)}
        if message.visible_to is None:
            guild = {} if channel.guild_id is None else {"guild_id": str(channel.guild_id)}
            self._to_bot("MESSAGE_DELETE", channel, {**data, **guild})
        event: JsonObject = {"type": "message_delete", "channel_id": str(channel.id), "message_id": str(message.id)}

        def seen(user_id: int) -> JsonObject | None:
            visible = self._payloads.permissions_in(channel, user_id) & Permission.VIEW_CHANNEL
            return event if visible and message.visible_to in (None, user_id) else None

        self._events.publish(seen)

    def _to_bot(self, event: str, channel: Channel, data: JsonObject) -> None:
        intent = Intent.DIRECT_MESSAGES if channel.guild_id is None else Intent.GUILD_MESSAGES
        self._gateway.dispatch(event, data, guild_id=channel.guild_id, intent=intent)

    def typing(self, channel: Channel, user_id: int) -> None:
        event: JsonObject = {"type": "typing", "channel_id": str(channel.id), "user_id": str(user_id)}
        self._events.publish(
            lambda watcher: event if self._payloads.permissions_in(channel, watcher) & Permission.VIEW_CHANNEL else None
        )

    def to_member(self, user_id: int, event: JsonObject) -> None:
        """Show something to one member only."""
        self._events.publish(lambda watcher: event if watcher == user_id else None)

    def guild_changed(self, guild: Guild) -> None:
        whole = self._payloads.guild(guild)
        listed = ("channels", "threads", "members", "presences", "voice_states")
        data = {name: value for name, value in whole.items() if name not in listed}
        self._gateway.dispatch("GUILD_UPDATE", data, guild_id=guild.id, intent=Intent.GUILDS)
        self.world_changed()

    def role_event(self, event: str, guild: Guild, role: Role) -> None:
        """Send GUILD_ROLE_CREATE or GUILD_ROLE_UPDATE."""
        data: JsonObject = {"guild_id": str(guild.id), "role": self._payloads.role(role)}
        self._gateway.dispatch(event, data, guild_id=guild.id, intent=Intent.GUILDS)
        self.world_changed()

    def role_deleted(self, guild: Guild, role: Role) -> None:
        data: JsonObject = {"guild_id": str(guild.id), "role_id": str(role.id)}
        self._gateway.dispatch("GUILD_ROLE_DELETE", data, guild_id=guild.id, intent=Intent.GUILDS)
        self.world_changed()

    def channel_event(self, event: str, channel: Channel) -> None:
        """Send CHANNEL_CREATE, CHANNEL_UPDATE, CHANNEL_DELETE or their THREAD_ likes."""
        self._gateway.dispatch(event, self._payloads.channel(channel), guild_id=channel.guild_id, intent=Intent.GUILDS)
        self.world_changed()

    def world_changed(self) -> None:
        """Ask watchers to read the world again."""
        self._events.publish(lambda _user_id: {"type": "world"})
