"""Plantain's composition root: settings, wiring, signals. Knows every part; nothing imports it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from cogs.delivery import ChannelDelivery
from cogs.guild_log import GuildLog
from cogs.image_bot import ImageBot
from cogs.imagine import ImageMaker, ImagineFlow, OpenForms
from cogs.parts import all_parts
from cogs.pictures import PictureShop
from cogs.posting import CardPoster
from cogs.reconciler import Reconciler
from cogs.removals import MessageRemover
from cogs.services import Services
from cogs.stars.gallery import GalleryPoster
from generation.attachments import AttachmentReader
from generation.balance_watch import BalanceWatch
from generation.budget_desk import BudgetDesk
from generation.client import KieClient
from generation.clock import SystemClock
from generation.exchange import CONNECTION_TROUBLE
from generation.export_desk import ExportDesk
from generation.family import FamilyDesk
from generation.forgetting import Forgetter
from generation.gates import create_gate, query_gate
from generation.history_desk import HistoryDesk
from generation.image_desk import ImageDesk
from generation.intake import Intake
from generation.log_lines import JsonFormatter, SecretGuard
from generation.media import MediaStore
from generation.media_keeper import MediaKeeper, Retention
from generation.moderation import ModerationDesk
from generation.operator_desk import OperatorDesk
from generation.originals import Originals
from generation.preset_desk import PresetDesk
from generation.prices import PriceTable
from generation.queue import GenerationQueue, Limits
from generation.queue_desk import QueueDesk
from generation.settings_desk import SettingsDesk
from generation.thumbnails import Thumbnails
from generation.usage_desk import UsageDesk
from generation.workers import Workers
from storage import pools
from storage.allowances import Allowance
from storage.database import Database
from storage.errors import StorageError
from storage.guild_settings import GuildSettings
from storage.periods import PeriodKind

log = logging.getLogger("plantain")

VERSION = "0.1.0"

STOP_WITHIN_S = 10.0
RECONNECT_AFTER_S = 5.0


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(value)):
        raise ValueError("expected an https:// address (http:// only on this machine)")
    return value.rstrip("/")


def _local_address(value: str) -> str:
    if urlsplit(value).scheme not in {"http", "ws"} or not _is_loopback(value):
        raise ValueError("expected an http:// or ws:// address on this machine, as the sandbox prints it")
    return value


def _price_list(value: str) -> str:
    PriceTable.parse(value)
    return value


def _pool(value: str) -> str:
    if value:
        pools.parse(value)
    return value


def _present(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("expected a value, found none")
    return value


Secret = Annotated[SecretStr, AfterValidator(_present)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
LocalAddress = Annotated[str, AfterValidator(_local_address)]


class Settings(BaseSettings):
    """Everything an operator can set, from the environment or .env. `.env.example` explains each."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    discord_token: Secret
    kie_api_key: Secret
    database_path: Path = Path("data/bot.db")
    media_path: Path = Path("data/media")
    kie_api_url: WebAddress = "https://api.kie.ai"
    kie_upload_url: WebAddress = "https://kieai.redpandaai.co"
    discord_api_url: LocalAddress | None = None
    discord_gateway_url: LocalAddress | None = None
    weekly_allowance: int = Field(default=360, ge=0, le=1_000_000)
    prices: Annotated[str, AfterValidator(_price_list)] = ""
    operator_pool: Annotated[str, AfterValidator(_pool)] = ""
    low_balance: int = Field(default=500, ge=0, le=10_000_000)
    max_concurrent_jobs: int = Field(default=80, ge=1, le=1000)
    guild_concurrent_jobs: int = Field(default=20, ge=1, le=1000)
    member_concurrent_jobs: int = Field(default=4, ge=1, le=1000)
    job_deadline_s: int = Field(default=900, ge=1, le=86_400)
    references_kept_days: int = Field(default=365, ge=1, le=36_500)
    references_max_gb: int = Field(default=20, ge=1, le=100_000)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"


