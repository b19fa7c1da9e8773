"""The bot's connection to Discord: logging in, however long Discord is away, and staying connected."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord

from cogs.image_bot import ImageBot
from generation.exchange import CONNECTION_TROUBLE
from generation.workers import cancel

log = logging.getLogger(__name__)

LOGIN_REFUSED = "Discord refuses DISCORD_TOKEN. Copy it anew from the developer portal (Bot, Reset Token)."
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
RECONNECT_AFTER_S = 5.0


class LoginRefusedError(Exception):
    """Discord does not let the bot in; the text says what to do."""


async def log_in(bot: ImageBot, token: str, stop: asyncio.Event) -> bool:
    """Log in; return False where the bot is to stop before that. Raises LoginRefusedError."""
    retry_s = FIRST_RETRY_S
    stopping = asyncio.create_task(stop.wait(), name="stop signal")
    try:
        while not stop.is_set():
            attempt = asyncio.create_task(_try_to_log_in(bot, token), name="login")
            await asyncio.wait({attempt, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if attempt.done() and attempt.result():
                return True
            await cancel(attempt)
            await asyncio.wait({stopping}, timeout=retry_s)
            retry_s = min(LONGEST_RETRY_S, retry_s * 2)
        return False
    finally:
        stopping.cancel()


async def _try_to_log_in(bot: ImageBot, token: str) -> bool:
    try:
        await bot.login(token)
    except discord.LoginFailure:
        raise LoginRefusedError(LOGIN_REFUSED) from None
    except (discord.HTTPException, *CONNECTION_TROUBLE) as error:
        if isinstance(error, discord.HTTPException) and error.status < 500 and error.status != 429:
            log.error("Discord refused what the bot told at its start (%s); the bot goes on trying", error)
        else:
            log.warning("Discord was not reached (%s); the bot goes on trying", type(error).__name__)
        await bot.http.close()  # each login opens a session of its own, here on a connector of its own
        bot.http.connector = discord.utils.MISSING
        return False
    return True


async def stay_connected(bot: ImageBot) -> None:
    """Keep the gateway connected: one event that discord.py cannot read must not end the bot."""
    while not bot.is_closed():
        try:
            await bot.connect(reconnect=True)
        except (discord.LoginFailure, discord.PrivilegedIntentsRequired):
            raise
        except Exception as error:  # a worker's loop: see above
            # discord.py 2.7.1 fails so where Discord asks for another connection before the first session began.
            socket: Any = bot.ws
            is_known = isinstance(error, AttributeError) and socket is None
            level = logging.WARNING if is_known else logging.ERROR
            text = "The gateway connection broke; connecting anew in %.0f s"
            log.log(level, text, RECONNECT_AFTER_S, exc_info=not is_known)
            await asyncio.sleep(RECONNECT_AFTER_S)
