"""Accounts: what a member of a guild has, and the allowance that comes back each period."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from storage import allowances
from storage.allowances import AllowanceKind, AllowanceRule
from storage.database import Transaction
from storage.guild_settings import GuildSettings
from storage.periods import Period, period_of

RULE_CHANGED = "rule changed"
"""The note of an entry that follows a rule or a role which changed, and not only the calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whose money it is: one member in one guild."""

    guild_id: int
    user_id: int

    @property
    def key(self) -> tuple[int, int]:
        """The parameters of `guild_id = ? AND user_id = ?`."""
        return self.guild_id, self.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What an account holds at one moment, in whole credits.

    Attributes:
        allowance: left of this period.
        grants: credits that stay.
        reserved: held for images that are not finished; already taken off the two above.
        rule: the one that counts.
        period: the one that `allowance` belongs to.
    """

    allowance: int
    grants: int
    reserved: int
    rule: AllowanceRule
    period: Period

    @property
    def available(self) -> int:
        """What can be spent now; with `unlimited` that is only what stands on the account."""
        return self.allowance + self.grants

    @property
    def unlimited(self) -> bool:
        """Whether the account can pay whatever is asked of it."""
        return self.rule.allowance.kind is AllowanceKind.UNLIMITED

    @property
    def refills_at(self) -> datetime | None:
        """When the allowance is next set to `refill_amount`, aware UTC; None: it never is."""
        return self.period.end

    @property
    def refill_amount(self) -> int:
        """Whole credits that come back each period; 0 where none do."""
        return self.rule.allowance.amount


async def balance(
    tx: Transaction,
    account: Account,
    settings: GuildSettings,
    now: datetime,
    *,
    role_ids: Collection[int] = frozenset(),
) -> Balance:
    """Return what the account holds; brings its allowance up to date first, so it needs a writing transaction.

    Args:
        role_ids: the roles the member has now; their rules count.
    """
    rule = await _rule_of(tx, account, settings, role_ids)
    period = period_of(now, rule.allowance.period, settings.calendar)
    row = await _row(tx, account, period.start)
    if row is None:
        await open_account(tx, account)
        row = await _row(tx, account, period.start)
    assert row is not None
    if await _bring_up_to_date(tx, account, row, rule, period, now):
        row = await _row(tx, account, period.start)
        assert row is not None
    return Balance(allowance=row["allowance"], grants=row["grants"], reserved=row["reserved"], rule=rule, period=period)


async def open_account(tx: Transaction, account: Account) -> None:
    """See that there is a row for the ledger's entries to add up in."""
    await tx.execute("INSERT OR IGNORE INTO account (guild_id, user_id, period_start) VALUES (?, ?, -1)", account.key)


async def _rule_of(
    tx: Transaction, account: Account, settings: GuildSettings, role_ids: Collection[int]
) -> AllowanceRule:
    return allowances.winner(
        await allowances.concerning(
            tx,
            guild_id=account.guild_id,
            user_id=account.user_id,
            role_ids=role_ids,
            operator_default=settings.default_allowance,
        )
    )


async def _row(tx: Transaction, account: Account, start: datetime) -> sqlite3.Row | None:
    """Return what there is of an account: how much is `reserved`, and how much allowance was `used` since `start`.

    What is used was reserved or taken away and not refunded.
    """
    return await tx.row(
        "SELECT allowance, grants, allowance_amount, period_start,"
        # written as the partial index job_live has it, or SQLite looks through all jobs
        " (SELECT coalesce(sum(price), 0) FROM job WHERE guild_id = a.guild_id AND user_id = a.user_id"
        " AND state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering') AND state <> 'delivering')"
        " AS reserved,"
        " (SELECT -coalesce(sum(allowance_part), 0) FROM ledger_entry"
        " WHERE guild_id = a.guild_id AND user_id = a.user_id AND counts_at >= ?"
        " AND kind IN ('reserve', 'refund', 'adjust') AND allowance_part <> 0) AS used"
        " FROM account a WHERE guild_id = ? AND user_id = ?",
        (int(start.timestamp()), *account.key),
    )


async def _bring_up_to_date(
    tx: Transaction, account: Account, row: sqlite3.Row, rule: AllowanceRule, period: Period, now: datetime
) -> bool:
    """Make the allowance what the rule gives for the period, less what was used of it since the period began.

    Recounting it each time is what makes a changed rule, role, time zone or clock harmless: nobody gets anything twice.
    Return whether the account has to be read anew.
    """
    unlimited = rule.allowance.kind is AllowanceKind.UNLIMITED
    amount, start = None if unlimited else rule.allowance.amount, int(period.start.timestamp())
    if row["allowance_amount"] != amount or row["period_start"] != start:
        await tx.execute(
            "UPDATE account SET allowance_amount = ?, period_start = ? WHERE guild_id = ? AND user_id = ?",
            (amount, start, *account.key),
        )
    if amount is None:  # what is spent is entered as it is spent; nothing of an earlier rule stays beside it
        return await _enter(tx, account, -row["allowance"], RULE_CHANGED, now)
    left = max(0, amount - row["used"])
    known = row["allowance_amount"] is not None
    if row["period_start"] == start:
        return await _enter(tx, account, left - row["allowance"], RULE_CHANGED if known else None, now)
    by_rule = known and (row["allowance_amount"] != amount or start < row["period_start"])
    await _enter(tx, account, -row["allowance"], RULE_CHANGED if by_rule else None, now)
    await _enter(tx, account, left, RULE_CHANGED if by_rule else None, now)
    return True


async def _enter(tx: Transaction, account: Account, amount: int, note: str | None, now: datetime) -> bool:
    """Enter what the allowance gains or loses; return whether there was anything to enter."""
    if amount == 0:
        return False
    moment = int(now.timestamp())
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, allowance_part, counts_at, note, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (*account.key, "allowance" if amount > 0 else "expire", amount, amount, moment, note, moment),
    )
    return True
