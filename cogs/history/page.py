"""A page of the history: small numbered pictures, what they are, and the controls."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from cogs.colours import LEAF_GREEN
from cogs.history import control
from cogs.history.control import NEWEST, PastAct, PastUse
from cogs.history.wanted import Wanted
from cogs.services import Services
from cogs.texts import card as card_texts
from cogs.texts import history as texts
from generation.history_desk import IMAGES_A_PAGE, Cursor
from storage.history import Image, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows, and to whom. `form_id` finds `wanted` again."""

    wanted: Wanted
    form_id: int
    cursor: Cursor
    page: Page
    viewer_id: int


async def show_page(interaction: discord.Interaction[Any], services: Services, shown: Shown) -> None:
    """Make the response to an interaction, which was deferred, the page. Small pictures are made where needed."""
    images = shown.page.images
    async with AsyncExitStack() as stack:
        paths = await stack.enter_async_context(services.history.numbered(images, first=1))
        files = [discord.File(path, _file_name(number)) for number, path in enumerate(paths, start=1)]
        await interaction.edit_original_response(view=render(shown), attachments=files)


def _file_name(number: int) -> str:
    return f"image-{number}.jpg"


def render(shown: Shown) -> ui.LayoutView:
    """Return the message, without the files that its gallery names."""
    images, wanted = shown.page.images, shown.wanted
    head = texts.head(
        user_id=wanted.account.user_id,
        is_own=wanted.account.user_id == shown.viewer_id,
        which=texts.which(wanted.words, wanted.resolution, wanted.since, wanted.until, wanted.only),
        is_search=wanted.words is not None,
    )
    box = ui.Container[ui.LayoutView](ui.TextDisplay(head), accent_colour=LEAF_GREEN)
    if images:
        box.add_item(ui.MediaGallery(*(_picture(number, image) for number, image in enumerate(images, start=1))))
        lines = (texts.line(number, image) for number, image in enumerate(images, start=1))
        box.add_item(ui.TextDisplay("\n".join(lines)))
        row = ui.ActionRow[ui.LayoutView]()
        row.add_item(_picker(shown))
        box.add_item(row)
    else:
        box.add_item(ui.TextDisplay(_nothing(shown)))
    box.add_item(_buttons(shown))
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    return view


def _picture(number: int, image: Image) -> discord.MediaGalleryItem:
    request = image.request
    described = card_texts.alt_text(request.prompt, position=image.job.position, count=request.image_count)
    return discord.MediaGalleryItem(
        f"attachment://{_file_name(number)}",
        description=texts.alt_text(number, image, described),
        spoiler=request.spoiler and image.job.has_picture,
    )


def _picker(shown: Shown) -> control.PastControl:
    options = [
        discord.SelectOption(
            label=texts.option(number, image), description=texts.option_details(image), value=str(image.job.id)
        )
        for number, image in enumerate(shown.page.images, start=1)
    ]
    return control.select(_use(shown, PastAct.PICK, shown.cursor), texts.PICK, options)


def _buttons(shown: Shown) -> ui.ActionRow[ui.LayoutView]:
    row, page = ui.ActionRow[ui.LayoutView](), shown.page
    if page.has_newer or page.has_older:
        newer, older = _neighbours(shown)
        row.add_item(control.button(_use(shown, PastAct.PAGE, newer), texts.NEWER, disabled=not page.has_newer))
        row.add_item(control.button(_use(shown, PastAct.PAGE, older), texts.OLDER, disabled=not page.has_older))
    row.add_item(control.button(_use(shown, PastAct.FILTER, shown.cursor), texts.FILTER))
    if shown.wanted.is_narrowed:
        row.add_item(control.button(_use(shown, PastAct.CLEAR, NEWEST), texts.CLEAR))
    return row


def _neighbours(shown: Shown) -> tuple[Cursor, Cursor]:
    """Return where the pages before and after this one are; hits are counted, all else goes by keys."""
    images, skip = shown.page.images, shown.cursor.skip
    if shown.wanted.words is not None:
        return Cursor(skip=max(0, skip - IMAGES_A_PAGE)), Cursor(skip=skip + IMAGES_A_PAGE)
    if not images:
        return NEWEST, Cursor(before=shown.cursor.before or 0)
    return Cursor(after=images[0].job.id), Cursor(before=images[-1].job.id)


def _use(shown: Shown, act: PastAct, cursor: Cursor) -> PastUse:
    return PastUse(form_id=shown.form_id, act=act, cursor=cursor)


def _nothing(shown: Shown) -> str:
    if shown.wanted.is_narrowed:
        return texts.NO_HITS
    is_own = shown.wanted.account.user_id == shown.viewer_id
    return texts.NOTHING_OF_YOURS if is_own else texts.NOTHING_OF_THEIRS
