"""What forty members in five guilds do all day: ask, cancel, remix, delete, look up, and want to be forgotten."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime
from typing import Any

from generation.asking import Ask, Asker
from generation.attachments import OwnImage, ReferenceNotKeptError, ReferenceSource, Upload
from generation.errors import PictureMissingError
from generation.image_desk import ImageDeletedError, Viewer
from generation.options import GenerationRequest, Resolution
from generation.upload_fetching import UploadGoneError
from generation.workers import Workers
from storage import guild_settings, history, open_forms
from storage.accounts import Account
from storage.errors import StillWorkingError
from storage.guild_settings import Setting
from storage.history import HistoryFilter, Image
from storage.pending_cards import PendingCard
from storage.requests import CardPlace
from tests.benchmarks.million import vocabulary
from tests.soak.product import Product
from tests.soak.wire import DISCORD_FILES

GUILDS, MEMBERS_A_GUILD = 5, 8
COUNTS, COUNT_WEIGHTS = (1, 2, 3, 4), (70, 15, 5, 10)
MEAN_COUNT = 1.55
CANCELS, REMIXES, UPLOADS, PRIVATE, FORMS, LOOKS, DELETES = 0.04, 0.12, 0.1, 0.05, 0.05, 0.2, 0.03


class Crowd:
    """Acts on the product as the commands do."""

    def __init__(self, product: Product, seed: int) -> None:
        self._product = product
        self._chance = random.Random(f"{seed} members")
        self._words = vocabulary(random.Random(7))
        self._accounts = [
            Account(guild_id=1001 + guild, user_id=5001 + guild * MEMBERS_A_GUILD + member)
            for guild in range(GUILDS)
            for member in range(MEMBERS_A_GUILD)
        ]
        self.asked = 0
        self.given_up = 0

    def anybody(self) -> Account:
        return self._chance.choice(self._accounts)

    async def settle_in(self) -> None:
        """Let one guild have a log channel."""
        async with self._product.database.transaction() as tx:
            await guild_settings.put(tx, self._accounts[0].guild_id, Setting.LOG_CHANNEL, 9001)

    async def be_busy(self, until: datetime, *, images: float) -> None:
        """Ask for about so many images until then."""
        clock = self._product.clock
        gap_s = (until - clock.now()).total_seconds() / (images / MEAN_COUNT)
        async with Workers() as members:
            under_way: set[asyncio.Task[None]] = set()
            while clock.now() < until:
                await clock.sleep(self._chance.expovariate(1 / gap_s))
                worker = members.start(self._visit(), name="a member")
                under_way.add(worker)
                worker.add_done_callback(under_way.discard)
            if under_way:
                await asyncio.wait(under_way)

    async def be_forgotten(self) -> None:
        """Let somebody who asked for something be forgotten."""
        try:
            await self._product.forgetter.forget(self.anybody().user_id)
        except StillWorkingError:
            self.given_up += 1

    async def _visit(self) -> None:
        account, product = self.anybody(), self._product
        asker = Asker(account=account, role_ids=frozenset(), channel_id=account.guild_id + 7000, name="Maya")
        if self._happens(LOOKS):
            await product.intake.statement(asker)
            for image in await self._some_images(account):
                await product.images.relatives(image.job.id)
        if self._happens(DELETES):
            for image in (await self._some_images(account))[:1]:
                viewer = Viewer(user_id=account.user_id, guild_id=account.guild_id)
                try:
                    await product.images.delete(image.job.id, viewer)
                except ImageDeletedError:
                    self.given_up += 1
        if self._happens(FORMS):
            async with product.database.transaction() as tx:
                await open_forms.keep(tx, product.discord.new_id(), account, {}, product.clock.now())
        try:
            request_id, jobs = await self._ask(asker)
        except (PictureMissingError, ReferenceNotKeptError, UploadGoneError):
            self.given_up += 1
            return
        self.asked += jobs
        if self._happens(CANCELS):
            await product.queue.cancelling.cancel(request_id, actor_id=account.user_id)

    async def _ask(self, asker: Asker) -> tuple[int, int]:
        """Do what `cogs.imagine.flow` does; return the request and how many images it has."""
        product, interaction = self._product, self._product.discord.interaction()
        sources, parent = await self._sources(asker.account)
        private, card = self._happens(PRIVATE), None
        order = GenerationRequest(
            prompt=" ".join(self._chance.choices(self._words[:2000], k=self._chance.randint(5, 25))),
            resolution=self._chance.choices(list(Resolution), (6, 3, 1))[0],
        )
        with product.delivery.expecting_card(interaction.id):
            if any(isinstance(source, Upload) for source in sources):
                card = await self._announce(asker, interaction)
            try:
                async with product.reader.references(sources) as references:
                    accepted = await product.queue.accept(
                        Ask(
                            asker=asker,
                            interaction_id=interaction.id,
                            order=order,
                            image_count=self._chance.choices(COUNTS, COUNT_WEIGHTS)[0],
                            spoiler=False,
                            references=references,
                            card=card,
                            private=private,
                            answer_token=interaction.token if private else None,
                            parent_job_id=parent,
                        )
                    )
            except (PictureMissingError, ReferenceNotKeptError, UploadGoneError):
                await product.intake.withdraw(interaction.id)
                raise
            if card is None:
                await product.delivery.respond_with_card(interaction, accepted)
        product.delivery.request_changed(accepted.request.id)
        return accepted.request.id, len(accepted.jobs)

    async def _announce(self, asker: Asker, interaction: Any) -> CardPlace:
        product, channel_id = self._product, asker.channel_id
        card = PendingCard(interaction_id=interaction.id, guild_id=asker.account.guild_id, channel_id=channel_id)
        await product.intake.announce(card)
        message_id = product.discord.new_id()
        await product.intake.locate(interaction.id, message_id)
        return CardPlace(channel_id, message_id)

    async def _sources(self, account: Account) -> tuple[list[ReferenceSource], int | None]:
        sources: list[ReferenceSource] = []
        parent = None
        if self._happens(REMIXES):
            kept = [image for image in await self._some_images(account) if image.job.has_picture]
            if kept:
                job = self._chance.choice(kept).job
                sources.append(OwnImage(position=1, job=job))
                parent = job.id
        if self._happens(UPLOADS):
            upload_id = self._product.discord.new_id()
            url = f"{DISCORD_FILES}/{upload_id}"
            sources.append(Upload(attachment_id=upload_id, url=url, position=len(sources) + 1, name="photo.png"))
        return sources, parent

    async def _some_images(self, account: Account) -> list[Image]:
        async with self._product.database.reading() as tx:
            return (await history.page(tx, HistoryFilter(account=account), limit=10)).images

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share
