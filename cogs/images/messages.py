"""The pictures that a message shows, whoever wrote it: Discord hands over the message an Apps menu was opened on."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import discord

from cogs.attached_file import AttachedFile
from cogs.errors import RefusalError
from cogs.imagine.order import READABLE_TYPES
from cogs.posting import custom_ids, inner_components
from cogs.services import Services, services_of
from cogs.texts import images as texts
from generation.image_desk import Viewer
from storage import open_forms
from storage.accounts import Account
from storage.history import Image

Interaction = discord.Interaction[Any]

MOST_PICTURES = 10
"""As many as one gallery shows."""

_OUR_BUTTON = re.compile(r"plantain:(image|request):[a-z0-9_]+:([0-9]{1,18})(?::[0-9]+)?")


async def our_images(interaction: Interaction, message: discord.Message, viewer: Viewer) -> list[Image]:
    """Return the images of ours that a message of ours shows, [] where it shows none.

    Its buttons tell, so a card, an image shown again and one in the gallery are all known.

    Raises:
        ImageRefusalError: they may not be seen or used.
    """
    if interaction.client.user is None or message.author.id != interaction.client.user.id:
        return []
    ours = services_of(interaction).images
    for custom_id in custom_ids(message.components):
        found = _OUR_BUTTON.fullmatch(custom_id)
        if found is None:
            continue
        target_id = int(found.group(2))
        if found.group(1) == "request":
            return await ours.on_card(target_id, viewer)
        return [await ours.find(target_id, viewer)]
    return []


def pictures_of(message: discord.Message) -> list[AttachedFile]:
    """Return the pictures of a message that can be remixed, at most ten.

    They may be attached, stand in components or embeds, or be forwarded with another message.
    """
    found: dict[str, AttachedFile] = {}
    for source in (message, *message.message_snapshots):
        for file in _pictures(source):
            found.setdefault(urlsplit(file.url).path, file)
    return list(found.values())[:MOST_PICTURES]


def _pictures(source: discord.Message | discord.MessageSnapshot) -> Iterator[AttachedFile]:
    for attachment in source.attachments:
        file = AttachedFile.of(attachment)
        if file is not None and (file.content_type or _guessed(file.filename)) in READABLE_TYPES:
            yield file
    for media in _media(source.components):
        kind = media.content_type or _guessed(media.url)
        if kind in READABLE_TYPES and media.proxy_url:
            yield _shown(media.attachment_id or 0, media.url if media.attachment_id else media.proxy_url, kind)
    for embed in source.embeds:
        for picture in (embed.image, embed.thumbnail):
            # Only Discord's own copy is fetched, never an address that somebody wrote.
            if picture.proxy_url and (kind := _guessed(picture.url or "")) in READABLE_TYPES:
                yield _shown(0, picture.proxy_url, kind)


def _shown(attachment_id: int, url: str, content_type: str | None) -> AttachedFile:
    name = urlsplit(url).path.rpartition("/")[2] or "picture"
    return AttachedFile(id=attachment_id, filename=name, size_bytes=0, content_type=content_type, url=url)


def _guessed(name: str) -> str | None:
    return mimetypes.guess_type(urlsplit(name).path)[0]


def _media(components: Iterable[Any]) -> Iterator[discord.UnfurledMediaItem]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            yield from (item.media for item in component.items)
        elif isinstance(component, (discord.ThumbnailComponent, discord.FileComponent)):
            yield component.media
        yield from _media(inner_components(component))


async def remember(services: Services, interaction: Interaction, files: list[AttachedFile], *, author: str) -> None:
    """Keep the pictures that a member is about to pick from, for a day."""
    assert interaction.guild_id is not None
    account = Account(guild_id=interaction.guild_id, user_id=interaction.user.id)
    facts = {"author": author, "pictures": [file.payload() for file in files]}
    async with services.database.transaction() as tx:
        await open_forms.keep(tx, interaction.id, account, facts, discord.utils.utcnow())


async def look_up(services: Services, choice_id: int, user_id: int) -> tuple[str, list[AttachedFile]]:
    """Return whose message it was and its pictures.

    Raises:
        RefusalError: they are not known any more, or somebody else's.
    """
    async with services.database.reading() as tx:
        kept = await open_forms.look_up(tx, choice_id, user_id)
    if kept is None or "pictures" not in kept[1]:
        raise RefusalError(texts.CHOICE_GONE)
    return kept[1]["author"], [AttachedFile.from_payload(file) for file in kept[1]["pictures"]]
