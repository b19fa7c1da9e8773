"""Thousands of random histories: the ledger keeps its rules, and an independent model computes the same money."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from storage.database import Database
from tests.storage.histories import KINDS, History, Step
from tests.storage.history_player import play
from tests.storage.own_thread import OwnThreadConnection

HISTORIES = int(os.environ.get("HISTORIES", "1000"))
"""How many are played. Those of one run are always the same, and a longer run begins with those of a shorter one."""
BATCH = 100
LENGTH = 16
"""Steps of one history."""

NUMBERS = st.lists(st.integers(0, 9_999), max_size=14).map(tuple)
STEPS = st.builds(Step, st.sampled_from(list(KINDS)), NUMBERS)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty database as the product makes it, to begin with."""
    path = tmp_path_factory.mktemp("migrated") / "bot.db"

    async def make() -> None:
        async with Database.open(path):
            pass

    asyncio.run(make())
    return path.read_bytes()


@contextmanager
def in_own_thread(turns: Random) -> Iterator[None]:
    """Let the product's database run in the thread of the event loop, without waiting for the disk."""

    def connect(path: Path, *, isolation_level: None) -> OwnThreadConnection:
        return OwnThreadConnection(path, turns)

    with patch("storage.database.aiosqlite.connect", connect):
        yield


@pytest.mark.parametrize("batch", range(-(-HISTORIES // BATCH)))
async def test_model_and_product_agree_on_every_step_of_random_histories(
    batch: int, migrated: bytes, tmp_path: Path
) -> None:
    for number in range(batch * BATCH, min(HISTORIES, (batch + 1) * BATCH)):
        path = tmp_path / f"{number}.db"
        path.write_bytes(migrated)
        with in_own_thread(Random(number)):
            await play(History.of_seed(number, length=LENGTH), path)
        for file in tmp_path.iterdir():
            file.unlink()


@pytest.mark.parametrize("number", range(12))
async def test_model_and_product_agree_over_the_connection_that_ships(number: int, tmp_path: Path) -> None:
    await play(History.of_seed(-1 - number, length=LENGTH), tmp_path / "bot.db")


def test_model_and_product_agree_on_histories_that_can_be_shortened(migrated: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bot.db"

    @seed(1)
    @settings(
        max_examples=max(100, HISTORIES // 20),
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],  # a busy machine is not unhealthy
    )
    @given(st.builds(History, NUMBERS, st.lists(STEPS, max_size=12).map(tuple)))
    def agree(history: History) -> None:
        for file in tmp_path.iterdir():
            file.unlink()
        path.write_bytes(migrated)
        with in_own_thread(Random(0)):
            asyncio.run(play(history, path))

    agree()
