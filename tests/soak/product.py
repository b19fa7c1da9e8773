"""The product, wired as bot.py wires it, without a socket: what is real and what stands in for whom."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cogs.answer_tokens import AnswerTokens
from cogs.card_reader import CardReader
from cogs.delivery import ChannelDelivery
from cogs.guild_log import GuildLog
from cogs.pictures import PictureShop
from cogs.removals import MessageRemover
from generation.attachments import AttachmentReader
from generation.balance_watch import BalanceWatch
from generation.client import KieClient
from generation.forgetting import Forgetter
from generation.gates import CREATE_WINDOW_S, CREATES, QUERIES, QUERY_WINDOW_S, SlidingWindowGate
from generation.image_desk import ImageDesk
from generation.intake import Intake
from generation.media import MediaStore
from generation.media_keeper import MediaKeeper, Retention
from generation.prices import PriceTable
from generation.queue import GenerationQueue, Limits
from generation.results import ResultFetcher
from generation.thumbnails import Thumbnails
from generation.upload_fetching import UploadFetcher
from generation.workers import Workers
from storage.allowances import Allowance
from storage.database import Database, T, Transaction, Work
from storage.guild_settings import GuildSettings
from storage.periods import PeriodKind
from tests.soak.clock import JumpingLoop, LoopClock
from tests.soak.discord_side import DiscordSide
from tests.soak.wire import API, FILES, Wire

DEFAULTS = GuildSettings(default_allowance=Allowance.of(100_000, PeriodKind.WEEK))
REFERENCES_KEPT = timedelta(hours=6)
"""Far less than shipped, so that a short soak sees references go."""


class WatchedDatabase(Database):
    """Says whether its thread may be at work: time stands still meanwhile."""

    at_work = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.at_work += 1
        try:
            async with super().transaction() as tx:
                yield tx
        finally:
            self.at_work -= 1

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        self.at_work += 1
        try:
            async with super().reading() as tx:
                yield tx
        finally:
            self.at_work -= 1

    async def run(self, work: Work[T]) -> T:
        self.at_work += 1
        try:
            return await super().run(work)
        finally:
            self.at_work -= 1

    async def look(self, work: Work[T]) -> T:
        self.at_work += 1
        try:
            return await super().look(work)
        finally:
            self.at_work -= 1

    async def empty_log(self) -> None:
        self.at_work += 1
        try:
            await super().empty_log()
        finally:
            self.at_work -= 1


@dataclass(frozen=True, kw_only=True)
class Product:
    """The parts that members and the sampling use."""

    path: Path
    clock: LoopClock
    wire: Wire
    discord: DiscordSide
    database: Database
    media: MediaStore
    queue: GenerationQueue
    intake: Intake
    delivery: ChannelDelivery
    reader: AttachmentReader
    images: ImageDesk
    forgetter: Forgetter


@asynccontextmanager
async def product(folder: Path, loop: JumpingLoop, seed: int) -> AsyncIterator[Product]:
    """Run all that works in the background, with its data in `folder`."""
    clock, path = LoopClock(loop), folder / "bot.db"
    wire, discord = Wire(loop, random.Random(f"{seed} wire")), DiscordSide(random.Random(f"{seed} discord"))
    session: Any = wire
    bot: Any = discord
    poster: Any = discord
    discord.tokens = AnswerTokens(clock)
    deadline = timedelta(minutes=15)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(WatchedDatabase.open(path))
        loop.is_busy = lambda: database.at_work > 0
        media = MediaStore(folder / "media")
        media.prepare()
        client = KieClient(
            session,
            api_url=API,
            upload_url=FILES,
            api_key="soak",
            create_gate=SlidingWindowGate(CREATES, CREATE_WINDOW_S, clock=loop.time),
            query_gate=SlidingWindowGate(
                QUERIES, QUERY_WINDOW_S, reserve=0, spacing_s=QUERY_WINDOW_S / QUERIES, clock=loop.time
            ),
            clock=clock,
            jitter=random.Random(f"{seed} jitter").random,
        )
        thumbnails, prices = Thumbnails(media), PriceTable()
        results = ResultFetcher(client, database, media, clock)
        pictures = PictureShop(media, thumbnails, results)
        uploads = UploadFetcher(session, clock, loopback_allowed=False)
        cards = CardReader(bot, database, prices, DEFAULTS, deadline=deadline)
        delivery = ChannelDelivery(bot, database, poster, pictures, cards, clock)
        intake = Intake(database, prices, DEFAULTS, clock)
        queue = GenerationQueue(
            client,
            database,
            delivery,
            media,
            intake,
            limits=Limits(deadline=deadline),
            defaults=DEFAULTS,
            clock=clock,
        )
        cards.forecast = queue.forecaster.forecast
        keeper = MediaKeeper(database, media, Retention(unused_for=REFERENCES_KEPT), clock)
        guild_log = GuildLog(bot, database, DEFAULTS, clock)
        remover = MessageRemover(bot, database, guild_log, clock)

        def remove() -> None:
            keeper.wake()
            remover.wake()

        delivery.removals_added = remove
        images = ImageDesk(database, delivery, DEFAULTS, clock, files_removed=remove, gallery_changed=lambda: None)
        forgetter = Forgetter(database, clock, removals_added=remove)
        await stack.enter_async_context(delivery)
        await stack.enter_async_context(queue)
        await stack.enter_async_context(guild_log)
        watch = BalanceWatch(client, database, queue.alarm, queue.hold, clock, threshold=500)
        watchers = await stack.enter_async_context(Workers())
        watchers.start(watch.work(), name="balance watch")
        watchers.start(keeper.work(), name="media keeper")
        watchers.start(remover.work(), name="message remover")
        watchers.start(forgetter.work(), name="forgetter")
        yield Product(
            path=path,
            clock=clock,
            wire=wire,
            discord=discord,
            database=database,
            media=media,
            queue=queue,
            intake=intake,
            delivery=delivery,
            reader=AttachmentReader(uploads, results, database, media),
            images=images,
            forgetter=forgetter,
        )
