"""What the bot may do in a channel, and the refusals where it may not."""

from sandbox.json_values import JsonObject
from sandbox.local_discord.errors import ApiError
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.permissions import Permission
from sandbox.local_discord.world import MESSAGE_TYPES, THREAD_TYPES, Channel, ChannelType, World


class BotAccess:
    """Checks of the bot's permissions; each raises `ApiError`."""

    def __init__(self, world: World, payloads: Payloads) -> None:
        self._world = world
        self._payloads = payloads

    def view(self, channel_id: int) -> Channel:
        """Return a channel the bot sees (10003, 50001)."""
        channel = self._world.channel(channel_id)
        if channel.type != ChannelType.DM and not self._has(channel, Permission.VIEW_CHANNEL):
            raise ApiError(50001)
        return channel

    def history(self, channel_id: int) -> Channel:
        """Return a channel whose messages the bot may read (50001, 50013)."""
        channel = self.view(channel_id)
        self.need(channel, Permission.READ_MESSAGE_HISTORY)
        return channel

    def need(self, channel: Channel, permission: int) -> None:
        """Refuse with 50013 unless the bot has all these bits."""
        if channel.type != ChannelType.DM and not self._has(channel, permission):
            raise ApiError(50013)

    def write(self, channel_id: int) -> Channel:
        """Return a channel the bot may write in; raises 50001, 50007, 50008, 50013 or, where it is locked, 50083."""
        channel = self.view(channel_id)
        if channel.type not in MESSAGE_TYPES:
            raise ApiError(50008)
        if channel.type == ChannelType.DM:
            self._refuse_closed(channel)
            return channel
        threaded = channel.type in THREAD_TYPES
        self.need(channel, Permission.SEND_MESSAGES_IN_THREADS if threaded else Permission.SEND_MESSAGES)
        if channel.archived and channel.locked:
            raise ApiError(50083)
        return channel

    def post(self, channel_id: int, body: JsonObject, *, with_files: bool) -> Channel:
        """Return a channel the bot may post this in; raises what `write` raises, 50013 and 160002."""
        channel = self.write(channel_id)
        for wanted, permission in (
            (with_files, Permission.ATTACH_FILES),
            (body.get("embeds"), Permission.EMBED_LINKS),
            (body.get("tts"), Permission.SEND_TTS_MESSAGES),
        ):
            if wanted:
                self.need(channel, permission)
        replies = body.get("message_reference") is not None and channel.type != ChannelType.DM
        if replies and not self._has(channel, Permission.READ_MESSAGE_HISTORY):
            raise ApiError(160002)
        return channel

    def edit(self, channel_id: int, *, with_files: bool) -> Channel:
        """Return a channel in which the bot may edit its own message."""
        channel = self.view(channel_id)
        if channel.archived:
            raise ApiError(50083)
        if channel.type == ChannelType.DM:
            return channel
        if with_files:
            self.need(channel, Permission.ATTACH_FILES)
        return channel

    def _refuse_closed(self, channel: Channel) -> None:
        recipient = self._world.users[channel.recipient_id or 0]
        shares_guild = any(
            recipient.id in guild.members and self._world.bot.id in guild.members
            for guild in self._world.guilds.values()
        )
        if not recipient.dms_open or recipient.bot or not shares_guild:
            raise ApiError(50007)

    def _has(self, channel: Channel, permission: int) -> bool:
        return self._payloads.permissions_in(channel, self._world.bot.id) & permission == permission
