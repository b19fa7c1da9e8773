"""A card that a crash left behind while it was read is withdrawn, also where the database was away for a moment."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cogs.delivery import TIDY_EVERY_S, ChannelDelivery
from storage import pending_cards
from storage.database import Database
from storage.pending_cards import PendingCard
from tests.conftest import HandClock


class BusyPlace:
    """Takes edits; during the first one another program begins to hold the database."""

    def __init__(self, path: Path) -> None:
        self.edits = 0
        self.other = sqlite3.connect(path, isolation_level=None, timeout=0)

    async def edit(self, *_: Any, **__: Any) -> list[int | None]:
        self.edits += 1
        while self.edits == 1 and not self.other.in_transaction:
            with suppress(sqlite3.OperationalError):  # the bot is writing just now
                self.other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(0.01)
        return []


async def left(database: Database, clock: HandClock) -> list[PendingCard]:
    async with database.reading() as tx:
        return await pending_cards.left_behind(tx, before=clock.now())


async def test_card_whose_end_could_not_be_written_down_is_withdrawn_with_the_next_look(
    database: Database, clock: HandClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card = PendingCard(interaction_id=1, guild_id=2, channel_id=3)
    async with database.transaction() as tx:
        await pending_cards.insert(tx, card, clock.now())
        await pending_cards.set_message(tx, 1, 4)
    poster = BusyPlace(tmp_path / "bot.db")
    nobody = cast(Any, SimpleNamespace())
    async with ChannelDelivery(nobody, database, cast(Any, poster), nobody, nobody, clock):
        while "stays for now" not in caplog.text:  # noqa: ASYNC110 (SQLite's own patience sets it)
            await asyncio.sleep(0.01)
        poster.other.execute("ROLLBACK")
        await clock.advance(600 + 2 * TIDY_EVERY_S)  # cards of commands being read now are left alone for so long
        async with asyncio.timeout(10):
            while await left(database, clock):
                await clock.advance(TIDY_EVERY_S)
    assert poster.edits == 2
    poster.other.close()
