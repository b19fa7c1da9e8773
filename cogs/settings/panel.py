"""The panel: one private message that shows a page of settings and its controls. A pure function of what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from cogs.colours import LEAF_GREEN
from cogs.settings.control import Act, Page, PanelControl, button
from cogs.settings.guild_places import GuildPlaces
from cogs.texts import channel_defaults
from cogs.texts import settings as texts
from generation.settings_desk import SettingsReport

Part = str | Sequence[PanelControl] | tuple[str, PanelControl] | None
"""What a page is made of: a text, a row of controls, a text with a button beside it, or None for a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the panel says about what was just done, with buttons for what may be done next."""

    text: str
    buttons: Sequence[PanelControl] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that the panel shows.

    Attributes:
        channel_id: of the page of one channel's defaults.
        names_moderators: whether the reader may change the moderator roles.
    """

    page: Page
    report: SettingsReport
    places: GuildPlaces
    names_moderators: bool
    channel_id: int | None = None
    note: Note | None = None


def framed(shown: Shown, content: Callable[[Shown], Sequence[Part]]) -> ui.LayoutView:
    """Return a new view of a page: what was just done, the page, and the way back."""
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](accent_colour=LEAF_GREEN)
    if shown.note is not None:
        _add(box, shown.note.text)
        if shown.note.buttons:
            _add(box, shown.note.buttons)
        _add(box, None)
    for part in content(shown):
        _add(box, part)
    if shown.page is not Page.OVERVIEW:
        _add(box, None)
        _add(box, _way_back(shown))
    view.add_item(box)
    return view


def _way_back(shown: Shown) -> list[PanelControl]:
    back = [button(Page.OVERVIEW, Act.OPEN, texts.BACK)]
    if shown.channel_id is not None:
        back.append(button(Page.CHANNELS, Act.OPEN, channel_defaults.ALL_DEFAULTS))
    return back


def _add(box: ui.Container[Any], part: Part) -> None:
    match part:
        case None:
            box.add_item(ui.Separator())
        case str():
            box.add_item(ui.TextDisplay(part))
        case (str() as text, PanelControl() as beside):
            section = ui.Section[Any](text, accessory=beside)  # pyright: ignore[reportArgumentType]  # any button may
            box.add_item(section)
        case _:
            row = ui.ActionRow[Any]()
            for control in part:
                row.add_item(control)  # pyright: ignore[reportArgumentType]  # the tuple is met above
            box.add_item(row)
