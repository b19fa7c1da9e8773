"""The list of presets, with pages where there are many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from cogs.boxed import boxed
from cogs.errors import RefusalError, answer_error
from cogs.services import services_of
from cogs.texts import presets as texts
from storage.presets import Preset

PRESETS_A_PAGE = 8


class PresetPageButton(ui.DynamicItem[ui.Button[Any]], template=r"plantain:presets:(?P<page>[0-9]{1,4})"):
    """Turns to a page."""

    def __init__(self, page: int, label: str = texts.OLDER) -> None:
        custom_id = f"plantain:presets:{page}"
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
            if interaction.guild_id is None:
                raise RefusalError(texts.NONE_YET)
            desk = services_of(interaction).presets
            offered = await desk.offered(interaction.guild_id, interaction.user.id)
            await interaction.response.edit_message(view=presets_view(offered, self.page))
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


def presets_view(presets: Sequence[Preset], page: int) -> ui.LayoutView:
    """Return a page of the list; one beyond the last is the last."""
    if not presets:
        return boxed(texts.NONE_YET)
    pages = -(-len(presets) // PRESETS_A_PAGE)
    page = min(page, pages - 1)
    buttons: list[PresetPageButton] = []
    if page > 0:
        buttons.append(PresetPageButton(page - 1, texts.NEWER))
    if page + 1 < pages:
        buttons.append(PresetPageButton(page + 1, texts.OLDER))
    shown = presets[page * PRESETS_A_PAGE : (page + 1) * PRESETS_A_PAGE]
    return boxed(texts.listed(shown, page=page, pages=pages), *buttons)
