"""What moderators are told of budgets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from cogs.plain_text import quoted
from cogs.texts import credits_of, moment
from cogs.texts.credits import EVERY, allowance_words, statement_line, when
from storage.accounts import Balance
from storage.allowances import MAX_AMOUNT, Allowance, AllowanceKind, AllowanceRule, Scope
from storage.periods import PeriodKind
from storage.pools import ALL_GUILDS, Pool, PoolLevel, PoolOwner
from storage.statements import StatementLine
from storage.suspensions import Suspension

NOTHING_CHANGED = "Nothing was changed."
UNLIMITED, NONE = "unlimited", "none"
PERIOD_CHOICES = {
    PeriodKind.DAY: "a day",
    PeriodKind.WEEK: "a week",
    PeriodKind.MONTH: "a month",
    PeriodKind.NEVER: "once, never again",
}
ALREADY_SPENT = {
    PeriodKind.DAY: "What was spent today counts.",
    PeriodKind.WEEK: "What was spent this week counts.",
    PeriodKind.MONTH: "What was spent this month counts.",
    PeriodKind.NEVER: "Everything spent so far counts.",
}
IMAGES_GO_ON = "Images already asked for go on."
BEST_COUNTS = "Each member gets the best of the default, their roles' and their own allowance."

MENU_NAME = "Image budget"
HISTORY = "History"
NEWER, OLDER = "Newer", "Older"
REMOVE_LOST_ROLES = "Remove rules of deleted roles"


def suggestion(amount: int, cheapest: int) -> str:
    """A line that Discord offers while an amount is typed: 360 → "360 credits (20 images)"."""
    images = amount // cheapest
    return f"{credits_of(amount)} ({'no image' if not images else f'{images:,} image' + ('s' if images > 1 else '')})"


SUGGEST_UNLIMITED = "unlimited: they spend as much as they like"
SUGGEST_NONE = "none: no allowance"
SUGGEST_NO_POOL = "none: no limit for the whole server"


# Answers to changes


def rule_set(
    *, scope: Scope, target_id: int, allowance: Allowance, before: AllowanceRule | None, reason: str | None
) -> str:
    """A rule was set, and what it replaced."""
    who = _whose(scope, target_id)
    lines = [f"✅ **{who}: {allowance_words(allowance)}.**{_because(reason)}", _replaced(before)]
    match allowance.kind:
        case AllowanceKind.CREDITS:
            lines.append(f"It counts from now on. {ALREADY_SPENT[allowance.period]} {IMAGES_GO_ON}")
        case AllowanceKind.UNLIMITED:
            lines.append("It counts from now on. The server's own limit (`/budget pool`) still holds.")
        case AllowanceKind.NONE:
            lines.append(f"{_SHUTS_OUT[scope]} Granted credits stay. {IMAGES_GO_ON}")
    if allowance.kind is not AllowanceKind.NONE:
        lines.append(BEST_COUNTS)
    return "\n".join(filter(None, lines))


_SHUTS_OUT = {
    Scope.DEFAULT: "Only members with an allowance of their own or of a role have one now.",
    Scope.ROLE: "Members with this role no longer get the default; other roles and their own allowance still count.",
    Scope.MEMBER: "They get no allowance, whatever their roles or the default give.",
}


def counts_for_member(held: Balance, *, is_theirs: bool) -> str:
    """What a member's new rule means for them now."""
    if is_theirs:
        return f"They can spend {_spendable(held)} now."
    source = "the default" if held.rule.scope is Scope.DEFAULT else _whose(held.rule.scope, held.rule.target_id)
    better = f"{source} gives {allowance_words(held.rule.allowance)}"
    return f"⚠️ For now it changes nothing: {better}, and the best one counts. They can spend {_spendable(held)}."


def rule_cleared(before: AllowanceRule, *, reason: str | None) -> str:
    """A rule was removed."""
    whose = "This server" if before.scope is Scope.DEFAULT else _whose(before.scope, before.target_id)
    what = "a default of its own" if before.scope is Scope.DEFAULT else "a rule"
    lost = f"{whose} no longer has {what}{_because(reason)}"
    what_now = {
        Scope.DEFAULT: "The operator's default counts again; `/budget show` tells it.",
        Scope.ROLE: "Its members get what their other roles or the default give.",
        Scope.MEMBER: "They get what their roles or the default give.",
    }[before.scope]
    return f"✅ {lost}. {_replaced(before)} {what_now} {IMAGES_GO_ON}"


def nothing_to_clear(scope: Scope, target_id: int) -> str:
    """There was no such rule."""
    nobody = "This server has no default of its own"
    who = nobody if scope is Scope.DEFAULT else f"{_whose(scope, target_id)} has no rule"
    return f"{who}, so there is nothing to clear. `/budget show` lists all rules."


CLEAR_ONE = f"Choose a role or a member, not both; with neither, the default is cleared. {NOTHING_CHANGED}"


