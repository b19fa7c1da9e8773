"""Settings are written with their audit record, bounded by the operator, and told to whoever runs by them."""

from __future__ import annotations

import asyncio
import json
from zoneinfo import ZoneInfo

import pytest

from generation.budget_desk import Change
from generation.options import Resolution
from generation.setting_changes import ChannelOption, Listing, setting_named
from generation.settings_desk import OutOfRangeError, SettingsDesk
from generation.time_zones import UnknownTimeZoneError, find_time_zone
from storage.channel_settings import ChannelDefaults
from storage.database import Database
from storage.guild_settings import GuildSettings, Setting
from tests.conftest import HandClock

ORCHARD = 100
OLIVE, NADIA = 7, 8
IMAGES, GENERAL = 31, 32
DEFAULTS = GuildSettings(images_at_once=20, member_images_at_once=4)


class Heard:
    """What the running bot was told of."""

    def __init__(self) -> None:
        self.settings: list[tuple[int, GuildSettings]] = []

    def __call__(self, guild_id: int, settings: GuildSettings) -> None:
        self.settings.append((guild_id, settings))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def desk(database: Database, clock: HandClock, heard: Heard) -> SettingsDesk:
    return SettingsDesk(database, DEFAULTS, clock, heard)


def by(actor_id: int = OLIVE, *, guild_id: int = ORCHARD) -> Change:
    return Change(guild_id=guild_id, actor_id=actor_id)


async def trail(database: Database) -> list[tuple[int, str, int | None, object, object]]:
    async with database.reading() as tx:
        rows = await tx.rows("SELECT * FROM audit_entry ORDER BY id")
    return [
        (row["actor_id"], row["kind"], row["target_id"], json.loads(row["before"]), json.loads(row["after"]))
        for row in rows
    ]


async def test_every_setting_is_kept_recorded_and_told_at_once(
    desk: SettingsDesk, database: Database, heard: Heard
) -> None:
    await desk.set_time_zone(by(), ZoneInfo("Europe/Berlin"))
    await desk.set_week_start(by(), 6)
    await desk.set_images_at_once(by(), of_guild=5, of_member=2)
    await desk.set_highest_resolution(by(), Resolution.TWO_K)
    await desk.set_largest_count(by(), 2)
    await desk.set_remix_others(by(), False)
    await desk.set_notify_when_done(by(), False)
    await desk.set_log_channel(by(), GENERAL)
    await desk.set_gallery_channel(by(), IMAGES)
    await desk.set_star_threshold(by(), 5)
    await desk.set_allowed_channels(by(), {GENERAL, IMAGES})
    await desk.set_allowed_roles(by(), {51})
    await desk.set_moderator_roles(by(), {52})
    chosen = GuildSettings(
        time_zone=ZoneInfo("Europe/Berlin"),
        week_starts_on=6,
        images_at_once=5,
        member_images_at_once=2,
        highest_resolution="2K",
        largest_count=2,
        remix_others=False,
        notify_when_done=False,
        log_channel_id=GENERAL,
        gallery_channel_id=IMAGES,
        star_threshold=5,
        allowed_channels=frozenset({IMAGES, GENERAL}),
        allowed_roles=frozenset({51}),
        moderator_roles=frozenset({52}),
    )
    assert (await desk.report(ORCHARD)).settings == chosen
    assert (await desk.report(ORCHARD + 1)).settings == DEFAULTS
    assert heard.settings[-1] == (ORCHARD, chosen)
    assert len(heard.settings) == 13, "each act is told once"
    changes = {after["setting"]: (before["value"], after["value"]) for *_, before, after in await trail(database)}
    assert changes == {
        "time_zone": ("UTC", "Europe/Berlin"),
        "week_starts_on": (0, 6),
        "images_at_once": (20, 5),
        "member_images_at_once": (4, 2),
        "highest_resolution": ("4K", "2K"),
        "largest_count": (4, 2),
        "remix_others": (True, False),
        "notify_when_done": (True, False),
        "log_channel_id": (None, GENERAL),
        "gallery_channel_id": (None, IMAGES),
        "star_threshold": (3, 5),
        "allowed_channels": ([], [IMAGES, GENERAL]),
        "allowed_roles": ([], [51]),
        "moderator_roles": ([], [52]),
    }
    assert {setting_named(name) for name in changes} == {*Setting, *Listing} - {Setting.QUEUE_PAUSED}


