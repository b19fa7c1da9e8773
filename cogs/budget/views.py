"""How budgets are shown: private messages that hold only buttons which outlive restarts."""

from __future__ import annotations

from collections.abc import Collection

from discord import ui

from cogs.boxed import boxed
from cogs.budget.buttons import HistoryButton, LostRolesButton
from cogs.texts import budget as texts
from generation.budget_desk import GuildReport, MemberReport
from storage.allowances import Scope


def member_view(user_id: int, report: MemberReport, *, has_left: bool) -> ui.LayoutView:
    """Return where a member stands and why."""
    text = texts.member_report(
        user_id, report.balance, report.rules, report.pools, report.suspension, has_left_guild=has_left
    )
    return boxed(text, HistoryButton(user_id, 0, texts.HISTORY))


def guild_view(report: GuildReport, *, known_roles: Collection[int], cheapest: int) -> ui.LayoutView:
    """Return all rules of a guild."""
    text = texts.guild_report(report.rules, report.pools, report.suspended, known_roles=known_roles, cheapest=cheapest)
    lost = any(rule.scope is Scope.ROLE and rule.target_id not in known_roles for rule in report.rules)
    return boxed(text, *([LostRolesButton()] if lost else []))
