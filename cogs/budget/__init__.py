"""/budget: moderators decide who may spend what."""

from cogs.budget.buttons import HistoryButton, LostRolesButton
from cogs.budget.command import BudgetCog

__all__ = ["BudgetCog", "HistoryButton", "LostRolesButton"]
