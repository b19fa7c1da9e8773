"""Whether somebody may see where an image was asked for."""

from __future__ import annotations

from typing import Any

import discord

from generation.image_desk import Viewer
from storage.requests import Request


def may_see(interaction: discord.Interaction[Any], viewer: Viewer, request: Request) -> bool:
    """Return whether the viewer may see a request: their own, or a public one in a channel that they can read.

    A channel that the client does not know is one of those that are gone, or that it was never shown: then nobody else
    may. In direct messages nothing tells which channels somebody reads: there only their own are shown.
    """
    if request.account.user_id == viewer.user_id:
        return True
    if request.forgotten or request.private:
        return False
    if request.channel_id == interaction.channel_id:
        return True
    guild, user = interaction.guild, interaction.user
    if request.private_thread or guild is None or not isinstance(user, discord.Member):
        return False
    channel = guild.get_channel(request.parent_channel_id or request.channel_id)
    return channel is not None and channel.permissions_for(user).view_channel
