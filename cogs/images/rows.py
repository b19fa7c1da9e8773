"""Which buttons stand below an image, on its card and elsewhere; with the price on those that spend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import discord
from discord import ui

from cogs.images.buttons import ImageAct, ImageButton, Press, Target
from cogs.stars.buttons import StarButton
from cogs.texts import images as texts
from generation.options import Resolution
from generation.prices import PriceTable
from storage.guild_settings import GuildSettings
from storage.jobs import Job
from storage.requests import Request

PRIMARY, DANGER = discord.ButtonStyle.primary, discord.ButtonStyle.danger


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What decides which buttons there are, besides the image itself. `stars`: by job."""

    prices: PriceTable
    settings: GuildSettings
    stars: Mapping[int, int] = field(default_factory=dict[int, int])


def card_rows(request: Request, jobs: Sequence[Job], offer: Offer) -> list[ui.ActionRow[ui.LayoutView]]:
    """Return the buttons of a card; with several images the member first picks one."""
    pictures = [job for job in jobs if job.has_picture and job.delivering_at is not None]
    if pictures:
        return _rows(request, pictures, offer)
    if not all(job.state.is_final for job in jobs):
        return []
    deleted = next((job for job in jobs if job.deleted_at is not None), None)
    info = [] if deleted is None else [_button(ImageAct.INFO, Target.IMAGE, deleted.id, texts.INFO)]
    return [_row(_again(request, offer), *info)]


def image_rows(request: Request, job: Job, offer: Offer, *, shows_again: bool = False) -> list[ui.ActionRow[Any]]:
    """Return the buttons of one image, wherever it is shown.

    Args:
        shows_again: whether it can be posted once more from here.
    """
    if not job.has_picture:
        return [_row(_again(request, offer), _button(ImageAct.INFO, Target.IMAGE, job.id, texts.INFO))]
    rows = _rows(request, [job], offer, one_of_several=True)
    if shows_again:
        show = _button(ImageAct.SHOW, Target.IMAGE, job.id, texts.SHOW, style=discord.ButtonStyle.success)
        rows.insert(0, _row(show))
    return rows


def gallery_row(request: Request, job: Job, offer: Offer) -> ui.ActionRow[Any]:
    """Return the buttons of an image that is shown to a whole guild, away from its card."""
    price = _remix_price(request, offer)
    return _row(
        _button(ImageAct.REMIX, Target.IMAGE, job.id, texts.remix(price), price=price, style=PRIMARY),
        _button(ImageAct.FAMILY, Target.IMAGE, job.id, texts.FAMILY),
        _button(ImageAct.INFO, Target.IMAGE, job.id, texts.INFO),
    )


def info_id(job_id: int) -> str:
    """Return the custom_id that `gallery_row` has for one image alone: of those with a price it might be the price."""
    return _button(ImageAct.INFO, Target.IMAGE, job_id, texts.INFO).item.custom_id or ""


def _rows(
    request: Request, pictures: Sequence[Job], offer: Offer, *, one_of_several: bool = False
) -> list[ui.ActionRow[Any]]:
    several = request.image_count > 1 and not one_of_several
    target, target_id = (Target.REQUEST, request.id) if several else (Target.IMAGE, pictures[0].id)
    remix_price = _remix_price(request, offer)
    spending = [
        _button(ImageAct.REMIX, target, target_id, texts.remix(remix_price), price=remix_price, style=PRIMARY),
        _again(request, offer),
    ]
    if offers_4k(request, offer):
        price = offer.prices.price(Resolution.FOUR_K)
        spending.append(_button(ImageAct.UPSCALE, target, target_id, texts.upscale(price), price=price))
    rest: list[Any] = [
        _button(ImageAct.ORIGINAL, target, target_id, texts.ORIGINAL),
        _button(ImageAct.INFO, target, target_id, texts.INFO),
        _button(ImageAct.FAMILY, target, target_id, texts.FAMILY),
        _button(ImageAct.DELETE, target, target_id, texts.DELETE),
    ]
    if offer.settings.gallery_channel_id is not None and not request.private:
        count = sum(offer.stars.get(job.id, 0) for job in pictures)
        star = (
            _button(ImageAct.STAR, target, target_id, texts.star(count))
            if several
            else StarButton(pictures[0].id, count)
        )
        rest.insert(0, star)
    return [_row(*spending), _row(*rest)]


def offers_4k(request: Request, offer: Offer) -> bool:
    """Return whether the same picture can be asked for at 4K."""
    return request.resolution != Resolution.FOUR_K and offer.settings.highest_resolution == Resolution.FOUR_K


def _remix_price(request: Request, offer: Offer) -> int:
    """A remix is asked for at the image's size, or the largest that is allowed now."""
    return offer.prices.price(Resolution(min(request.resolution, offer.settings.highest_resolution)))


def _again(request: Request, offer: Offer) -> ImageButton:
    price = offer.prices.price(Resolution(request.resolution)) * request.image_count
    return _button(ImageAct.AGAIN, Target.REQUEST, request.id, texts.again(price), price=price)


def _button(
    act: ImageAct,
    target: Target,
    target_id: int,
    label: str,
    *,
    price: int | None = None,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> ImageButton:
    return ImageButton(Press(act=act, target=target, id=target_id, price=price), label, style=style)


def _row(*buttons: Any) -> ui.ActionRow[Any]:
    row = ui.ActionRow[Any]()
    for button in buttons:
        row.add_item(button)
    return row
