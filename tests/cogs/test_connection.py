"""Staying connected to Discord."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator
from typing import Any, cast

import pytest

from cogs import connection
from cogs.image_bot import ImageBot
from cogs.shards import ShardPlan, bot_for


class Broken:
    """A client whose connection breaks once, before or after its first session, and then ends."""

    def __init__(self, error: Exception, *, ws: object) -> None:
        self.ws = ws
        self._errors = [error]
        self._is_closed = False

    def is_closed(self) -> bool:
        return self._is_closed

    async def connect(self, *, reconnect: bool) -> None:
        assert reconnect
        if self._errors:
            raise self._errors.pop()
        self._is_closed = True


@pytest.mark.parametrize("shards", [1, 2])
async def test_bot_that_is_closed_while_its_guilds_arrive_waits_for_no_more(shards: int) -> None:
    bot = bot_for(ShardPlan(shards, tuple(range(shards))))
    async with bot:
        state: Any = bot._connection
        state.parsers["READY"](
            {
                "user": {"id": "1", "username": "a", "avatar": None, "discriminator": "0"},
                "guilds": [{"id": "2", "unavailable": True}],
                "application": {"id": "1", "flags": 0},
                "shard": [0, shards],
            }
        )
        waiting = [state._ready_task] if shards == 1 else [*state._ready_tasks.values()]
        assert [task.done() for task in waiting] == [False]
    assert [task.done() for task in waiting] == [True]


@pytest.fixture
def collector() -> Iterator[None]:
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("collector")
async def test_what_was_there_at_a_connection_is_looked_through_for_garbage_only_after_the_next() -> None:
    class Cached:
        def __init__(self) -> None:
            self.guild = self  # as discord.py's objects, it ends by the garbage collector alone

    async with bot_for(ShardPlan(1, (0,))) as bot:
        cached = Cached()
        still_there = weakref.ref(cached)
        await bot.on_ready()
        del cached
        gc.collect()
        assert still_there() is not None
        await bot.on_ready()
        assert still_there() is None


@pytest.mark.parametrize(
    ("error", "ws", "is_a_fault"),
    [
        (AttributeError("'NoneType' object has no attribute 'sequence'"), None, False),
        (AttributeError("something of ours"), object(), True),
        (ValueError("an event that nobody foresaw"), None, True),
    ],
    ids=["asked to reconnect before the first session", "a fault of ours", "an odd event"],
)
async def test_connection_that_broke_is_made_anew_and_told_of_as_a_fault_only_where_it_is_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, ws: Any, is_a_fault: bool
) -> None:
    monkeypatch.setattr(connection, "RECONNECT_AFTER_S", 0)
    bot = Broken(error, ws=ws)
    async with asyncio.timeout(5):
        await connection.stay_connected(cast(ImageBot, bot))
    [record] = caplog.records
    assert (record.levelname, bool(record.exc_info)) == (("ERROR", True) if is_a_fault else ("WARNING", False))
