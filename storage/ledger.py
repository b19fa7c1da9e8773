"""The append-only ledger: how a job's price is reserved, and how the reservation is closed exactly once.

Allowance is spent before grants; each entry says which share of its amount belongs to the allowance. A closing entry
reads the reservation that it closes, so no caller can pass a wrong amount.
"""

from __future__ import annotations

from datetime import datetime

from storage.accounts import Account, Balance
from storage.database import Transaction
from storage.errors import AdjustmentTooLargeError, InsufficientCreditsError

CARRIED_OVER = "carried over when the member was forgotten"
"""The note of what a forgotten member's account begins with. Its shares of an allowance cancel each other out."""
WITHOUT_LIMIT = "without limit"
"""The note of an allowance that is entered as it is spent."""


def require(balance: Balance, *, needed: int) -> None:
    """Raise InsufficientCreditsError where `balance` cannot pay `needed` whole credits."""
    if balance.available < needed and not balance.unlimited:
        raise InsufficientCreditsError(
            needed=needed,
            available=balance.available,
            refills_at=balance.refills_at,
            refill_amount=balance.refill_amount,
        )


async def provide(tx: Transaction, account: Account, balance: Balance, *, needed: int, now: datetime) -> None:
    """See that the account can pay `needed` whole credits; one without limit is given what is missing.

    Raises:
        InsufficientCreditsError: it cannot; nothing was written.
    """
    require(balance, needed=needed)
    missing = needed - balance.allowance
    if balance.unlimited and missing > 0:
        moment = int(now.timestamp())
        await tx.insert(
            "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, allowance_part, counts_at, note, created_at)"
            " VALUES (?, ?, 'allowance', ?, ?, ?, ?, ?)",
            (*account.key, missing, missing, moment, WITHOUT_LIMIT, moment),
        )


async def reserve(tx: Transaction, account: Account, *, job_id: int, amount: int, now: datetime) -> None:
    """Take `amount` whole credits for a job: the allowance first, then grants.

    The account must hold them (see `provide`); where it does not, the database refuses the entry and the transaction.
    """
    moment = int(now.timestamp())
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, allowance_part, counts_at, created_at)"
        " SELECT guild_id, user_id, ?, 'reserve', ?, -min(allowance, ?), ?, ? FROM account"
        " WHERE guild_id = ? AND user_id = ?",
        (job_id, -amount, amount, moment, moment, *account.key),
    )


async def settle(tx: Transaction, *, job_id: int, now: datetime) -> None:
    """Close the job's reservation as spent. The price was quoted, so nothing comes back."""
    await _close(tx, job_id=job_id, kind="settle", share=0, now=now)


async def refund(tx: Transaction, *, job_id: int, now: datetime) -> None:
    """Give the job's reservation back to where it came from.

    What came from an allowance whose period has ended ends at once, and so does what is more than the rule in force
    gives, where it was lowered meanwhile.
    """
    await _close(tx, job_id=job_id, kind="refund", share=-1, now=now)
    await tx.execute(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, allowance_part, counts_at, created_at)"
        " SELECT guild_id, user_id, 'expire', -surplus, -surplus, created_at, created_at FROM ("
        "  SELECT e.guild_id, e.user_id, e.created_at, CASE"
        "   WHEN e.counts_at < a.period_start THEN e.allowance_part"
        "   WHEN a.allowance_amount IS NULL THEN 0"
        "   ELSE min(e.allowance_part, a.allowance - max(0, a.allowance_amount + ("
        "    SELECT coalesce(sum(u.allowance_part), 0) FROM ledger_entry u"
        "    WHERE u.guild_id = a.guild_id AND u.user_id = a.user_id AND u.counts_at >= a.period_start"
        "    AND u.kind IN ('reserve', 'refund', 'adjust') AND u.allowance_part <> 0)))"
        "   END AS surplus"
        "  FROM ledger_entry e JOIN account a USING (guild_id, user_id)"
        # written as the index one_close_per_job has it, or SQLite looks through the whole ledger
        "  WHERE e.job_id = ? AND e.kind IN ('settle', 'refund') AND e.kind = 'refund' AND e.allowance_part > 0)"
        " WHERE surplus > 0",
        (job_id,),
    )


async def compensate(tx: Transaction, *, job_id: int, now: datetime, note: str) -> None:
    """Give a settled job's price back as credits that stay: it was paid for and its picture was lost."""
    moment = int(now.timestamp())
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, note, counts_at, created_at)"
        " SELECT guild_id, user_id, 'adjust', -amount, ?, ?, ? FROM ledger_entry WHERE job_id = ? AND kind = 'reserve'",
        (note, moment, moment, job_id),
    )


async def grant(
    tx: Transaction, account: Account, *, amount: int, actor_id: int, note: str | None, now: datetime
) -> None:
    """Give whole credits once, which stay. The account must be open (see `accounts.balance`)."""
    moment = int(now.timestamp())
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, actor_id, note, counts_at, created_at)"
        " VALUES (?, ?, 'grant', ?, ?, ?, ?, ?)",
        (*account.key, amount, actor_id, note, moment, moment),
    )


async def adjust(
    tx: Transaction,
    account: Account,
    balance: Balance,
    *,
    amount: int,
    actor_id: int,
    note: str | None,
    now: datetime,
) -> None:
    """Correct an account by whole credits. What is taken away comes from the grants first, then from the allowance.

    Args:
        balance: of the account, read in the same transaction.

    Raises:
        AdjustmentTooLargeError: the account does not hold what is to be taken; nothing was written.
    """
    if balance.available + amount < 0:
        raise AdjustmentTooLargeError(amount=amount, available=balance.available)
    moment, from_allowance = int(now.timestamp()), max(0, -amount - balance.grants)
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, allowance_part, actor_id, note, counts_at,"
        " created_at) VALUES (?, ?, 'adjust', ?, ?, ?, ?, ?, ?)",
        (*account.key, amount, -from_allowance, actor_id, note, moment, moment),
    )


async def _close(tx: Transaction, *, job_id: int, kind: str, share: int, now: datetime) -> None:
    changed = await tx.execute(
        "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, allowance_part, counts_at, created_at)"
        " SELECT guild_id, user_id, job_id, ?, amount * ?, allowance_part * ?, counts_at, ? FROM ledger_entry"
        " WHERE job_id = ? AND kind = 'reserve'",
        (kind, share, share, int(now.timestamp()), job_id),
    )
    if changed != 1:
        raise AssertionError(f"job {job_id} has no reservation to {kind}")
