"""The append-only ledger: how a job's price is reserved, and how the reservation is closed exactly once.

Allowance is spent before grants; each entry says which share of its amount belongs to the allowance of which period.
A closing entry reads the reservation that it closes, so no caller can pass a wrong amount.
"""

from __future__ import annotations

from datetime import datetime

from storage.accounts import Account, Balance
from storage.database import Transaction
from storage.errors import InsufficientCreditsError


def require(balance: Balance, *, needed: int) -> None:
    """Raise InsufficientCreditsError where `balance` cannot pay `needed` whole credits."""
    if balance.available < needed:
        raise InsufficientCreditsError(
            needed=needed,
            available=balance.available,
            refills_at=balance.refills_at,
            refill_amount=balance.refill_amount,
        )


async def reserve(tx: Transaction, account: Account, *, job_id: int, amount: int, now: datetime) -> None:
    """Take `amount` whole credits for a job: the allowance first, then grants.

    The account must hold them (see `require`); where it does not, the database refuses the entry and the transaction.
    """
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, allowance_part, period_start, created_at)"
        " SELECT guild_id, user_id, ?, 'reserve', ?, -min(allowance, ?), period_start, ? FROM account"
        " WHERE guild_id = ? AND user_id = ?",
        (job_id, -amount, amount, int(now.timestamp()), *account.key),
    )


async def settle(tx: Transaction, *, job_id: int, now: datetime) -> None:
    """Close the job's reservation as spent. The price was quoted, so nothing comes back."""
    await _close(tx, job_id=job_id, kind="settle", share=0, now=now)


async def refund(tx: Transaction, *, job_id: int, now: datetime) -> None:
    """Give the job's reservation back to where it came from; a share of a period that has ended ends at once."""
    await _close(tx, job_id=job_id, kind="refund", share=-1, now=now)
    await tx.execute(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, allowance_part, period_start, created_at)"
        " SELECT e.guild_id, e.user_id, 'expire', -e.allowance_part, -e.allowance_part, e.period_start, e.created_at"
        " FROM ledger_entry e JOIN account a USING (guild_id, user_id)"
        " WHERE e.job_id = ? AND e.kind = 'refund' AND e.allowance_part > 0 AND e.period_start < a.period_start",
        (job_id,),
    )


async def compensate(tx: Transaction, *, job_id: int, now: datetime, note: str) -> None:
    """Give a settled job's price back as credits that stay: it was paid for and its picture was lost."""
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, note, created_at)"
        " SELECT guild_id, user_id, 'adjust', -amount, ?, ? FROM ledger_entry WHERE job_id = ? AND kind = 'reserve'",
        (note, int(now.timestamp()), job_id),
    )


async def grant(tx: Transaction, account: Account, *, amount: int, actor_id: int, note: str, now: datetime) -> None:
    """Give whole credits once, which stay. The account must be open (see `accounts.refresh`)."""
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, actor_id, note, created_at)"
        " VALUES (?, ?, 'grant', ?, ?, ?, ?)",
        (*account.key, amount, actor_id, note, int(now.timestamp())),
    )


async def _close(tx: Transaction, *, job_id: int, kind: str, share: int, now: datetime) -> None:
    changed = await tx.execute(
        "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, allowance_part, period_start, created_at)"
        " SELECT guild_id, user_id, job_id, ?, amount * ?, allowance_part * ?, period_start, ? FROM ledger_entry"
        " WHERE job_id = ? AND kind = 'reserve'",
        (kind, share, share, int(now.timestamp()), job_id),
    )
    if changed != 1:
        raise AssertionError(f"job {job_id} has no reservation to {kind}")
