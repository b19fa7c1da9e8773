"""The least that a bot can be that forgets nothing: it stores what was asked durably, then defers. As a program.

What it takes longer than one that only defers is a thread and the disk: whoever keeps asks cannot have it for less.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

import aiosqlite
import discord

from tests.benchmarks.bare_bot import BareBot, run


class StoringBot(BareBot):
    """Keeps what was asked in one table, as durably as ours does."""

    def __init__(self) -> None:
        super().__init__()
        self.tree.remove_command("imagine")
        self.tree.command(name="imagine", description="Store and defer")(imagine)

    async def setup_hook(self) -> None:
        self.database = await aiosqlite.connect(os.environ["DATABASE_PATH"], isolation_level=None)
        await self.database.execute("PRAGMA journal_mode = WAL")
        await self.database.execute("PRAGMA synchronous = FULL")
        await self.database.execute("CREATE TABLE ask (id INTEGER PRIMARY KEY, user_id INTEGER, prompt TEXT) STRICT")
        await super().setup_hook()

    async def close(self) -> None:
        await super().close()
        await self.database.close()


async def imagine(interaction: discord.Interaction[Any], prompt: str) -> None:
    """Store, then answer with "thinking"."""
    await interaction.client.database.execute(
        "INSERT INTO ask VALUES (?, ?, ?)", (interaction.id, interaction.user.id, prompt)
    )
    await interaction.response.defer()


if __name__ == "__main__":
    asyncio.run(run(StoringBot))
