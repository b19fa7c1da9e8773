"""The images that a member made, a page at a time, by keys and never by counting: a million rows cost what ten do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage import prompts
from storage.accounts import Account
from storage.database import Transaction, Value
from storage.jobs import Job
from storage.prompts import CANDIDATES, MARK_END, MARK_START
from storage.requests import SELECT as SELECT_REQUEST
from storage.requests import Request


class Only(StrEnum):
    """Which images are wanted."""

    ALL = "all"
    REMIXES = "remixes"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFilter:
    """Whose images, and which of them.

    Attributes:
        words: to be found in the prompt, as typed; None: any prompt.
        since, until: when they were asked for, aware UTC, `until` excluded.
        with_private: False leaves out what was asked for in private.
    """

    account: Account
    words: str | None = None
    resolution: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    only: Only = Only.ALL
    with_private: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image that was made, with the request it belongs to.

    Attributes:
        marked: the part of the prompt that was searched for, hits between MARK_START and MARK_END; None: no search.
    """

    job: Job
    request: Request
    marked: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some images, the newest or the best hits first."""

    images: list[Image]
    has_newer: bool
    has_older: bool


_INDEXES = {Only.ALL: "job_history", Only.REMIXES: "job_remixes", Only.UNDELIVERED: "job_undelivered"}
_CONDITIONS = {
    Only.ALL: "job.delivering_at IS NOT NULL",
    Only.REMIXES: "job.delivering_at IS NOT NULL AND job.parent_job_id IS NOT NULL",
    Only.UNDELIVERED: "job.state = 'undelivered' AND job.deleted_at IS NULL",
}


async def page(
    tx: Transaction, wanted: HistoryFilter, *, before: int | None = None, after: int | None = None, limit: int
) -> Page:
    """Return a page, newest first: the images made before a job, or those just after one; neither: the newest."""
    low, high = await _bounds(tx, wanted)
    newer = after is not None
    if newer:
        low = max(low, after + 1)  # type: ignore[operator]  # `newer` says that it is not None
    elif before is not None:
        high = min(high, before)
    ids = await _ids(tx, wanted, low=low, high=high, newer=newer, limit=limit + 1)
    more = len(ids) > limit
    ids = ids[:limit]
    if newer:
        ids.reverse()
    return Page(
        images=await of_ids(tx, ids),
        has_newer=more if newer else before is not None,
        has_older=True if newer else more,
    )


async def _bounds(tx: Transaction, wanted: HistoryFilter) -> tuple[int, int]:
    """Return the first job's id and the one past the last; ids grow with the time they were asked for."""
    low, high = 0, 2**62
    first = "SELECT id FROM job WHERE guild_id = ? AND queued_at >= ? ORDER BY queued_at, id LIMIT 1"
    if wanted.since is not None:
        row = await tx.row(first, (wanted.account.guild_id, int(wanted.since.timestamp())))
        low = high if row is None else row["id"]
    if wanted.until is not None:
        row = await tx.row(first, (wanted.account.guild_id, int(wanted.until.timestamp())))
        high = high if row is None else row["id"]
    return low, high


async def _ids(tx: Transaction, wanted: HistoryFilter, *, low: int, high: int, newer: bool, limit: int) -> list[int]:
    order = "ASC" if newer else "DESC"
    rest = f"{_CONDITIONS[wanted.only]} AND job.result_sha256 IS NOT NULL AND job.id >= ? AND job.id < ?"
    parameters: list[Value] = [*wanted.account.key]
    if wanted.resolution is None:
        public = (
            ""
            if wanted.with_private
            else (" AND NOT EXISTS (SELECT 1 FROM request WHERE request.id = job.request_id AND request.private)")
        )
        sql = (
            f"SELECT job.id FROM job INDEXED BY {_INDEXES[wanted.only]}"  # noqa: S608 (ours, as below)
            f" WHERE job.guild_id = ? AND job.user_id = ? AND {rest}{public} ORDER BY job.id {order} LIMIT ?"
        )
    else:
        public = "" if wanted.with_private else " AND NOT request.private"
        bound = "SELECT request_id FROM job WHERE id {} ? ORDER BY id {} LIMIT 1"
        parameters += [wanted.resolution, low, high]
        sql = (
            "SELECT job.id FROM request INDEXED BY request_by_size CROSS JOIN job ON job.request_id = request.id"  # noqa: S608 (ours)
            " WHERE request.guild_id = ? AND request.user_id = ? AND request.resolution = ?"
            f" AND request.id >= coalesce(({bound.format('>=', 'ASC')}), {2**62})"
            f" AND request.id <= coalesce(({bound.format('<', 'DESC')}), 0)"
            f" AND {rest}{public} ORDER BY request.id {order}, job.position {order} LIMIT ?"
        )
    rows = await tx.rows(sql, (*parameters, low, high, limit))
    return [row["id"] for row in rows]