def read_settings() -> Settings:
    """Read the environment and the .env file beside this one (or the file that PLANTAIN_ENV_FILE names, "" for none).

    Raises:
        SystemExit: naming every wrong or missing setting at once, and what was expected of it.
    """
    default = Path(__file__).with_name(".env")
    env_file = os.environ.get("PLANTAIN_ENV_FILE", str(default)) or None
    try:
        return Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue]  # pydantic fills the required ones
    except ValidationError as error:
        lines = ["Plantain cannot start; these settings are missing or wrong (see .env.example):"]
        for problem in error.errors(include_input=False, include_url=False):  # the input may be a secret
            name = str(problem["loc"][0]).upper()
            says = "is required" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            lines.append(f"  {name}: {says}")
        raise SystemExit("\n".join(lines)) from None


class CannotStartError(Exception):
    """The bot cannot start; the text says what to do."""


def set_up_logging(settings: Settings) -> None:
    """Log to standard error."""
    inner = (
        JsonFormatter()
        if settings.log_format == "json"
        else logging.Formatter("{asctime} {levelname:<7} {name}: {message}", style="{")
    )
    secrets = (settings.discord_token.get_secret_value(), settings.kie_api_key.get_secret_value())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SecretGuard(inner, secrets))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    if settings.log_level == "DEBUG":
        logging.getLogger("discord").setLevel(logging.INFO)  # its DEBUG writes whole payloads, prompts among them


