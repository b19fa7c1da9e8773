"""What the operator sees: the account at the provider, what was made and what it cost, and what is in the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from generation.client import KieClient
from generation.clock import Clock
from generation.errors import BlockedBy, GenerationError
from generation.hold import SubmissionHold
from generation.machine_watch import MachineTrouble
from generation.options import Resolution
from generation.prices import PriceTable
from storage import operator_report, pools
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings
from storage.jobs import Job
from storage.operator_report import GuildUse
from storage.periods import PeriodKind, period_of
from storage.pools import ALL_GUILDS, OPERATOR_CALENDAR, Pool, PoolLevel, PoolOwner

DOLLARS_PER_CREDIT = 0.005
"""The provider's price of a credit (its documentation, 2025-01-05)."""

FAILED_LATELY = timedelta(hours=24)
UNCERTAIN_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was made since a moment.

    Attributes:
        images: that the provider finished.
        provider_credits: what those cost at the provider's own prices.
        member_credits: what members spent or have reserved, at our prices.
    """

    images: int
    provider_credits: int
    member_credits: int

    @property
    def dollars(self) -> float:
        """What the provider takes for it."""
        return self.provider_credits * DOLLARS_PER_CREDIT


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStatus:
    """Everything at one moment.

    Attributes:
        balance: the provider's credits, None where it did not tell.
        live: jobs by state.
        held_by: what about the provider's account keeps creates back.
        is_held: whether creates are kept back, for whatever reason.
        failures: of the last 24 hours by kind, the most frequent first.
        troubles: what is wrong with the bot's machine now.
        callbacks: calls since the start by what became of them, None where callbacks are off.
    """

    balance: float | None
    today: Spending
    month: Spending
    live: Mapping[str, int]
    held_by: BlockedBy | None
    is_held: bool
    uncertain: list[Job]
    failures: Mapping[str, int]
    last_failure_at: datetime | None
    pool: PoolLevel | None
    troubles: frozenset[MachineTrouble]
    callbacks: Mapping[str, int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildOverview:
    """What a guild used this month, and how full the pools that the operator set for it are."""

    use: GuildUse
    pool: PoolLevel | None


class OperatorDesk:
    """Reports over all guilds. Whether the caller may is asked before."""

    def __init__(
        self,
        client: KieClient,
        database: Database,
        hold: SubmissionHold,
        defaults: GuildSettings,
        clock: Clock,
        *,
        operator_pool: Pool | None = None,
    ) -> None:
        """`operator_pool`: the one over all guilds, while none was set by command."""
        self._client = client
        self._database = database
        self._hold = hold
        self._defaults = defaults
        self._clock = clock
        self._operator_pool = operator_pool
        self.machine_troubles: Callable[[], Collection[MachineTrouble]] = lambda: ()
        self.callback_counts: Callable[[], Mapping[str, int] | None] = lambda: None

    async def status(self) -> OperatorStatus:
        """Ask the provider for the balance, and return it with all the rest."""
        try:
            balance = await self._client.balance()
        except GenerationError:
            balance = None
        now = self._clock.now()
        async with self._database.reading() as tx:
            levels = await pools.levels(tx, ALL_GUILDS, self._defaults, self._operator_pool, now)
            return OperatorStatus(
                balance=balance,
                today=await _spending(tx, PeriodKind.DAY, now),
                month=await _spending(tx, PeriodKind.MONTH, now),
                live=await operator_report.live_by_state(tx),
                held_by=self._hold.told,
                is_held=self._hold.is_waiting,
                uncertain=await operator_report.uncertain_jobs(tx, limit=UNCERTAIN_SHOWN),
                failures=await operator_report.failures_since(tx, now - FAILED_LATELY),
                last_failure_at=await operator_report.last_failure_at(tx),
                pool=levels[0] if levels else None,
                troubles=frozenset(self.machine_troubles()),
                callbacks=self.callback_counts(),
            )

    async def guilds(self) -> list[GuildOverview]:
        """Return what each guild used this month, the most first."""
        now = self._clock.now()
        async with self._database.reading() as tx:
            used = await operator_report.use_by_guild(tx, period_of(now, PeriodKind.MONTH, OPERATOR_CALENDAR).start)
            return [GuildOverview(use=use, pool=await _pool_of(tx, use.guild_id, now)) for use in used]

    async def pools(self) -> list[PoolLevel]:
        """Return every pool that the operator set, the one over all guilds first."""
        now = self._clock.now()
        async with self._database.reading() as tx:
            found = await pools.of_operator(tx)
            if self._operator_pool is not None and not any(pool.guild_id == ALL_GUILDS for pool in found):
                found.insert(0, self._operator_pool)
            return [await pools.level(tx, pool, OPERATOR_CALENDAR, now) for pool in found]


async def _spending(tx: Transaction, period: PeriodKind, now: datetime) -> Spending:
    since = period_of(now, period, OPERATOR_CALENDAR).start
    made = await operator_report.made_by_resolution(tx, since)
    providers = PriceTable()  # its own prices, whatever members are charged
    return Spending(
        images=sum(made.values()),
        provider_credits=sum(providers.price(Resolution(size)) * images for size, images in made.items()),
        member_credits=await pools.spent_since(tx, ALL_GUILDS, since),
    )


async def _pool_of(tx: Transaction, guild_id: int, now: datetime) -> PoolLevel | None:
    pool = await pools.get(tx, guild_id, PoolOwner.OPERATOR)
    return None if pool is None else await pools.level(tx, pool, OPERATOR_CALENDAR, now)