async def search(tx: Transaction, wanted: HistoryFilter, *, skip: int, limit: int) -> Page:
    """Return images whose prompts hold the wanted words, the best of the newest 200 first."""
    assert wanted.words is not None
    expression = prompts.expression(wanted.account, wanted.words)
    if expression is None:
        return Page(images=[], has_newer=False, has_older=False)
    low, high = await _bounds(tx, wanted)
    conditions = ["request.guild_id = ?", "request.user_id = ?", _CONDITIONS[wanted.only]]
    parameters: list[Value] = [MARK_START, MARK_END, expression, *wanted.account.key]
    if wanted.resolution is not None:
        conditions.append("request.resolution = ?")
        parameters.append(wanted.resolution)
    if not wanted.with_private:
        conditions.append("NOT request.private")
    rows = await tx.rows(
        "SELECT id, marked, prompt_chars FROM ("  # noqa: S608 (ours)
        " SELECT job.id, length(request.prompt) AS prompt_chars, highlight(prompt_index, 0, ?, ?) AS marked"
        " FROM prompt_index CROSS JOIN request ON request.id = prompt_index.rowid"
        " CROSS JOIN job ON job.request_id = request.id"
        f" WHERE prompt_index MATCH ? AND {' AND '.join(conditions)}"
        " AND job.result_sha256 IS NOT NULL AND job.id >= ? AND job.id < ?"
        f" ORDER BY prompt_index.rowid DESC LIMIT {CANDIDATES})"
        # BM25 without the rarity of words, which is the same for all of them, as each holds every word.
        f" ORDER BY (hits(marked)) / (hits(marked) + 0.3 + 0.9 * prompt_chars / 120.0) DESC, id DESC"
        " LIMIT ? OFFSET ?".replace("hits(marked)", "(length(marked) - prompt_chars)"),
        (*parameters, low, high, limit + 1, skip),
    )
    marked = {row["id"]: row["marked"] for row in rows[:limit]}
    return Page(images=await of_ids(tx, list(marked), marked), has_newer=skip > 0, has_older=len(rows) > limit)


async def of_ids(tx: Transaction, job_ids: Sequence[int], marked: dict[int, str] | None = None) -> list[Image]:
    """Return images in the order of their ids as given; ids that are not known are left out."""
    if not job_ids:
        return []  # SQLite would look through all jobs for none of them
    places = ", ".join("?" * len(job_ids))
    rows = await tx.rows(f"SELECT * FROM job WHERE id IN ({places})", job_ids)  # noqa: S608 (ours)
    found = {row["id"]: Job.from_row(row) for row in rows}
    request_ids = list({job.request_id for job in found.values()})
    places = ", ".join("?" * len(request_ids))
    rows = await tx.rows(f"{SELECT_REQUEST} WHERE id IN ({places})", request_ids)
    their_requests = {row["id"]: Request.from_row(row) for row in rows}
    return [
        Image(job=found[job_id], request=their_requests[found[job_id].request_id], marked=(marked or {}).get(job_id))
        for job_id in job_ids
        if job_id in found
    ]


async def next_to_export(tx: Transaction, account: Account, *, after: int, limit: int) -> list[Image]:
    """Return images whose pictures are kept, the oldest first, those behind a job's id."""
    rows = await tx.rows(
        "SELECT id FROM job INDEXED BY job_history WHERE guild_id = ? AND user_id = ? AND id > ?"
        " AND delivering_at IS NOT NULL AND result_sha256 IS NOT NULL AND deleted_at IS NULL ORDER BY id LIMIT ?",
        (*account.key, after, limit),
    )
    return await of_ids(tx, [row["id"] for row in rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How much there is to export.

    Attributes:
        before: images up to the one that an earlier export ended with.
        images, size_bytes: those behind it.
    """

    before: int
    images: int
    size_bytes: int


async def kept(tx: Transaction, account: Account, *, after: int) -> Kept:
    """Count the images whose pictures are kept, up to a job's id and behind it."""
    row = await tx.row(
        "SELECT count(*) FILTER (WHERE id <= ?) AS before, count(*) FILTER (WHERE id > ?) AS images,"
        " coalesce(sum(result_size_bytes) FILTER (WHERE id > ?), 0) AS size_bytes"
        " FROM job INDEXED BY job_history WHERE guild_id = ? AND user_id = ?"
        " AND delivering_at IS NOT NULL AND result_sha256 IS NOT NULL AND deleted_at IS NULL",
        (after, after, after, *account.key),
    )
    assert row is not None
    return Kept(before=row["before"], images=row["images"], size_bytes=row["size_bytes"])