def granted(user_id: int, *, amount: int, reason: str | None, held: Balance) -> str:
    """Credits were given."""
    return (
        f"✅ <@{user_id}> got **{credits_of(amount)}**{_because(reason)}. These stay until they are spent."
        f" They can spend {_spendable(held)} now."
    )


def adjusted(user_id: int, *, amount: int, reason: str | None, held: Balance) -> str:
    """An account was corrected."""
    what = f"{'was given' if amount > 0 else 'lost'} **{credits_of(abs(amount))}**"
    return f"✅ <@{user_id}> {what}{_because(reason)}. They can spend {_spendable(held)} now."


def too_much_to_take(user_id: int, *, amount: int, available: int) -> str:
    """A correction would go below zero."""
    most = "There is nothing to take." if available == 0 else f"Take at most {available:,}."
    return (
        f"<@{user_id}> has {credits_of(available)} to spend, so {-amount:,} cannot be taken away. {most}"
        f" What is reserved for images is not counted. {NOTHING_CHANGED}"
    )


ADJUST_BY_NOTHING = f"A correction by 0 changes nothing. Give a number above or below 0. {NOTHING_CHANGED}"


def pool_set(level: PoolLevel, before: Pool | None, reason: str | None) -> str:
    """The pool of a whole guild was set."""
    lines = [
        f"✅ **The whole server together may spend {credits_of(level.pool.amount)} {EVERY[level.pool.period]}**"
        f"{_because(reason)}.",
        _replaced_pool(before),
        f"{_level(level)} {IMAGES_GO_ON} Members' own allowances stay as they are; whichever ends first counts.",
    ]
    return "\n".join(filter(None, lines))


def pool_cleared(before: Pool) -> str:
    """The guild's pool was removed."""
    return f"✅ The server has no limit of its own any more. {_replaced_pool(before)} Members' allowances still hold."


NO_POOL_TO_CLEAR = f"This server has no limit of its own. {NOTHING_CHANGED}"


# What is refused


def amount_not_understood(text: str) -> str:
    """An amount that is none."""
    return (
        f"“{quoted(text, limit=40)}” is not an amount. Write a whole number of credits such as `360`, or `unlimited`,"
        f" or `none`. {NOTHING_CHANGED}"
    )


def pool_amount_not_understood(text: str) -> str:
    """A pool's amount that is none."""
    return (
        f"“{quoted(text, limit=40)}” is not an amount. Write a whole number of credits such as `5000`, `0` so that"
        f" nobody can spend anything, or `none` for no limit. {NOTHING_CHANGED}"
    )


def amount_out_of_range(largest: int = MAX_AMOUNT) -> str:
    """An amount that is too large or below zero."""
    return f"The amount has to be from 0 to {largest:,} credits. {NOTHING_CHANGED}"


BOTS_SPEND_NOTHING = f"Bots cannot ask for images, so they have no budget. {NOTHING_CHANGED}"
EVERYONE_IS_DEFAULT = f"@everyone is what `/budget default` is for. {NOTHING_CHANGED}"


def has_left(user_id: int) -> str:
    """The member is gone."""
    return (
        f"<@{user_id}> is not in this server any more, so they cannot spend anything here. `/budget clear` removes"
        f" their rule, `/budget history` shows what they spent. {NOTHING_CHANGED}"
    )


# Reports


def member_report(
    user_id: int,
    held: Balance,
    rules: Sequence[AllowanceRule],
    pools: Sequence[PoolLevel],
    suspension: Suspension | None,
    has_left_guild: bool,
) -> str:
    """Where a member stands, and why."""
    lines = [f"### <@{user_id}> can spend {_spendable(held)}"]
    if has_left_guild:
        lines.append("⚠️ They are not in this server any more; roles they had are not counted.")
    if suspension is not None:
        until = "until a moderator ends it" if suspension.until is None else f"until {moment(suspension.until, 'f')}"
        lines.append(f"⛔ Suspended {until}: no new images meanwhile.")
    lines.append(_own_numbers(held))
    lines.append("**Why**")
    for rule in sorted(rules, key=lambda rule: rule != held.rule):
        mark, note = ("✅", " ← this one counts") if rule == held.rule else ("▫️", "")
        lines.append(
            f"{mark} {_whose(rule.scope, rule.target_id)}: {allowance_words(rule.allowance)}{_set(rule)}{note}"
        )
    lines.append(f"-# {BEST_COUNTS} A rule of “none” shuts out what is more general.")
    lines.extend(_pools(pools))
    return "\n".join(lines)


def _own_numbers(held: Balance) -> str:
    refill = "" if held.refills_at is None else f" The allowance is full again {when(held.refills_at)}."
    parts = [f"granted **{held.grants:,}**", f"reserved for images in the making **{held.reserved:,}**"]
    if not held.unlimited:
        parts.insert(0, f"allowance left **{held.allowance:,}**")
    return f"{', '.join(parts).capitalize()}.{refill}"


