"""Plantain's composition root: settings, wiring, signals. Knows every part; nothing imports it."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import aiohttp
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from cogs.answer_tokens import AnswerTokens
from cogs.card_reader import CardReader
from cogs.connection import LoginRefusedError, log_in, stay_connected
from cogs.delivery import ChannelDelivery
from cogs.guild_log import GuildLog
from cogs.image_bot import ImageBot
from cogs.imagine import ImageMaker, ImagineFlow, OpenForms
from cogs.parts import all_parts
from cogs.pictures import PictureShop
from cogs.posting import CardPoster
from cogs.removals import MessageRemover
from cogs.services import Services
from cogs.shards import bot_for, plan_shards
from cogs.stars.gallery import GalleryPoster
from cogs.under_way import finish_commands
from generation import holdings
from generation.attachments import AttachmentReader
from generation.backup_keeper import BackupKeeper
from generation.balance_watch import BalanceWatch
from generation.budget_desk import BudgetDesk
from generation.callbacks import Callbacks
from generation.client import KieClient
from generation.clock import SystemClock
from generation.export_desk import ExportDesk
from generation.family import FamilyDesk
from generation.forgetting import Forgetter
from generation.gates import create_gate, query_gate
from generation.history_desk import HistoryDesk
from generation.image_desk import ImageDesk
from generation.intake import Intake
from generation.log_lines import JsonFormatter, SecretGuard, short_database_troubles, short_reconnects
from generation.machine_watch import MachineTrouble, MachineWatch, allow_many_files
from generation.media import MediaStore
from generation.media_keeper import MediaKeeper, Retention
from generation.moderation import ModerationDesk
from generation.operator_desk import OperatorDesk
from generation.operator_settings import Settings, read_settings
from generation.originals import Originals
from generation.preset_desk import PresetDesk
from generation.prices import PriceTable
from generation.pruning import Pruner
from generation.public_addresses import public_session
from generation.queue import GenerationQueue, Limits
from generation.queue_desk import QueueDesk
from generation.results import ResultFetcher
from generation.settings_desk import SettingsDesk
from generation.thumbnails import Thumbnails
from generation.upload_fetching import UploadFetcher
from generation.usage_desk import UsageDesk
from generation.workers import Workers, cancel
from storage import backups, id_floors, pools
from storage.allowances import Allowance
from storage.database import Database
from storage.errors import DatabaseUnusableError, StorageError
from storage.guild_settings import GuildSettings
from storage.periods import PeriodKind

log = logging.getLogger("plantain")

VERSION = "0.1.0"

# Together the ten seconds that the README promises.
WORK_ENDS_WITHIN_S, COMMANDS_END_WITHIN_S = 7.0, 3.0


class CannotStartError(Exception):
    """The bot cannot start; the text says what to do."""


class CannotGoOnError(Exception):
    """The bot had to end; the text says what to do."""


def set_up_logging(settings: Settings) -> None:
    """Log to standard error."""
    inner = (
        JsonFormatter()
        if settings.log_format == "json"
        else logging.Formatter("{asctime} {levelname:<7} {name}: {message}", style="{")
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(SecretGuard(inner, settings.secrets()))
    handler.addFilter(short_reconnects)
    handler.addFilter(short_database_troubles)
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    logging.captureWarnings(True)  # libraries warn of odd files; a line of the log is enough
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
        try:
            await asyncio.to_thread(media.prepare)
        except OSError as error:
            raise CannotStartError(f"MEDIA_PATH {settings.media_path} cannot be used ({error.strerror}).") from error
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        token = settings.discord_token.value
        plan = await plan_shards(token, count=settings.shard_count, ids=settings.shard_ids, stop=stop)
        if plan is None:
            return
        if plan.ids_above:
            await database.run(lambda tx: id_floors.begin_above(tx, plan.ids_above))
        # Addresses that come from outside: results from the provider's answers, uploads from Discord's events.
        foreign = await stack.enter_async_context(public_session())
        client = KieClient(
            session,
            api_url=settings.kie_api_url,
            upload_url=settings.kie_upload_url,
            api_key=settings.kie_api_key.value,
            create_gate=create_gate(plan.share),
            query_gate=query_gate(plan.share),
            download_session=foreign,
        )
        bot = await stack.enter_async_context(bot_for(plan))
        bot.syncs_commands = plan.is_first
        poster = CardPoster(bot, AnswerTokens(clock))
        thumbnails, prices = Thumbnails(media), PriceTable.parse(settings.prices)
        results = ResultFetcher(client, database, media, clock)
        pictures = PictureShop(media, thumbnails, results)
        cards = CardReader(bot, database, prices, defaults, deadline=deadline)
        delivery = ChannelDelivery(bot, database, poster, pictures, cards, clock)
        intake = Intake(database, prices, defaults, clock, operator_pool=operator_pool)
        limits = Limits(jobs_at_once=plan.part_of(settings.max_concurrent_jobs), deadline=deadline, share=plan.share)
        door = settings.door()
        callbacks = Callbacks(door, clock, is_connected=lambda: bot.is_online) if door else None
        queue = GenerationQueue(
            client,
            database,
            delivery,
            media,
            intake,
            limits=limits,
            defaults=defaults,
            clock=clock,
            callback_url=callbacks.url_of if callbacks else lambda _: None,
        )
        cards.forecast = queue.forecaster.forecast
        uploads = UploadFetcher(foreign, clock, loopback_allowed=settings.discord_api_url is not None)
        reader = AttachmentReader(uploads, results, database, media)
        retention = Retention(
            unused_for=timedelta(days=settings.references_kept_days),
            most_bytes=settings.references_max_gb * 1024**3,
        )
        keeper = MediaKeeper(database, media, retention, clock)
        log_lines_kept = timedelta(days=settings.log_lines_kept_days) if settings.log_lines_kept_days else None
        pruner = Pruner(database, clock, log_lines_kept=log_lines_kept)
        guild_log = GuildLog(bot, database, defaults, clock)
        remover = MessageRemover(bot, database, guild_log, clock)

        def remove() -> None:
            keeper.wake()
            remover.wake()

        delivery.removals_added = remove
        gallery = GalleryPoster(bot, database, pictures, prices, defaults, clock)
        images = ImageDesk(database, delivery, defaults, clock, files_removed=remove, gallery_changed=gallery.wake)
        history = HistoryDesk(database, media, thumbnails)
        forgetter = Forgetter(database, clock, removals_added=remove)
        forms = OpenForms(database, clock)
        flow = ImagineFlow(bot, queue, reader, delivery, images, forms)
        operator = OperatorDesk(client, database, queue.hold, defaults, clock, operator_pool=operator_pool)
        bot.services = Services(
            queue=queue,
            intake=intake,
            budgets=BudgetDesk(database, defaults, clock, operator_pool=operator_pool),
            moderation=ModerationDesk(database, clock),
            queue_desk=QueueDesk(database, queue, defaults, clock),
            operator=operator,
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
            withdraw_card=delivery.withdraw_card,
            database=database,
        )
        bot.parts = all_parts(
            bot, flow, reader, forms, version=VERSION, database_path=settings.database_path, started_at=clock.now()
        )
        if not await log_in(bot, token, stop):
            return
        await stack.enter_async_context(delivery)
        await stack.enter_async_context(queue)
        await stack.enter_async_context(guild_log)
        machine = MachineWatch(
            database,
            media,
            clock,
            folders=(settings.database_path.parent, settings.media_path),
            reserve_bytes=settings.disk_reserve_mb * 1024**2,
            changed=queue.alarm.machine,
        )
        intake.require_order = machine.require_order
        operator.machine_troubles = lambda: machine.troubles
        if callbacks:
            operator.callback_counts = lambda: callbacks.counts
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, partial(_show_holdings, machine))
        backup_keeper = BackupKeeper(
            settings.database_path,
            settings.backups(),
            clock,
            keep=settings.backups_kept,
            failed=lambda failed: machine.note(MachineTrouble.BACKUP, is_there=failed),
        )
        low_balance = settings.low_balance if plan.is_first else 0  # one account, so one process watches it
        watch = BalanceWatch(client, database, queue.alarm, queue.hold, clock, threshold=low_balance)
        watchers = await stack.enter_async_context(Workers())
        if callbacks:
            watchers.start(callbacks.work(queue.callback_heard), name="callbacks")
        watchers.start(machine.work(await queue.alarm.machine_told()), name="machine watch")
        watchers.start(backup_keeper.work(), name="backup keeper")
        watchers.start(watch.work(), name="balance watch")
        watchers.start(keeper.work(), name="media keeper")
        watchers.start(pruner.work(), name="pruner")
        watchers.start(remover.work(), name="message remover")
        watchers.start(forgetter.work(), name="forgetter")
        watchers.start(gallery.work(), name="galleries")
        watchers.start(_stop_when_set(machine.damaged, stop), name="end on a damaged database")
        await _serve(bot, queue, delivery, stop)
    if machine.damaged.is_set():
        raise CannotGoOnError(f"the database is damaged. {_advice(settings)}")


async def _stop_when_set(event: asyncio.Event, stop: asyncio.Event) -> None:
    await event.wait()
    stop.set()


def _show_holdings(machine: MachineWatch) -> None:
    """What SIGUSR1 does."""
    log.info("Holding %s", holdings.look())
    machine.look_soon()


def _advice(settings: Settings) -> str:
    """Return what to do about a database that cannot be used; looks through the backups, so it may take seconds."""
    newest = backups.newest_sound(settings.backups())
    if newest is None:
        return f"There is no backup in {settings.backups()}; keep the file as it is, parts of it may still be read."
    return (
        f"The newest good backup is of {newest.made_at:%Y-%m-%d %H:%M} UTC; use it with: bot.py restore {newest.path}"
    )


async def _serve(bot: ImageBot, queue: GenerationQueue, delivery: ChannelDelivery, stop: asyncio.Event) -> None:
    connection = asyncio.create_task(stay_connected(bot), name="gateway")
    stopping = asyncio.create_task(stop.wait(), name="stop signal")
    await asyncio.wait({connection, stopping}, return_when=asyncio.FIRST_COMPLETED)
    log.info("Stopping")
    async with asyncio.TaskGroup() as draining:
        draining.create_task(queue.drain(timeout_s=WORK_ENDS_WITHIN_S))
        draining.create_task(delivery.drain(timeout_s=WORK_ENDS_WITHIN_S))
    stopping.cancel()
    await cancel(connection)  # before the client is closed: only then does the gateway hear 1000, and show us offline
    await finish_commands(timeout_s=COMMANDS_END_WITHIN_S)
    if not connection.cancelled() and (error := connection.exception()) is not None:
        raise error


async def serve(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    allow_many_files()
    point_at_local_discord(settings)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await run(settings, stop)
    except DatabaseUnusableError as error:
        log.error("Plantain cannot start: %s. %s", error, await asyncio.to_thread(_advice, settings))
        return 1
    except (StorageError, CannotStartError, LoginRefusedError) as error:
        log.error("Plantain cannot start: %s", error)
        return 1
    except CannotGoOnError as error:
        log.critical("Plantain cannot go on: %s", error)
        return 1
    log.info("Stopped")
    return 0


def main() -> int:
    """Do what the command line says; return the exit status."""
    wanted = None
    if sys.argv[1:]:
        from generation import backup_command  # what only a maintainer's command needs is not held by a bot that runs

        wanted = backup_command.wanted(sys.argv[1:])
    settings = read_settings()
    set_up_logging(settings)
    return asyncio.run(serve(settings)) if wanted is None else wanted(settings, SystemClock().now())


if __name__ == "__main__":
    sys.exit(main())
