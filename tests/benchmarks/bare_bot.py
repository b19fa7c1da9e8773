"""The least that a discord.py bot can be: one command that only defers. As a program, beside ours in `make bench`."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


class BareBot(discord.Client):
    """Connects as ours does, and holds nothing but what discord.py holds."""

    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.tree = app_commands.CommandTree(self)
        self.tree.command(name="imagine", description="Defer")(imagine)

    async def setup_hook(self) -> None:
        await self.tree.sync()


async def imagine(interaction: discord.Interaction[BareBot], prompt: str) -> None:
    """Answer with "thinking"."""
    del prompt
    await interaction.response.defer()


async def run(new_bot: Callable[[], BareBot]) -> None:
    """Run a bot before the Discord that the environment names, until SIGTERM."""
    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["DISCORD_GATEWAY_URL"])
    async with new_bot() as bot:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, lambda: loop.create_task(bot.close()))
        await bot.start(os.environ["DISCORD_TOKEN"])


if __name__ == "__main__":
    asyncio.run(run(BareBot))
