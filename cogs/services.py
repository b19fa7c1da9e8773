"""What commands and buttons reach through the client that received them."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from discord.ext import commands

from generation.budget_desk import BudgetDesk
from generation.intake import Intake
from generation.moderation import ModerationDesk
from generation.operator_desk import OperatorDesk
from generation.queue import GenerationQueue
from generation.queue_desk import QueueDesk
from generation.usage_desk import UsageDesk
from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the product that interactions call."""

    queue: GenerationQueue
    intake: Intake
    budgets: BudgetDesk
    moderation: ModerationDesk
    queue_desk: QueueDesk
    operator: OperatorDesk
    usage: UsageDesk
    database: Database


class ServingBot(commands.Bot):
    """A bot that carries the product's services. They are set before it connects."""

    services: Services


def services_of(interaction: discord.Interaction) -> Services:
    """Return the services behind the client of an interaction."""
    client = interaction.client
    assert isinstance(client, ServingBot)
    return client.services
