"""Direct messages to the operator: the owner of the application, or its team's."""

from __future__ import annotations

import asyncio
import logging

import discord
from discord.ext import commands

from cogs.posting import open_direct_channel
from generation.clock import Clock
from generation.exchange import CONNECTION_TROUBLE

log = logging.getLogger(__name__)

FIRST_RETRY_S, LONGEST_RETRY_S = 2.0, 300.0
GIVE_UP_AFTER_S = 24 * 3600.0


class OperatorNotice:
    """Tells the operator, one message after the other in their order."""

    def __init__(self, bot: commands.Bot, clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._turn = asyncio.Lock()

    async def tell(self, text: str) -> None:
        """Send a direct message, later where Discord is away. Where it is refused the log has the trouble anyway."""
        async with self._turn:
            began_s, retry_s = self._clock.steady_s(), FIRST_RETRY_S
            while self._clock.steady_s() - began_s < GIVE_UP_AFTER_S:
                try:
                    await self._send(text)
                    return
                except discord.HTTPException as error:
                    log.warning("The operator could not be told: Discord answered %d %d", error.status, error.code)
                    if error.status < 500 and error.status != 429:
                        return
                except (discord.RateLimited, *CONNECTION_TROUBLE) as error:
                    log.warning("The operator could not be told yet: %s", type(error).__name__)
                await self._clock.sleep(retry_s)
                retry_s = min(LONGEST_RETRY_S, retry_s * 2)

    async def _send(self, text: str) -> None:
        application = await self._bot.application_info()
        owner_id = application.owner.id
        if application.team is not None and application.team.owner_id is not None:
            owner_id = application.team.owner_id
        channel_id = await open_direct_channel(self._bot, owner_id)
        await self._bot.get_partial_messageable(channel_id).send(text)
