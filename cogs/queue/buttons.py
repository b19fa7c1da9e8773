"""The panel of /queue and its buttons. Each press checks anew who presses it, and shows the queue as it is then."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Self

import discord
from discord import ui

from cogs.boxed import boxed
from cogs.colours import LEAF_GREEN, WAITING_GREY
from cogs.errors import RefusalError, answer_error
from cogs.moderators import require_moderator
from cogs.services import services_of
from cogs.texts import queue as texts
from generation.queue_desk import QueueOverview
from storage import requests

REQUESTS_A_PAGE = 8
"""Each is a section with a button, 3 of the 40 components that a message may have."""


class QueueAct(StrEnum):
    """What a button does; its argument is a page or a request."""

    SHOW = "show"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    CLEAR = "clear"
    CLEAR_NOW = "clear_now"


class QueueButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"plantain:queue:(?P<act>show|cancel|pause|resume|clear|clear_now):(?P<argument>[0-9]{1,18})(?::\w+)?",
):
    """One button of the panel."""

    def __init__(
        self,
        act: QueueAct,
        argument: int = 0,
        *,
        label: str = "",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        suffix: str = "",
    ) -> None:
        """`suffix` tells two buttons of one message apart that do the same."""
        custom_id = f"plantain:queue:{act}:{argument}{suffix and ':' + suffix}"
        super().__init__(ui.Button(label=label or act, style=style, custom_id=custom_id))
        self.act = act
        self.argument = argument

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(QueueAct(match["act"]), int(match["argument"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do it, and show the queue as it is then."""
        try:
            await require_moderator(interaction)
            assert interaction.guild_id is not None
            await self._act(interaction, interaction.guild_id)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)

    async def _act(self, interaction: discord.Interaction[Any], guild_id: int) -> None:
        services, actor_id = services_of(interaction), interaction.user.id
        desk, page, notice = services.queue_desk, 0, None
        match self.act:
            case QueueAct.SHOW:
                page = self.argument
            case QueueAct.PAUSE:
                notice = texts.paused(is_new=await desk.pause(guild_id, actor_id=actor_id))
            case QueueAct.RESUME:
                notice = texts.resumed(is_new=await desk.resume(guild_id, actor_id=actor_id))
            case QueueAct.CANCEL:
                notice = await self._cancel(interaction, guild_id)
            case QueueAct.CLEAR:
                return await _ask_to_clear(interaction, await desk.overview(guild_id))
            case QueueAct.CLEAR_NOW:
                notice = texts.cleared(await services.queue.cancelling.clear(guild_id, actor_id=actor_id))
        view = queue_view(await desk.overview(guild_id), page, notice)
        await interaction.response.edit_message(view=view)
        return None

    async def _cancel(self, interaction: discord.Interaction[Any], guild_id: int) -> str:
        services = services_of(interaction)
        async with services.database.reading() as tx:
            request = await requests.get(tx, self.argument)
        user_id = None
        if request is not None:
            if request.account.guild_id != guild_id:
                raise RefusalError(texts.NOT_OF_THIS_SERVER)
            user_id = request.account.user_id
        done = await services.queue.cancelling.cancel(self.argument, actor_id=interaction.user.id)
        return texts.cancelled(user_id, done)


def queue_view(shown: QueueOverview, page: int, notice: str | None = None) -> ui.LayoutView:
    """Return a page of the queue; one beyond the last is the last."""
    pages = max(1, -(-len(shown.requests) // REQUESTS_A_PAGE))
    page = min(page, pages - 1)
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](accent_colour=WAITING_GREY if shown.is_paused else LEAF_GREEN)
    if notice:
        box.add_item(ui.TextDisplay(notice))
    box.add_item(ui.TextDisplay(texts.overview(shown)))
    for one in shown.requests[page * REQUESTS_A_PAGE : (page + 1) * REQUESTS_A_PAGE]:
        if one.waiting:
            button: Any = QueueButton(QueueAct.CANCEL, one.request.id, label=texts.CANCEL)
            box.add_item(ui.Section[ui.LayoutView](texts.queued(one), accessory=button))
        else:
            box.add_item(ui.TextDisplay(texts.queued(one)))
    if pages > 1:
        box.add_item(ui.TextDisplay(texts.page_of(page, pages)))
    box.add_item(_controls(shown, page, pages))
    view.add_item(box)
    return view


def _controls(shown: QueueOverview, page: int, pages: int) -> ui.ActionRow[ui.LayoutView]:
    row = ui.ActionRow[ui.LayoutView]()
    if page > 0:
        row.add_item(QueueButton(QueueAct.SHOW, page - 1, label=texts.NEWER))
    if page + 1 < pages:
        row.add_item(QueueButton(QueueAct.SHOW, page + 1, label=texts.OLDER))
    row.add_item(QueueButton(QueueAct.SHOW, page, label=texts.REFRESH, suffix="again"))
    if shown.is_paused:
        row.add_item(QueueButton(QueueAct.RESUME, label=texts.RESUME, style=discord.ButtonStyle.success))
    else:
        row.add_item(QueueButton(QueueAct.PAUSE, label=texts.PAUSE))
    if shown.waiting_images:
        row.add_item(QueueButton(QueueAct.CLEAR, label=texts.CLEAR, style=discord.ButtonStyle.danger))
    return row


async def _ask_to_clear(interaction: discord.Interaction[Any], shown: QueueOverview) -> None:
    if not shown.waiting_images:
        raise RefusalError(texts.NOTHING_TO_CLEAR)
    view = boxed(
        texts.ask_to_clear(shown),
        QueueButton(QueueAct.CLEAR_NOW, label=texts.CLEAR_NOW, style=discord.ButtonStyle.danger),
        QueueButton(QueueAct.SHOW, 0, label=texts.KEEP),
        colour=WAITING_GREY,
    )
    await interaction.response.edit_message(view=view)
