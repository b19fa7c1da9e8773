"""Servers by what they use, page by page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self

import discord
from discord import ui

from cogs.boxed import boxed
from cogs.errors import answer_error
from cogs.moderators import require_operator
from cogs.services import services_of
from cogs.texts import operator as texts
from generation.operator_desk import GuildOverview

GUILDS_A_PAGE = 15


class GuildsButton(ui.DynamicItem[ui.Button[Any]], template=r"plantain:guilds:(?P<page>[0-9]{1,5})"):
    """Turns to a page."""

    def __init__(self, page: int, label: str = texts.NEXT) -> None:
        custom_id = f"plantain:guilds:{page}"
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
            require_operator(interaction)
            view = guilds_view(await services_of(interaction).operator.guilds(), names_of(interaction), self.page)
            await interaction.response.edit_message(view=view)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


def names_of(interaction: discord.Interaction[Any]) -> dict[int, str]:
    """Return the names of the servers that the bot is in."""
    return {guild.id: guild.name for guild in interaction.client.guilds}


def guilds_view(found: Sequence[GuildOverview], names: Mapping[int, str], page: int) -> ui.LayoutView:
    """Return a page of servers; one beyond the last is the last."""
    pages = max(1, -(-len(found) // GUILDS_A_PAGE))
    page = min(page, pages - 1)
    shown = found[page * GUILDS_A_PAGE : (page + 1) * GUILDS_A_PAGE]
    silent = len(names.keys() - {one.use.guild_id for one in found})
    buttons: list[GuildsButton] = []
    if page > 0:
        buttons.append(GuildsButton(page - 1, texts.PREVIOUS))
    if page + 1 < pages:
        buttons.append(GuildsButton(page + 1, texts.NEXT))
    return boxed(texts.guilds(shown, names, page=page, pages=pages, silent=silent), *buttons)
