"""Looks at the operator's account with the provider now and then, so that its end comes as no surprise."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from generation.alarm import Alarm
from generation.alerts import LowBalanceAlert
from generation.client import KieClient
from generation.clock import Clock
from generation.errors import BlockedBy, GenerationError
from generation.hold import SubmissionHold
from storage import operator_report
from storage.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY = timedelta(minutes=10)
LOOK_ANYWAY_AFTER = timedelta(hours=1)
"""Also where nothing was made meanwhile: the account may have been filled, or be used by others."""


class BalanceWatch:
    """Tells the operator once when the balance falls below a threshold, and once when it is above it again."""

    def __init__(
        self,
        client: KieClient,
        database: Database,
        alarm: Alarm,
        hold: SubmissionHold,
        clock: Clock,
        *,
        threshold: int,
    ) -> None:
        """`threshold` is in the provider's credits; 0 turns the watch off."""
        self._client = client
        self._database = database
        self._alarm = alarm
        self._hold = hold
        self._clock = clock
        self._threshold = threshold

    async def work(self) -> None:
        """Look at once, and then as long as the bot runs."""
        if self._threshold <= 0:
            return
        looked_at: datetime | None = None
        while True:
            try:
                looked_at = await self._look_if_due(looked_at)
            except Exception:  # a worker's loop
                log.exception("The balance could not be watched")
            await self._clock.sleep(LOOK_EVERY.total_seconds())

    async def _look_if_due(self, looked_at: datetime | None) -> datetime:
        now = self._clock.now()
        due = looked_at is None or now - looked_at >= LOOK_ANYWAY_AFTER or await self._was_used_since(looked_at)
        if not due and looked_at is not None:
            return looked_at
        await self._look()
        return now

    async def _was_used_since(self, moment: datetime) -> bool:
        async with self._database.reading() as tx:
            return await operator_report.images_made_since(tx, moment) > 0

    async def _look(self) -> None:
        try:
            balance = await self._client.balance()
        except GenerationError as error:
            log.info("The balance at the provider is not known: %s", type(error).__name__)
            return
        is_low = balance < self._threshold
        if is_low and self._hold.told is BlockedBy.CREDITS:
            return  # the operator knows already that it is used up
        await self._alarm.balance(LowBalanceAlert(balance, self._threshold, over=not is_low))
