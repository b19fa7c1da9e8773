"""The buttons below budgets. Each checks anew who presses it."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs.boxed import boxed
from cogs.errors import answer_error
from cogs.ids import id_of
from cogs.moderators import require_moderator
from cogs.services import services_of
from cogs.texts import budget as texts
from generation.budget_desk import Change, HistoryPage
from storage.accounts import Account


class HistoryButton(
    ui.DynamicItem[ui.Button[Any]], template=r"plantain:history:(?P<user_id>[0-9]{1,20}):(?P<page>[0-9]{1,6})"
):
    """Shows a page of what happened on a member's account; on a history it turns the page."""

    def __init__(self, user_id: int, page: int, label: str = texts.HISTORY) -> None:
        custom_id = f"plantain:history:{user_id}:{page}"
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.user_id = user_id
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(id_of(match["user_id"]), int(match["page"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Show the page in place of what the message showed."""
        try:
            await require_moderator(interaction)
            assert interaction.guild_id is not None
            account = Account(guild_id=interaction.guild_id, user_id=self.user_id)
            shown = await services_of(interaction).budgets.history(account, self.page)
            await interaction.response.edit_message(view=history_view(self.user_id, shown))
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


class LostRolesButton(ui.DynamicItem[ui.Button[Any]], template=r"plantain:budget:lost_roles"):
    """Removes the rules of roles that were deleted."""

    def __init__(self) -> None:
        super().__init__(
            ui.Button(
                label=texts.REMOVE_LOST_ROLES,
                style=discord.ButtonStyle.secondary,
                custom_id="plantain:budget:lost_roles",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls()

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Remove them, and say which they were."""
        try:
            await require_moderator(interaction)
            assert interaction.guild is not None
            change = Change(guild_id=interaction.guild.id, actor_id=interaction.user.id)
            known = {role.id for role in interaction.guild.roles}
            lost = await services_of(interaction).budgets.clear_rules_of_lost_roles(change, known)
            await interaction.response.send_message(texts.lost_roles_cleared(lost), ephemeral=True)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


def history_view(user_id: int, shown: HistoryPage) -> ui.LayoutView:
    """Return a page of an account's history, with buttons to its neighbours."""
    text = texts.history(user_id, shown.lines, page=shown.page, pages=shown.pages)
    buttons: list[HistoryButton] = []
    if shown.page > 0:
        buttons.append(HistoryButton(user_id, shown.page - 1, texts.NEWER))
    if shown.page + 1 < shown.pages:
        buttons.append(HistoryButton(user_id, shown.page + 1, texts.OLDER))
    return boxed(text, *buttons)
