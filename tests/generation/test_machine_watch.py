"""The watch over the machine: told once, closed while it lasts, over by itself."""

from __future__ import annotations

import asyncio
import resource
from collections import namedtuple
from pathlib import Path

import pytest

from generation import holdings, machine_watch
from generation.machine_watch import MachineTrouble, MachineWatch, OutOfOrderError
from generation.media import MediaStore
from storage.database import Database
from storage.errors import DatabaseTroubleError, Trouble
from tests.conftest import HandClock

MB = 1024**2
Usage = namedtuple("Usage", "total used free")


class Bench:
    def __init__(self, database: Database, clock: HandClock, folder: Path) -> None:
        self.news: list[tuple[MachineTrouble, bool]] = []
        self.media = MediaStore(folder / "media")
        self.media.prepare()
        self.watch = MachineWatch(
            database,
            self.media,
            clock,
            folders=(folder / "not" / "there" / "yet",),
            reserve_bytes=256 * MB,
            changed=lambda trouble, over: self.news.append((trouble, over)),
        )

    def is_open(self) -> bool:
        try:
            self.watch.require_order()
        except OutOfOrderError:
            return False
        return True


@pytest.fixture
def bench(database: Database, clock: HandClock, tmp_path: Path) -> Bench:
    return Bench(database, clock, tmp_path)


async def test_machine_in_order_is_no_news(bench: Bench) -> None:
    await bench.watch.look()
    assert bench.news == []
    assert bench.is_open()


async def test_short_disk_closes_and_opens_again_only_when_there_is_room_to_spare(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    states: list[bool] = []
    for free_mb in (300, 255, 200, 300, 500, 513, 300):
        usage = Usage(1, 1, free_mb * MB)
        monkeypatch.setattr(machine_watch.shutil, "disk_usage", lambda _, usage=usage: usage)
        await bench.watch.look()
        states.append(bench.is_open())
    assert states == [True, False, False, False, False, True, True]
    assert bench.news == [(MachineTrouble.DISK, False), (MachineTrouble.DISK, True)]


@pytest.mark.parametrize("limit", ["of the container", "of the process"])
async def test_memory_near_its_limit_closes_until_it_is_clearly_under_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str
) -> None:
    if limit == "of the container":
        (tmp_path / "memory.max").write_text(f"{1000 * MB}\n")
        monkeypatch.setattr(machine_watch, "CGROUP_LIMIT", tmp_path / "memory.max")
    else:
        monkeypatch.setattr(machine_watch, "CGROUP_LIMIT", tmp_path / "nothing")
        limits = {resource.RLIMIT_AS: (1000 * MB, -1)}
        monkeypatch.setattr(resource, "getrlimit", lambda which: limits.get(which, (-1, -1)))
    states: list[bool] = []
    for used_mb in (500, 899, 901, 850, 801, 799, 850):
        monkeypatch.setattr(holdings, "memory_bytes", lambda used_mb=used_mb: used_mb * MB)
        await bench.watch.look()
        states.append(bench.is_open())
    assert states == [True, True, False, False, False, True, True]
    assert bench.news == [(MachineTrouble.MEMORY, False), (MachineTrouble.MEMORY, True)]


async def test_full_database_is_rolled_back_told_once_and_used_again(bench: Bench, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute("CREATE TABLE filler (content BLOB) STRICT")
        pages = await tx.value("PRAGMA page_count")
    async with database.reading() as tx:
        await tx.execute(f"PRAGMA max_page_count = {pages + 2}")
    for _ in range(2):
        with pytest.raises(DatabaseTroubleError) as full:
            async with database.transaction() as tx:
                await tx.execute("INSERT INTO guild_setting (guild_id) VALUES (77)")
                await tx.execute("INSERT INTO filler VALUES (randomblob(100000))")
        assert full.value.trouble is Trouble.FULL
    assert not bench.is_open()
    async with database.reading() as tx:
        assert await tx.value("SELECT count(*) FROM guild_setting") == 0
        await tx.execute("PRAGMA max_page_count = 1000000")
    await bench.watch.look()
    assert bench.is_open()
    assert bench.news == [(MachineTrouble.DATABASE, False), (MachineTrouble.DATABASE, True)]


async def test_failed_backup_closes_nothing(bench: Bench) -> None:
    bench.watch.note(MachineTrouble.BACKUP, is_there=True)
    bench.watch.note(MachineTrouble.BACKUP, is_there=True)
    assert bench.is_open()
    assert bench.news == [(MachineTrouble.BACKUP, False)]


async def test_trouble_told_by_an_earlier_process_ends_with_the_first_look(bench: Bench, clock: HandClock) -> None:
    worker = asyncio.create_task(bench.watch.work([MachineTrouble.DISK, MachineTrouble.DATABASE]))
    await clock.until_waited_for(worker)
    worker.cancel()
    assert sorted(bench.news) == [(MachineTrouble.DATABASE, True), (MachineTrouble.DISK, True)]
