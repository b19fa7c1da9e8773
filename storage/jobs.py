"""Jobs: one image of a request, one remote task, one reservation. Their states change in `transitions` only."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from storage.accounts import Account
from storage.database import Transaction
from storage.id_floors import next_id


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    UNCERTAIN = "uncertain"
    RUNNING = "running"
    DELIVERING = "delivering"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to the job."""
        return self in {JobState.DELIVERED, JobState.UNDELIVERED, JobState.FAILED, JobState.CANCELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFile:
    """The picture as the provider made it.

    Attributes:
        image_type: "png", "jpeg" or "webp", read from its bytes.
    """

    sha256: str
    image_type: str
    size_bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedPicture:
    """The picture as the card shows it.

    Attributes:
        smaller: size in bytes, width and height of the JPEG that stands in for an original over the upload limit.
    """

    attachment_id: int
    name: str
    smaller: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A stored job; what has a default is so when it is accepted. Times are aware UTC.

    Attributes:
        position: 1 to 4, its place among the images of the request.
        price: whole credits, as quoted.
        parent_job_id: the image it was made from, None where it was made from none of ours.
        root_job_id: the first image of its family, None for a first one.
        ended_at: when it reached its last state, or None.
        deleted_at: when its picture was deleted, or None.
    """

    id: int
    request_id: int
    account: Account
    position: int
    state: JobState = JobState.QUEUED
    price: int
    remote_task_id: str | None = None
    attempts: int = 0
    failure_kind: str | None = None
    result_url: str | None = None
    result: ResultFile | None = None
    posted: PostedPicture | None = None
    parent_job_id: int | None
    root_job_id: int | None
    queued_at: datetime
    uncertain_at: datetime | None = None
    running_at: datetime | None = None
    delivering_at: datetime | None = None
    ended_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_by: int | None = None

    @property
    def has_picture(self) -> bool:
        """Whether the picture was fetched and is still kept."""
        return self.result is not None and self.deleted_at is None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `job`."""

        def moment(name: str) -> datetime | None:
            return None if row[name] is None else datetime.fromtimestamp(row[name], UTC)

        queued_at = moment("queued_at")
        assert queued_at is not None
        state = JobState(row["state"])
        return cls(
            id=row["id"],
            request_id=row["request_id"],
            account=Account(guild_id=row["guild_id"], user_id=row["user_id"]),
            position=row["position"],
            state=state,
            price=row["price"],
            remote_task_id=row["remote_task_id"],
            attempts=row["attempts"],
            failure_kind=row["failure_kind"],
            result_url=row["result_url"],
            result=_result_of(row),
            posted=_posted_of(row),
            parent_job_id=row["parent_job_id"],
            root_job_id=row["root_job_id"],
            queued_at=queued_at,
            uncertain_at=moment("uncertain_at"),
            running_at=moment("running_at"),
            delivering_at=moment("delivering_at"),
            ended_at=moment(f"{state}_at") if state.is_final else None,
            deleted_at=moment("deleted_at"),
            deleted_by=row["deleted_by"],
        )


def _result_of(row: sqlite3.Row) -> ResultFile | None:
    if row["result_sha256"] is None:
        return None
    return ResultFile(
        sha256=row["result_sha256"],
        image_type=row["result_type"],
        size_bytes=row["result_size_bytes"],
        width=row["result_width"],
        height=row["result_height"],
    )


def _posted_of(row: sqlite3.Row) -> PostedPicture | None:
    if row["attachment_id"] is None:
        return None
    size_bytes = row["posted_size_bytes"]
    return PostedPicture(
        attachment_id=row["attachment_id"],
        name=row["attachment_name"],
        smaller=None if size_bytes is None else (size_bytes, row["posted_width"], row["posted_height"]),
    )


async def insert(
    tx: Transaction,
    account: Account,
    *,
    request_id: int,
    position: int,
    price: int,
    now: datetime,
    parent_job_id: int | None = None,
) -> Job:
    """Store a queued job, and return it. Its reservation belongs in the same transaction."""
    root_job_id = None
    if parent_job_id is not None:
        root_job_id = await tx.value("SELECT coalesce(root_job_id, id) FROM job WHERE id = ?", (parent_job_id,))
    job_id = await tx.insert(
        "INSERT INTO job (id, request_id, guild_id, user_id, position, state, price, queued_at,"  # noqa: S608 (SQL of ours)
        f" parent_job_id, root_job_id) VALUES ({next_id('job')}, ?, ?, ?, ?, 'queued', ?, ?, ?, ?)",
        (request_id, *account.key, position, price, int(now.timestamp()), parent_job_id, root_job_id),
    )
    return Job(
        id=job_id,
        request_id=request_id,
        account=account,
        position=position,
        price=price,
        parent_job_id=parent_job_id,
        root_job_id=root_job_id,
        queued_at=now.replace(microsecond=0),
    )


async def get(tx: Transaction, job_id: int) -> Job | None:
    """Return the job, or None where there is none."""
    row = await tx.row("SELECT * FROM job WHERE id = ?", (job_id,))
    return None if row is None else Job.from_row(row)


async def of_request(tx: Transaction, request_id: int) -> list[Job]:
    """Return the jobs of a request by position."""
    rows = await tx.rows("SELECT * FROM job WHERE request_id = ? ORDER BY position", (request_id,))
    return [Job.from_row(row) for row in rows]


async def live(tx: Transaction) -> list[Job]:
    """Return every job that is not in a final state, oldest first."""
    rows = await tx.rows(
        "SELECT * FROM job INDEXED BY job_live"
        " WHERE state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering') ORDER BY id"
    )
    return [Job.from_row(row) for row in rows]


async def live_of_guild(tx: Transaction, guild_id: int) -> list[Job]:
    """Return the jobs of a guild that are not in a final state, oldest first."""
    rows = await tx.rows(
        "SELECT * FROM job INDEXED BY job_live WHERE guild_id = ?"
        " AND state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering') ORDER BY id",
        (guild_id,),
    )
    return [Job.from_row(row) for row in rows]


async def set_result(tx: Transaction, job_id: int, result: ResultFile) -> None:
    """Note the file that was downloaded for a job."""
    await tx.execute(
        "UPDATE job SET result_sha256 = ?, result_type = ?, result_size_bytes = ?, result_width = ?,"
        " result_height = ? WHERE id = ?",
        (result.sha256, result.image_type, result.size_bytes, result.width, result.height, job_id),
    )


async def set_posted(tx: Transaction, job_id: int, posted: PostedPicture) -> None:
    """Note which attachment of the card shows the picture, and in which form."""
    size_bytes, width, height = posted.smaller or (None, None, None)
    await tx.execute(
        "UPDATE job SET attachment_id = ?, attachment_name = ?, posted_size_bytes = ?, posted_width = ?,"
        " posted_height = ? WHERE id = ?",
        (posted.attachment_id, posted.name, size_bytes, width, height, job_id),
    )