def guild_report(
    rules: Sequence[AllowanceRule],
    pools: Sequence[PoolLevel],
    suspended: Sequence[Suspension],
    *,
    known_roles: Collection[int],
    cheapest: int,
) -> str:
    """All rules of a guild."""
    default, *others = rules
    roles = [rule for rule in others if rule.scope is Scope.ROLE]
    members = [rule for rule in others if rule.scope is Scope.MEMBER]
    lines = [f"### Everybody: {allowance_words(default.allowance)}{_set(default)}"]
    lines.append("**Roles**" if roles else "No role has an allowance of its own: `/budget role` sets one.")
    lines.extend(_rule_lines(roles, known_roles))
    lines.append("**Members**" if members else "No member has an allowance of their own: `/budget member` sets one.")
    lines.extend(_rule_lines(members, known_roles))
    lines.extend(_pools(pools) or ["The server as a whole has no limit: `/budget pool` sets one."])
    if suspended:
        shown = ", ".join(f"<@{one.user_id}>" for one in suspended[:20])
        lines.append(f"⛔ Suspended: {shown}{_and_more(len(suspended) - 20)}")
    lines.append(f"-# {BEST_COUNTS} One image costs {credits_of(cheapest)} or more.")
    return "\n".join(lines)


MOST_RULES_SHOWN = 11


def _rule_lines(rules: Sequence[AllowanceRule], known_roles: Collection[int]) -> list[str]:
    lines: list[str] = []
    for rule in rules[:MOST_RULES_SHOWN]:
        lost = rule.scope is Scope.ROLE and rule.target_id not in known_roles
        who = "*a deleted role*" if lost else _whose(rule.scope, rule.target_id)
        lines.append(f"▫️ {who}: {allowance_words(rule.allowance)}{_set(rule)}")
    if more := _and_more(len(rules) - MOST_RULES_SHOWN):
        lines.append(f"▫️{more}")
    return lines


def _and_more(count: int) -> str:
    return f" and {count:,} more" if count > 0 else ""


def lost_roles_cleared(rules: Sequence[AllowanceRule]) -> str:
    """Rules of roles that are gone were removed."""
    if not rules:
        return f"There are no rules of deleted roles any more. {NOTHING_CHANGED}"
    which = ", ".join(allowance_words(rule.allowance) for rule in rules[:10])
    return f"✅ Removed {len(rules)} rule{'' if len(rules) == 1 else 's'} of deleted roles ({which})."


def history(user_id: int, lines: Sequence[StatementLine], *, page: int, pages: int) -> str:
    """A page of what happened on an account."""
    head = f"### What happened on the account of <@{user_id}>"
    if not lines:
        return f"{head}\nNothing yet."
    return "\n".join([head, *(statement_line(line) for line in lines), f"-# Page {page + 1} of {pages}, newest first."])


# Pieces


def _whose(scope: Scope, target_id: int) -> str:
    match scope:
        case Scope.DEFAULT:
            return "Default for everybody"
        case Scope.ROLE:
            return f"<@&{target_id}>"
        case Scope.MEMBER:
            return f"<@{target_id}>"


def _because(reason: str | None) -> str:
    return f" ({quoted(reason, limit=200)})" if reason else ""


def _set(rule: AllowanceRule) -> str:
    if rule.set_at is None:
        return " (the operator's default)"
    by = f"by <@{rule.set_by}> " if rule.set_by else ""
    return f" (set {by}{moment(rule.set_at, 'R')})"


def _replaced(before: AllowanceRule | None) -> str:
    return "" if before is None else f"Before: {allowance_words(before.allowance)}{_set(before)}."


def _replaced_pool(before: Pool | None) -> str:
    if before is None:
        return ""
    return f"Before: {credits_of(before.amount)} {EVERY[before.period]}{_set_pool(before.set_by, before.set_at)}."


def _set_pool(set_by: int | None, set_at: datetime | None) -> str:
    return "" if set_at is None else f" (set by <@{set_by}> {moment(set_at, 'R')})"


def _spendable(held: Balance) -> str:
    return "as much as they like" if held.unlimited else f"**{credits_of(held.available)}**"


def _pools(levels: Sequence[PoolLevel]) -> list[str]:
    if not levels:
        return []
    return ["**Limits for all together**", *(f"▫️ {_pool_name(level.pool)}: {_level(level)}" for level in levels)]


def _pool_name(pool: Pool) -> str:
    if pool.owner is PoolOwner.GUILD:
        return "This server"
    return "Set by Plantain's operator for all servers" if pool.guild_id == ALL_GUILDS else "Set by Plantain's operator"


def _level(level: PoolLevel) -> str:
    refill = "" if level.period.end is None else f" Full again {when(level.period.end)}."
    full = f"{credits_of(level.pool.amount)} {EVERY[level.pool.period]}"
    return f"{level.used:,} of {full} used, {level.left:,} left.{refill}"
