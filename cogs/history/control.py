"""The controls below a page of the history. What one does stands in its custom_id, so it works after every restart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, cast

import discord
from discord import ui

from cogs.ids import id_of
from generation.history_desk import Cursor

EVENT = "past_control"
"""What the client dispatches where a control is used: `on_past_control(interaction, use)`."""

NEWEST = Cursor()


class PastAct(StrEnum):
    """What a control does."""

    PAGE = "page"
    """Show the page at the cursor."""
    PICK = "pick"
    """Show one image. Chosen: its job."""
    FILTER = "filter"
    """Open the form of the filter."""
    CLEAR = "clear"
    """Show all images of the member again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastUse:
    """A control that a member used. `act` is None where this version does not know it.

    Attributes:
        form_id: what finds what the page shows.
        cursor: the page to show, or the one to come back to.
        values: what was chosen in a select.
    """

    form_id: int
    act: PastAct | None
    cursor: Cursor
    values: tuple[str, ...] = ()


class PastControl(
    ui.DynamicItem[ui.Item[Any]],
    template=r"plantain:past:(?P<form>[0-9]{1,20}):(?P<act>[a-z_]{1,12}):(?P<way>[bas])(?P<number>[0-9]{1,18})",
):
    """A button or select. It only tells the client that it was used: the cog listens."""

    def __init__(self, item: ui.Item[Any], use: PastUse) -> None:
        super().__init__(item)
        self.use = use

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the control of a message from any earlier run."""
        act, data = match["act"], cast(dict[str, Any], interaction.data or {})
        use = PastUse(
            form_id=id_of(match["form"]),
            act=PastAct(act) if act in {*PastAct} else None,
            cursor=_cursor(match["way"], int(match["number"])),
            values=tuple(data.get("values", ())),
        )
        return cls(item, use)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the use over to the cog, which checks rights and answers."""
        interaction.client.dispatch(EVENT, interaction, self.use)


def _cursor(way: str, number: int) -> Cursor:
    """b: before a job, a: after one, s: so many images are skipped."""
    match way:
        case "b":
            return Cursor(before=number)
        case "a":
            return Cursor(after=number)
        case _:
            return Cursor(skip=number)


def _custom_id(use: PastUse) -> str:
    cursor = use.cursor
    if cursor.before is not None:
        place = f"b{cursor.before}"
    elif cursor.after is not None:
        place = f"a{cursor.after}"
    else:
        place = f"s{cursor.skip}"
    return f"plantain:past:{use.form_id}:{use.act}:{place}"


def button(
    use: PastUse,
    label: str,
    *,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> PastControl:
    """Return a button."""
    return PastControl(ui.Button[Any](label=label, style=style, disabled=disabled, custom_id=_custom_id(use)), use)


def select(use: PastUse, placeholder: str, options: Sequence[discord.SelectOption]) -> PastControl:
    """Return a select of which one option is chosen."""
    item = ui.Select[Any](placeholder=placeholder, options=list(options), custom_id=_custom_id(use))
    return PastControl(item, use)
