"""The state machine of a job. Each change of state and its money are one statement pair in the caller's transaction.

Every function returns whether it made the change: of two racers (poll and callback, cancel and submit) one gets True,
the other gets False and must do nothing more. Nothing was written where False is returned.
"""

from __future__ import annotations

from datetime import datetime

from storage import ledger
from storage.database import Transaction
from storage.jobs import JobState

QUEUED, SUBMITTING, UNCERTAIN = JobState.QUEUED, JobState.SUBMITTING, JobState.UNCERTAIN
RUNNING, DELIVERING, DELIVERED = JobState.RUNNING, JobState.DELIVERING, JobState.DELIVERED
UNDELIVERED, FAILED, CANCELLED = JobState.UNDELIVERED, JobState.FAILED, JobState.CANCELLED


async def submit(tx: Transaction, job_id: int, now: datetime) -> bool:
    """queued → submitting. Must be committed before the create is sent."""
    return await _move(tx, job_id, (QUEUED,), SUBMITTING, now, "attempts = attempts + 1")


async def requeue(tx: Transaction, job_id: int) -> bool:
    """submitting → queued, in its old place: the provider certainly made no task of it."""
    changed = await tx.execute(
        "UPDATE job SET state = 'queued', submitting_at = NULL WHERE id = ? AND state = 'submitting'", (job_id,)
    )
    return changed == 1


async def lose_sight(tx: Transaction, job_id: int, now: datetime) -> bool:
    """submitting → uncertain: the create was sent and its answer was lost."""
    return await _move(tx, job_id, (SUBMITTING,), UNCERTAIN, now)


async def run(tx: Transaction, job_id: int, remote_task_id: str, now: datetime) -> bool:
    """submitting or uncertain → running: the provider named its task."""
    return await _move(tx, job_id, (SUBMITTING, UNCERTAIN), RUNNING, now, "remote_task_id = ?", remote_task_id)


async def name_task(tx: Transaction, job_id: int, remote_task_id: str, now: datetime) -> bool:
    """As `run`, from a callback: only where no other job has that task."""
    if await tx.row("SELECT 1 FROM job WHERE remote_task_id = ?", (remote_task_id,)) is not None:
        return False
    return await run(tx, job_id, remote_task_id, now)


async def succeed(tx: Transaction, job_id: int, result_url: str, now: datetime) -> bool:
    """running → delivering, and the reservation is settled."""
    if not await _move(tx, job_id, (RUNNING,), DELIVERING, now, "result_url = ?", result_url):
        return False
    await ledger.settle(tx, job_id=job_id, now=now)
    return True


async def deliver(tx: Transaction, job_id: int, now: datetime) -> bool:
    """delivering → delivered: the card shows the picture."""
    return await _move(tx, job_id, (DELIVERING,), DELIVERED, now)


async def keep_undelivered(tx: Transaction, job_id: int, now: datetime) -> bool:
    """delivering or delivered → undelivered: the picture is kept, and there is no place to show it.

    A delivered one was on a card that is gone, and found none on the next.
    """
    return await _move(tx, job_id, (DELIVERING, DELIVERED), UNDELIVERED, now)


async def lose_result(tx: Transaction, job_id: int, now: datetime) -> bool:
    """delivering or delivered → undelivered without a picture: it was lost, so the price is given back as credits.

    For a delivered one that is: its card has to be posted anew, and neither our disk nor the provider has the picture.
    """
    gone = "failure_kind = ?, result_sha256 = NULL, result_type = NULL, result_size_bytes = NULL, result_width = NULL"
    if not await _move(
        tx, job_id, (DELIVERING, DELIVERED), UNDELIVERED, now, f"{gone}, result_height = NULL", "result_lost"
    ):
        return False
    await ledger.compensate(tx, job_id=job_id, now=now, note="a finished picture was lost")
    return True


async def fail(tx: Transaction, job_id: int, *, kind: str, text: str, now: datetime) -> bool:
    """queued, submitting, uncertain or running → failed, and the reservation is refunded."""
    states = (QUEUED, SUBMITTING, UNCERTAIN, RUNNING)
    if not await _move(tx, job_id, states, FAILED, now, "failure_kind = ?, failure_text = ?", kind, text[:300]):
        return False
    await ledger.refund(tx, job_id=job_id, now=now)
    return True


async def cancel(tx: Transaction, job_id: int, now: datetime) -> bool:
    """queued → cancelled, and the reservation is refunded."""
    if not await _move(tx, job_id, (QUEUED,), CANCELLED, now):
        return False
    await ledger.refund(tx, job_id=job_id, now=now)
    return True


async def recover(tx: Transaction, now: datetime) -> int:
    """After a crash: every job found submitting becomes uncertain, as nobody knows whether it was sent."""
    return await tx.execute(  # written as the index job_live has it, or SQLite looks through all jobs
        "UPDATE job INDEXED BY job_live SET state = 'uncertain', uncertain_at = ?"
        " WHERE state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering') AND state = 'submitting'",
        (int(now.timestamp()),),
    )


async def _move(
    tx: Transaction,
    job_id: int,
    sources: tuple[JobState, ...],
    target: JobState,
    now: datetime,
    also_set: str = "",
    *values: str,
) -> bool:
    """Change the state where it is one of `sources`. `also_set` is SQL of ours, `values` fill its placeholders."""
    assignments = f"state = '{target}', {target}_at = ?" + (f", {also_set}" if also_set else "")
    places = ", ".join(f"'{source}'" for source in sources)
    changed = await tx.execute(
        f"UPDATE job SET {assignments} WHERE id = ? AND state IN ({places})",  # noqa: S608 (names are ours)
        (int(now.timestamp()), *values, job_id),
    )
    return changed == 1
