"""Changing who is in a guild, which roles there are and who has them, and who may use which command."""

from sandbox.json_values import JsonObject, as_list
from sandbox.local_discord.broadcast import Broadcast
from sandbox.local_discord.world import Guild, Member, Role, User, World
from sandbox.local_discord.world_control import WorldChangeError


class PeopleControl:
    """Does to members and roles what a guild's administrators would do; raises `WorldChangeError`."""

    def __init__(self, world: World, broadcast: Broadcast) -> None:
        self._world = world
        self._broadcast = broadcast

    def add_member(self, guild_id: str, body: JsonObject) -> JsonObject:
        """Let a user join, `name` an existing or a new one. A bot without the members intent is told nothing."""
        guild, name = self._guild(guild_id), str(body.get("name", ""))
        if not name.isidentifier() or len(name) > 32:
            raise WorldChangeError("name is 1 to 32 letters, digits and underscores.")
        user = self._world.user_called(name)
        if user is None:
            user = User(id=self._world.snowflakes.next(), name=name, display_name=name.capitalize())
            self._world.users[user.id] = user
        guild.members.setdefault(user.id, Member(user_id=user.id))
        self._broadcast.world_changed()
        return {"id": str(user.id), "name": user.name}

    def remove_member(self, guild_id: str, user: str) -> None:
        """Let a member leave; they still exist."""
        guild = self._guild(guild_id)
        member = self._member(guild, user)
        if member.user_id in (guild.owner_id, self._world.bot.id):
            raise WorldChangeError("Neither the owner nor the bot can leave.")
        del guild.members[member.user_id]
        self._broadcast.world_changed()

    def set_roles(self, guild_id: str, user: str, body: JsonObject) -> JsonObject:
        """Give a member these `roles`, in place of those before."""
        guild = self._guild(guild_id)
        member = self._member(guild, user)
        wanted = [self._role(guild, str(role_id)).id for role_id in as_list(body.get("roles")) or []]
        member.role_ids = wanted
        self._broadcast.world_changed()
        return {"user_id": str(member.user_id), "roles": [str(role_id) for role_id in wanted]}

    def add_role(self, guild_id: str, body: JsonObject) -> JsonObject:
        """Make a role: `name`, `permissions` (a bit set, as text)."""
        guild, permissions = self._guild(guild_id), str(body.get("permissions", "0"))
        if not permissions.isdigit():
            raise WorldChangeError("permissions is a bit set, as text.")
        role = Role(
            id=self._world.snowflakes.next(),
            name=str(body.get("name", "new role")),
            permissions=int(permissions),
            position=len(guild.roles),
        )
        guild.roles[role.id] = role
        self._broadcast.role_event("GUILD_ROLE_CREATE", guild, role)
        return {"id": str(role.id), "name": role.name}

    def delete_role(self, guild_id: str, role_id: str) -> None:
        """Delete a role; nobody has it any more."""
        guild = self._guild(guild_id)
        role = self._role(guild, role_id)
        if role.id == guild.id:
            raise WorldChangeError("@everyone cannot be deleted.")
        del guild.roles[role.id]
        for member in guild.members.values():
            member.role_ids = [held for held in member.role_ids if held != role.id]
        self._broadcast.role_deleted(guild, role)

    def allow_command(self, guild_id: str, body: JsonObject) -> JsonObject:
        """Server Settings → Integrations: `command` is `allowed` (true, false, null for as usual) for a `role`."""
        guild, command, allowed = self._guild(guild_id), str(body.get("command", "")), body.get("allowed")
        role = self._role(guild, str(body.get("role")))
        guild.command_permissions.pop((command, role.id), None)
        if isinstance(allowed, bool):
            guild.command_permissions[command, role.id] = allowed
        self._broadcast.world_changed()
        return {"command": command, "role": str(role.id), "allowed": allowed}

    def _guild(self, guild_id: str) -> Guild:
        guild = self._world.guilds.get(int(guild_id)) if guild_id.isdigit() else None
        if guild is None:
            raise WorldChangeError(f"There is no guild {guild_id}.")
        return guild

    def _member(self, guild: Guild, name_or_id: str) -> Member:
        user = self._world.user_called(name_or_id)
        if user is None or user.id not in guild.members:
            raise WorldChangeError(f"{name_or_id} is not in {guild.name}.")
        return guild.members[user.id]

    def _role(self, guild: Guild, role_id: str) -> Role:
        role = guild.roles.get(int(role_id)) if role_id.isdigit() else None
        if role is None:
            raise WorldChangeError(f"There is no role {role_id} in {guild.name}.")
        return role
