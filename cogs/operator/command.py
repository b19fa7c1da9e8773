"""The commands of /operator. They work in servers and in direct messages with the bot; all answers are private."""

from __future__ import annotations

import asyncio
import platform
from datetime import datetime
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.boxed import boxed
from cogs.budget.amounts import read_pool
from cogs.errors import RefusalError
from cogs.moderators import operator_ids, require_operator
from cogs.operator.guilds import guilds_view, names_of
from cogs.texts import budget as budget_texts
from cogs.texts import operator as texts
from generation.budget_desk import BudgetDesk, Change
from generation.operator_desk import OperatorDesk
from storage.database import SQLITE_VERSION
from storage.periods import PeriodKind
from storage.pools import ALL_GUILDS, Pool, PoolOwner

PERIODS = [Choice(name=name, value=kind.value) for kind, name in budget_texts.PERIOD_CHOICES.items()]
MAX_SUGGESTIONS = 25


@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
@app_commands.default_permissions(administrator=True)
class OperatorCog(commands.GroupCog, group_name="operator", group_description="For who runs this bot"):
    """Shows and limits what all servers use together."""

    def __init__(
        self, desk: OperatorDesk, budgets: BudgetDesk, *, version: str, database_path: Path, started_at: datetime
    ) -> None:
        self._desk = desk
        self._budgets = budgets
        self._version = version
        self._database_path = database_path
        self._started_at = started_at

    @app_commands.command()
    async def status(self, interaction: discord.Interaction[Any]) -> None:
        """See the balance, what was spent, the queue, and what failed lately."""
        require_operator(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)  # the provider may be slow to tell the balance
        text = texts.status(await self._desk.status(), await self._process(interaction))
        await interaction.edit_original_response(view=boxed(text))

    async def _process(self, interaction: discord.Interaction[Any]) -> texts.ProcessFacts:
        files = (self._database_path, self._database_path.with_name(f"{self._database_path.name}-wal"))
        size = await asyncio.to_thread(lambda: sum(file.stat().st_size for file in files if file.exists()))
        return texts.ProcessFacts(
            version=self._version,
            python=platform.python_version(),
            discord_py=discord.__version__,
            sqlite=SQLITE_VERSION,
            started_at=self._started_at,
            guild_count=len(interaction.client.guilds),
            database_bytes=size,
        )

    @app_commands.command()
    @app_commands.describe(
        amount="Whole credits, or none for no limit; leave all out to see your limits",
        period="How often they come back (usually a month)",
        server="One server only; leave it out for all together",
    )
    @app_commands.choices(period=PERIODS)
    async def pool(
        self,
        interaction: discord.Interaction[Any],
        amount: Range[str, 1, 30] | None = None,
        period: str = PeriodKind.MONTH,
        server: Range[str, 1, 100] | None = None,
    ) -> None:
        """Limit what all servers, or one of them, may spend; or see your limits."""
        require_operator(interaction)
        names = names_of(interaction)
        if amount is None:
            if server is not None:
                raise RefusalError(texts.AMOUNT_NEEDED)
            shown = texts.pools(await self._desk.pools(), names)
            await interaction.response.send_message(view=boxed(shown), ephemeral=True)
            return
        guild_id = ALL_GUILDS if server is None else _guild_id(server, names)
        text = await self._set_pool(interaction.user.id, guild_id, read_pool(amount), PeriodKind(period), names)
        await interaction.response.send_message(text, ephemeral=True)

    async def _set_pool(
        self, actor_id: int, guild_id: int, amount: int | None, period: PeriodKind, names: dict[int, str]
    ) -> str:
        change, guild = Change(guild_id=guild_id, actor_id=actor_id), names.get(guild_id)
        if amount is None:
            cleared = await self._budgets.clear_pool(change, guild_id, PoolOwner.OPERATOR)
            if cleared is None:
                raise RefusalError(texts.no_pool(guild))
            return texts.pool_cleared(cleared, guild)
        pool = Pool(guild_id=guild_id, owner=PoolOwner.OPERATOR, amount=amount, period=period, set_by=actor_id)
        before, level = await self._budgets.set_pool(change, pool)
        return texts.pool_set(level, before, guild)

    @pool.autocomplete("server")
    async def suggest_server(self, interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        """Offer the servers that the bot is in, to the operator only."""
        if interaction.user.id not in operator_ids(interaction.client.application):
            return []
        fitting = [
            (guild_id, name) for guild_id, name in names_of(interaction).items() if typed.lower() in name.lower()
        ]
        return [Choice(name=name[:100], value=str(guild_id)) for guild_id, name in fitting[:MAX_SUGGESTIONS]]

    @app_commands.command()
    async def guilds(self, interaction: discord.Interaction[Any]) -> None:
        """See what each server used this month."""
        require_operator(interaction)
        view = guilds_view(await self._desk.guilds(), names_of(interaction), 0)
        await interaction.response.send_message(view=view, ephemeral=True)


def _guild_id(text: str, names: dict[int, str]) -> int:
    """Return the server that a suggestion, an id or a name means."""
    if text.isascii() and text.isdigit() and int(text) in names:
        return int(text)
    called = [guild_id for guild_id, name in names.items() if name.casefold() == text.casefold().strip()]
    if len(called) != 1:
        raise RefusalError(texts.server_unknown(text))
    return called[0]
