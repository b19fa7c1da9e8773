"""The buttons of images. What one does stands in its custom_id, so that cards of any age keep working."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import discord
from discord import ui

from cogs.ids import id_of

UNKNOWN = "unknown"
EVENT = "image_press"
"""What the client dispatches where a button is pressed: `on_image_press(interaction, press)`."""


class ImageAct(StrEnum):
    """What a button does."""

    REMIX = "remix"
    AGAIN = "again"
    UPSCALE = "4k"
    ORIGINAL = "original"
    INFO = "info"
    FAMILY = "family"
    STAR = "star"
    """Of a request only: the member picks one of its images first. One image has a button of its own for stars."""
    SHOW = "show"
    """Post it once more where the member is."""
    DELETE = "delete"
    """Ask whether it is meant."""
    DELETE_NOW = "delete_now"
    KEEP = "keep"


class Target(StrEnum):
    """What the id of a button names."""

    IMAGE = "image"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button that a member pressed. `act` is None where this version does not know it.

    Attributes:
        id: of the job or the request.
        price: whole credits that stood on the button, None where it spends nothing.
    """

    act: ImageAct | None
    target: Target
    id: int
    price: int | None = None


class ImageButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"plantain:(?P<target>image|request):(?P<act>[a-z0-9_]{1,20}):(?P<id>[0-9]{1,18})(?::(?P<price>[0-9]{1,9}))?",
):
    """One button. It only tells the client that it was pressed: the cog listens."""

    def __init__(self, press: Press, label: str, *, style: discord.ButtonStyle = discord.ButtonStyle.secondary) -> None:
        price = "" if press.price is None else f":{press.price}"
        custom_id = f"plantain:{press.target}:{press.act or UNKNOWN}:{press.id}{price}"
        super().__init__(ui.Button(label=label, style=style, custom_id=custom_id))
        self.press = press

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        act, price = match["act"], match["price"]
        press = Press(
            act=ImageAct(act) if act in {*ImageAct} else None,
            target=Target(match["target"]),
            id=id_of(match["id"]),
            price=None if price is None else int(price),
        )
        return cls(press, act)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press over to the cog, which checks rights and answers."""
        interaction.client.dispatch(EVENT, interaction, self.press)


class ChoiceButton(
    ui.DynamicItem[ui.Button[Any]], template=r"plantain:choice:(?P<id>[0-9]{1,20}):(?P<place>[0-9]{1,2})"
):
    """Takes one of the pictures that a message was found to hold. `choice_id`: the interaction that found them."""

    EVENT = "picture_choice"
    """What the client dispatches: `on_picture_choice(interaction, choice_id, place)`."""

    def __init__(self, choice_id: int, place: int) -> None:
        """`place` counts from 0; the label from 1."""
        super().__init__(
            ui.Button(
                label=str(place + 1),
                style=discord.ButtonStyle.secondary,
                custom_id=f"plantain:choice:{choice_id}:{place}",
            )
        )
        self.choice_id = choice_id
        self.place = place

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(id_of(match["id"]), int(match["place"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the choice over to the cog."""
        interaction.client.dispatch(self.EVENT, interaction, self.choice_id, self.place)
