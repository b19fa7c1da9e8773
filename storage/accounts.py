"""Accounts: what a member of a guild has, and the allowance that comes back each week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from storage.database import Transaction
from storage.guild_settings import GuildSettings
from storage.periods import week_of


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
        refills_at: when the allowance is next set to `refill_amount`, aware UTC.
    """

    allowance: int
    grants: int
    reserved: int
    refills_at: datetime
    refill_amount: int

    @property
    def available(self) -> int:
        """What can be spent now."""
        return self.allowance + self.grants


async def refresh(tx: Transaction, account: Account, settings: GuildSettings, now: datetime) -> None:
    """Open the account if need be, end what is over of the last period and grant the new one's allowance."""
    await tx.execute("INSERT OR IGNORE INTO account (guild_id, user_id) VALUES (?, ?)", account.key)
    row = await tx.row("SELECT allowance, period_start FROM account WHERE guild_id = ? AND user_id = ?", account.key)
    assert row is not None
    period_start = int(week_of(now, settings).start.timestamp())
    if period_start <= row["period_start"]:
        return  # the same period, or a clock or time zone that was set back: nobody gets an allowance twice
    moment = int(now.timestamp())
    if row["allowance"] > 0:
        await _enter(tx, account, "expire", -row["allowance"], row["period_start"], moment)
    await tx.execute(
        "UPDATE account SET period_start = ? WHERE guild_id = ? AND user_id = ?", (period_start, *account.key)
    )
    if settings.weekly_allowance > 0:
        await _enter(tx, account, "allowance", settings.weekly_allowance, period_start, moment)


async def balance(tx: Transaction, account: Account, settings: GuildSettings, now: datetime) -> Balance:
    """Return what the account holds; brings its period up to date first, so it needs a writing transaction."""
    await refresh(tx, account, settings, now)
    row = await tx.row("SELECT allowance, grants FROM account WHERE guild_id = ? AND user_id = ?", account.key)
    assert row is not None
    reserved = await tx.value(
        "SELECT sum(price) FROM job WHERE guild_id = ? AND user_id = ?"
        " AND state IN ('queued', 'submitting', 'uncertain', 'running')",
        account.key,
    )
    return Balance(
        allowance=row["allowance"],
        grants=row["grants"],
        reserved=reserved,
        refills_at=week_of(now, settings).end.astimezone(UTC),
        refill_amount=settings.weekly_allowance,
    )


async def _enter(tx: Transaction, account: Account, kind: str, amount: int, period_start: int, moment: int) -> None:
    await tx.insert(
        "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, allowance_part, period_start, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (*account.key, kind, amount, amount, period_start, moment),
    )
