"""The list of presets, with pages where there are many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Self

import discord
from discord import ui

from cogs.asker import asker_of
from cogs.boxed import boxed
from cogs.errors import RefusalError, answer_error
from cogs.services import services_of
from cogs.texts import presets as texts
from generation.options import Resolution
from storage.presets import Preset

PRESETS_A_PAGE = 6
"""Their names and prompts may need twice their length to be shown as they are; Discord allows 4,000 characters."""


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
            await interaction.response.edit_message(view=await page_for(interaction, self.page))
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


async def page_for(interaction: discord.Interaction[Any], page: int) -> ui.LayoutView:
    """Return a page of what a member may use, with what each would cost where they are."""
    services, asker = services_of(interaction), asker_of(interaction)
    usual = await services.intake.usual_options(asker)
    priced: list[tuple[Preset, int]] = []
    for preset in await services.presets.offered(asker.account.guild_id, asker.account.user_id):
        size = Resolution(preset.resolution or usual.resolution or Resolution.ONE_K)
        priced.append((preset, services.intake.cost(size, preset.image_count or 1)))
    return presets_view(priced, page)


def presets_view(presets: Sequence[tuple[Preset, int]], page: int) -> ui.LayoutView:
    """Return a page of presets with their costs; one beyond the last is the last."""
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
