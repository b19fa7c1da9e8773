"""/operator: what who runs the bot sees and limits."""

from cogs.operator.command import OperatorCog
from cogs.operator.guilds import GuildsButton

__all__ = ["GuildsButton", "OperatorCog"]
