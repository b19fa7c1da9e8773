"""Telling Discord of our commands, only when they changed: it allows 200 creations a day and takes its time."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable

from discord import app_commands
from discord.ext import commands

from storage import command_syncs
from storage.database import Database

log = logging.getLogger(__name__)


async def sync_if_changed(bot: commands.Bot, database: Database) -> None:
    """Compare our commands and Discord's with what was there after the last sync; sync where either differs."""
    assert bot.application_id is not None
    payload = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
    ours = hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()
    theirs = _versions(await bot.tree.fetch_commands())
    async with database.reading() as tx:
        known = await command_syncs.fingerprint(tx, bot.application_id)
    if known == f"{ours} {theirs}":
        return
    synced = await bot.tree.sync()
    log.info("Told Discord of %d commands", len(synced))
    theirs = _versions(await bot.tree.fetch_commands())
    async with database.transaction() as tx:
        await command_syncs.set_fingerprint(tx, bot.application_id, f"{ours} {theirs}")


def _versions(known: Iterable[app_commands.AppCommand]) -> str:
    """Whoever changes or removes a command at Discord, this text changes too."""
    described = sorted(json.dumps(_described(command), sort_keys=True, default=str) for command in known)
    return hashlib.sha256("\n".join(described).encode()).hexdigest()


def _described(command: app_commands.AppCommand) -> dict[str, object]:
    return {"id": command.id, **command.to_dict()}
