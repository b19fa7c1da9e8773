"""One soak: members come and go, every few hours all have left for a moment, and then it is measured."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from generation.workers import Workers
from storage.database import Database
from tests.soak.clock import JumpingLoop
from tests.soak.members import Crowd
from tests.soak.product import product
from tests.soak.samples import NeverIdleError, Sample, WalWatch, sample, until_idle
from tests.soak.verdict import growth, slower
from tests.storage.books import audit

QUIET = timedelta(minutes=20)
"""Longer than the deadline of an image whose create was lost, so that it is refunded by then."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, how busy, and how often it is measured (8 times at least).

    Attributes:
        forget_every: how often a member wants to be forgotten.
        judge_times: whether a slower query is a problem; not where others keep the machine busy.
    """

    length: timedelta
    per_hour: int
    seed: int
    sample_every: timedelta = timedelta(hours=6)
    forget_every: timedelta = timedelta(days=1)
    judge_times: bool = True


@dataclass(frozen=True, kw_only=True)
class Result:
    images: int
    samples: list[Sample]
    problems: list[str]


def soak(folder: Path, plan: Plan, *, tell: Callable[[str], None] = lambda _: None) -> Result:
    """Run in a loop of its own."""
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    try:
        with asyncio.Runner(loop_factory=JumpingLoop) as runner:
            result = runner.run(_soak(folder, plan, tell))
    finally:
        logging.getLogger().removeHandler(errors)
    return Result(images=result.images, samples=result.samples, problems=[*result.problems, *errors.told])


class _Errors(logging.Handler):
    """Keeps what the product itself calls an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(f"logged: {self.format(record)}")


async def _soak(folder: Path, plan: Plan, tell: Callable[[str], None]) -> Result:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    samples: list[Sample] = []
    problems: list[str] = []
    async with product(folder, loop, plan.seed) as running, Workers() as watchers:
        crowd, wal = Crowd(running, plan.seed), WalWatch(running)
        watchers.start(wal.work(), name="size of the log")
        await crowd.settle_in()
        begin = running.clock.now()
        end, forget_at = begin + plan.length, begin + plan.forget_every
        images = plan.per_hour * plan.sample_every / timedelta(hours=1)
        try:
            while (now := running.clock.now()) < end:
                next_look = begin + plan.sample_every * (len(samples) + 1)
                await crowd.be_busy(max(now, next_look - QUIET), images=images)
                await until_idle(running)
                if next_look >= forget_at:
                    forget_at += plan.forget_every
                    await crowd.be_forgotten()
                    await until_idle(running)
                await running.clock.sleep((next_look - running.clock.now()).total_seconds())
                samples.append(await sample(running, crowd, wal, plan.sample_every))
                tell(samples[-1].line)
            problems += growth(samples) + (slower(samples) if plan.judge_times else [])
        except NeverIdleError as error:
            problems.append(f"never idle: {error}")
        problems += await _money(running.database) + await _files(running.database, folder / "media")
    return Result(images=crowd.asked, samples=samples, problems=problems)


async def _money(database: Database) -> list[str]:
    """Recount everything: no image is open, nothing is reserved, every account is the sum of its entries."""
    async with database.reading() as tx:
        unfinished = await tx.value(
            "SELECT count(*) FROM job WHERE state NOT IN ('delivered', 'undelivered', 'failed', 'cancelled')"
        )
        reserved = await tx.value(
            "SELECT count(*) FROM ledger_entry r WHERE kind = 'reserve' AND NOT EXISTS"
            " (SELECT 1 FROM ledger_entry c WHERE c.job_id = r.job_id AND c.kind IN ('settle', 'refund'))"
        )
    problems = [f"{unfinished} images are not finished"] if unfinished else []
    problems += [f"{reserved} reservations are open"] if reserved else []
    try:
        await audit(database)
    except AssertionError as error:
        problems.append(f"the ledger does not add up: {error}")
    return problems


async def _files(database: Database, media: Path) -> list[str]:
    """Compare the media folder with what the database says is kept: no file too many, none too few."""
    async with database.reading() as tx:
        results = await tx.rows(
            "SELECT DISTINCT result_sha256 AS sha256 FROM job WHERE result_sha256 IS NOT NULL AND deleted_at IS NULL"
        )
        references = await tx.rows("SELECT sha256 FROM reference WHERE removed_at IS NULL")
    kept = {"results": {row["sha256"] for row in results}, "references": {row["sha256"] for row in references}}
    there = {
        folder: {path.stem for path in (media / folder).rglob("*") if path.is_file()}
        for folder in ("results", "references", "thumbnails", "incoming")
    }
    problems = [
        f"{folder}: {len(there[folder] - wanted)} files too many, {len(wanted - there[folder])} missing"
        for folder, wanted in kept.items()
        if there[folder] != wanted
    ]
    if left := there["thumbnails"] - kept["results"] - kept["references"]:
        problems.append(f"thumbnails: {len(left)} of pictures that are not kept")
    if left := there["incoming"]:
        problems.append(f"incoming: {len(left)} files were left")
    return problems