async def test_second_moderator_hears_what_they_replaced_and_who_had_set_it(
    desk: SettingsDesk, clock: HandClock
) -> None:
    first = await desk.set_time_zone(by(OLIVE), ZoneInfo("Europe/Berlin"))
    assert (first.before, first.after, first.set_by, first.set_at) == ("UTC", "Europe/Berlin", None, None)
    set_at = clock.now()
    await clock.advance(3)
    await desk.set_week_start(by(OLIVE), 6)
    second = await desk.set_time_zone(by(NADIA), ZoneInfo("Asia/Tokyo"))
    assert (second.before, second.after, second.set_by, second.set_at) == (
        "Europe/Berlin",
        "Asia/Tokyo",
        OLIVE,
        set_at,
    )


async def test_two_moderators_at_the_same_moment_replace_one_another_in_some_order(desk: SettingsDesk) -> None:
    zones = {OLIVE: "Europe/Berlin", NADIA: "Asia/Tokyo"}
    one, other = await asyncio.gather(*(desk.set_time_zone(by(who), ZoneInfo(zone)) for who, zone in zones.items()))
    first, second = (one, other) if one.set_by is None else (other, one)
    assert second.before == first.after
    assert second.set_by is not None
    assert zones[second.set_by] == first.after
    assert (await desk.report(ORCHARD)).settings.time_zone.key == second.after


async def test_what_is_so_already_is_neither_recorded_nor_told(
    desk: SettingsDesk, database: Database, heard: Heard
) -> None:
    change = await desk.set_largest_count(by(), 4)
    assert not change.is_one
    assert not (await desk.set_channel_default(by(), IMAGES, ChannelOption.SPOILER, None)).is_one
    assert await trail(database) == []
    assert heard.settings == []


@pytest.mark.parametrize(
    ("of_guild", "of_member", "setting", "highest"),
    [
        (21, 1, Setting.IMAGES_AT_ONCE, 20),
        (0, 1, Setting.IMAGES_AT_ONCE, 20),
        (5, 5, Setting.MEMBER_IMAGES_AT_ONCE, 4),
        (2, 3, Setting.MEMBER_IMAGES_AT_ONCE, 2),
        (-1, -1, Setting.IMAGES_AT_ONCE, 20),
    ],
)
async def test_numbers_beyond_the_operators_change_nothing(
    desk: SettingsDesk, database: Database, of_guild: int, of_member: int, setting: Setting, highest: int
) -> None:
    with pytest.raises(OutOfRangeError) as refused:
        await desk.set_images_at_once(by(), of_guild=of_guild, of_member=of_member)
    assert (refused.value.setting, refused.value.lowest, refused.value.highest) == (setting, 1, highest)
    assert (await desk.report(ORCHARD)).settings == DEFAULTS
    assert await trail(database) == []


async def test_as_many_as_the_operator_allows_follows_the_operator_and_fewer_stays(
    desk: SettingsDesk, database: Database, clock: HandClock
) -> None:
    await desk.set_images_at_once(by(), of_guild=10, of_member=2)
    await desk.set_images_at_once(by(), of_guild=20, of_member=2)
    raised = SettingsDesk(database, GuildSettings(images_at_once=30, member_images_at_once=6), clock)
    settings = (await raised.report(ORCHARD)).settings
    assert (settings.images_at_once, settings.member_images_at_once) == (30, 2)
    lowered = SettingsDesk(database, GuildSettings(images_at_once=3, member_images_at_once=1), clock)
    settings = (await lowered.report(ORCHARD)).settings
    assert (settings.images_at_once, settings.member_images_at_once) == (3, 1)


