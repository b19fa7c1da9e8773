"""Pools: what all members of a guild, or of all guilds, may spend together in a period.

Three may hold at once: the one a guild set for itself, the one the operator set for it, and the operator's over all.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from storage.database import Transaction
from storage.errors import PoolExhaustedError
from storage.guild_settings import GuildSettings
from storage.periods import Calendar, Period, PeriodKind, period_of

ALL_GUILDS = 0
OPERATOR_CALENDAR = Calendar(time_zone=GuildSettings().time_zone)
"""The operator's periods are counted in UTC, with weeks from Monday: they pay one bill for all zones."""
QUARTER_S = 900


class PoolOwner(StrEnum):
    """Who set a pool."""

    GUILD = "guild"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One ceiling.

    Attributes:
        guild_id: 0 for the operator's over all guilds.
        amount: whole credits a period.
        set_by: None: it comes from the operator's settings.
    """

    guild_id: int
    owner: PoolOwner
    amount: int
    period: PeriodKind
    set_by: int | None = None
    set_at: datetime | None = None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `pool`."""
        return cls(
            guild_id=row["guild_id"],
            owner=PoolOwner(row["owner"]),
            amount=row["amount"],
            period=PeriodKind(row["period"]),
            set_by=row["set_by"],
            set_at=datetime.fromtimestamp(row["set_at"], UTC),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLevel:
    """How full a pool is. `used`: whole credits reserved or spent in `period`."""

    pool: Pool
    used: int
    period: Period

    @property
    def left(self) -> int:
        """What may still be spent; never below 0, also where the pool was lowered under what was used."""
        return max(0, self.pool.amount - self.used)


async def get(tx: Transaction, guild_id: int, owner: PoolOwner) -> Pool | None:
    """Return a pool, or None where nobody set it."""
    row = await tx.row("SELECT * FROM pool WHERE guild_id = ? AND owner = ?", (guild_id, owner))
    return None if row is None else Pool.from_row(row)


async def put(tx: Transaction, pool: Pool, now: datetime) -> None:
    """Set a pool in place of the one before. `pool.set_by` says who does."""
    await tx.execute(
        "INSERT OR REPLACE INTO pool (guild_id, owner, amount, period, set_by, set_at) VALUES (?, ?, ?, ?, ?, ?)",
        (pool.guild_id, pool.owner, pool.amount, pool.period, pool.set_by or 0, int(now.timestamp())),
    )


async def remove(tx: Transaction, guild_id: int, owner: PoolOwner) -> None:
    """Remove a pool, if there is one."""
    await tx.execute("DELETE FROM pool WHERE guild_id = ? AND owner = ?", (guild_id, owner))


async def levels(
    tx: Transaction, guild_id: int, settings: GuildSettings, operator_default: Pool | None, now: datetime
) -> list[PoolLevel]:
    """Return the pools that hold in a guild and how full they are: its own, the operator's for it, the one over all."""
    rows = await tx.rows(
        "SELECT * FROM pool WHERE guild_id IN (?, 0) ORDER BY guild_id = 0, owner = 'operator'", (guild_id,)
    )
    found = [Pool.from_row(row) for row in rows]
    if operator_default is not None and not any(pool.guild_id == ALL_GUILDS for pool in found):
        found.append(operator_default)
    return [await level(tx, pool, settings.calendar, now) for pool in found]


async def of_operator(tx: Transaction) -> list[Pool]:
    """Return every pool that the operator set by command, the one over all guilds first."""
    return [
        Pool.from_row(row) for row in await tx.rows("SELECT * FROM pool WHERE owner = 'operator' ORDER BY guild_id")
    ]


async def level(tx: Transaction, pool: Pool, guild_calendar: Calendar, now: datetime) -> PoolLevel:
    """Return how full a pool is; only a guild's own is counted by the guild's calendar."""
    calendar = guild_calendar if pool.owner is PoolOwner.GUILD else OPERATOR_CALENDAR
    period = period_of(now, pool.period, calendar)
    return PoolLevel(pool=pool, used=await spent_since(tx, pool.guild_id, period.start), period=period)


async def spent_since(tx: Transaction, guild_id: int, start: datetime) -> int:
    """Return what was reserved since `start` and not refunded, in whole credits; guild 0 stands for all."""
    return await tx.value(
        "SELECT sum(amount) FROM spending WHERE guild_id = ? AND quarter >= ?",
        (guild_id, int(start.timestamp()) // QUARTER_S),
    )


def parse(text: str) -> Pool:
    """Read an operator's setting such as "50000/month" as the pool over all guilds.

    Raises:
        ValueError: saying what was expected.
    """
    amount, separator, period = text.replace(",", "").partition("/")
    kinds = ", ".join(PeriodKind)
    is_number = amount.strip().isascii() and amount.strip().isdigit() and len(amount.strip()) <= 9
    if not separator or not is_number or period.strip().lower() not in set(PeriodKind):
        raise ValueError(f"{text!r}: expected whole credits and a period ({kinds}), as in 50000/month")
    return Pool(
        guild_id=ALL_GUILDS,
        owner=PoolOwner.OPERATOR,
        amount=int(amount),
        period=PeriodKind(period.strip().lower()),
    )


def require(levels_now: list[PoolLevel], *, needed: int) -> None:
    """Raise PoolExhaustedError naming the first pool that does not hold `needed` whole credits any more."""
    for now in levels_now:
        if now.left < needed:
            raise PoolExhaustedError(
                guild_id=now.pool.guild_id,
                by_operator=now.pool.owner is PoolOwner.OPERATOR,
                needed=needed,
                left=now.left,
                amount=now.pool.amount,
                refills_at=now.period.end,
            )
