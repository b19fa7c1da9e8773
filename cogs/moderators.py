"""Who may do what besides making images: moderators of a guild, and the operator. Asked anew at every use."""

from __future__ import annotations

from typing import Any

import discord

from cogs import texts
from cogs.asker import role_ids_of
from cogs.errors import RefusalError
from cogs.services import services_of


async def is_moderator(interaction: discord.Interaction[Any]) -> bool:
    """Return whether the member has Manage Server, or a role that the guild named."""
    if interaction.guild_id is None:
        return False
    if interaction.permissions.manage_guild:
        return True
    settings = await services_of(interaction).intake.settings(interaction.guild_id)
    return bool(settings.moderator_roles & role_ids_of(interaction.user))


async def require_moderator(interaction: discord.Interaction[Any]) -> None:
    """Raise RefusalError where the member is no moderator of the guild."""
    if not await is_moderator(interaction):
        raise RefusalError(texts.MODERATORS_ONLY)


def operator_ids(application: discord.AppInfo | None) -> frozenset[int]:
    """Return who runs the bot: the application's owner, or the members of its team who may change it."""
    if application is None:
        return frozenset()
    if application.team is None:
        return frozenset({application.owner.id})
    may_only_look = discord.TeamMemberRole.read_only
    return frozenset(member.id for member in application.team.members if member.role is not may_only_look)


def require_operator(interaction: discord.Interaction[Any]) -> None:
    """Raise RefusalError where the user does not run the bot."""
    if interaction.user.id not in operator_ids(interaction.client.application):
        raise RefusalError(texts.OPERATOR_ONLY)
