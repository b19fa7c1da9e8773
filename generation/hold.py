"""When creates have to wait: the provider asked for a pause, cannot be reached, or needs its account mended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from generation.alerts import OperatorAlert
from generation.clock import Clock, wait_until_set
from generation.errors import BlockedBy, GenerationError, OperatorActionNeededError, ServiceUnavailableError
from generation.until_written import until_written

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 60.0
LONGEST_ASKED_PAUSE_S = 3600.0
"""However long the provider asks for: a moment in place of a number of seconds would hold everything for years."""
FIRST_PROBE_S = 15.0
LONGEST_PROBE_S = 300.0
ENOUGH_CREDITS = 24.0
"""What the dearest image costs the operator (2025-01-05): with less, the next create might be refused again."""


class SubmissionHold:
    """Stops all creates for a while. Jobs stay queued meanwhile, and nobody's credits move.

    A pause ends by time and grows while troubles repeat. A block (key refused, credits gone) is lifted when the
    account's balance can be read and suffices, and is over when a create was accepted.

    Attributes:
        told: the trouble that the operator knows of and that is not over.
    """

    def __init__(
        self,
        *,
        probe_balance: Callable[[], Awaitable[float]],
        alert: Callable[[OperatorAlert], Awaitable[None]],
        changed: Callable[[], None],
        clock: Clock,
    ) -> None:
        """Take what asks for the balance, what tells the operator, and what is called when a hold begins or ends."""
        self._notify = changed
        self._probe_balance = probe_balance
        self._alert = alert
        self._clock = clock
        self._until_s: float | None = None  # by the steady clock
        self._pause_s = FIRST_PAUSE_S
        self._probe_s = FIRST_PROBE_S
        self._blocked_by: BlockedBy | None = None
        self._accepted = False
        self._free = asyncio.Event()
        self._free.set()
        self._changed = asyncio.Event()
        self.told: BlockedBy | None = None

    def resume(self, told: BlockedBy) -> None:
        """Go on with a block from before a restart: creates wait until the balance was read, which is done at once."""
        self.told = self._blocked_by = told
        self._probe_s = 0.0
        self._free.clear()
        self._changed.set()

    @property
    def is_waiting(self) -> bool:
        """Whether creates are being held back now."""
        return not self._free.is_set()

    async def wait(self) -> None:
        """Return when creates may be sent."""
        await self._free.wait()

    def pause(self, error: ServiceUnavailableError) -> None:
        """Hold creates after one that certainly made no task."""
        if isinstance(error, OperatorActionNeededError):
            if self._blocked_by is None:
                log.error("Creates are held: the provider's account needs the operator (%s)", error.cause)
            self._blocked_by = error.cause
        else:
            wait_s = min(error.retry_after_s or self._pause_s, LONGEST_ASKED_PAUSE_S)
            if self._until_s is not None and error.retry_after_s is None:
                return  # several creates that fail together are one trouble, and one pause
            if self._free.is_set():
                self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
            until_s = self._clock.steady_s() + wait_s
            self._until_s = max(until_s, self._until_s or until_s)
            log.warning("Creates are held for %.1f s: %s", wait_s, error.reason)
        if self._free.is_set():
            self._free.clear()
            self._notify()
        self._changed.set()

    def succeeded(self) -> None:
        """Note a create that was accepted: the next pause is a short one again, and a block is over."""
        self._pause_s, self._probe_s = FIRST_PAUSE_S, FIRST_PROBE_S
        if self.told is not None:
            self._accepted = True
            self._changed.set()

    async def work(self) -> None:
        """End pauses and blocks when their time has come. Runs for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._accepted:
                await self._tell_over()
            if self._blocked_by is not None:
                await self._wait_for_account(self._blocked_by)
            while self._until_s is not None and self._blocked_by is None:
                left_s = self._until_s - self._clock.steady_s()
                if left_s <= 0:
                    self._until_s = None
                elif await wait_until_set(self._changed, timeout_s=left_s, clock=self._clock):
                    break
            if self._blocked_by is None and self._until_s is None and self.is_waiting:
                self._free.set()
                self._notify()

    async def _wait_for_account(self, cause: BlockedBy) -> None:
        if self.told is not cause:
            self.told = cause
            await until_written(lambda: self._alert(OperatorAlert(cause)), self._clock)
        while True:
            await self._clock.sleep(self._probe_s)
            self._probe_s = min(LONGEST_PROBE_S, max(FIRST_PROBE_S, self._probe_s * 2))
            try:
                balance = await self._probe_balance()
            except GenerationError as error:
                log.info("The provider's account is still held: %s", type(error).__name__)
                continue
            if balance >= ENOUGH_CREDITS:
                break
        log.warning("Creates are tried again: the provider's account answers")
        self._blocked_by = None

    async def _tell_over(self) -> None:
        self._accepted = False
        cause, self.told = self.told, None
        if cause is not None:
            await until_written(lambda: self._alert(OperatorAlert(cause, over=True)), self._clock)
