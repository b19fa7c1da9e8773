"""The command /queue."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.moderators import require_moderator
from cogs.queue.buttons import queue_view
from generation.queue_desk import QueueDesk


class QueueCog(commands.Cog):
    """Shows moderators their server's queue."""

    def __init__(self, desk: QueueDesk) -> None:
        self._desk = desk

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def queue(self, interaction: discord.Interaction[Any]) -> None:
        """See what waits here; cancel, pause, resume or clear it."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        view = queue_view(await self._desk.overview(interaction.guild_id), 0)
        await interaction.response.send_message(view=view, ephemeral=True)
