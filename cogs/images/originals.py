"""Handing out pictures: the untouched file in private, and a picture once more for all to see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord import ui

from cogs.colours import LEAF_GREEN
from cogs.images.info import offer_for
from cogs.images.rows import image_rows
from cogs.imagine.rights import require_rights
from cogs.posting import FILE_TOO_LARGE, Picture
from cogs.services import services_of
from cogs.texts import card as card_texts
from cogs.texts import images as texts
from storage.history import Image

Interaction = discord.Interaction[Any]

MOST_BYTES = 24 * 1024 * 1024
"""Discord takes no request above 25 MiB, however large a file may be."""

SAFE_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
LINK_LASTS = timedelta(minutes=20)
"""The provider's documentation (2026-01)."""


def upload_limit(interaction: Interaction) -> int:
    """Return how large a file an answer to this interaction may hold, in bytes."""
    return min(interaction.filesize_limit, MOST_BYTES)


async def hand_out(interaction: Interaction, image: Image) -> None:
    """Answer privately with the untouched file, in a form that fits: itself, a link, or the best JPEG."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    services, limit = services_of(interaction), upload_limit(interaction)
    picture = await services.pictures.untouched(image.job)
    assert image.job.result is not None
    if image.job.result.size_bytes <= limit and await _send(interaction, texts.original(image), picture):
        return
    link = await services.originals.link(image.job)
    if link is not None:
        until = discord.utils.utcnow() + LINK_LASTS
        view = ui.LayoutView(timeout=None)
        fetch = ui.Button[Any](label=texts.FETCH, url=link)
        view.add_item(
            ui.Container(
                ui.TextDisplay(texts.original_link(image, until)), ui.ActionRow(fetch), accent_colour=LEAF_GREEN
            )
        )
        await interaction.edit_original_response(view=view)
        return
    smaller = await services.pictures.prepare(image.job, limit_bytes=min(limit, SAFE_BYTES))
    try:
        await _send(interaction, texts.original_smaller(image), smaller)
    finally:
        await services.pictures.put_away(smaller)


async def _send(interaction: Interaction, text: str, picture: Picture) -> bool:
    """Send a picture as a file to keep; return False where Discord finds it too large after all."""
    view = ui.LayoutView(timeout=None)
    shown = ui.File[Any](f"attachment://{picture.name}")
    view.add_item(ui.Container(ui.TextDisplay(text), shown, accent_colour=LEAF_GREEN))
    try:
        await interaction.edit_original_response(view=view, attachments=[discord.File(picture.path, picture.name)])
    except discord.HTTPException as error:
        if error.code != FILE_TOO_LARGE and error.status != 413:
            raise
        return False
    return True


async def show_again(interaction: Interaction, image: Image) -> None:
    """Post an image once more for all who see the channel, with its parameters and its buttons."""
    require_rights(interaction)
    await interaction.response.defer(thinking=True)
    services = services_of(interaction)
    picture = await services.pictures.prepare(image.job, limit_bytes=min(upload_limit(interaction), SAFE_BYTES))
    try:
        view = _shown_again(image, picture, by_user_id=interaction.user.id)
        for row in image_rows(image.request, image.job, await offer_for(services, image)):
            view.add_item(row)
        message = await interaction.edit_original_response(
            view=view, attachments=[discord.File(picture.path, picture.name)]
        )
    finally:
        await services.pictures.put_away(picture)
    await services.images.note_shown(image, channel_id=message.channel.id, message_id=message.id)


def _shown_again(image: Image, picture: Picture, *, by_user_id: int) -> ui.LayoutView:
    request = image.request
    description = card_texts.alt_text(request.prompt, position=image.job.position, count=request.image_count)
    item = discord.MediaGalleryItem(f"attachment://{picture.name}", description=description, spoiler=request.spoiler)
    footer = card_texts.card_footer(user_id=request.account.user_id, facts=texts.options_of(image))
    box = ui.Container[ui.LayoutView](
        ui.TextDisplay(card_texts.prompt_on_card(request.prompt)),
        ui.MediaGallery(item),
        ui.TextDisplay(texts.shown_again(image, by_user_id=by_user_id)),
        ui.TextDisplay(footer),
        accent_colour=LEAF_GREEN,
    )
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view
