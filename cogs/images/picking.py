"""Picking one of several images: those of a card, or the pictures of somebody's message."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import discord
from discord import ui

from cogs.attached_file import AttachedFile
from cogs.colours import LEAF_GREEN
from cogs.images.buttons import ChoiceButton, ImageAct, ImageButton, Press, Target
from cogs.services import services_of
from cogs.stars.buttons import StarButton
from cogs.texts import images as texts
from storage.history import Image

Interaction = discord.Interaction[Any]

BUTTONS_A_ROW = 5


async def pick_image(interaction: Interaction, images: Sequence[Image], press: Press, stars: dict[int, int]) -> None:
    """Ask privately which image of a card is meant; each button then does what was pressed."""
    assert press.act is not None
    await interaction.response.defer(ephemeral=True, thinking=True)  # small copies may have to be made first
    async with AsyncExitStack() as stack:
        paths = await stack.enter_async_context(services_of(interaction).history.numbered(list(images), first=1))
        files = [
            discord.File(path, f"image-{image.job.position}.jpg") for path, image in zip(paths, images, strict=True)
        ]
        gallery = ui.MediaGallery[Any](
            *(
                discord.MediaGalleryItem(
                    f"attachment://{file.filename}",
                    description=texts.image_number(image.job.position),
                    spoiler=image.request.spoiler,
                )
                for file, image in zip(files, images, strict=True)
            )
        )
        buttons = [_button(press, image, stars.get(image.job.id, 0)) for image in images]
        view = _picker(texts.pick(press.act), gallery, buttons)
        await interaction.edit_original_response(view=view, attachments=files)


def _button(press: Press, image: Image, stars: int) -> Any:
    if press.act is ImageAct.STAR:
        return StarButton(image.job.id, stars, label=texts.image_number(image.job.position))
    one = Press(act=press.act, target=Target.IMAGE, id=image.job.id, price=press.price)
    return ImageButton(one, texts.image_number(image.job.position))


async def pick_picture(interaction: Interaction, choice_id: int, files: Sequence[AttachedFile]) -> None:
    """Ask privately which picture of a message is meant."""
    gallery = ui.MediaGallery[Any](
        *(
            discord.MediaGalleryItem(file.url, description=texts.picture_of_message(place))
            for place, file in enumerate(files, start=1)
        )
    )
    buttons = [ChoiceButton(choice_id, place) for place in range(len(files))]
    view = _picker(texts.pick_from_message(len(files)), gallery, buttons)
    await interaction.response.send_message(view=view, ephemeral=True)


def _picker(question: str, gallery: ui.MediaGallery[Any], buttons: Sequence[Any]) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](ui.TextDisplay(question), gallery, accent_colour=LEAF_GREEN)
    for start in range(0, len(buttons), BUTTONS_A_ROW):
        row = ui.ActionRow[ui.LayoutView]()
        for button in buttons[start : start + BUTTONS_A_ROW]:
            row.add_item(button)
        box.add_item(row)
    view.add_item(box)
    return view
