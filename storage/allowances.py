"""Rules that give members an allowance, and which of them wins.

A member gets the best of what their own rule, their roles' rules and the guild's default give. A rule that gives none
shuts out what is more general than itself: a role's none the default, a member's own none everything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

from storage.database import Transaction
from storage.periods import PeriodKind

MAX_AMOUNT = 1_000_000
"""Whole credits of one rule, grant or correction: a slip of the keyboard stops here."""

# How often in 210 days; a month counts as 30 days here, only to compare rules of different periods.
_TIMES = {PeriodKind.DAY: 210, PeriodKind.WEEK: 30, PeriodKind.MONTH: 7, PeriodKind.NEVER: 0}


class Scope(StrEnum):
    """Whom a rule is for, the most general first."""

    DEFAULT = "default"
    ROLE = "role"
    MEMBER = "member"


class AllowanceKind(StrEnum):
    """What a rule gives."""

    CREDITS = "credits"
    UNLIMITED = "unlimited"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a rule gives. `amount`: whole credits, 1 to `MAX_AMOUNT`, and `period`: only of the kind CREDITS."""

    kind: AllowanceKind
    amount: int = 0
    period: PeriodKind = PeriodKind.NEVER

    @classmethod
    def of(cls, amount: int, period: PeriodKind) -> Self:
        """Return so many credits a period; 0 is none."""
        return cls(kind=AllowanceKind.CREDITS, amount=amount, period=period) if amount else cls(kind=AllowanceKind.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowanceRule:
    """One rule of a guild.

    Attributes:
        target_id: the role or the member, 0 for the default.
        set_by: who set it; None: nobody did, it is the operator's default.
    """

    scope: Scope
    target_id: int
    allowance: Allowance
    set_by: int | None = None
    set_at: datetime | None = None

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `allowance_rule`."""
        return cls(
            scope=Scope(row["scope"]),
            target_id=row["target_id"],
            allowance=Allowance(
                kind=AllowanceKind(row["kind"]),
                amount=row["amount"] or 0,
                period=PeriodKind(row["period"] or PeriodKind.NEVER),
            ),
            set_by=row["set_by"] or None,
            set_at=datetime.fromtimestamp(row["set_at"], UTC),
        )


def winner(rules: Iterable[AllowanceRule]) -> AllowanceRule:
    """Return the rule that counts, of all that concern one member; the default must be among them."""
    concerning = list(rules)
    shut_out = max((_GENERALITY[rule.scope] for rule in concerning if _gives_none(rule)), default=0)
    giving = [rule for rule in concerning if not _gives_none(rule) and _GENERALITY[rule.scope] >= shut_out]
    return max(giving, key=_worth) if giving else max(concerning, key=_precedence)


def _gives_none(rule: AllowanceRule) -> bool:
    return rule.allowance.kind is AllowanceKind.NONE


def _worth(rule: AllowanceRule) -> tuple[object, ...]:
    allowance = rule.allowance
    unlimited = allowance.kind is AllowanceKind.UNLIMITED
    return unlimited, allowance.amount * _TIMES[allowance.period], allowance.amount, *_precedence(rule)


def _precedence(rule: AllowanceRule) -> tuple[int, int]:
    """Among equals the more personal rule is named, and the older role."""
    return _GENERALITY[rule.scope], -rule.target_id


_GENERALITY = {Scope.DEFAULT: 0, Scope.ROLE: 1, Scope.MEMBER: 2}


async def concerning(
    tx: Transaction, *, guild_id: int, user_id: int, role_ids: Collection[int], operator_default: Allowance
) -> list[AllowanceRule]:
    """Return the rules that concern a member, the most general first; the default is always among them."""
    marks = ", ".join("?" * len(role_ids))
    rows = await tx.rows(
        "SELECT * FROM allowance_rule WHERE guild_id = ? AND (scope = 'default'"  # noqa: S608 (only marks are put in)
        f" OR (scope = 'member' AND target_id = ?) OR (scope = 'role' AND target_id IN ({marks})))"
        " ORDER BY scope = 'member', scope = 'role', target_id",
        (guild_id, user_id, *role_ids),
    )
    return _with_default([AllowanceRule.from_row(row) for row in rows], operator_default)


async def of_guild(tx: Transaction, guild_id: int, operator_default: Allowance) -> list[AllowanceRule]:
    """Return all rules of a guild: the default, then those of roles, then those of members."""
    rows = await tx.rows(
        "SELECT * FROM allowance_rule WHERE guild_id = ? ORDER BY scope = 'member', scope = 'role', target_id",
        (guild_id,),
    )
    return _with_default([AllowanceRule.from_row(row) for row in rows], operator_default)


def _with_default(rules: Sequence[AllowanceRule], operator_default: Allowance) -> list[AllowanceRule]:
    if rules and rules[0].scope is Scope.DEFAULT:
        return list(rules)
    return [AllowanceRule(scope=Scope.DEFAULT, target_id=0, allowance=operator_default), *rules]


async def get(tx: Transaction, guild_id: int, scope: Scope, target_id: int) -> AllowanceRule | None:
    """Return a rule, or None where nobody set it."""
    row = await tx.row(
        "SELECT * FROM allowance_rule WHERE guild_id = ? AND scope = ? AND target_id = ?", (guild_id, scope, target_id)
    )
    return None if row is None else AllowanceRule.from_row(row)


async def put(tx: Transaction, guild_id: int, rule: AllowanceRule, now: datetime) -> None:
    """Set a rule in place of the one before. `rule.set_by` says who does."""
    allowance, gives_credits = rule.allowance, rule.allowance.kind is AllowanceKind.CREDITS
    await tx.execute(
        "INSERT OR REPLACE INTO allowance_rule (guild_id, scope, target_id, kind, amount, period, set_by, set_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            guild_id,
            rule.scope,
            rule.target_id,
            allowance.kind,
            allowance.amount if gives_credits else None,
            allowance.period if gives_credits else None,
            rule.set_by or 0,
            int(now.timestamp()),
        ),
    )


async def remove(tx: Transaction, guild_id: int, scope: Scope, target_id: int) -> None:
    """Remove a rule, if there is one."""
    await tx.execute(
        "DELETE FROM allowance_rule WHERE guild_id = ? AND scope = ? AND target_id = ?", (guild_id, scope, target_id)
    )
