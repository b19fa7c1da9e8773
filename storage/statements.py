"""What happened on an account lately, for its owner to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from storage.accounts import RULE_CHANGED, Account
from storage.database import Transaction
from storage.ledger import CARRIED_OVER, WITHOUT_LIMIT

_MOVED_SOMETHING = "e.amount <> 0 AND (e.allowance_part = 0 OR e.note IS NOT ?)"


class LineKind(StrEnum):
    """What a line of a statement tells."""

    ALLOWANCE = "allowance"
    EXPIRED = "expired"
    RULE_CHANGED = "rule_changed"
    WITHOUT_LIMIT = "without_limit"
    GRANT = "grant"
    ADJUSTED = "adjusted"
    SPENT = "spent"
    RESERVED = "reserved"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One movement of credits.

    Attributes:
        amount: whole credits, negative where they left the account.
        prompt: of the image it was about, None where it was about none.
        actor_id: the moderator who did it, None where nobody did.
        note: why, in that moderator's or the bot's words.
    """

    kind: LineKind
    amount: int
    at: datetime
    prompt: str | None
    actor_id: int | None
    note: str | None


async def latest(tx: Transaction, account: Account, *, limit: int, skip: int = 0) -> list[StatementLine]:
    """Return the account's last movements, newest first; entries that moved nothing are left out."""
    rows = await tx.rows(
        "SELECT e.kind, e.amount, e.created_at, e.actor_id, e.note, j.state, r.prompt FROM ledger_entry e"  # noqa: S608 (SQL of ours)
        " LEFT JOIN job j ON j.id = e.job_id LEFT JOIN request r ON r.id = j.request_id"
        f" WHERE e.guild_id = ? AND e.user_id = ? AND {_MOVED_SOMETHING} ORDER BY e.id DESC LIMIT ? OFFSET ?",
        (*account.key, CARRIED_OVER, limit, skip),
    )
    return [
        StatementLine(
            kind=_kind(row["kind"], row["note"], row["state"]),
            amount=row["amount"],
            at=datetime.fromtimestamp(row["created_at"], UTC),
            prompt=row["prompt"],
            actor_id=row["actor_id"],
            note=row["note"],
        )
        for row in rows
    ]


async def length(tx: Transaction, account: Account) -> int:
    """Return how many movements `latest` could show."""
    return await tx.value(
        f"SELECT count(*) FROM ledger_entry e WHERE guild_id = ? AND user_id = ? AND {_MOVED_SOMETHING}",  # noqa: S608 (ours)
        (*account.key, CARRIED_OVER),
    )


def _kind(entry_kind: str, note: str | None, job_state: str | None) -> LineKind:
    match entry_kind:
        case "allowance" | "expire" if note == RULE_CHANGED:
            return LineKind.RULE_CHANGED
        case "allowance" if note == WITHOUT_LIMIT:
            return LineKind.WITHOUT_LIMIT
        case "reserve" if job_state in ("queued", "submitting", "uncertain", "running"):
            return LineKind.RESERVED
        case "reserve":
            return LineKind.SPENT
        case "refund":
            return LineKind.CANCELLED if job_state == "cancelled" else LineKind.FAILED
        case "expire":
            return LineKind.EXPIRED
        case "adjust":
            return LineKind.ADJUSTED
        case _:
            return LineKind(entry_kind)
