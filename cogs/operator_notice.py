"""Direct messages to the operator: the owner of the application, or its team's."""

from __future__ import annotations

import logging

import discord
from discord.ext import commands

from cogs.posting import open_direct_channel

log = logging.getLogger(__name__)


async def tell_operator(bot: commands.Bot, text: str) -> None:
    """Send a direct message. Where that cannot be done the log has it, as the trouble itself is logged anyway."""
    try:
        application = await bot.application_info()
        owner_id = application.owner.id
        if application.team is not None and application.team.owner_id is not None:
            owner_id = application.team.owner_id
        channel_id = await open_direct_channel(bot, owner_id)
        await bot.get_partial_messageable(channel_id).send(text)
    except discord.HTTPException as error:
        log.warning("The operator could not be told: Discord answered %d %d", error.status, error.code)
