"""What a guild used in a span of time, for its moderators to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.database import Transaction
from storage.jobs import JobState
from storage.pools import QUARTER_S

LIVE = (JobState.QUEUED, JobState.SUBMITTING, JobState.UNCERTAIN, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `start` up to, not including, `end`, in one guild. Both aware UTC, on quarters of an hour."""

    guild_id: int
    start: datetime
    end: datetime

    @property
    def key(self) -> tuple[int, int, int]:
        """The parameters of `guild_id = ? AND x >= ? AND x < ?`."""
        return self.guild_id, int(self.start.timestamp()), int(self.end.timestamp())


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Whole credits that were reserved in one quarter of an hour for one resolution, and not refunded."""

    at: datetime
    resolution: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUse:
    """What one member spent or has reserved, in whole credits."""

    user_id: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLine:
    """One image as the export tells it.

    Attributes:
        amount: whole credits it cost in the end; 0 where they went back.
        task_s: how long the provider took, None where it finished none.
    """

    job_id: int
    asked_at: datetime
    user_id: int
    channel_id: int
    resolution: str
    aspect_ratio: str
    output_format: str
    reference_count: int
    amount: int
    state: JobState
    failure_kind: str | None
    ended_at: datetime | None
    task_s: int | None


async def spent_by_quarter(tx: Transaction, span: Span) -> list[Spent]:
    """Return what was spent by quarter of an hour and resolution, the oldest first."""
    rows = await tx.rows(
        "SELECT e.counts_at / 900 AS quarter, r.resolution, -sum(e.amount) AS spent FROM ledger_entry e"
        " JOIN job j ON j.id = e.job_id JOIN request r ON r.id = j.request_id"
        " WHERE e.guild_id = ? AND e.counts_at >= ? AND e.counts_at < ? AND e.kind IN ('reserve', 'refund')"
        " GROUP BY quarter, r.resolution HAVING spent <> 0 ORDER BY quarter",
        span.key,
    )
    return [
        Spent(
            at=datetime.fromtimestamp(row["quarter"] * QUARTER_S, UTC),
            resolution=row["resolution"],
            amount=row["spent"],
        )
        for row in rows
    ]


async def by_member(tx: Transaction, span: Span) -> list[MemberUse]:
    """Return what each member spent, the most first; those who spent nothing are left out."""
    rows = await tx.rows(
        "SELECT user_id, -sum(amount) AS spent FROM ledger_entry WHERE guild_id = ? AND counts_at >= ?"
        " AND counts_at < ? AND kind IN ('reserve', 'refund') GROUP BY user_id HAVING spent > 0"
        " ORDER BY spent DESC, user_id",
        span.key,
    )
    return [MemberUse(user_id=row["user_id"], amount=row["spent"]) for row in rows]


async def images_by_state(tx: Transaction, span: Span) -> dict[JobState, int]:
    """Return how many images that were asked for in the span are in each state."""
    rows = await tx.rows(
        "SELECT state, count(*) AS images FROM job WHERE guild_id = ? AND queued_at >= ? AND queued_at < ?"
        " GROUP BY state",
        span.key,
    )
    return {JobState(row["state"]): row["images"] for row in rows}


async def reserved(tx: Transaction, span: Span) -> int:
    """Return the whole credits still held for images that were asked for in the span."""
    marks = ", ".join("?" * len(LIVE))
    return await tx.value(
        f"SELECT sum(price) FROM job WHERE guild_id = ? AND queued_at >= ? AND queued_at < ? AND state IN ({marks})",  # noqa: S608 (only marks are put in)
        (*span.key, *LIVE),
    )


async def images(tx: Transaction, span: Span, *, after_id: int, limit: int) -> Sequence[ImageLine]:
    """Return images that were asked for in the span, by id, those after `after_id`."""
    rows = await tx.rows(
        "SELECT j.*, r.channel_id, r.resolution, r.aspect_ratio, r.output_format,"
        " (SELECT count(*) FROM request_reference WHERE request_id = r.id) AS reference_count,"
        " coalesce(j.delivered_at, j.undelivered_at, j.failed_at, j.cancelled_at) AS ended_at"
        " FROM job j JOIN request r ON r.id = j.request_id"
        " WHERE j.guild_id = ? AND j.queued_at >= ? AND j.queued_at < ? AND j.id > ? ORDER BY j.id LIMIT ?",
        (*span.key, after_id, limit),
    )
    return [
        ImageLine(
            job_id=row["id"],
            asked_at=datetime.fromtimestamp(row["queued_at"], UTC),
            user_id=row["user_id"],
            channel_id=row["channel_id"],
            resolution=row["resolution"],
            aspect_ratio=row["aspect_ratio"],
            output_format=row["output_format"],
            reference_count=row["reference_count"],
            amount=0 if row["state"] in ("failed", "cancelled") else row["price"],
            state=JobState(row["state"]),
            failure_kind=row["failure_kind"],
            ended_at=None if row["ended_at"] is None else datetime.fromtimestamp(row["ended_at"], UTC),
            task_s=None if row["delivering_at"] is None else row["delivering_at"] - row["running_at"],
        )
        for row in rows
    ]
