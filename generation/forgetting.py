"""Forgetting members who ask for it: in steps that a restart only interrupts, until no trace of their words is left."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from generation.clock import Clock
from storage import forgetting, prompts
from storage.database import Database
from storage.forgetting import Forgetting, Held

log = logging.getLogger(__name__)

AGAIN_AFTER_S = 60.0


class Forgetter:
    """Erases what is held of members, in the background."""

    def __init__(self, database: Database, clock: Clock, *, removals_added: Callable[[], None]) -> None:
        """Take what is called when there are files and messages to remove."""
        self._database = database
        self._clock = clock
        self._removals_added = removals_added
        self._due = asyncio.Event()
        self._due.set()  # an earlier run may have been interrupted

    async def held(self, user_id: int) -> Held:
        """Return how much is held of a member, in all guilds together."""
        async with self._database.reading() as tx:
            return await forgetting.held(tx, user_id)

    async def forget(self, user_id: int) -> None:
        """Begin to forget a member: their ledger is nobody's at once, the rest follows within moments.

        Raises:
            StillWorkingError: images of theirs are waiting or being made; nothing was written.
        """
        await self._database.run(lambda tx: forgetting.begin(tx, user_id, self._clock.now()))
        self._due.set()

    async def work(self) -> None:
        """Carry out what was begun, for ever."""
        while True:
            await self._due.wait()
            self._due.clear()
            try:
                await self._erase_all()
            except Exception:  # a worker's loop: a full disk or a bug must not leave anybody half forgotten
                log.exception("A member could not be forgotten yet")
                await self._clock.sleep(AGAIN_AFTER_S)
                self._due.set()

    async def _erase_all(self) -> None:
        async with self._database.reading() as tx:
            begun = await forgetting.unfinished(tx)
        if not begun:
            return
        for one in begun:
            await self._erase(one)
        async with self._database.transaction() as tx:
            await prompts.begin_full_merge(tx)
        while True:
            async with self._database.transaction() as tx:
                if not await prompts.merge_a_little(tx):
                    break
        await self._database.empty_log()
        async with self._database.transaction() as tx:
            for one in begun:
                await forgetting.finish(tx, one)
        log.info("%d members were forgotten", len(begun))

    async def _erase(self, one: Forgetting) -> None:
        more = True
        while more:
            more = await self._database.run(lambda tx: forgetting.erase_some(tx, one, self._clock.now()))
            self._removals_added()
