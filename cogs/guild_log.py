"""The log channels of guilds: what the audit trail holds for them is posted there, in order, and after every restart.

Several rows share a message, so that a flood of refusals is no flood of messages. A guild whose channel is slow, or
gone, holds up no other.
"""

from __future__ import annotations

import logging
from types import TracebackType
from typing import Self

import discord
from discord.ext import commands

from cogs.posting import PLACE_IS_CLOSED
from cogs.texts import guild_log as texts
from generation.clock import Clock
from generation.exchange import CONNECTION_TROUBLE
from generation.workers import Workers
from storage import audit, guild_settings, jobs, requests
from storage.audit import AuditEntry, AuditKind
from storage.database import Database
from storage.guild_settings import GuildSettings, Setting

log = logging.getLogger(__name__)

LOOK_EVERY_S = 3.0
"""A log need not be quicker; an index tells in no time that nothing waits."""

ROWS_AT_ONCE = 15
MESSAGE_CHARS = 1900
FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 300.0


class GuildLog:
    """Posts what waits for the log channels, one worker for each guild with something to tell."""

    def __init__(self, bot: commands.Bot, database: Database, defaults: GuildSettings, clock: Clock) -> None:
        self._bot = bot
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._workers = Workers()
        self._busy: set[int] = set()  # guilds with a worker

    async def __aenter__(self) -> Self:
        await self._workers.__aenter__()
        self._workers.start(self._watch(), name="guild logs")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._workers.__aexit__(kind, error, trace)

    async def _watch(self) -> None:
        while True:
            try:
                async with self._database.reading() as tx:
                    waiting = await audit.guilds_to_log(tx)
            except Exception:  # a worker's loop
                log.exception("The audit trail could not be read")
                waiting = []
            for guild_id in waiting:
                if guild_id not in self._busy:
                    self._busy.add(guild_id)
                    self._workers.start(self._tell(guild_id), name=f"log of guild {guild_id}")
            await self._clock.sleep(LOOK_EVERY_S)

    async def _tell(self, guild_id: int) -> None:
        retry_s = FIRST_RETRY_S
        try:
            while True:
                try:
                    if not await self._step(guild_id):
                        return
                    retry_s = FIRST_RETRY_S
                except (discord.HTTPException, discord.RateLimited, *CONNECTION_TROUBLE) as error:
                    log.warning("The log of guild %d waits: %s", guild_id, type(error).__name__)
                    await self._clock.sleep(retry_s)
                    retry_s = min(LONGEST_RETRY_S, retry_s * 2)
        finally:
            self._busy.discard(guild_id)

    async def _step(self, guild_id: int) -> bool:
        """Post one message; return False where nothing is left."""
        async with self._database.reading() as tx:
            settings = await guild_settings.load(tx, guild_id, self._defaults)
            entries = await audit.waiting_for_log(tx, guild_id, limit=ROWS_AT_ONCE)
        if not entries:
            return False
        if settings.log_channel_id is None:  # it was turned off meanwhile
            await self._mark(guild_id, entries[-1].id)
            return True
        lines: list[str] = []
        last = entries[0]
        for entry in entries:
            line = await self._line(entry)
            if lines and sum(map(len, lines)) + len(lines) + len(line) > MESSAGE_CHARS:
                break
            lines.append(line[:MESSAGE_CHARS])
            last = entry
        try:
            message = await self._bot.get_partial_messageable(settings.log_channel_id).send(
                "\n".join(lines), nonce=f"log-{entries[0].id}", suppress_embeds=True
            )
        except discord.HTTPException as error:
            if error.code not in PLACE_IS_CLOSED:
                raise
            await self._turn_off(guild_id, settings.log_channel_id, error.code)
            return True
        await self._mark(guild_id, last.id, channel_id=settings.log_channel_id, message_id=message.id)
        return True

    async def tell_anew(self, channel_id: int, message_id: int) -> None:
        """Edit a message of a log channel so that it shows its rows as they are now.

        Raises:
            discord.HTTPException: Discord refuses, or is in trouble.
        """
        async with self._database.reading() as tx:
            entries = await audit.shown_by(tx, message_id)
        lines = [(await self._line(entry))[:MESSAGE_CHARS] for entry in entries]
        message = self._bot.get_partial_messageable(channel_id).get_partial_message(message_id)
        if lines:
            await message.edit(content="\n".join(lines)[:MESSAGE_CHARS])
        else:
            await message.delete()

    async def _line(self, entry: AuditEntry) -> str:
        if entry.kind is AuditKind.IMAGE_MADE and entry.job_id is not None:
            async with self._database.reading() as tx:
                job = await jobs.get(tx, entry.job_id)
                request = None if job is None else await requests.get(tx, job.request_id)
            if request is not None and request.forgotten:
                return texts.image_forgotten(entry)
            if job is not None and request is not None:
                return texts.image_made(entry, request, job)
        return texts.line(entry)

    async def _mark(
        self, guild_id: int, up_to: int, *, channel_id: int | None = None, message_id: int | None = None
    ) -> None:
        async with self._database.transaction() as tx:
            await audit.mark_logged(tx, guild_id, up_to=up_to, channel_id=channel_id, message_id=message_id)

    async def _turn_off(self, guild_id: int, channel_id: int, code: int) -> None:
        """Stop logging to a channel that is gone or closed to us; the trail keeps all of it, and this too."""
        log.warning("The log channel %d of guild %d is closed (%d); logging there ends", channel_id, guild_id, code)
        assert self._bot.user is not None
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, guild_id, self._defaults)
            if settings.log_channel_id != channel_id:
                return  # moderators named another one meanwhile
            await guild_settings.put(tx, guild_id, Setting.LOG_CHANNEL, None)
            await audit.record(
                tx,
                guild_id=guild_id,
                actor_id=self._bot.user.id,
                kind=AuditKind.SETTING_CHANGED,
                before={"setting": Setting.LOG_CHANNEL, "value": channel_id},
                after={"setting": Setting.LOG_CHANNEL, "value": None},
                now=self._clock.now(),
            )
