"""How the world's things look in JSON, in the REST API and on the gateway."""

import copy

from sandbox.json_values import JsonList, JsonObject, as_object
from sandbox.local_discord.cdn import Cdn
from sandbox.local_discord.components import media_of, walk
from sandbox.local_discord.permissions import DIRECT_MESSAGE, channel_permissions
from sandbox.local_discord.snowflakes import iso_time
from sandbox.local_discord.world import (
    THREAD_TYPES,
    Channel,
    ChannelType,
    Guild,
    Member,
    Message,
    MessageFlag,
    Role,
    User,
    World,
)

_UNSET_IN_GUILDS = (
    "application_id",
    "banner",
    "description",
    "discovery_splash",
    "home_header",
    "incidents_data",
    "max_presences",
    "public_updates_channel_id",
    "safety_alerts_channel_id",
    "splash",
    "widget_channel_id",
)


class Payloads:
    """Renders; never changes anything."""

    def __init__(self, world: World, cdn: Cdn) -> None:
        self._world = world
        self._cdn = cdn

    def user(self, user: User) -> JsonObject:
        return {
            "id": str(user.id),
            "username": user.name,
            "global_name": None if user.bot else user.display_name,
            "discriminator": "1234" if user.bot else "0",
            "avatar": None,
            "bot": user.bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
        }

    def member(self, member: Member) -> JsonObject:
        return {
            "user": self.user(self._world.users[member.user_id]),
            "roles": [str(role_id) for role_id in member.role_ids],
            "nick": None,
            "avatar": None,
            "banner": None,
            "joined_at": iso_time(member.joined_at_s),
            "premium_since": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
            "communication_disabled_until": None,
        }

    def role(self, role: Role) -> JsonObject:
        return {
            "id": str(role.id),
            "name": role.name,
            "permissions": str(role.permissions),
            "position": role.position,
            "color": role.color,
            "colors": {"primary_color": role.color, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": False,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }

    def channel(self, channel: Channel) -> JsonObject:
        last = max(channel.messages, default=None)
        payload: JsonObject = {
            "id": str(channel.id),
            "type": int(channel.type),
            "last_message_id": None if last is None else str(last),
            "flags": 0,
        }
        if channel.type == ChannelType.DM and channel.recipient_id is not None:
            return {**payload, "recipients": [self.user(self._world.users[channel.recipient_id])]}
        payload |= {
            "name": channel.name,
            "guild_id": str(channel.guild_id),
            "parent_id": None if channel.parent_id is None else str(channel.parent_id),
            "position": channel.position,
            "nsfw": channel.nsfw,
            "topic": None,
            "rate_limit_per_user": 0,
            "permission_overwrites": [
                {"id": str(entry.target_id), "type": entry.kind, "allow": str(entry.allow), "deny": str(entry.deny)}
                for entry in channel.overwrites
            ],
        }
        if channel.type in THREAD_TYPES:
            payload |= self._thread_fields(channel)
        if channel.type in (ChannelType.VOICE, ChannelType.STAGE):
            payload |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if channel.type == ChannelType.FORUM:
            payload |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
        return payload

    def _thread_fields(self, channel: Channel) -> JsonObject:
        return {
            "owner_id": str(channel.owner_id or self._world.owner_id),
            "message_count": len(channel.messages),
            "member_count": 1,
            "total_message_sent": len(channel.messages),
            "thread_metadata": {
                "archived": channel.archived,
                "locked": channel.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": iso_time(0),
                "invitable": True,
            },
        }

    def guild(self, guild: Guild) -> JsonObject:
        bot = guild.members.get(self._world.bot.id)
        channels = list(guild.channels.values())
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            "premium_tier": guild.premium_tier,
            "premium_subscription_count": 0,
            "unavailable": False,
            "large": False,
            "member_count": len(guild.members),
            "joined_at": iso_time(bot.joined_at_s if bot else 0),
            "preferred_locale": "en-US",
            "features": [],
            "icon": None,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "afk_timeout": 300,
            "afk_channel_id": None,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "vanity_url_code": None,
            **dict.fromkeys(_UNSET_IN_GUILDS),
            "region": "deprecated",
            "premium_progress_bar_enabled": False,
            "widget_enabled": False,
            "nsfw": False,
            "max_members": 500_000,
            "max_video_channel_users": 25,
            "max_stage_video_channel_users": 50,
            "roles": [self.role(role) for role in guild.roles.values()],
            "channels": [self.channel(channel) for channel in channels if channel.type not in THREAD_TYPES],
            "threads": [self.channel(channel) for channel in channels if channel.type in THREAD_TYPES],
            "members": [self.member(bot)] if bot else [],
            "emojis": [],
            "stickers": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def interaction_channel(self, channel: Channel, user: User) -> JsonObject:
        """Return the channel with the acting member's permissions, as interactions carry it."""
        return {**self.channel(channel), "permissions": str(self.permissions_in(channel, user.id))}

    def permissions_in(self, channel: Channel, user_id: int) -> int:
        """Return what the user may do there; 0 for who is not in the guild."""
        guild = self._world.guild_of(channel)
        if guild is None:
            return int(DIRECT_MESSAGE) if user_id in (channel.recipient_id, self._world.bot.id) else 0
        member = guild.members.get(user_id)
        return 0 if member is None else channel_permissions(guild, member, channel)

    def message(self, message: Message, *, with_reference: bool = True, viewer_id: int | None = None) -> JsonObject:
        payload: JsonObject = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "type": message.type,
            "content": message.content,
            "author": self.user(self._world.users[message.author_id]),
            "timestamp": iso_time(message.created_at_s),
            "edited_timestamp": None if message.edited_at_s is None else iso_time(message.edited_at_s),
            "tts": False,
            "pinned": False,
            "flags": message.flags,
            "mention_everyone": message.mention_everyone,
            "mentions": [self.user(self._world.users[user_id]) for user_id in message.mention_ids],
            "mention_roles": [str(role_id) for role_id in message.mention_role_ids],
            "attachments": [self._cdn.payload(attachment) for attachment in message.attachments],
            "embeds": [{"type": "rich", **copy.deepcopy(embed)} for embed in message.embeds],
            "components": self._components(message.components),
        }
        if message.nonce is not None:
            payload["nonce"] = message.nonce
        if message.application_id is not None:
            payload["application_id"] = str(message.application_id)
        if message.interaction is not None:
            payload["webhook_id"] = str(self._world.application_id)
            payload["interaction_metadata"] = copy.deepcopy(message.interaction)
        if message.reference is not None:
            payload["message_reference"] = dict(message.reference)
            if with_reference:
                payload["referenced_message"] = self._referenced(message.reference, viewer_id)
        return payload

    def message_for_bot(self, message: Message) -> JsonObject:
        """Return the message as a bot without the message content intent gets it."""
        payload = self.message(message)
        direct = self._world.channel(message.channel_id).guild_id is None
        own = message.author_id == self._world.bot.id
        if not (own or direct or self._world.bot.id in message.mention_ids):
            payload |= {"content": "", "attachments": [], "embeds": [], "components": []}
        return payload

    def _referenced(self, reference: JsonObject, viewer_id: int | None) -> JsonObject | None:
        """Return the message replied to, None where it is gone or was shown to somebody else alone."""
        channel = self._world.channels.get(int(reference["channel_id"]))
        target = None if channel is None else channel.messages.get(int(reference["message_id"]))
        hidden = target is not None and viewer_id is not None and target.visible_to not in (None, viewer_id)
        return None if target is None or hidden else self.message(target, with_reference=False)

    def _components(self, components: JsonList) -> JsonList:
        """Return the components with a fresh address for every picture and file."""
        rendered = copy.deepcopy(components)
        for _, media in media_of(rendered):
            attachment = self._cdn.attachment(int(media.get("attachment_id", 0)))
            if attachment is None:
                media.setdefault("proxy_url", media["url"])
                continue
            url = self._cdn.url(attachment)
            media |= {
                "url": url,
                "proxy_url": url,
                "width": attachment.width,
                "height": attachment.height,
                "content_type": attachment.content_type,
                "loading_state": 2,
                "flags": 0,
            }
        for placed in walk(rendered):
            shown = as_object(placed.body.get("file"))
            attachment = None if shown is None else self._cdn.attachment(int(shown.get("attachment_id", 0)))
            if attachment is not None:
                placed.body.update(name=attachment.filename, size=attachment.size_bytes)
        return rendered

    def seen_message(self, message: Message, user_id: int) -> JsonObject | None:
        """Return the message as this user sees it, None where they do not."""
        if message.visible_to not in (None, user_id) or message.dismissed:
            return None
        return {
            **self.message(message, viewer_id=user_id),
            "ephemeral": message.ephemeral,
            "interaction_state": "thinking" if message.flags & MessageFlag.LOADING else None,
        }
