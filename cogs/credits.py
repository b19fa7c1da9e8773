"""/credits: where a member stands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs import texts
from generation.intake import Intake
from generation.options import Resolution
from storage.accounts import Account


class CreditsCog(commands.Cog):
    """Shows members their credits."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    @app_commands.command()
    @app_commands.guild_only()
    async def credits(self, interaction: discord.Interaction[Any]) -> None:
        """See what you can spend, what is reserved, and when your allowance comes back."""
        assert interaction.guild_id is not None
        account = Account(guild_id=interaction.guild_id, user_id=interaction.user.id)
        balance, lines = await self._intake.statement(account)
        text = texts.balance(
            guild=interaction.guild.name if interaction.guild and interaction.guild.name else "this server",
            allowance=balance.allowance,
            refill_amount=balance.refill_amount,
            grants=balance.grants,
            reserved=balance.reserved,
            refills_at=balance.refills_at,
            prices=[(resolution, self._intake.prices.price(resolution)) for resolution in Resolution],
        )
        await interaction.response.send_message(f"{text}\n\n{texts.statement(lines)}", ephemeral=True)
