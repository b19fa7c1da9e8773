"""One image that was picked from the history, with everything that can be done with it."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from cogs.colours import LEAF_GREEN
from cogs.history import control
from cogs.history.control import PastAct, PastUse
from cogs.images.info import offer_for
from cogs.images.originals import upload_limit
from cogs.images.rows import image_rows
from cogs.posting import Picture
from cogs.services import Services
from cogs.texts import card as card_texts
from cogs.texts import history as texts
from generation.errors import PictureMissingError
from storage.history import Image

MOST_BYTES = 8 * 1024 * 1024
"""Shown for a look; who wants every pixel presses Original."""


async def show_picked(interaction: discord.Interaction[Any], services: Services, image: Image, back: PastUse) -> None:
    """Make the response to an interaction, which was deferred, the image. `back`: the page it was picked from."""
    rows = image_rows(image.request, image.job, await offer_for(services, image), shows_again=True)
    picture = await _picture(interaction, services, image)
    try:
        files = [] if picture is None else [discord.File(picture.path, picture.name)]
        await interaction.edit_original_response(view=_render(image, picture, rows, back), attachments=files)
    finally:
        if picture is not None:
            await services.pictures.put_away(picture)


async def _picture(interaction: discord.Interaction[Any], services: Services, image: Image) -> Picture | None:
    """Return the picture in a form that fits, None where it was deleted or its file is missing."""
    if not image.job.has_picture:
        return None
    try:
        return await services.pictures.prepare(image.job, limit_bytes=min(upload_limit(interaction), MOST_BYTES))
    except PictureMissingError:
        return None


def _render(image: Image, picture: Picture | None, rows: list[ui.ActionRow[Any]], back: PastUse) -> ui.LayoutView:
    request = image.request
    box = ui.Container[ui.LayoutView](ui.TextDisplay(texts.picked(image)), accent_colour=LEAF_GREEN)
    if picture is not None:
        described = card_texts.alt_text(request.prompt, position=image.job.position, count=request.image_count)
        item = discord.MediaGalleryItem(f"attachment://{picture.name}", description=described, spoiler=request.spoiler)
        box.add_item(ui.MediaGallery(item))
    else:
        box.add_item(ui.TextDisplay(texts.FILE_MISSING if image.job.has_picture else texts.PICTURE_GONE))
    is_smaller = picture is not None and picture.smaller is not None
    box.add_item(ui.TextDisplay(texts.picked_footer(image, is_smaller=is_smaller)))
    for row in rows:
        box.add_item(row)
    last = ui.ActionRow[ui.LayoutView]()
    to_list = PastUse(form_id=back.form_id, act=PastAct.PAGE, cursor=back.cursor)
    last.add_item(control.button(to_list, texts.BACK))
    box.add_item(last)
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view
