"""The commands of the bot, each made of the services that it calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from discord.ext import commands

from cogs.budget import BudgetCog
from cogs.credits import CreditsCog
from cogs.forget_me import ForgetMeCog
from cogs.history.command import HistoryCog
from cogs.images.command import ImagesCog
from cogs.imagine import ImagineCog, ImagineFlow, OpenForms
from cogs.moderation import BlockCog, SuspendCog
from cogs.operator import OperatorCog
from cogs.presets.command import PresetsCog
from cogs.presets.saving import PresetSaver
from cogs.presets.use import PresetUse
from cogs.queue import QueueCog
from cogs.services import ServingBot
from cogs.settings import SettingsCog
from cogs.stars.command import StarsCog
from cogs.usage import UsageCog
from generation.attachments import AttachmentReader


def all_parts(
    bot: ServingBot,
    flow: ImagineFlow,
    reader: AttachmentReader,
    forms: OpenForms,
    *,
    version: str,
    database_path: Path,
    started_at: datetime,
) -> Sequence[commands.Cog]:
    """Return every part; `bot.services` must be set."""
    services = bot.services
    prices = services.intake.prices
    use = PresetUse(flow, services.presets, services.images, forms)
    return (
        ImagineCog(flow, use, prices),
        PresetsCog(services.presets, use, PresetSaver(services.presets, reader, forms), prices),
        ImagesCog(bot),
        StarsCog(),
        HistoryCog(),
        ForgetMeCog(services.forgetter),
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
