"""The family of an image: a picture of which was made from which, with pages where there are many."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs.asker import viewer_in
from cogs.colours import LEAF_GREEN
from cogs.errors import answer_error
from cogs.services import services_of
from cogs.texts import family as texts
from cogs.visibility import may_see
from generation.family import FamilyPage, Labels
from storage.history import Image

Interaction = discord.Interaction[Any]

PICTURE_NAME = "family.png"


class FamilyButton(
    ui.DynamicItem[ui.Button[Any]], template=r"plantain:family:(?P<job_id>[0-9]{1,18}):(?P<page>[0-9]{1,4})"
):
    """Turns to a page of a family."""

    def __init__(self, job_id: int, page: int, label: str = texts.LATER) -> None:
        custom_id = f"plantain:family:{job_id}:{page}"
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.job_id = job_id
        self.page = page

    @classmethod
    async def from_custom_id(cls, _interaction: Interaction, _item: ui.Item[Any], match: re.Match[str], /) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(int(match["job_id"]), int(match["page"]))

    async def callback(self, interaction: Interaction) -> None:
        """Show the page in place of the one before."""
        try:
            await show_family(interaction, self.job_id, self.page)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


async def show_family(interaction: Interaction, job_id: int, page: int | None = None) -> None:
    """Answer privately with the family of an image; a page turns the one that is shown.

    Raises:
        ImageRefusalError: the image is unknown here, or private.
    """
    services = services_of(interaction)
    viewer = await viewer_in(interaction, await services.images.guild_of(job_id=job_id))
    image = await services.images.record(job_id, viewer)
    if page is None:
        await interaction.response.defer(ephemeral=True, thinking=True)  # small copies may have to be made
    else:
        await interaction.response.defer()
    settings = await services.intake.settings(image.request.account.guild_id)
    shown = await services.family.page(job_id, page)
    unseen = {one.job.id for one in shown.images if not may_see(interaction, viewer, one.request)}
    names = [_name(one, unseen) for one in shown.images]

    def labels(one: Image) -> Labels:
        moment = one.request.created_at
        when = "" if one.job.id in unseen else texts.when(moment, settings.time_zone, discord.utils.utcnow())
        return Labels(who=_name(one, unseen), when=when, note=_note(one, unseen))

    async with services.family.drawing(shown, job_id, labels) as path:
        view = _view(shown, job_id, names, unseen)
        await interaction.edit_original_response(view=view, attachments=[discord.File(path, PICTURE_NAME)])


def _name(image: Image, unseen: set[int]) -> str:
    hidden = image.job.id in unseen or image.request.forgotten
    return texts.SOMEBODY if hidden else image.request.member_name or texts.SOMEBODY


def _note(image: Image, unseen: set[int]) -> str:
    """What stands in place of a picture, "" where it is shown."""
    if image.job.id in unseen:
        return texts.HIDDEN
    if image.job.deleted_at is not None:
        return texts.DELETED
    return "" if image.job.has_picture else texts.NO_PICTURE


def _view(shown: FamilyPage, job_id: int, names: list[str], unseen: set[int]) -> ui.LayoutView:
    description = texts.alt_text(shown.images, names)
    head = texts.head(
        shown,
        is_viewed_here=any(image.job.id == job_id for image in shown.images),
        members=len({image.request.account for image in shown.images if image.job.id not in unseen}),
        hidden=len(unseen),
    )
    box = ui.Container[ui.LayoutView](
        ui.TextDisplay(head),
        ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{PICTURE_NAME}", description=description)),
        accent_colour=LEAF_GREEN,
    )
    buttons: list[FamilyButton] = []
    if shown.page > 0:
        buttons.append(FamilyButton(job_id, shown.page - 1, texts.EARLIER))
    if shown.page + 1 < shown.pages:
        buttons.append(FamilyButton(job_id, shown.page + 1, texts.LATER))
    if buttons:
        row = ui.ActionRow[ui.LayoutView]()
        for button in buttons:
            row.add_item(button)
        box.add_item(row)
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view
