"""What the operator is told: each trouble once, also over restarts, and once more when it is over."""

from __future__ import annotations

from generation.alerts import Alert, LowBalanceAlert, MachineAlert, OperatorAlert, PoolAlert
from generation.clock import Clock
from generation.delivery import Delivery
from generation.errors import BlockedBy
from generation.machine_watch import MachineTrouble
from generation.workers import Workers
from storage import operator_alerts
from storage.database import Database
from storage.errors import DatabaseTroubleError
from storage.pools import PoolLevel

LOW_BALANCE = "low_balance"
POOL = "pool:"
MACHINE = "machine:"


class Alarm:
    """Remembers what the operator was told, and tells what is new."""

    def __init__(self, database: Database, delivery: Delivery, clock: Clock, workers: Workers) -> None:
        self._database = database
        self._delivery = delivery
        self._clock = clock
        self._workers = workers
        self._told_unwritten: set[str] = set()

    async def told(self) -> list[BlockedBy]:
        """Return the troubles of the provider's account that are not over, the oldest first."""
        async with self._database.reading() as tx:
            kinds = await operator_alerts.open_kinds(tx)
        return [BlockedBy(kind) for kind in kinds if kind in set(BlockedBy)]

    async def account(self, alert: OperatorAlert) -> None:
        """Tell of trouble with the provider's account, or of its end."""
        await self._tell(alert.cause, alert, over=alert.over)

    async def balance(self, alert: LowBalanceAlert) -> None:
        """Tell that the balance is low, or no longer."""
        await self._tell(LOW_BALANCE, alert, over=alert.over)

    def pool_used_up(self, level: PoolLevel) -> None:
        """Tell, in the background, that a pool is used up; once in a period unless its amount was changed."""
        self._workers.start(self._pool(level), name=f"alert of the pool of guild {level.pool.guild_id}")

    def machine(self, trouble: MachineTrouble, over: bool) -> None:
        """Tell, in the background, that something of the machine fails, or no longer."""
        self._workers.start(self._machine(MachineAlert(trouble, over)), name=f"alert of the machine: {trouble}")

    async def _machine(self, alert: MachineAlert) -> None:
        kind = f"{MACHINE}{alert.trouble}"
        try:
            if alert.over and kind in self._told_unwritten:
                self._told_unwritten.discard(kind)
                self._delivery.alert_operator(alert)
            else:
                await self._tell(kind, alert, over=alert.over)
        except DatabaseTroubleError:  # it cannot be written down, but it can be told
            if not alert.over and kind not in self._told_unwritten:
                self._told_unwritten.add(kind)
                self._delivery.alert_operator(alert)

    async def machine_told(self) -> list[MachineTrouble]:
        """Return the troubles of the machine that an earlier process told of and whose end nobody told."""
        async with self._database.reading() as tx:
            kinds = await operator_alerts.open_kinds(tx)
        found = (kind.removeprefix(MACHINE) for kind in kinds if kind.startswith(MACHINE))
        return [MachineTrouble(name) for name in found if name in set(MachineTrouble)]

    async def _pool(self, level: PoolLevel) -> None:
        prefix = f"{POOL}{level.pool.guild_id}:"
        kind = f"{prefix}{int(level.period.start.timestamp())}:{level.pool.amount}"
        async with self._database.transaction() as tx:
            await operator_alerts.forget_others(tx, prefix=prefix, kind=kind)
            is_news = await operator_alerts.open_alert(tx, kind, self._clock.now())
        if is_news:
            self._delivery.alert_operator(PoolAlert(level))

    async def _tell(self, kind: str, alert: Alert, *, over: bool) -> None:
        async with self._database.transaction() as tx:
            if over:
                is_news = await operator_alerts.close_alert(tx, kind)
            else:
                is_news = await operator_alerts.open_alert(tx, kind, self._clock.now())
        if is_news:
            self._delivery.alert_operator(alert)
