"""The Discord client: one bot, its commands and its buttons."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from cogs.budget import HistoryButton, LostRolesButton
from cogs.buttons import CancelButton
from cogs.command_sync import sync_if_changed
from cogs.errors import answer_error
from cogs.family import FamilyButton
from cogs.forget_me import ForgetButton
from cogs.history.control import PastControl
from cogs.images.buttons import ChoiceButton, ImageButton
from cogs.moderation import BlockListButton
from cogs.operator import GuildsButton
from cogs.presets.listing import PresetPageButton
from cogs.queue import QueueButton
from cogs.services import ServingBot
from cogs.settings import PanelControl
from cogs.stars.buttons import StarButton
from cogs.usage import ExportButton
from generation.workers import cancel

log = logging.getLogger(__name__)

discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we never speak
LONGEST_RATE_LIMIT_S = 60.0
"""A longer pause raises instead of sleeping inside discord.py, so that the card's own loop decides."""


BUTTONS = (
    BlockListButton,
    CancelButton,
    ChoiceButton,
    ExportButton,
    FamilyButton,
    ForgetButton,
    GuildsButton,
    HistoryButton,
    ImageButton,
    LostRolesButton,
    PanelControl,
    PastControl,
    PresetPageButton,
    QueueButton,
    StarButton,
)
"""All that can be pressed on messages, also those of earlier runs."""


class CommandTree(app_commands.CommandTree[ServingBot]):
    """Commands whose failures are answered in one place."""

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Answer what a command raised."""
        await answer_error(interaction, error)


class ImageBot(ServingBot):
    """The bot as Discord sees it. `more`: what discord.py is told beyond that."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True),  # interactions need none; guilds tell the upload limit
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=LONGEST_RATE_LIMIT_S,
            tree_cls=CommandTree,
            **more,
        )
        self.parts: Sequence[commands.Cog] = ()
        self.syncs_commands = True
        """Whether Discord is told of changed commands; with several processes, one of them does."""
        self._was_ready = False

    @property
    def is_online(self) -> bool:
        """Whether the gateway is connected now."""
        socket: Any = self.ws  # None before the first connection, whatever its annotation says
        return self.is_ready() and socket is not None and socket.open

    async def setup_hook(self) -> None:
        """Once per start, after login: add the parts and tell Discord of commands that changed."""
        for part in self.parts:
            if part.qualified_name not in self.cogs:  # else a login was broken off and is tried again
                await self.add_cog(part)
        self.add_dynamic_items(*BUTTONS)
        if self.syncs_commands:
            await sync_if_changed(self, self.services.database)

    async def close(self) -> None:
        """Say goodbye. discord.py 2.7.1 would still wait for the last guild then, and fail when it does not come."""
        state: Any = self._connection
        waiting = [state._ready_task, *getattr(state, "_ready_tasks", {}).values()]
        await cancel(*(task for task in waiting if task is not None))
        await super().close()

    async def on_ready(self) -> None:
        """After every connect: say where we are, and leave all that will stay out of the garbage collector's rounds.

        Such a round holds everything up, 90 ms or so in 2,500 servers. Those of an earlier connection are garbage now.
        """
        if self._was_ready:
            gc.unfreeze()
        self._was_ready = True
        gc.collect()
        gc.freeze()
        log.info("Ready as %s in %d guilds", self.user, len(self.guilds))

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Hand a form that comes back to the parts, which know their own: only this listens to every interaction.

        It may have been opened by an earlier run of the bot, of which discord.py knows nothing.
        """
        if interaction.type is discord.InteractionType.modal_submit and interaction.data is not None:
            data = cast(dict[str, Any], interaction.data)
            self.dispatch("form", interaction, str(data.get("custom_id")), data)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """An event that could not be handled ends nothing; discord.py would print it past the log."""
        log.error("Event %s could not be handled", event_method, exc_info=True)  # noqa: LOG014 (discord.py calls it inside its own handler)
