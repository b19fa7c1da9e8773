"""The galleries of guilds: images with enough stars are posted there, once for ever, and after every restart."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from cogs import texts as common_texts
from cogs.colours import LEAF_GREEN
from cogs.images.rows import Offer, gallery_row, info_id
from cogs.pictures import PictureShop
from cogs.posting import PLACE_IS_CLOSED, Picture, find_own
from cogs.texts import card as card_texts
from cogs.texts import gallery as texts
from generation.clock import Clock, wait_until_set
from generation.errors import PictureMissingError
from generation.exchange import CONNECTION_TROUBLE
from generation.image_desk import is_shareable
from generation.prices import PriceTable
from storage import audit, guild_settings, history, stars
from storage.audit import AuditKind
from storage.database import Database
from storage.guild_settings import GuildSettings, Setting
from storage.history import Image
from storage.stars import GalleryPost

log = logging.getLogger(__name__)

LOOK_EVERY_S = 600.0
AGAIN_AFTER_S = 10.0
NONCE_HOLDS = timedelta(minutes=2)
"""Discord promises that a nonce is unique for "a few minutes"; later our own message is looked for first."""


class GalleryPoster:
    """Posts what belongs in a gallery. A gallery that is in trouble holds up no other for longer than one try."""

    def __init__(
        self,
        bot: commands.Bot,
        database: Database,
        pictures: PictureShop,
        prices: PriceTable,
        defaults: GuildSettings,
        clock: Clock,
    ) -> None:
        self._bot = bot
        self._database = database
        self._pictures = pictures
        self._prices = prices
        self._defaults = defaults
        self._clock = clock
        self._due = asyncio.Event()

    def wake(self) -> None:
        """Post soon what came to belong in a gallery just now."""
        self._due.set()

    async def work(self) -> None:
        """Post for ever."""
        while True:
            self._due.clear()
            is_done = True
            try:
                async with self._database.reading() as tx:
                    waiting = await stars.open_posts(tx)
                for post in waiting:
                    is_done = await self._try(post) and is_done
            except Exception:  # a worker's loop: a bug or a full disk must not end it
                log.exception("The galleries could not be brought up to date")
                is_done = False
            await wait_until_set(self._due, timeout_s=LOOK_EVERY_S if is_done else AGAIN_AFTER_S, clock=self._clock)

    async def _try(self, post: GalleryPost) -> bool:
        try:
            await self._post(post)
        except (discord.HTTPException, discord.RateLimited, *CONNECTION_TROUBLE) as error:
            if isinstance(error, discord.HTTPException) and error.code in PLACE_IS_CLOSED:
                await self._turn_off(post, error.code)
                return True
            log.warning("The gallery of guild %d waits: %s", post.guild_id, type(error).__name__)
            return False
        except PictureMissingError as error:
            log.warning("The gallery of guild %d does without: %s", post.guild_id, error)
            if not error.is_lost:
                return False
            await self._close(post, None)
        return True

    async def _post(self, post: GalleryPost) -> None:
        async with self._database.reading() as tx:
            found = await history.of_ids(tx, [post.job_id])
            count = await stars.count(tx, post.job_id)
            settings = await guild_settings.load(tx, post.guild_id, self._defaults)
        image = found[0] if found else None
        if image is None or not is_shareable(image.job) or image.request.private or not self._may_show(image, post):
            await self._close(post, None)
            return
        message_id = await self._posted_before(post)
        if message_id is None:
            async with self._database.transaction() as tx:
                await stars.attempt(tx, post.job_id, self._clock.now())
            message_id = await self._send(post, image, count, settings)
        await self._close(post, message_id)

    def _may_show(self, image: Image, post: GalleryPost) -> bool:
        """What was made behind an age limit is not shown without one."""
        source = self._bot.get_channel(image.request.parent_channel_id or image.request.channel_id)
        gallery = self._bot.get_channel(post.channel_id)
        if getattr(source, "nsfw", False) and not getattr(gallery, "nsfw", False):
            log.info("Job %d was made in an age-restricted channel and is not shown in the gallery", post.job_id)
            return False
        return True

    async def _posted_before(self, post: GalleryPost) -> int | None:
        """Find our message of an attempt whose outcome is not known and that a nonce does not cover any more."""
        if post.attempted_at is None or self._clock.now() - post.attempted_at < NONCE_HOLDS:
            return None
        return await find_own(self._bot, post.channel_id, custom_id=info_id(post.job_id), since=post.attempted_at)

    async def _send(self, post: GalleryPost, image: Image, count: int, settings: GuildSettings) -> int:
        guild = self._bot.get_guild(post.guild_id)
        limit = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES if guild is None else guild.filesize_limit
        picture = await self._pictures.prepare(image.job, limit_bytes=limit)
        try:
            view = _view(image, picture, count, Offer(prices=self._prices, settings=settings))
            channel = self._bot.get_partial_messageable(post.channel_id)
            file = discord.File(picture.path, filename=picture.name)
            message = await channel.send(view=view, file=file, nonce=f"star-{post.job_id}")
        finally:
            await self._pictures.put_away(picture)
        return message.id

    async def _close(self, post: GalleryPost, message_id: int | None) -> None:
        async with self._database.transaction() as tx:
            kept = await stars.close(tx, post.job_id, message_id=message_id, now=self._clock.now())
            if not kept and message_id is not None:  # it was deleted while it was posted
                await stars.withdraw_message(tx, post.channel_id, message_id)

    async def _turn_off(self, post: GalleryPost, code: int) -> None:
        """Give up a gallery that is gone or closed to us; the audit trail says so."""
        log.warning("The gallery %d of guild %d is closed (%d)", post.channel_id, post.guild_id, code)
        await self._close(post, None)
        assert self._bot.user is not None
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, post.guild_id, self._defaults)
            if settings.gallery_channel_id != post.channel_id:
                return  # moderators named another one meanwhile
            await guild_settings.put(tx, post.guild_id, Setting.GALLERY_CHANNEL, None)
            await audit.record(
                tx,
                guild_id=post.guild_id,
                actor_id=self._bot.user.id,
                kind=AuditKind.SETTING_CHANGED,
                before={"setting": Setting.GALLERY_CHANNEL, "value": post.channel_id},
                after={"setting": Setting.GALLERY_CHANNEL, "value": None},
                now=self._clock.now(),
            )


def _view(image: Image, picture: Picture, count: int, offer: Offer) -> ui.LayoutView:
    request = image.request
    description = card_texts.alt_text(request.prompt, position=image.job.position, count=request.image_count)
    item = discord.MediaGalleryItem(f"attachment://{picture.name}", description=description, spoiler=request.spoiler)
    row = gallery_row(request, image.job, offer)
    if (url := common_texts.card_link(request)) is not None:
        row.add_item(ui.Button[Any](label=texts.TO_CARD, url=url))
    box = ui.Container[ui.LayoutView](
        ui.TextDisplay(texts.prompt(image)),
        ui.MediaGallery(item),
        ui.TextDisplay(texts.shown(image, count)),
        row,
        accent_colour=LEAF_GREEN,
    )
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view
