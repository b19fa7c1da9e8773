"""What commands and buttons reach through the client that received them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import discord
from discord.ext import commands

from cogs.attached_file import AttachedFile
from cogs.pictures import PictureShop
from generation.budget_desk import BudgetDesk
from generation.export_desk import ExportDesk
from generation.family import FamilyDesk
from generation.forgetting import Forgetter
from generation.history_desk import HistoryDesk
from generation.image_desk import ImageDesk
from generation.intake import Intake
from generation.moderation import ModerationDesk
from generation.operator_desk import OperatorDesk
from generation.originals import Originals
from generation.preset_desk import PresetDesk
from generation.queue import GenerationQueue
from generation.queue_desk import QueueDesk
from generation.settings_desk import SettingsDesk
from generation.usage_desk import UsageDesk
from storage.database import Database
from storage.history import Image
from storage.references import Reference
from storage.requests import Request


class Maker(Protocol):
    """Makes new requests out of images. Everything raises what `cogs.errors` explains, and keeps nothing then."""

    async def open_remix(self, interaction: discord.Interaction[Any], image: Image) -> None:
        """Open the form with the image as its first reference."""
        ...

    async def upscale(self, interaction: discord.Interaction[Any], image: Image) -> None:
        """Ask for the same picture at 4K."""
        ...

    async def repeat(
        self,
        interaction: discord.Interaction[Any],
        request: Request,
        references: list[Reference],
        parent_job_id: int | None,
    ) -> None:
        """Send a request once more."""
        ...

    async def open_file(self, interaction: discord.Interaction[Any], file: AttachedFile, *, author: str) -> None:
        """Open the form with a picture of somebody's message as its first reference."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of the product that interactions call.

    Attributes:
        withdraw_card: takes back the card announced for an interaction, if there is one, once Discord can be reached.
    """

    queue: GenerationQueue
    intake: Intake
    budgets: BudgetDesk
    moderation: ModerationDesk
    queue_desk: QueueDesk
    operator: OperatorDesk
    usage: UsageDesk
    settings: SettingsDesk
    images: ImageDesk
    history: HistoryDesk
    exports: ExportDesk
    family: FamilyDesk
    presets: PresetDesk
    originals: Originals
    pictures: PictureShop
    forgetter: Forgetter
    maker: Maker
    withdraw_card: Callable[[int], None]
    database: Database


class ServingBot(commands.Bot):
    """A bot that carries the product's services. They are set before it connects."""

    services: Services


def services_of(interaction: discord.Interaction) -> Services:
    """Return the services behind the client of an interaction."""
    client = interaction.client
    assert isinstance(client, ServingBot)
    return client.services
