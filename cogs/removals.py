"""Messages of ours that have to go: they are deleted, and those of log channels told anew without forgotten words."""

from __future__ import annotations

import asyncio
import logging

import discord
from discord.ext import commands

from cogs.guild_log import GuildLog
from cogs.posting import PLACE_IS_CLOSED, UNKNOWN_MESSAGE
from generation.clock import Clock, wait_until_set
from generation.exchange import CONNECTION_TROUBLE
from storage import removals
from storage.database import Database
from storage.removals import MessageToRemove

log = logging.getLogger(__name__)

LOOK_EVERY_S = 3600.0
AGAIN_AFTER_S = 30.0
AT_ONCE = 50


class MessageRemover:
    """Removes what `storage.removals` lists, now and after every restart. One in trouble holds up no other."""

    def __init__(self, bot: commands.Bot, database: Database, guild_log: GuildLog, clock: Clock) -> None:
        self._bot = bot
        self._database = database
        self._guild_log = guild_log
        self._clock = clock
        self._due = asyncio.Event()

    def wake(self) -> None:
        """Remove soon what was added just now."""
        self._due.set()

    async def work(self) -> None:
        """Remove for ever."""
        while True:
            self._due.clear()
            try:
                is_done = await self._remove_some()
            except Exception:  # a worker's loop: a bug or a full disk must not end it
                log.exception("Messages could not be removed")
                is_done = False
            await wait_until_set(self._due, timeout_s=LOOK_EVERY_S if is_done else AGAIN_AFTER_S, clock=self._clock)

    async def _remove_some(self) -> bool:
        """Try everything that is listed once; return whether nothing is left."""
        skip = 0
        while True:
            async with self._database.reading() as tx:
                listed = await removals.messages(tx, limit=AT_ONCE, skip=skip)
            for message in listed:
                if not await self._remove(message):
                    skip += 1
            if len(listed) < AT_ONCE:
                return skip == 0

    async def _remove(self, message: MessageToRemove) -> bool:
        try:
            if message.is_log:
                await self._guild_log.tell_anew(message.channel_id, message.message_id)
            else:
                channel = self._bot.get_partial_messageable(message.channel_id)
                await channel.get_partial_message(message.message_id).delete()
        except (discord.HTTPException, discord.RateLimited, *CONNECTION_TROUBLE) as error:
            gone = isinstance(error, discord.HTTPException) and error.code in {UNKNOWN_MESSAGE, *PLACE_IS_CLOSED}
            if not gone:
                log.warning("A message could not be removed yet: %s", type(error).__name__)
                return False
        async with self._database.transaction() as tx:
            await removals.close_message(tx, message)
        return True
