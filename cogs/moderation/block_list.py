"""What a guild blocked, page by page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from cogs.boxed import boxed
from cogs.errors import answer_error
from cogs.moderators import require_moderator
from cogs.services import services_of
from cogs.texts import moderation as texts
from storage.blocked_terms import BlockedTerm

TERMS_A_PAGE = 8
"""A pattern may have 200 characters, each of which may be shown with a backslash; a message holds 4,000."""


class BlockListButton(ui.DynamicItem[ui.Button[Any]], template=r"plantain:block:list:(?P<page>[0-9]{1,4})"):
    """Turns to a page."""

    def __init__(self, page: int, label: str = texts.OLDER) -> None:
        custom_id = f"plantain:block:list:{page}"
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page in place of the one before."""
        try:
            await require_moderator(interaction)
            assert interaction.guild_id is not None
            terms = await services_of(interaction).moderation.blocked(interaction.guild_id)
            await interaction.response.edit_message(view=block_list_view(terms, self.page))
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


def block_list_view(terms: Sequence[BlockedTerm], page: int) -> ui.LayoutView:
    """Return a page of the list; one beyond the last is the last."""
    pages = max(1, -(-len(terms) // TERMS_A_PAGE))
    page = min(page, pages - 1)
    shown = terms[page * TERMS_A_PAGE : (page + 1) * TERMS_A_PAGE]
    buttons: list[BlockListButton] = []
    if page > 0:
        buttons.append(BlockListButton(page - 1, texts.NEWER))
    if page + 1 < pages:
        buttons.append(BlockListButton(page + 1, texts.OLDER))
    return boxed(texts.block_list(shown, page=page, pages=pages), *buttons)
