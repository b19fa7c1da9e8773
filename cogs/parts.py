"""The commands of the bot, each made of the services that it calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from discord.ext import commands

from cogs.budget import BudgetCog
from cogs.credits import CreditsCog
from cogs.images.command import ImagesCog
from cogs.imagine import ImagineCog, ImagineFlow
from cogs.moderation import BlockCog, SuspendCog
from cogs.operator import OperatorCog
from cogs.queue import QueueCog
from cogs.services import ServingBot
from cogs.settings import SettingsCog
from cogs.usage import UsageCog


def all_parts(
    bot: ServingBot, flow: ImagineFlow, *, version: str, database_path: Path, started_at: datetime
) -> Sequence[commands.Cog]:
    """Return every part; `bot.services` must be set."""
    services = bot.services
    prices = services.intake.prices
    return (
        ImagineCog(flow, prices),
        ImagesCog(bot),
        CreditsCog(services.intake),
        BudgetCog(bot, services.budgets, prices),
        BlockCog(services.moderation),
        SuspendCog(services.moderation),
        QueueCog(services.queue_desk),
        UsageCog(services.usage),
        OperatorCog(
            services.operator, services.budgets, version=version, database_path=database_path, started_at=started_at
        ),
        SettingsCog(services.settings),
    )
