"""Who acts, as an interaction tells it: in a guild, or in direct messages about something of a guild."""

from __future__ import annotations

from typing import Any

import discord

from cogs.services import services_of
from generation.asking import Asker
from generation.image_desk import ImageUnknownError, Viewer
from storage.accounts import Account


def role_ids_of(user: discord.User | discord.Member) -> frozenset[int]:
    """Return the roles of a member as Discord sent them; nobody who left has any.

    `Member.roles` would leave out those of a guild that the gateway has not told us of yet.
    """
    if not isinstance(user, discord.Member):
        return frozenset()
    return frozenset(user._roles)  # pyright: ignore[reportPrivateUsage]  # see above


def asker_of(interaction: discord.Interaction[Any]) -> Asker:
    """Return the member who acts and where; only for what is used in guilds."""
    assert interaction.guild_id is not None
    assert interaction.channel_id is not None
    channel = interaction.channel
    thread = channel if isinstance(channel, discord.Thread) else None
    return Asker(
        account=Account(guild_id=interaction.guild_id, user_id=interaction.user.id),
        role_ids=role_ids_of(interaction.user),
        channel_id=interaction.channel_id,
        parent_channel_id=None if thread is None else thread.parent_id,
        in_private_thread=thread is not None and thread.is_private(),
        name=interaction.user.display_name,
    )


async def asker_in(interaction: discord.Interaction[Any], guild_id: int) -> Asker:
    """Return who acts on something of a guild, also in direct messages: there Discord is asked for their roles.

    Raises:
        ImageUnknownError: they are in another guild, or are no member of that one.
    """
    if interaction.guild_id is not None:
        if interaction.guild_id != guild_id:
            raise ImageUnknownError
        return asker_of(interaction)
    assert interaction.channel_id is not None
    member = await _member_in(interaction, guild_id)
    return Asker(
        account=Account(guild_id=guild_id, user_id=member.id),
        role_ids=role_ids_of(member),
        channel_id=interaction.channel_id,
        is_direct=True,
        name=member.display_name,
    )


async def viewer_in(interaction: discord.Interaction[Any], guild_id: int | None) -> Viewer:
    """Return who looks at something of a guild, and whether they moderate there.

    Raises:
        ImageUnknownError: it is of no guild, they are in another one, or are no member of it.
    """
    if guild_id is None or interaction.guild_id not in (None, guild_id):
        raise ImageUnknownError
    if interaction.guild_id is None:
        member = await _member_in(interaction, guild_id)
        roles, manages = role_ids_of(member), member.guild_permissions.manage_guild
    else:
        roles, manages = role_ids_of(interaction.user), interaction.permissions.manage_guild
    if not manages:
        settings = await services_of(interaction).intake.settings(guild_id)
        manages = bool(settings.moderator_roles & roles)
    return Viewer(user_id=interaction.user.id, guild_id=guild_id, is_moderator=manages)


async def _member_in(interaction: discord.Interaction[Any], guild_id: int) -> discord.Member:
    guild = interaction.client.get_guild(guild_id)
    try:
        if guild is not None:
            return await guild.fetch_member(interaction.user.id)
    except discord.NotFound:
        pass
    raise ImageUnknownError
