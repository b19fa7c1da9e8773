"""What a guild used in a span of time, for its moderators to read."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from storage.database import Transaction, Value
from storage.jobs import JobState

REFUNDED = frozenset({JobState.FAILED, JobState.CANCELLED})
"""What was reserved for an image is refunded in the transaction that brings it into one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From `start` up to, not including, `end`, in one guild. Both aware UTC, on quarters of an hour.

    Attributes:
        user_id: whose images and credits; None: all members'.
    """

    guild_id: int
    start: datetime
    end: datetime
    user_id: int | None = None

    @property
    def key(self) -> tuple[Value, ...]:
        """The parameters of `guild_id = ? AND x >= ? AND x < ? AND (? IS NULL OR user_id = ?)`."""
        return self.guild_id, int(self.start.timestamp()), int(self.end.timestamp()), self.user_id, self.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUse:
    """What one member spent or has reserved, in whole credits."""

    user_id: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCount:
    """Images of one size that were asked for in one piece of time and ended, or stand, alike.

    Attributes:
        at: where the piece begins.
        amount: their prices together, in whole credits.
    """

    at: datetime
    resolution: str
    state: JobState
    failure_kind: str | None
    images: int
    amount: int

    @property
    def spent(self) -> int:
        """What was reserved for them and not refunded."""
        return 0 if self.state in REFUNDED else self.amount


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLine:
    """One image as the export tells it.

    Attributes:
        amount: whole credits that were reserved for it and not refunded.
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

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `images`."""
        state = JobState(row["state"])
        return cls(
            job_id=row["id"],
            asked_at=datetime.fromtimestamp(row["queued_at"], UTC),
            user_id=row["user_id"],
            channel_id=row["channel_id"],
            resolution=row["resolution"],
            aspect_ratio=row["aspect_ratio"],
            output_format=row["output_format"],
            reference_count=row["reference_count"],
            amount=0 if state in REFUNDED else row["price"],
            state=state,
            failure_kind=row["failure_kind"],
            ended_at=None if row["ended_at"] is None else datetime.fromtimestamp(row["ended_at"], UTC),
            task_s=None if row["delivering_at"] is None else row["delivering_at"] - row["running_at"],
        )


async def by_member(tx: Transaction, span: Span) -> list[MemberUse]:
    """Return what each member spent, the most first; those who spent nothing are left out."""
    rows = await tx.rows(
        "SELECT user_id, -sum(amount) AS spent FROM ledger_entry WHERE guild_id = ? AND counts_at >= ?"
        " AND counts_at < ? AND (? IS NULL OR user_id = ?) AND kind IN ('reserve', 'refund')"
        " GROUP BY user_id HAVING spent > 0 ORDER BY spent DESC, user_id",
        span.key,
    )
    return [MemberUse(user_id=row["user_id"], amount=row["spent"]) for row in rows]


async def image_counts(tx: Transaction, span: Span, *, piece_s: int) -> list[ImageCount]:
    """Return how the images stand that were asked for, by piece of time counted from the span's start; oldest first."""
    start_s = int(span.start.timestamp())
    rows = await tx.rows(
        "SELECT (j.queued_at - ?) / ? AS piece, r.resolution, j.state, j.failure_kind,"
        " count(*) AS images, sum(j.price) AS amount FROM job j JOIN request r ON r.id = j.request_id"
        " WHERE j.guild_id = ? AND j.queued_at >= ? AND j.queued_at < ? AND (? IS NULL OR j.user_id = ?)"
        " GROUP BY piece, r.resolution, j.state, j.failure_kind ORDER BY piece",
        (start_s, piece_s, *span.key),
    )
    return [
        ImageCount(
            at=datetime.fromtimestamp(start_s + row["piece"] * piece_s, UTC),
            resolution=row["resolution"],
            state=JobState(row["state"]),
            failure_kind=row["failure_kind"],
            images=row["images"],
            amount=row["amount"],
        )
        for row in rows
    ]


async def images(tx: Transaction, span: Span, *, after: ImageLine | None, limit: int) -> Sequence[ImageLine]:
    """Return images that were asked for in the span, the oldest first, those behind `after`."""
    place = (int(span.start.timestamp()), 0) if after is None else (int(after.asked_at.timestamp()), after.job_id)
    rows = await tx.rows(
        "SELECT j.*, r.channel_id, r.resolution, r.aspect_ratio, r.output_format,"
        " (SELECT count(*) FROM request_reference WHERE request_id = r.id) AS reference_count,"
        " coalesce(j.delivered_at, j.undelivered_at, j.failed_at, j.cancelled_at) AS ended_at"
        " FROM job j JOIN request r ON r.id = j.request_id"
        " WHERE j.guild_id = ? AND j.queued_at >= ? AND j.queued_at < ? AND (? IS NULL OR j.user_id = ?)"
        " AND (j.queued_at, j.id) > (?, ?) ORDER BY j.queued_at, j.id LIMIT ?",
        (*span.key, *place, limit),
    )
    return [ImageLine.from_row(row) for row in rows]
