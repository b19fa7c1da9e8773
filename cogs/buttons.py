"""Buttons that outlive every restart: what they act on stands in their custom_id."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs import texts
from cogs.errors import RefusalError, answer_error
from cogs.moderators import is_moderator
from cogs.services import services_of
from cogs.texts import card as card_texts
from storage import requests


class CancelButton(ui.DynamicItem[ui.Button[Any]], template=r"plantain:cancel:(?P<request_id>[0-9]{1,18})"):
    """Cancels the images of a request that were not sent yet. Keyed by request, as one press ends all of them."""

    def __init__(self, request_id: int) -> None:
        super().__init__(
            ui.Button(
                label=card_texts.CANCEL,
                style=discord.ButtonStyle.secondary,
                custom_id=f"plantain:cancel:{request_id}",
            )
        )
        self.request_id = request_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(int(match["request_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Check rights again, cancel, and say what came back."""
        try:
            await interaction.response.send_message(await self._cancel(interaction), ephemeral=True)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)

    async def _cancel(self, interaction: discord.Interaction[Any]) -> str:
        services = services_of(interaction)
        async with services.database.reading() as tx:
            request = await requests.get(tx, self.request_id)
        # In direct messages, where a card may be as well, there is nobody but its member.
        if request is None or interaction.guild_id not in (None, request.account.guild_id):
            raise RefusalError(texts.CARD_UNKNOWN)
        if request.account.user_id != interaction.user.id and not await is_moderator(interaction):
            raise RefusalError(texts.NOT_YOURS_TO_CANCEL)
        cancelled = await services.queue.cancelling.cancel(self.request_id, actor_id=interaction.user.id)
        if cancelled.images:
            return texts.cancel_done(cancelled.amount)
        return texts.TOO_LATE_TO_CANCEL if cancelled.still_made else texts.NOTHING_LEFT_TO_CANCEL
