"""Shards: over how many connections Discord spreads the bot's servers, and which of them this process holds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord.ext import commands

from cogs.connection import LOGIN_REFUSED, LoginRefusedError
from cogs.image_bot import ImageBot
from generation.exchange import CONNECTION_TROUBLE
from generation.workers import cancel

log = logging.getLogger(__name__)

FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
IDS_OF_A_SHARD = 1_000_000_000
"""More images than any shard makes: at the provider's limit, enough for sixteen years."""


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """The shards of all processes together, and those of this one, in order."""

    count: int
    ids: tuple[int, ...]

    @property
    def share(self) -> float:
        """This process's part of what all processes may take from the provider together, above 0 to 1."""
        return len(self.ids) / self.count

    def part_of(self, limit: int) -> int:
        """Return this process's part of a limit on all of them together: rounded down, and at least 1."""
        return max(1, limit * len(self.ids) // self.count)

    @property
    def ids_above(self) -> int:
        """Above what this process numbers its images, so that no two processes have one of the same number."""
        return min(self.ids) * IDS_OF_A_SHARD

    @property
    def is_first(self) -> bool:
        """Whether direct messages come here, and what is done once for all processes is done here."""
        return 0 in self.ids


async def plan_shards(
    token: str, *, count: int | None, ids: tuple[int, ...] | None, stop: asyncio.Event
) -> ShardPlan | None:
    """Take what is set, or else as many shards as Discord recommends; None where the bot is to stop before that.

    Raises:
        LoginRefusedError: Discord does not take the token.
    """
    retry_s = FIRST_RETRY_S
    stopping = asyncio.create_task(stop.wait(), name="stop signal")
    try:
        while count is None:
            asking = asyncio.create_task(_recommended(token), name="shards")
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await cancel(asking)
                return None
            count = asking.result()
            if count is None:
                await asyncio.wait({stopping}, timeout=retry_s)
                retry_s = min(LONGEST_RETRY_S, retry_s * 2)
    finally:
        stopping.cancel()
    return ShardPlan(count, ids if ids is not None else tuple(range(count)))


async def _recommended(token: str) -> int | None:
    """Ask Discord, which tells it only to a bot that is logged in; None where it cannot tell now."""
    try:
        async with discord.Client(intents=discord.Intents(guilds=True)) as client:
            await client.http.static_login(token)
            count, _, _ = await client.http.get_bot_gateway()
            return max(1, int(count))
    except discord.LoginFailure:
        raise LoginRefusedError(LOGIN_REFUSED) from None
    except (discord.HTTPException, discord.GatewayNotFound, *CONNECTION_TROUBLE) as error:
        log.warning("Discord was not reached (%s); the bot goes on trying", type(error).__name__)
    return None


class ShardedImageBot(ImageBot, commands.AutoShardedBot):
    """The bot over several connections; each is lost and found again alone."""

    def __init__(self, plan: ShardPlan) -> None:
        super().__init__(shard_count=plan.count, shard_ids=list(plan.ids))
        self.plan = plan
        # An event that cannot be read would end the whole client here; with one connection, that is made anew.
        state: Any = self._connection
        for name, parse in list(state.parsers.items()):
            state.parsers[name] = _surviving(name, parse)

    @property
    def shards_online(self) -> int:
        """How many of this process's connections stand now."""
        return sum(not shard.is_closed() for shard in self.shards.values())

    @property
    def is_online(self) -> bool:
        """Whether every connection of this process stands now."""
        return self.is_ready() and self.shards_online == len(self.plan.ids)


def bot_for(plan: ShardPlan) -> ImageBot:
    """Return the bot that holds these shards."""
    return ImageBot() if plan.count == 1 else ShardedImageBot(plan)


def _surviving(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    def survive(data: Any) -> None:
        try:
            parse(data)
        except Exception:  # an event that nobody foresaw costs this event
            log.exception("Event %s could not be read", name)

    return survive
