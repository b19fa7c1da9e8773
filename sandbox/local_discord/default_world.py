"""The world a sandbox starts with: two guilds with every kind of channel, their members, an operator and the bot."""

from sandbox.local_discord.permissions import EVERYONE, Permission
from sandbox.local_discord.snowflakes import Snowflakes, snowflake_at
from sandbox.local_discord.world import MIB, Channel, ChannelType, Guild, Member, Role, User, World

# A fixed day, so that ids stay the same from run to run and a bot's database may outlive a world.
FOUNDED_S = 1_767_225_600.0
SUBSCRIBER_UPLOAD_LIMIT_BYTES = 500 * MIB


class _FixedIds:
    def __init__(self) -> None:
        self._count = 0

    def next(self) -> int:
        self._count += 1
        return snowflake_at(FOUNDED_S + self._count, self._count)


def default_world(snowflakes: Snowflakes) -> World:
    """Build the guilds Orchard and Harbor with their people; ids are the same each time.

    Ids are counted, so what is added later comes last.
    """
    ids = _FixedIds()
    bot_id = ids.next()
    bot = User(id=bot_id, name="Plantain", display_name="Plantain", bot=True)
    people = {
        name: User(id=ids.next(), name=name, display_name=name.capitalize())
        for name in ("maya", "theo", "olive", "juno", "nadia")
    }
    people["maya"].upload_limit_bytes = people["juno"].upload_limit_bytes = SUBSCRIBER_UPLOAD_LIMIT_BYTES
    world = World(
        snowflakes=snowflakes,
        bot=bot,
        application_id=bot_id,
        application_name="Plantain",
        owner_id=people["nadia"].id,
        users={user.id: user for user in (bot, *people.values())},
    )
    orchard = _guild(world, ids, "Orchard", [people[name] for name in ("nadia", "maya", "theo", "olive")])
    for name in ("images", "general"):
        _channel(world, ids, orchard, name)
    moderators = Role(id=ids.next(), name="Moderators", permissions=int(_MODERATOR), position=2, color=0x2ECC71)
    orchard.roles[moderators.id] = moderators
    orchard.members[people["olive"].id].role_ids.append(moderators.id)
    harbor = _guild(world, ids, "Harbor", [people[name] for name in ("juno", "theo")])
    _channel(world, ids, harbor, "images")
    _add_places(world, ids, orchard)
    ines = User(id=ids.next(), name="ines", display_name="Ines")
    world.users[ines.id] = ines
    harbor.members[ines.id] = Member(user_id=ines.id, joined_at_s=FOUNDED_S)
    return world


def _add_places(world: World, ids: _FixedIds, guild: Guild) -> None:
    """Add one of each other kind: a thread, a forum with a post, a voice channel with its text chat."""
    images = next(channel for channel in guild.channels.values() if channel.name == "images")
    _channel(world, ids, guild, "night-scenes", ChannelType.PUBLIC_THREAD, parent=images)
    gallery = _channel(world, ids, guild, "gallery", ChannelType.FORUM)
    _channel(world, ids, guild, "Foxes of the week", ChannelType.PUBLIC_THREAD, parent=gallery)
    _channel(world, ids, guild, "lounge", ChannelType.VOICE)


_MODERATOR = Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES | Permission.MODERATE_MEMBERS


def _guild(world: World, ids: _FixedIds, name: str, people: list[User]) -> Guild:
    """The first of the people owns it."""
    guild_id = ids.next()
    guild = Guild(id=guild_id, name=name, owner_id=people[0].id)
    guild.roles[guild_id] = Role(id=guild_id, name="@everyone", permissions=int(EVERYONE))
    bot_role = Role(id=ids.next(), name=world.bot.name, permissions=int(EVERYONE), position=1)
    guild.roles[bot_role.id] = bot_role
    guild.members[world.bot.id] = Member(user_id=world.bot.id, role_ids=[bot_role.id], joined_at_s=FOUNDED_S)
    for user in people:
        guild.members[user.id] = Member(user_id=user.id, joined_at_s=FOUNDED_S)
    world.guilds[guild.id] = guild
    return guild


def _channel(
    world: World,
    ids: _FixedIds,
    guild: Guild,
    name: str,
    kind: ChannelType = ChannelType.TEXT,
    *,
    parent: Channel | None = None,
) -> Channel:
    channel = Channel(
        id=ids.next(),
        type=kind,
        name=name,
        parent_id=None if parent is None else parent.id,
        owner_id=None if parent is None else guild.owner_id,
        position=len(guild.channels),
    )
    return world.add_channel(guild, channel)
