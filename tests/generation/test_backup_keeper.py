"""The nightly backup: by default, once a night, also after nights that were missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from generation.backup_keeper import BackupKeeper
from storage import backups
from storage.database import Database
from tests.conftest import HandClock

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(EVENING)


async def nights(keeper: BackupKeeper, clock: HandClock, hours: float) -> None:
    """Let the keeper live for some hours."""
    worker = asyncio.create_task(keeper.work())
    for _ in range(int(hours * 6)):
        await clock.until_waited_for(worker)
        await clock.advance(600)
    await clock.until_waited_for(worker)
    worker.cancel()


def made(folder: Path) -> list[str]:
    return sorted(f"{backup.made_at:%d %H}" for backup in backups.listed(folder))


async def test_first_backup_comes_an_hour_after_the_start_and_then_one_each_night(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    outcomes: list[bool] = []
    keeper = BackupKeeper(tmp_path / "bot.db", tmp_path / "b", clock, keep=3, failed=outcomes.append)
    await nights(keeper, clock, 24 * 3.5)
    assert made(tmp_path / "b") == ["25 03", "26 03", "27 03"]
    assert outcomes == [False] * 5


async def test_bot_that_was_off_at_night_makes_its_backup_when_it_starts(
    database: Database, clock: HandClock, tmp_path: Path
) -> None:
    backups.make(tmp_path / "bot.db", tmp_path / "b", EVENING - timedelta(hours=30), keep=9)
    keeper = BackupKeeper(tmp_path / "bot.db", tmp_path / "b", clock, keep=9, failed=lambda _: None)
    await nights(keeper, clock, 1)
    assert made(tmp_path / "b") == ["22 14", "23 20"]


async def test_backup_that_fails_is_told_and_tried_again(database: Database, clock: HandClock, tmp_path: Path) -> None:
    outcomes: list[bool] = []
    folder = tmp_path / "b"
    folder.write_text("no folder")
    keeper = BackupKeeper(tmp_path / "bot.db", folder, clock, keep=3, failed=outcomes.append)
    await nights(keeper, clock, 1.4)
    assert outcomes
    assert all(outcomes)
    folder.unlink()
    await nights(keeper, clock, 0.2)
    assert outcomes[-1] is False


async def test_none_is_made_where_none_is_wanted(database: Database, clock: HandClock, tmp_path: Path) -> None:
    keeper = BackupKeeper(tmp_path / "bot.db", tmp_path / "b", clock, keep=0, failed=lambda _: None)
    await asyncio.wait_for(keeper.work(), timeout=5)
    assert made(tmp_path / "b") == []
