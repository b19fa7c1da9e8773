"""Accepting a request: everything about it is stored, and paid for, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from generation.asking import Ask, Asker
from generation.clock import Clock
from generation.errors import GenerationError
from generation.options import MAX_IMAGES, Resolution
from generation.prices import PriceTable
from generation.rules import RuleBook, RuleRefusalError, refusal_facts
from storage import (
    accounts,
    audit,
    channel_settings,
    guild_settings,
    jobs,
    ledger,
    pending_cards,
    pools,
    references,
    requests,
    statements,
)
from storage.accounts import Balance
from storage.audit import AuditKind
from storage.card_readings import CardReading
from storage.channel_settings import ChannelDefaults
from storage.database import Database, Transaction, Work
from storage.errors import PoolExhaustedError
from storage.guild_settings import GuildSettings
from storage.jobs import Job
from storage.pending_cards import PendingCard
from storage.pools import Pool, PoolLevel, PoolOwner
from storage.requests import NewRequest
from storage.statements import StatementLine

STATEMENT_LINES = 10
T = TypeVar("T")


class ShuttingDownError(GenerationError):
    """The bot is stopping and takes nothing new. Nothing was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What can be checked of an ask before it is complete. `prompt`: None while it is not known."""

    resolution: Resolution
    image_count: int
    prompt: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """What became of an ask. `levels`: of the pools it was paid from, afterwards."""

    card: CardReading
    levels: list[PoolLevel]


class Intake:
    """The door of the queue: what passes it will be carried out or refunded."""

    def __init__(
        self,
        database: Database,
        prices: PriceTable,
        defaults: GuildSettings,
        clock: Clock,
        *,
        operator_pool: Pool | None = None,
    ) -> None:
        """Take the operator's defaults. `operator_pool`: the one over all guilds, while none was set by command."""
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._operator_pool = operator_pool
        self._rules = RuleBook()
        self.prices = prices
        self.is_open = True
        self.require_order: Callable[[], None] = lambda: None
        """Raises `generation.machine_watch.OutOfOrderError` while the machine could not carry out anything new."""
        self.pool_used_up: Callable[[PoolLevel], None] = lambda _level: None
        """Called when a pool of the operator's does not hold the price of another image."""

    def cost(self, resolution: Resolution, image_count: int) -> int:
        """Return what a request costs, in whole credits."""
        return self.prices.price(resolution) * image_count

    async def settings(self, guild_id: int) -> GuildSettings:
        """Return the settings in force in a guild."""
        return await self._database.look(lambda tx: guild_settings.load(tx, guild_id, self._defaults))

    async def check(self, asker: Asker, wish: Wish) -> None:
        """Refuse what is against a rule or cannot be paid, before anything public is said. Accepting decides again.

        Raises:
            ShuttingDownError: the bot is stopping.
            RuleRefusalError: a rule of the guild is against it; see its kinds.
            InsufficientCreditsError: the account cannot pay.
            PoolExhaustedError: a pool does not hold it.
        """

        async def decide(tx: Transaction) -> None:
            settings = await guild_settings.load(tx, asker.account.guild_id, self._defaults)
            await self._require(tx, asker, settings, wish)

        await self._decide(asker, decide)

    async def balance(self, asker: Asker) -> Balance:
        """Return what the account holds, after granting the allowance of a new period."""
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, asker.account.guild_id, self._defaults)
            return await accounts.balance(tx, asker.account, settings, self._clock.now(), role_ids=asker.role_ids)

    async def statement(self, asker: Asker) -> tuple[Balance, list[StatementLine]]:
        """Return what the account holds and its last 10 movements, newest first, as of the same moment."""
        account = asker.account
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, account.guild_id, self._defaults)
            held = await accounts.balance(tx, account, settings, self._clock.now(), role_ids=asker.role_ids)
            return held, await statements.latest(tx, account, limit=STATEMENT_LINES)

    async def usual_options(self, asker: Asker) -> ChannelDefaults:
        """Return what is chosen in a channel where the member chooses nothing, never above what the guild allows."""

        async def both(tx: Transaction) -> ChannelDefaults:
            return await _usual(tx, asker, await guild_settings.load(tx, asker.account.guild_id, self._defaults))

        return await self._database.look(both)

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
            return await pending_cards.get(tx, interaction_id) is not None

    async def withdraw(self, interaction_id: int) -> None:
        """Forget an announced card that was taken away."""
        async with self._database.transaction() as tx:
            await pending_cards.remove(tx, interaction_id)

    async def accept(self, ask: Ask) -> CardReading:
        """Store the request, its jobs and their reservations: all of it, or nothing. Return what its card shows first.

        Raises:
            ShuttingDownError: the bot is stopping.
            RuleRefusalError: a rule of the guild is against it; see its kinds.
            InsufficientCreditsError: the account cannot pay for all images.
            PoolExhaustedError: a pool does not hold all images.
            DuplicateRequestError: the interaction made a request already.
        """

        async def store(tx: Transaction) -> _Accepted:
            return await self._store(tx, ask, await guild_settings.load(tx, ask.asker.account.guild_id, self._defaults))

        return await self._accept(ask.asker, store)

    async def accept_with_usual(self, asker: Asker, complete: Callable[[ChannelDefaults], Ask]) -> CardReading:
        """As `accept`, with an ask that `complete` makes of `usual_options`: read and decided in one transaction.

        `complete` is called in the database's thread. What it raises is raised; nothing was written then.
        """

        async def store(tx: Transaction) -> _Accepted:
            settings = await guild_settings.load(tx, asker.account.guild_id, self._defaults)
            return await self._store(tx, complete(await _usual(tx, asker, settings)), settings)

        return await self._accept(asker, store)

    async def _accept(self, asker: Asker, store: Work[_Accepted]) -> CardReading:
        accepted = await self._decide(asker, store)
        self._tell_of_empty_pools(accepted.levels)
        return accepted.card

    async def _decide(self, asker: Asker, work: Work[T]) -> T:
        self._require_open()
        try:
            return await self._database.run(work)
        except (RuleRefusalError, PoolExhaustedError) as error:
            await self._note_refusal(asker, error)
            raise

    async def _store(self, tx: Transaction, ask: Ask, settings: GuildSettings) -> _Accepted:
        assert 1 <= ask.image_count <= MAX_IMAGES
        account = ask.asker.account
        price, now = self.prices.price(ask.order.resolution), self._clock.now()
        wish = Wish(resolution=ask.order.resolution, image_count=ask.image_count, prompt=ask.order.prompt)
        request = await requests.insert(tx, _stored_form(ask, settings), now, reference_count=len(ask.references))
        balance, levels = await self._require(tx, ask.asker, settings, wish)
        await ledger.provide(tx, account, balance, needed=price * ask.image_count, now=now)
        await references.attach(tx, request.id, ask.references, now)
        images: list[Job] = []
        for position in range(1, ask.image_count + 1):
            job = await jobs.insert(
                tx,
                account,
                request_id=request.id,
                position=position,
                price=price,
                now=now,
                parent_job_id=ask.parent_job_id,
            )
            await ledger.reserve(tx, account, job_id=job.id, amount=price, now=now)
            images.append(job)
        if ask.card is not None:
            await pending_cards.remove(tx, ask.interaction_id)
        return _Accepted(
            card=CardReading(request=request, jobs=images, settings=settings, stars={}),
            levels=[replace(level, used=level.used + price * ask.image_count) for level in levels],
        )

    async def _require(
        self, tx: Transaction, asker: Asker, settings: GuildSettings, wish: Wish
    ) -> tuple[Balance, list[PoolLevel]]:
        """Apply the guild's rules, then the three ceilings: the member's balance, the guild's pool, the operator's."""
        now, needed = self._clock.now(), self.cost(wish.resolution, wish.image_count)
        await self._rules.require_allowed(
            tx,
            asker,
            settings,
            now,
            resolution=wish.resolution,
            image_count=wish.image_count,
            prompt=wish.prompt,
        )
        balance = await accounts.balance(tx, asker.account, settings, now, role_ids=asker.role_ids)
        ledger.require(balance, needed=needed)
        levels = await pools.levels(tx, asker.account.guild_id, settings, self._operator_pool, now)
        pools.require(levels, needed=needed)
        return balance, levels

    async def _note_refusal(self, asker: Asker, error: RuleRefusalError | PoolExhaustedError) -> None:
        """Write down what a rule refused, for the guild's log channel; the refused transaction is rolled back."""
        account, now = asker.account, self._clock.now()
        async with self._database.transaction() as tx:
            settings = await guild_settings.load(tx, account.guild_id, self._defaults)
            levels = await pools.levels(tx, account.guild_id, settings, self._operator_pool, now)
            if settings.log_channel_id is not None:
                await audit.record(
                    tx,
                    guild_id=account.guild_id,
                    actor_id=account.user_id,
                    kind=AuditKind.REFUSED,
                    target_id=asker.channel_id,
                    after=refusal_facts(error),
                    now=now,
                )
        self._tell_of_empty_pools(levels)

    def _tell_of_empty_pools(self, levels: list[PoolLevel]) -> None:
        cheapest = min(self.prices.price(resolution) for resolution in Resolution)
        for level in levels:
            if level.pool.owner is PoolOwner.OPERATOR and level.left < cheapest:
                self.pool_used_up(level)

    def _require_open(self) -> None:
        if not self.is_open:
            raise ShuttingDownError
        self.require_order()


async def _usual(tx: Transaction, asker: Asker, settings: GuildSettings) -> ChannelDefaults:
    usual = await channel_settings.defaults_in(tx, asker.account.guild_id, asker.channel_ids)
    sizes = [size.value for size in Resolution]
    if usual.resolution and sizes.index(usual.resolution) > sizes.index(settings.highest_resolution):
        usual = replace(usual, resolution=settings.highest_resolution)
    return usual


def _stored_form(ask: Ask, settings: GuildSettings) -> NewRequest:
    return NewRequest(
        account=ask.asker.account,
        channel_id=ask.asker.channel_id,
        interaction_id=ask.interaction_id,
        prompt=ask.order.prompt,
        aspect_ratio=ask.order.aspect_ratio,
        resolution=ask.order.resolution,
        output_format=ask.order.output_format,
        image_count=ask.image_count,
        spoiler=ask.spoiler,
        notice_needed=settings.notify_when_done and not ask.private,
        card=ask.card,
        answer_token=ask.answer_token,
        member_name=ask.asker.name,
        private=ask.private or ask.asker.is_direct,
        direct=ask.asker.is_direct,
        parent_channel_id=ask.asker.parent_channel_id,
        private_thread=ask.asker.in_private_thread,
    )
