"""What was accepted stays accepted, whatever goes wrong with its card."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from cogs import delivery as delivery_module
from cogs.answer_tokens import AnswerTokens
from cogs.card_reader import CardReader
from cogs.delivery import ChannelDelivery
from generation.prices import PriceTable
from storage import card_readings, requests
from storage.database import Database
from storage.errors import DatabaseTroubleError, Trouble
from storage.guild_settings import GuildSettings
from tests.conftest import HandClock
from tests.storage.books import reserve_job


async def test_card_that_cannot_be_noted_yet_is_no_failure_of_an_accepted_request(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reserve_job(database, clock.now())
    reading = await database.look(lambda tx: card_readings.read(tx, 1, GuildSettings()))
    assert reading is not None
    bot: Any = SimpleNamespace(get_guild=lambda _: None)
    poster: Any = SimpleNamespace(tokens=AnswerTokens(clock))
    cards = CardReader(bot, database, PriceTable(), GuildSettings(), deadline=timedelta(minutes=15))
    delivery = ChannelDelivery(bot, database, poster, cast(Any, None), cards, clock)

    async def respond(*_: Any, **__: Any) -> int:
        return 3001

    async def locked(*_: Any) -> None:
        raise DatabaseTroubleError(Trouble.LOCKED)

    monkeypatch.setattr(delivery_module, "respond", respond)
    monkeypatch.setattr(database, "run", locked)
    await delivery.respond_with_card(cast(Any, SimpleNamespace(id=1, token="t")), reading)
    assert [one.card for one in [await database.look(lambda tx: requests.get(tx, 1))] if one] == [None]
