"""What a card has to show now: what the database says of its request, and what its place can take."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

import discord
from discord.ext import commands

from cogs.card import CardFacts
from cogs.images.rows import Offer
from generation.forecast import Forecast
from generation.newest import Newest
from generation.options import Resolution
from generation.prices import PriceTable
from storage import card_readings
from storage.card_readings import CardReading
from storage.database import Database
from storage.guild_settings import GuildSettings
from storage.jobs import Job, JobState, PostedPicture
from storage.requests import Request

log = logging.getLogger(__name__)

SAFE_UPLOAD_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
SMALLEST_UPLOAD_BYTES = 1024 * 1024
LEARNED_KEPT = 1000

Forecasts = Callable[[list[Job], Resolution], Forecast]


class CardReader:
    """Reads what cards show. Remembers what Discord refused of them, so that it is not tried again at once."""

    def __init__(
        self,
        bot: commands.Bot,
        database: Database,
        prices: PriceTable,
        defaults: GuildSettings,
        *,
        deadline: timedelta,
    ) -> None:
        self._bot = bot
        self._database = database
        self._prices = prices
        self._defaults = defaults
        self._deadline = deadline
        # Bytes by guild, where Discord took less than it announced; forgotten, that costs one refused upload.
        self._learned_limits: Newest[int, int] = Newest("upload limits", most=LEARNED_KEPT)
        # Requests whose prompt AutoMod refuses, until their card is finished; forgotten, that costs one refused edit.
        self._hide_prompt: Newest[int, None] = Newest("hidden prompts", most=LEARNED_KEPT)
        self.forecast: Forecasts | None = None

    async def read(self, request_id: int) -> CardReading | None:
        """Return all about a request, or None where there is none."""
        return await self._database.look(lambda tx: card_readings.read(tx, request_id, self._defaults))

    def facts(self, reading: CardReading) -> CardFacts:
        """Return all that the card of a request shows now; its pictures are those that hang on it already."""
        request = reading.request
        open_jobs = [job for job in reading.jobs if not job.state.is_final]
        uncertain = [job.uncertain_at for job in open_jobs if job.state is JobState.UNCERTAIN and job.uncertain_at]
        forecast = None
        if open_jobs and self.forecast is not None:
            forecast = self.forecast(open_jobs, Resolution(request.resolution))
        return CardFacts(
            request=request,
            jobs=reading.jobs,
            offer=Offer(prices=self._prices, settings=reading.settings, stars=reading.stars),
            sheet=request.sheet.name if request.sheet else None,
            forecast=forecast,
            pictures={position: picture.name for position, picture in shown(reading.jobs).items()},
            upload_limit_bytes=self.upload_limit(request),
            uncertain_until=max(uncertain) + self._deadline if uncertain else None,
            prompt_hidden=request.id in self._hide_prompt,
        )

    def upload_limit(self, request: Request) -> int:
        """Return how many bytes one file may have where the card is."""
        if request.card is not None and request.card.channel_id != request.channel_id:
            return SAFE_UPLOAD_BYTES  # a direct message
        guild = self._bot.get_guild(request.account.guild_id)
        announced = SAFE_UPLOAD_BYTES if guild is None else guild.filesize_limit
        return min(announced, self._learned_limits.get(request.account.guild_id) or announced)

    def learn_that_less_is_taken(self, request: Request) -> None:
        """Note that Discord refused a file of the size that was the limit of where the card is."""
        guild_id, limit = request.account.guild_id, self.upload_limit(request)
        smaller = SAFE_UPLOAD_BYTES if limit > SAFE_UPLOAD_BYTES else limit * 4 // 5
        self._learned_limits.put(guild_id, max(SMALLEST_UPLOAD_BYTES, smaller))
        log.warning("Guild %d takes less than %d bytes", guild_id, limit)

    def hide_prompt(self, request: Request) -> None:
        """Show a card without its prompt from now on."""
        self._hide_prompt.put(request.id, None)

    def forget(self, request: Request) -> None:
        """Forget what belongs to a card that is finished."""
        self._hide_prompt.forget(request.id)


def shown(its_jobs: list[Job]) -> dict[int, PostedPicture]:
    """Return the pictures that hang on a card, by position."""
    return {job.position: job.posted for job in its_jobs if job.posted is not None and job.deleted_at is None}
