"""Looking at the process and its data while nothing is under way."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from generation.asking import Asker
from storage import audit, forgetting, history, jobs, removals, requests, usage
from storage.database import Transaction
from storage.history import HistoryFilter
from storage.usage import Span
from tests.soak.members import Crowd
from tests.soak.product import Product

CALLS = 20
LOOK_EVERY_S = 30.0
IDLE_WITHIN = timedelta(hours=3)


class NeverIdleError(Exception):
    """Something is still under way long after the last member left."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One look. `objects`: those that the garbage collector knows; `wal_bytes`: the most since the last look."""

    at_s: float
    images: int
    rss_bytes: int
    objects: int
    files: int
    workers: int
    database_bytes: int
    wal_bytes: int
    rows: dict[str, int]
    medians_ms: dict[str, float]

    @property
    def line(self) -> str:
        times = ", ".join(f"{name} {ms:.2f}" for name, ms in self.medians_ms.items())
        sizes = f"database {self.database_bytes / 1e6:.1f} MB, log {self.wal_bytes / 1e6:.1f} MB"
        process = f"{self.rss_bytes / 1e6:.1f} MB, {self.objects} objects, {self.files} files, {self.workers} tasks"
        return f"day {self.at_s / 86_400:5.2f}: {self.images:6} images, {process}, {sizes}; ms: {times}"


class WalWatch:
    """Notes how large the write-ahead log becomes."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._path = product.path.with_name(product.path.name + "-wal")
        self._most_bytes = 0

    async def work(self) -> None:
        while True:
            self._look()
            await self._product.clock.sleep(LOOK_EVERY_S)

    def take(self) -> int:
        """Return the largest size since the last time."""
        self._look()
        most, self._most_bytes = self._most_bytes, 0
        return most

    def _look(self) -> None:
        self._most_bytes = max(self._most_bytes, size_of(self._path))


async def until_idle(product: Product) -> None:
    """Wait until no image, card, log, removal or forgetting is under way."""
    give_up_at = product.clock.now() + IDLE_WITHIN
    while True:
        async with product.database.reading() as tx:
            left = {
                "jobs": len(await jobs.live(tx)),
                "cards": len(await requests.ids_to_show(tx)),
                "logs": len(await audit.guilds_to_log(tx)),
                "files": len(await removals.files(tx, limit=1)),
                "messages": len(await removals.messages(tx, limit=1)),
                "members": len(await forgetting.unfinished(tx)),
            }
        if not any(left.values()):
            break
        if product.clock.now() > give_up_at:
            raise NeverIdleError(str(left))
        await product.clock.sleep(LOOK_EVERY_S)
    await product.clock.sleep(LOOK_EVERY_S)  # cards' workers end a moment after their last edit


async def sample(product: Product, crowd: Crowd, wal: WalWatch, span: timedelta) -> Sample:
    """Look at everything. `span`: how much of the latest past the usage report is asked for."""
    workers = len(asyncio.all_tasks())
    gc.collect()
    return Sample(
        at_s=asyncio.get_running_loop().time(),
        images=crowd.asked,
        rss_bytes=int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
        objects=len(gc.get_objects()),
        files=len(os.listdir("/proc/self/fd")),
        workers=workers,
        database_bytes=size_of(product.path),
        wal_bytes=wal.take(),
        medians_ms=await _medians_ms(product, crowd, span),
        rows=await _rows(product),
    )


def size_of(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def _rows(product: Product) -> dict[str, int]:
    async with product.database.reading() as tx:
        tables = await tx.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {row["name"]: await tx.value(f'SELECT count(*) FROM "{row["name"]}"') for row in tables}


async def _medians_ms(product: Product, crowd: Crowd, span: timedelta) -> dict[str, float]:
    now = product.clock.now()

    async def page(tx: Transaction) -> object:
        return await history.page(tx, HistoryFilter(account=crowd.anybody()), limit=10)

    async def live(tx: Transaction) -> object:
        return await jobs.live(tx)

    async def used(tx: Transaction) -> object:
        wanted = Span(guild_id=crowd.anybody().guild_id, start=now - span, end=now)
        await usage.by_member(tx, wanted)
        return await usage.image_counts(tx, wanted, piece_s=24 * 3600)

    def reading(call: Callable[[Transaction], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
        async def read() -> object:
            async with product.database.reading() as tx:
                return await call(tx)

        return read

    async def credits_of() -> object:
        asker = Asker(account=crowd.anybody(), role_ids=frozenset(), channel_id=1)
        return await product.intake.statement(asker)

    calls = {"history": reading(page), "credits": credits_of, "live jobs": reading(live), "usage": reading(used)}
    medians: dict[str, float] = {}
    for name, call in calls.items():
        taken: list[float] = []
        for _ in range(CALLS):
            began = perf_counter()
            await call()
            taken.append((perf_counter() - began) * 1000)
        medians[name] = median(taken)
    return medians
