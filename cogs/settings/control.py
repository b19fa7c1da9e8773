"""The controls of the panel. What one does stands in its custom_id, so that it works after every restart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, cast

import discord
from discord import ui

EVENT = "settings_control"
"""What the client dispatches where a control is used: `on_settings_control(interaction, use)`."""


class Page(StrEnum):
    """The pages of the panel."""

    OVERVIEW = "overview"
    WHO = "who"
    LIMITS = "limits"
    CHANNELS = "channels"
    CALENDAR = "calendar"
    NOTICES = "notices"


class Act(StrEnum):
    """What a control does. Those that need an argument or chosen values say which."""

    OPEN = "open"
    """Show the page; of CHANNELS the argument names one channel."""
    OPEN_CHOSEN = "open_chosen"
    """Show the page of the chosen channel."""
    CHANNELS = "channels"
    """Chosen: the channels for images, none for every channel."""
    EVERY_CHANNEL = "every_channel"
    FORGET_CHANNELS = "forget_channels"
    ROLES = "roles"
    """Chosen: the roles that may ask, none for every member."""
    EVERY_MEMBER = "every_member"
    FORGET_ROLES = "forget_roles"
    MODERATORS = "moderators"
    """Chosen: the moderator roles."""
    FORGET_MODERATORS = "forget_moderators"
    RESOLUTION = "resolution"
    """Argument: "1K", "2K" or "4K"."""
    COUNT = "count"
    """Argument: 1 to 4."""
    AT_ONCE_FORM = "at_once_form"
    REMIX = "remix"
    """Argument: 0 or 1."""
    DEFAULT = "default"
    """Argument: channel/option. Chosen: its value, `AS_EVERYWHERE` for none."""
    CLEAR = "clear"
    """Argument: the channel."""
    FORGET_DEFAULTS = "forget_defaults"
    ZONE_FORM = "zone_form"
    ZONE = "zone"
    """Argument: the name of the zone."""
    WEEK = "week"
    """Chosen: 0 for Monday to 6 for Sunday."""
    LOG = "log"
    """Chosen: the channel."""
    LOG_OFF = "log_off"
    GALLERY = "gallery"
    """Chosen: the channel."""
    GALLERY_OFF = "gallery_off"
    STARS = "stars"
    """Argument: 1 to 50."""
    NOTIFY = "notify"
    """Argument: 0 or 1."""


AS_EVERYWHERE = "as_everywhere"
"""The value of a select that stands for no default of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A control that a member used. `page` and `act` are None where this version does not know them.

    Attributes:
        values: what was chosen in a select: ids or values, in no order.
    """

    page: Page | None
    act: Act | None
    argument: str
    values: tuple[str, ...]

    @property
    def ids(self) -> frozenset[int]:
        """The channels or roles that were chosen."""
        return frozenset(int(value) for value in self.values)


class PanelControl(
    ui.DynamicItem[ui.Item[Any]],
    template=r"plantain:settings:(?P<page>[a-z]+):(?P<act>[a-z_]+):(?P<argument>[A-Za-z0-9_/+-]{0,60})",
):
    """A button or select of the panel. It only tells the client that it was used: the cog listens."""

    def __init__(self, item: ui.Item[Any], use: Use) -> None:
        super().__init__(item)
        self.use = use

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the control of a panel from any earlier run."""
        page, act = match["page"], match["act"]
        data = cast(dict[str, Any], interaction.data or {})
        return cls(
            item,
            Use(
                page=Page(page) if page in {*Page} else None,
                act=Act(act) if act in {*Act} else None,
                argument=match["argument"],
                values=tuple(data.get("values", ())),
            ),
        )

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the use over to the cog, which checks rights and answers."""
        interaction.client.dispatch(EVENT, interaction, self.use)


def _custom_id(page: Page, act: Act, argument: object) -> str:
    return f"plantain:settings:{page}:{act}:{argument}"


def _use(page: Page, act: Act, argument: object) -> Use:
    return Use(page=page, act=act, argument=str(argument), values=())


def button(
    page: Page,
    act: Act,
    label: str,
    *,
    argument: object = "",
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    disabled: bool = False,
) -> PanelControl:
    """Return a button; the panel shows `page` after it was pressed."""
    item = ui.Button[Any](label=label, style=style, disabled=disabled, custom_id=_custom_id(page, act, argument))
    return PanelControl(item, _use(page, act, argument))


def options_select(
    page: Page, act: Act, options: Sequence[discord.SelectOption], *, argument: object = ""
) -> PanelControl:
    """Return a select of which one option holds."""
    item = ui.Select[Any](options=list(options), custom_id=_custom_id(page, act, argument))
    return PanelControl(item, _use(page, act, argument))


class _RoleSelect(ui.RoleSelect[Any]):
    def to_component_dict(self) -> Any:
        """Return the form that a message sends."""
        return _with_text_ids(super().to_component_dict())


class _ChannelSelect(ui.ChannelSelect[Any]):
    def to_component_dict(self) -> Any:
        """Return the form that a message sends."""
        return _with_text_ids(super().to_component_dict())


def _with_text_ids(select: Any) -> Any:
    """Discord's document has ids as text; discord.py 2.7.1 sends those of chosen values as numbers."""
    chosen = [{**value, "id": str(value["id"])} for value in select.get("default_values", ())]
    return {**select, "default_values": chosen} if chosen else select


def role_select(
    page: Page, act: Act, placeholder: str, *, chosen: Sequence[int], most: int, disabled: bool = False
) -> PanelControl:
    """Return a select of roles that may also be left empty."""
    item = _RoleSelect(
        custom_id=_custom_id(page, act, ""),
        placeholder=placeholder,
        min_values=0,
        max_values=most,
        default_values=[discord.Object(role_id, type=discord.Role) for role_id in chosen],
        disabled=disabled,
    )
    return PanelControl(item, _use(page, act, ""))


def channel_select(
    page: Page,
    act: Act,
    placeholder: str,
    *,
    kinds: Sequence[discord.ChannelType],
    chosen: Sequence[int] = (),
    least: int = 0,
    most: int = 1,
) -> PanelControl:
    """Return a select of channels of these kinds."""
    item = _ChannelSelect(
        custom_id=_custom_id(page, act, ""),
        placeholder=placeholder,
        min_values=least,
        max_values=most,
        channel_types=list(kinds),
        default_values=[discord.Object(channel_id, type=discord.TextChannel) for channel_id in chosen],
    )
    return PanelControl(item, _use(page, act, ""))
