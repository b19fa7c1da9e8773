"""A new log or gallery channel: whether the bot may post there is found out by posting."""

from __future__ import annotations

import logging
from typing import Any

import discord

from cogs.errors import RefusalError
from cogs.settings.guild_places import GuildPlaces
from cogs.texts import settings as texts

log = logging.getLogger(__name__)


async def begin_posting(interaction: discord.Interaction[Any], channel_id: int, text: str) -> None:
    """Post the first line. Defers the interaction, as Discord may take its time.

    Raises:
        RefusalError: the channel is gone, is another guild's, or Discord does not let us post there.
    """
    if GuildPlaces.of(interaction.guild).channel_gone(channel_id):
        raise RefusalError(texts.CHANNEL_IS_GONE)
    await interaction.response.defer()
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
    try:
        await channel.send(text, nonce=f"log{interaction.id}")
    except discord.Forbidden:
        raise RefusalError(texts.cannot_post_there(channel_id)) from None
    except discord.NotFound:
        raise RefusalError(texts.CHANNEL_IS_GONE) from None
    except (discord.HTTPException, discord.RateLimited) as error:
        log.warning("A channel did not take its first line: %s", error)
        raise RefusalError(texts.discord_would_not(channel_id)) from error