def point_at_local_discord(settings: Settings) -> None:
    """Where the sandbox's addresses are set, make discord.py use them instead of Discord's."""
    if settings.discord_api_url is not None:
        Route.BASE = settings.discord_api_url
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Run the bot until `stop` is set. Leaving ends workers first, then Discord, then HTTP, then SQLite."""
    clock = SystemClock()
    deadline = timedelta(seconds=settings.job_deadline_s)
    defaults = GuildSettings(
        default_allowance=Allowance.of(settings.weekly_allowance, PeriodKind.WEEK),
        images_at_once=settings.guild_concurrent_jobs,
        member_images_at_once=settings.member_concurrent_jobs,
    )
    operator_pool = pools.parse(settings.operator_pool) if settings.operator_pool else None
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database.open(settings.database_path))
        media = MediaStore(settings.media_path)
        await asyncio.to_thread(media.prepare)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = KieClient(
            session,
            api_url=settings.kie_api_url,
            upload_url=settings.kie_upload_url,
            api_key=settings.kie_api_key.get_secret_value(),
            create_gate=create_gate(),
            query_gate=query_gate(),
        )
        bot = await stack.enter_async_context(ImageBot())
        poster, thumbnails, prices = CardPoster(bot), Thumbnails(media), PriceTable.parse(settings.prices)
        pictures = PictureShop(media, thumbnails)
        reconciler = Reconciler(bot, database, poster, pictures, prices, defaults, clock, deadline=deadline)
        delivery = ChannelDelivery(bot, database, poster, reconciler, clock)
        intake = Intake(database, prices, defaults, clock, operator_pool=operator_pool)
        limits = Limits(jobs_at_once=settings.max_concurrent_jobs, deadline=deadline)
        queue = GenerationQueue(
            client, database, delivery, media, intake, limits=limits, defaults=defaults, clock=clock
        )
        reconciler.forecast = queue.forecast
        reader = AttachmentReader(
            session, database, media, clock, loopback_allowed=settings.discord_api_url is not None
        )
        retention = Retention(
            unused_for=timedelta(days=settings.references_kept_days),
            most_bytes=settings.references_max_gb * 1024**3,
        )
        keeper = MediaKeeper(database, media, retention, clock)
        guild_log = GuildLog(bot, database, defaults, clock)
        remover = MessageRemover(bot, database, guild_log, clock)

        def remove() -> None:
            keeper.wake()
            remover.wake()

        reconciler.removals_added = remove
        gallery = GalleryPoster(bot, database, pictures, prices, defaults, clock)
        images = ImageDesk(database, delivery, defaults, clock, files_removed=remove, gallery_changed=gallery.wake)
        history = HistoryDesk(database, media, thumbnails)
        forgetter = Forgetter(database, clock, removals_added=remove)
        forms = OpenForms(database, clock)
        flow = ImagineFlow(bot, queue, reader, delivery, images, forms)
        bot.services = Services(
            queue=queue,
            intake=intake,
            budgets=BudgetDesk(database, defaults, clock, operator_pool=operator_pool),
            moderation=ModerationDesk(database, clock),
            queue_desk=QueueDesk(database, queue, defaults, clock),
            operator=OperatorDesk(client, database, queue.hold, defaults, clock, operator_pool=operator_pool),
            usage=UsageDesk(database, defaults, clock),
            settings=SettingsDesk(database, defaults, clock, queue.settings_changed),
            images=images,
            history=history,
            exports=ExportDesk(database, media),
            family=FamilyDesk(database, history, media),
            presets=PresetDesk(database, clock),
            originals=Originals(client, clock),
            pictures=pictures,
            forgetter=forgetter,
            maker=ImageMaker(flow),
            database=database,
        )
        bot.parts = all_parts(
            bot, flow, reader, forms, version=VERSION, database_path=settings.database_path, started_at=clock.now()
        )
        await _log_in(bot, settings.discord_token.get_secret_value())
        await stack.enter_async_context(delivery)
        await stack.enter_async_context(queue)
        await stack.enter_async_context(guild_log)
        watch = BalanceWatch(client, database, queue.alarm, queue.hold, clock, threshold=settings.low_balance)
        watchers = await stack.enter_async_context(Workers())
        watchers.start(watch.work(), name="balance watch")
        watchers.start(keeper.work(), name="media keeper")
        watchers.start(remover.work(), name="message remover")
        watchers.start(forgetter.work(), name="forgetter")
        watchers.start(gallery.work(), name="galleries")
        await _serve(bot, queue, delivery, stop)


async def _log_in(bot: ImageBot, token: str) -> None:
    try:
        await bot.login(token)
    except discord.LoginFailure:
        raise CannotStartError(
            "Discord refuses DISCORD_TOKEN. Copy it anew from the developer portal (Bot, Reset Token)."
        ) from None
    except (discord.HTTPException, *CONNECTION_TROUBLE) as error:
        raise CannotStartError(f"Discord was not reached ({type(error).__name__}). Try again in a minute.") from error


async def _serve(bot: ImageBot, queue: GenerationQueue, delivery: ChannelDelivery, stop: asyncio.Event) -> None:
    connection = asyncio.create_task(_stay_connected(bot), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop signal")
    await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    log.info("Stopping")
    async with asyncio.TaskGroup() as draining:
        draining.create_task(queue.drain(timeout_s=STOP_WITHIN_S))
        draining.create_task(delivery.drain(timeout_s=STOP_WITHIN_S))
    stopping.cancel()
    connection.cancel()  # before the client is closed: only then does the gateway hear 1000 and show us offline at once
    await asyncio.wait({connection})
    if not connection.cancelled() and (error := connection.exception()) is not None:
        raise error


async def _stay_connected(bot: ImageBot) -> None:
    """Keep the gateway connected: one event that discord.py cannot read must not end the bot."""
    while not bot.is_closed():
        try:
            await bot.connect(reconnect=True)
        except (discord.LoginFailure, discord.PrivilegedIntentsRequired):
            raise
        except Exception:  # a worker's loop: see above
            log.exception("The gateway connection broke; connecting anew in %.0f s", RECONNECT_AFTER_S)
            await asyncio.sleep(RECONNECT_AFTER_S)


async def main() -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    settings = read_settings()
    set_up_logging(settings)
    point_at_local_discord(settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await run(settings, stop)
    except (StorageError, CannotStartError) as error:
        log.error("Plantain cannot start: %s", error)
        return 1
    log.info("Stopped")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