async def test_defaults_of_a_channel_are_set_one_by_one_and_cleared_together(
    desk: SettingsDesk, database: Database, heard: Heard
) -> None:
    await desk.set_allowed_channels(by(), {IMAGES})
    await desk.set_channel_default(by(), IMAGES, ChannelOption.ASPECT_RATIO, "16:9")
    await desk.set_channel_default(by(), IMAGES, ChannelOption.SPOILER, False)
    await desk.set_channel_default(by(), GENERAL, ChannelOption.OUTPUT_FORMAT, "jpg")
    change = await desk.set_channel_default(by(NADIA), IMAGES, ChannelOption.ASPECT_RATIO, "1:1")
    assert (change.before, change.after, change.set_by) == ("16:9", "1:1", OLIVE)
    report = await desk.report(ORCHARD)
    assert report.channel_defaults == {
        IMAGES: ChannelDefaults(aspect_ratio="1:1", spoiler=False),
        GENERAL: ChannelDefaults(output_format="jpg"),
    }
    lost = await desk.clear_channel_defaults(by(), [IMAGES, 999])
    assert [(one.channel_id, one.setting, one.before) for one in lost] == [
        (IMAGES, ChannelOption.ASPECT_RATIO, "1:1"),
        (IMAGES, ChannelOption.SPOILER, False),
    ]
    report = await desk.report(ORCHARD)
    assert report.channel_defaults == {GENERAL: ChannelDefaults(output_format="jpg")}
    assert report.settings.allowed_channels == {IMAGES}, "whether images may be asked for there is another setting"
    entries = [entry for entry in await trail(database) if entry[1] == "channel_changed"]
    assert entries[0] == (
        OLIVE,
        "channel_changed",
        IMAGES,
        {"setting": "aspect_ratio", "value": None},
        {"setting": "aspect_ratio", "value": "16:9"},
    )
    assert len(entries) == 6


async def test_a_default_that_does_not_exist_is_not_written(desk: SettingsDesk) -> None:
    with pytest.raises(ValueError, match="7:5"):
        await desk.set_channel_default(by(), IMAGES, ChannelOption.ASPECT_RATIO, "7:5")
    assert (await desk.report(ORCHARD)).channel_defaults == {}


async def test_settings_stay_over_a_restart(desk: SettingsDesk, database: Database, clock: HandClock) -> None:
    await desk.set_moderator_roles(by(), {52})
    await desk.set_log_channel(by(), GENERAL)
    again = await SettingsDesk(database, DEFAULTS, clock).report(ORCHARD)
    assert again.settings.moderator_roles == {52}
    assert again.settings.log_channel_id == GENERAL


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("  eUROPE / berlin ", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("São Paulo", "America/Sao_Paulo"),
        ("port-au-prince", "America/Port-au-Prince"),
        ("utc", "UTC"),
    ],
)
def test_time_zones_are_found_by_name_or_city_in_any_case(typed: str, name: str) -> None:
    assert find_time_zone(typed).key == name


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Europe/Brelin", "Europe/Berlin"),
        ("Tokio", "Asia/Tokyo"),
        ("amerika/new_york", "America/New_York"),
        ("PST", "America/Los_Angeles"),
    ],
)
def test_a_slip_of_the_keyboard_is_met_with_what_was_probably_meant(typed: str, first: str) -> None:
    with pytest.raises(UnknownTimeZoneError) as unknown:
        find_time_zone(typed)
    assert unknown.value.suggestions[0] == first
    assert len(unknown.value.suggestions) <= 4
    for suggestion in unknown.value.suggestions:
        assert find_time_zone(suggestion).key == suggestion


@pytest.mark.parametrize("typed", ["GMT+2", "utc -3", "+05:30"])
def test_hours_are_no_time_zone_and_never_taken_with_the_opposite_sign(typed: str) -> None:
    with pytest.raises(UnknownTimeZoneError) as unknown:
        find_time_zone(typed)
    assert unknown.value.is_offset
    assert unknown.value.suggestions == []


@pytest.mark.parametrize("typed", ["", "Middle-earth", "localtime", "../../etc/passwd", "x" * 4000, "\x00"])
def test_what_is_no_place_is_refused_without_a_guess_that_fails(typed: str) -> None:
    with pytest.raises(UnknownTimeZoneError) as unknown:
        find_time_zone(typed)
    for suggestion in unknown.value.suggestions:
        assert find_time_zone(suggestion).key == suggestion
