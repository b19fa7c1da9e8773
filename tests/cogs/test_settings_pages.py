"""The panel of /settings stays within what Discord shows, however much a guild has set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cogs.settings.control import Act, Page, PanelControl, button
from cogs.settings.guild_places import GuildPlaces
from cogs.settings.pages import render
from cogs.settings.panel import Note, Shown
from cogs.texts import setting_values
from generation.setting_changes import Listing, SettingChange
from generation.settings_desk import SettingsReport
from storage.channel_settings import ChannelDefaults
from storage.guild_settings import GuildSettings

FIRST = 1_400_000_000_000_000_000
CHANNELS = frozenset(range(FIRST, FIRST + 25))
ROLES = frozenset(range(FIRST + 100, FIRST + 125))
OTHERS = frozenset(range(FIRST + 200, FIRST + 225))
FULL = SettingsReport(
    settings=GuildSettings(
        time_zone=ZoneInfo("America/Argentina/ComodRivadavia"),
        log_channel_id=FIRST,
        highest_resolution="1K",
        allowed_channels=CHANNELS,
        allowed_roles=ROLES,
        moderator_roles=OTHERS,
    ),
    channel_defaults={
        channel_id: ChannelDefaults(aspect_ratio="16:9", resolution="4K", output_format="jpg", spoiler=False)
        for channel_id in range(FIRST, FIRST + 300)
    },
    most_at_once=1000,
    most_at_once_of_member=1000,
    now=datetime(2026, 11, 23, 12, tzinfo=UTC),
)
ALL_KNOWN = GuildPlaces(
    name="*" * 100, channels=frozenset(range(FIRST, FIRST + 301)), roles=ROLES | OTHERS, open_channels=CHANNELS
)
SOME_LOST = GuildPlaces(name="*" * 100, channels=CHANNELS - {FIRST}, roles=(ROLES | OTHERS) - {min(ROLES), min(OTHERS)})
ALL_LOST = GuildPlaces(name="*" * 100, channels=frozenset({1}), roles=frozenset({1}))
REPLACED = SettingChange(
    setting=Listing.ALLOWED_ROLES,
    before=sorted(OTHERS),
    after=sorted(ROLES),
    set_by=FIRST,
    set_at=datetime(2026, 11, 23, tzinfo=UTC),
)
LONG_NOTE = Note(
    text=setting_values.changed(REPLACED),
    buttons=[button(Page.CALENDAR, Act.ZONE, f"zone {number}", argument=number) for number in range(4)],
)


def components(part: dict[str, Any]) -> list[dict[str, Any]]:
    inner = [*part.get("components", ()), *([part["accessory"]] if "accessory" in part else ())]
    return [part, *(found for child in inner for found in components(child))]


@pytest.mark.parametrize("places", [ALL_KNOWN, SOME_LOST, ALL_LOST], ids=["all there", "some deleted", "all deleted"])
@pytest.mark.parametrize(("page", "channel_id"), [*((page, None) for page in Page), (Page.CHANNELS, FIRST)])
def test_fullest_page_is_one_that_discord_takes(page: Page, channel_id: int | None, places: GuildPlaces) -> None:
    view = render(
        Shown(page=page, report=FULL, places=places, names_moderators=True, channel_id=channel_id, note=LONG_NOTE)
    )
    found = [part for top in view.to_components() for part in components(top)]
    assert len(found) <= 40
    assert view.content_length() <= 4000
    custom_ids = [part["custom_id"] for part in found if "custom_id" in part]
    assert len(set(custom_ids)) == len(custom_ids)
    assert all(PanelControl.__discord_ui_compiled_template__.fullmatch(custom_id) for custom_id in custom_ids)
    for part in found:
        assert len(part.get("options", ())) <= 25
        assert len(part.get("default_values", ())) <= 25
        assert len(part.get("label") or "") <= 80
        assert all(len(option["label"]) <= 100 for option in part.get("options", ()))


def test_moderator_roles_of_a_guild_that_is_not_known_yet_count_as_there() -> None:
    places = GuildPlaces.of(None)
    assert not places.role_gone(FIRST)
    assert not places.channel_gone(FIRST)


def test_list_of_lost_channels_says_how_many() -> None:
    gone = {1, 2}.__contains__
    assert setting_values.places([1, 2, 3], gone) == "<#3>, 2 deleted channels"
    assert setting_values.places([1], gone) == "a deleted channel"
    assert setting_values.places([], gone) == "every channel"
