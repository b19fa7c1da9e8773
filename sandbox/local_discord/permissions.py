"""Discord's permissions and how roles and overwrites combine into them."""

from enum import IntFlag

from sandbox.local_discord.world import THREAD_TYPES, Channel, ChannelType, Guild, Member


class Permission(IntFlag):
    """The bits this product and its sandbox meet."""

    KICK_MEMBERS = 1 << 1
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    CONNECT = 1 << 20
    MANAGE_ROLES = 1 << 28
    MANAGE_THREADS = 1 << 34
    USE_APPLICATION_COMMANDS = 1 << 31
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    USE_EXTERNAL_APPS = 1 << 50


ALL = (1 << 53) - 1

EVERYONE = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.ADD_REACTIONS
    | Permission.CONNECT
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.USE_EXTERNAL_APPS
)

DIRECT_MESSAGE = EVERYONE

_VOICE_TYPES = frozenset({ChannelType.VOICE, ChannelType.STAGE})
_NEED_SENDING = (
    Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.MENTION_EVERYONE
    | Permission.SEND_TTS_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
)


def guild_permissions(guild: Guild, member: Member) -> int:
    """Return what the member may do in the guild before any channel's overwrites."""
    if guild.owner_id == member.user_id:
        return ALL
    combined = guild.roles[guild.id].permissions
    for role_id in member.role_ids:
        combined |= guild.roles[role_id].permissions
    return ALL if combined & Permission.ADMINISTRATOR else combined


def channel_permissions(guild: Guild, member: Member, channel: Channel) -> int:
    """Return what the member may do in the channel; a thread follows its parent's overwrites."""
    base = guild_permissions(guild, member)
    if base == ALL:
        return ALL
    source = guild.channels[channel.parent_id] if channel.type in THREAD_TYPES and channel.parent_id else channel
    by_target = {overwrite.target_id: overwrite for overwrite in source.overwrites}
    if everyone := by_target.get(guild.id):
        base = base & ~int(everyone.deny) | everyone.allow
    roles = [by_target[role_id] for role_id in member.role_ids if role_id in by_target]
    denied, allowed = 0, 0
    for overwrite in roles:
        denied |= overwrite.deny
        allowed |= overwrite.allow
    base = base & ~denied | allowed
    if own := by_target.get(member.user_id):
        base = base & ~int(own.deny) | own.allow
    return _with_implicit_denials(base, channel)


def _with_implicit_denials(base: int, channel: Channel) -> int:
    if not base & Permission.VIEW_CHANNEL:
        return 0
    if channel.type in _VOICE_TYPES and not base & Permission.CONNECT:
        return base & Permission.VIEW_CHANNEL
    can_send = Permission.SEND_MESSAGES_IN_THREADS if channel.type in THREAD_TYPES else Permission.SEND_MESSAGES
    if not base & can_send:
        base &= ~int(_NEED_SENDING & ~can_send)
    return base
