"""What a guild decided for itself, as members meet it: the settings stand in the database before the bot starts."""

from __future__ import annotations

import pytest

from sandbox.client import text_of
from tests.world import World


async def orchard_id(world: World) -> str:
    return next(guild["id"] for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")


async def refusal(world: World, name: str = "maya", *, channel: str = "images", **options: object) -> str:
    message = await (await world.member(name).slash("imagine", channel=channel, prompt="a fox", **options)).message()
    assert message["ephemeral"]
    assert world.rows("SELECT * FROM request") == []
    return text_of(message)


async def test_images_are_asked_for_in_allowed_channels_and_their_threads_only(world: World) -> None:
    guild, images = await orchard_id(world), await world.discord.channel_id("images")
    world.write(f"INSERT INTO channel_setting (guild_id, channel_id, allowed) VALUES ({guild}, {images}, 1)")
    answer = await refusal(world, channel="general")
    assert f"This server makes images in <#{images}>" in answer
    assert "Nothing was charged" in answer
    in_thread = await world.member("maya").slash("imagine", channel="night-scenes", prompt="stars")
    assert not (await in_thread.message())["ephemeral"]


async def test_only_members_with_an_allowed_role_make_images(world: World) -> None:
    guild = await orchard_id(world)
    roles = next(guild["roles"] for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")
    moderators = next(role["id"] for role in roles if role["name"] == "Moderators")
    world.write(f"INSERT INTO guild_role (guild_id, purpose, role_id) VALUES ({guild}, 'allowed', {moderators})")
    assert f"only members with <@&{moderators}> can make images" in await refusal(world)
    by_moderator = await world.member("olive").slash("imagine", prompt="an owl")
    assert not (await by_moderator.message())["ephemeral"]


async def test_larger_and_more_images_than_the_guild_allows_are_refused(world: World) -> None:
    guild = await orchard_id(world)
    world.write(f"INSERT INTO guild_setting (guild_id, highest_resolution, largest_count) VALUES ({guild}, '2K', 2)")
    assert "images up to 2K" in await refusal(world, resolution="4K")
    assert "allows 2 images at a time" in await refusal(world, count=3)
    allowed = await world.member("maya").slash("imagine", prompt="a fox", resolution="2K", count=2)
    assert not (await allowed.message())["ephemeral"]


@pytest.mark.parametrize(("highest", "offered"), [("1K", ["1K"]), ("2K", ["1K", "2K"])])
async def test_form_offers_what_the_guild_allows_and_can_be_sent(
    world: World, highest: str, offered: list[str]
) -> None:
    guild = await orchard_id(world)
    world.write(
        f"INSERT INTO guild_setting (guild_id, highest_resolution, largest_count) VALUES ({guild}, '{highest}', 1)"
    )
    opened = await world.member("maya").slash("imagine")
    modal = (await opened.response()).modal
    assert modal is not None
    fields = {label["component"]["custom_id"]: label["component"] for label in modal["components"]}
    assert [option["value"] for option in fields["size"]["options"]] == [
        f"{size}:{kind}" for size in offered for kind in ("png", "jpg")
    ]
    assert [option["value"] for option in fields["count"]["options"]] == ["1"]
    await (await world.member("maya").submit_modal(opened, {"prompt": "a fox"})).response()
    assert "1K" in text_of(await world.card())


async def test_channel_has_defaults_of_its_own_and_the_member_may_choose_otherwise(world: World) -> None:
    guild, images = await orchard_id(world), await world.discord.channel_id("images")
    world.write(
        "INSERT INTO channel_setting (guild_id, channel_id, aspect_ratio, resolution, output_format, spoiler)"
        f" VALUES ({guild}, {images}, '16:9', '4K', 'jpg', 1)"
    )
    world.write(f"INSERT INTO guild_setting (guild_id, highest_resolution) VALUES ({guild}, '2K')")
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    await (
        await world.member("maya").slash("imagine", channel="night-scenes", prompt="a hen", spoiler=False)
    ).response()
    await (await world.member("maya").slash("imagine", channel="general", prompt="an owl")).response()
    await world.until(lambda: len(world.states()) == 3)
    chosen = world.rows("SELECT prompt, aspect_ratio, resolution, output_format, spoiler FROM request ORDER BY id")
    assert [tuple(row) for row in chosen] == [
        ("a fox", "16:9", "2K", "jpg", 1),
        ("a hen", "16:9", "2K", "jpg", 0),
        ("an owl", "1:1", "1K", "png", 0),
    ]


async def test_operators_pool_stops_all_guilds_and_is_named(world: World) -> None:
    world.write(
        "INSERT INTO pool (guild_id, owner, amount, period, set_by, set_at) VALUES (0, 'operator', 20, 'day', 1, 1)"
    )
    await (await world.member("juno").slash("imagine", channel="Harbor/images", prompt="a gull")).response()
    await world.until(lambda: len(world.states()) == 1)
    message = await (await world.member("maya").slash("imagine", prompt="a fox")).message()
    assert "What Plantain's operator lets everybody spend has 2 credits left" in text_of(message)
    world.audit()
