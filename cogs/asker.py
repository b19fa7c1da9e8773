"""Who asks, as an interaction tells it."""

from __future__ import annotations

from typing import Any

import discord

from generation.asking import Asker
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
    return Asker(
        account=Account(guild_id=interaction.guild_id, user_id=interaction.user.id),
        role_ids=role_ids_of(interaction.user),
        channel_id=interaction.channel_id,
        parent_channel_id=channel.parent_id if isinstance(channel, discord.Thread) else None,
    )
