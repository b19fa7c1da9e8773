"""Accepting a request: everything about it is stored, and paid for, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from generation.clock import Clock
from generation.errors import GenerationError
from generation.options import MAX_IMAGES, GenerationRequest, Resolution
from generation.prices import PriceTable
from storage import accounts, guild_settings, jobs, ledger, pending_cards, references, requests, statements
from storage.accounts import Account, Balance
from storage.database import Database
from storage.guild_settings import GuildSettings
from storage.pending_cards import PendingCard
from storage.references import NewReference
from storage.requests import CardPlace, NewRequest
from storage.statements import StatementLine

STATEMENT_LINES = 10


class ShuttingDownError(GenerationError):
    """The bot is stopping and takes nothing new. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a member asked for.

    Attributes:
        interaction_id: makes a repeated event harmless.
        order: prompt and options, already validated.
        image_count: 1 to 4.
        references: in prompt order, their files already in the media folder.
        card: where the card is, if it was posted before the references were read.
    """

    account: Account
    channel_id: int
    interaction_id: int
    order: GenerationRequest
    image_count: int
    spoiler: bool
    references: tuple[NewReference, ...] = ()
    card: CardPlace | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that is stored and paid for, and its jobs by position."""

    request_id: int
    job_ids: tuple[int, ...]
    settings: GuildSettings


class Intake:
    """The door of the queue: what passes it will be carried out or refunded."""

    def __init__(self, database: Database, prices: PriceTable, defaults: GuildSettings, clock: Clock) -> None:
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self.prices = prices
        self.is_open = True

    def cost(self, resolution: Resolution, image_count: int) -> int:
        """Return what a request costs, in whole credits."""
        return self.prices.price(resolution) * image_count

    async def check(self, account: Account, *, needed: int) -> None:
        """Refuse what cannot be paid, before anything public is said. Accepting decides again.

        Raises:
            ShuttingDownError: the bot is stopping.
            InsufficientCreditsError: the account cannot pay `needed` whole credits; nothing was written.
        """
        self._require_open()
        ledger.require(await self.balance(account), needed=needed)

    async def balance(self, account: Account) -> Balance:
        """Return what the account holds, after granting the allowance of a new week."""
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, account.guild_id, self._defaults)
            return await accounts.balance(tx, account, settings, self._clock.now())

    async def statement(self, account: Account) -> tuple[Balance, list[StatementLine]]:
        """Return what the account holds and its last 10 movements, newest first, as of the same moment."""
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, account.guild_id, self._defaults)
            held = await accounts.balance(tx, account, settings, self._clock.now())
            return held, await statements.latest(tx, account, limit=STATEMENT_LINES)

    async def announce(self, card: PendingCard) -> None:
        """Note that a card is about to be posted while references are read."""
        async with self._database.transaction() as tx:
            await pending_cards.insert(tx, card, self._clock.now())

    async def locate(self, interaction_id: int, message_id: int) -> None:
        """Note which message an announced card became."""
        async with self._database.transaction() as tx:
            await pending_cards.set_message(tx, interaction_id, message_id)

    async def is_announced(self, interaction_id: int) -> bool:
        """Return whether a card was announced and neither accepted nor withdrawn."""
        async with self._database.reading() as tx:
            return await pending_cards.is_noted(tx, interaction_id)

    async def withdraw(self, interaction_id: int) -> None:
        """Forget an announced card that was taken away."""
        async with self._database.transaction() as tx:
            await pending_cards.remove(tx, interaction_id)

    async def accept(self, ask: Ask) -> Accepted:
        """Store the request, its jobs and their reservations: all of it, or nothing.

        Raises:
            ShuttingDownError: the bot is stopping.
            InsufficientCreditsError: the account cannot pay for all images.
            DuplicateRequestError: the interaction made a request already.
        """
        self._require_open()
        assert 1 <= ask.image_count <= MAX_IMAGES
        price, now = self.prices.price(ask.order.resolution), self._clock.now()
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, ask.account.guild_id, self._defaults)
            request_id = await requests.insert(tx, _stored_form(ask, settings), now)
            balance = await accounts.balance(tx, ask.account, settings, now)
            ledger.require(balance, needed=price * ask.image_count)
            await references.attach(tx, request_id, ask.references, now)
            job_ids: list[int] = []
            for position in range(1, ask.image_count + 1):
                job_id = await jobs.insert(
                    tx, ask.account, request_id=request_id, position=position, price=price, now=now
                )
                await ledger.reserve(tx, ask.account, job_id=job_id, amount=price, now=now)
                job_ids.append(job_id)
            await pending_cards.remove(tx, ask.interaction_id)
        return Accepted(request_id, tuple(job_ids), settings)

    def _require_open(self) -> None:
        if not self.is_open:
            raise ShuttingDownError


def _stored_form(ask: Ask, settings: GuildSettings) -> NewRequest:
    return NewRequest(
        account=ask.account,
        channel_id=ask.channel_id,
        interaction_id=ask.interaction_id,
        prompt=ask.order.prompt,
        aspect_ratio=ask.order.aspect_ratio,
        resolution=ask.order.resolution,
        output_format=ask.order.output_format,
        image_count=ask.image_count,
        spoiler=ask.spoiler,
        notice_needed=settings.notify_when_done,
        card=ask.card,
    )
