"""What is said of credits: where a member stands, what moved, and what cannot be paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cogs.plain_text import quoted
from cogs.texts import NOTHING_SPENT, credits_of, moment
from storage.accounts import Balance
from storage.allowances import Allowance, AllowanceKind, AllowanceRule, Scope
from storage.periods import PeriodKind
from storage.statements import LineKind, StatementLine

EVERY = {PeriodKind.DAY: "a day", PeriodKind.WEEK: "a week", PeriodKind.MONTH: "a month", PeriodKind.NEVER: "once"}


def allowance_words(allowance: Allowance) -> str:
    """360 a week → "360 credits a week"."""
    match allowance.kind:
        case AllowanceKind.UNLIMITED:
            return "no limit"
        case AllowanceKind.NONE:
            return "no allowance"
        case AllowanceKind.CREDITS:
            return f"{credits_of(allowance.amount)} {EVERY[allowance.period]}"


def rule_source(rule: AllowanceRule) -> str:
    """Where an allowance comes from."""
    match rule.scope:
        case Scope.MEMBER:
            return "set for you by a moderator"
        case Scope.ROLE:
            return f"from your role <@&{rule.target_id}>"
        case Scope.DEFAULT:
            return "as for everybody here"


def when(moment_: datetime) -> str:
    """Return a moment twice: how far away, and its date."""
    return f"{moment(moment_, 'R')} ({moment(moment_, 'f')})"


def standing(*, guild: str, held: Balance, prices: Sequence[tuple[str, int]]) -> str:
    """The private answer to /credits."""
    where = quoted(guild, limit=100)
    can_spend = "as much as you like" if held.unlimited else credits_of(held.available)
    lines = [f"### You can spend {can_spend} in {where}", _allowance_line(held)]
    if held.grants:
        lines.append(f"Granted: **{held.grants:,}**. These stay until you spend them.")
    if held.reserved:
        lines.append(f"Reserved for images in the making: **{held.reserved:,}**.")
    lines.append("-# One image costs " + ", ".join(f"{price} in {resolution}" for resolution, price in prices) + ".")
    return "\n".join(lines)


def _allowance_line(held: Balance) -> str:
    allowance = held.rule.allowance
    match allowance.kind:
        case AllowanceKind.UNLIMITED:
            return f"Your allowance has no limit ({rule_source(held.rule)}). The server's own limit may still apply."
        case AllowanceKind.NONE:
            return "You have no allowance here. Ask a moderator for credits."
        case AllowanceKind.CREDITS:
            refill = (
                " It is given once and does not come back."
                if held.refills_at is None
                else f" It is full again {when(held.refills_at)}; what is left then does not carry over."
            )
            given = f"{allowance.amount:,} {EVERY[allowance.period]}, {rule_source(held.rule)}"
            return f"Allowance: **{held.allowance:,}** left ({given}).{refill}"


def statement(lines: Sequence[StatementLine]) -> str:
    """The last movements of an account, newest first; there is one at least, the first allowance, where it is not 0."""
    if not lines:
        return "Nothing has happened on your account yet."
    return "\n".join(["**Lately**", *(statement_line(line) for line in lines)])


def statement_line(line: StatementLine) -> str:
    """One movement in plain words: the amount, what it was, when."""
    amount = f"{'+' if line.amount > 0 else '−'}{abs(line.amount):,}"
    return f"`{amount}` {_what_moved(line)} · {moment(line.at, 'R')}"


def _what_moved(line: StatementLine) -> str:
    image = f"“{quoted(' '.join((line.prompt or '').split()), limit=40)}”"
    why = "" if line.note is None else f": {quoted(line.note, limit=80)}"
    match line.kind:
        case LineKind.ALLOWANCE:
            return "allowance"
        case LineKind.EXPIRED:
            return "allowance that was left when its time ended"
        case LineKind.RULE_CHANGED:
            return "allowance changed by a new rule or role"
        case LineKind.WITHOUT_LIMIT:
            return "allowance without limit"
        case LineKind.GRANT:
            return f"granted by <@{line.actor_id}>{why}"
        case LineKind.ADJUSTED:
            return f"corrected{'' if line.actor_id is None else f' by <@{line.actor_id}>'}{why}"
        case LineKind.RESERVED:
            return f"reserved for {image}"
        case LineKind.SPENT:
            return f"for {image}"
        case LineKind.CANCELLED:
            return f"back, cancelled: {image}"
        case LineKind.FAILED:
            return f"back, not made: {image}"


def too_few_credits(*, needed: int, available: int, refills_at: datetime | None, refill_amount: int) -> str:
    """The account cannot pay."""
    start = (
        f"This costs {credits_of(needed)} and you have {available:,}, so {credits_of(needed - available)}"
        f" {'is' if needed - available == 1 else 'are'} missing. {NOTHING_SPENT}"
    )
    if refills_at is not None and refill_amount >= needed:
        comes_back = f"Your allowance of {refill_amount:,} comes back {when(refills_at)}"
        return f"{start} {comes_back}; or ask a moderator for credits."
    if refills_at is not None and refill_amount:
        return f"{start} Your whole allowance is {refill_amount:,}: make fewer images, or ask a moderator for credits."
    return f"{start} Ask a moderator for credits."


def pool_exhausted(*, by_operator: bool, needed: int, left: int, refills_at: datetime | None) -> str:
    """What all may spend together is used up."""
    whose = "What Plantain's operator lets everybody spend" if by_operator else "What this server may spend together"
    holds = "is used up" if left == 0 else f"has {credits_of(left)} left; this costs {needed:,}"
    again = "Ask a moderator about it." if refills_at is None else f"It is full again {when(refills_at)}."
    return f"{whose} {holds}. {NOTHING_SPENT} Your own credits are untouched. {again}"
