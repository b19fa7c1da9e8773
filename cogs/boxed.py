"""A private answer of one text in a box, with buttons below it that outlive restarts."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from cogs.colours import LEAF_GREEN


def boxed(text: str, *buttons: ui.DynamicItem[ui.Button[Any]], colour: discord.Colour = LEAF_GREEN) -> ui.LayoutView:
    """Return a new view. `text` may have 4,000 characters, twice what a plain message holds; at most 5 buttons."""
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](ui.TextDisplay(text), accent_colour=colour)
    if buttons:
        row = ui.ActionRow[ui.LayoutView]()
        for button in buttons:
            row.add_item(button)
        box.add_item(row)
    view.add_item(box)
    return view
