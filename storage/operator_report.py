"""What the operator wants to know over all guilds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from storage.database import Transaction
from storage.jobs import Job
from storage.pools import QUARTER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildUse:
    """What one guild used since a moment. `amount`: whole credits its members spent or have reserved."""

    guild_id: int
    amount: int
    images: int


async def images_made_since(tx: Transaction, moment: datetime) -> int:
    """Return how many images the provider finished since a moment."""
    return await tx.value("SELECT count(*) FROM job WHERE delivering_at >= ?", (int(moment.timestamp()),))


async def made_by_resolution(tx: Transaction, since: datetime) -> dict[str, int]:
    """Return how many images of each resolution the provider finished since a moment."""
    rows = await tx.rows(
        "SELECT request.resolution, count(*) AS images FROM job JOIN request ON request.id = job.request_id"
        " WHERE job.delivering_at >= ? GROUP BY request.resolution",
        (int(since.timestamp()),),
    )
    return {row["resolution"]: row["images"] for row in rows}


async def live_by_state(tx: Transaction) -> dict[str, int]:
    """Return how many unfinished jobs are in each state."""
    rows = await tx.rows(
        "SELECT state, count(*) AS jobs FROM job"
        " WHERE state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering') GROUP BY state"
    )
    return {row["state"]: row["jobs"] for row in rows}


async def uncertain_jobs(tx: Transaction, *, limit: int) -> list[Job]:
    """Return the oldest jobs of which nobody knows whether the provider makes them."""
    rows = await tx.rows(
        "SELECT * FROM job INDEXED BY job_live"
        " WHERE state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering') AND state = 'uncertain'"
        " ORDER BY id LIMIT ?",
        (limit,),
    )
    return [Job.from_row(row) for row in rows]


async def failures_since(tx: Transaction, moment: datetime) -> dict[str, int]:
    """Return how many jobs failed since a moment by kind, the most frequent first."""
    rows = await tx.rows(
        "SELECT failure_kind, count(*) AS jobs FROM job WHERE failed_at >= ? GROUP BY failure_kind"
        " ORDER BY jobs DESC, failure_kind",
        (int(moment.timestamp()),),
    )
    return {row["failure_kind"]: row["jobs"] for row in rows}


async def last_failure_at(tx: Transaction) -> datetime | None:
    """Return when a job failed last, None where none ever did."""
    row = await tx.row("SELECT failed_at FROM job WHERE failed_at IS NOT NULL ORDER BY failed_at DESC LIMIT 1")
    return None if row is None else datetime.fromtimestamp(row["failed_at"], UTC)


async def use_by_guild(tx: Transaction, since: datetime) -> list[GuildUse]:
    """Return what each guild used since a moment, the most first; guilds that used nothing are left out."""
    moment = int(since.timestamp())
    rows = await tx.rows(
        "SELECT guild_id, sum(amount) AS spent, (SELECT count(*) FROM job WHERE job.guild_id = spending.guild_id"
        "  AND job.delivering_at >= ?) AS images"
        " FROM spending WHERE guild_id <> 0 AND quarter >= ? GROUP BY guild_id ORDER BY spent DESC, guild_id",
        (moment, moment // QUARTER_S),
    )
    return [GuildUse(guild_id=row["guild_id"], amount=row["spent"], images=row["images"]) for row in rows]
