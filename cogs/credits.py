"""/credits: where a member stands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.asker import asker_of
from cogs.boxed import boxed
from cogs.texts import credits as texts
from generation.intake import Intake
from generation.options import Resolution


class CreditsCog(commands.Cog):
    """Shows members their credits."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    @app_commands.command()
    @app_commands.guild_only()
    async def credits(self, interaction: discord.Interaction[Any]) -> None:
        """See what you can spend, what is reserved, and when your allowance comes back."""
        balance, lines = await self._intake.statement(asker_of(interaction))
        text = texts.standing(
            guild=interaction.guild.name if interaction.guild and interaction.guild.name else "this server",
            held=balance,
            prices=[(resolution, self._intake.prices.price(resolution)) for resolution in Resolution],
        )
        await interaction.response.send_message(view=boxed(f"{text}\n\n{texts.statement(lines)}"), ephemeral=True)
