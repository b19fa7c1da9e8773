"""The log channel: each image, each refusal by a rule, each change of settings or money."""

from __future__ import annotations

from typing import Any

from sandbox.client import text_of
from tests.world import World


async def with_log(world: World, **settings: str) -> str:
    """Name #general as the log channel; return the guild's id."""
    guild = next(guild for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")
    channel = await world.discord.channel_id("general")
    world.write(f"INSERT INTO guild_setting (guild_id, log_channel_id) VALUES ({guild['id']}, {channel})")
    return str(guild["id"])


async def logged(world: World, text: str) -> dict[str, Any]:
    return await world.message_with(text, "olive", channel="general")


def all_logged(world: World) -> bool:
    return world.rows("SELECT count(*) AS n FROM audit_entry WHERE to_log")[0]["n"] == 0


async def test_each_image_is_logged_with_who_what_cost_and_link(world: World) -> None:
    guild = await with_log(world)
    await (await world.member("maya").slash("imagine", prompt="a *bold* fox", count=2)).response()
    card = await world.card(pictures=2)
    await logged(world, "image 2 of 2")
    text = "\n".join([text_of(message) for message in await world.member("olive").messages("general")])
    assert text.count("made “a \\*bold\\* fox”") == 2
    assert "18 credits" in text
    assert f"https://discord.com/channels/{guild}/{card['channel_id']}/{card['id']}" in text


async def test_changes_and_refusals_are_logged_in_order_with_who_and_why(world: World) -> None:
    await with_log(world)
    olive, maya = world.member("olive"), world.member("maya")
    users = {user["name"]: user["id"] for user in (await world.discord.world())["users"]}
    await (await olive.slash("budget default", amount="500", period="month", reason="November")).response()
    await (await olive.slash("budget grant", member=users["maya"], amount=7, reason="a prize")).response()
    await (await olive.slash("block word", word="dragon")).response()
    await (await maya.slash("imagine", prompt="a DRAGON over the hill")).response()
    await (await olive.slash("suspend", member=users["maya"], **{"for": "1d"})).response()
    await (await maya.slash("imagine", prompt="a fox")).response()
    await (await olive.slash("budget pool", amount="100", period="day")).response()
    await logged(world, "set the limit for the whole server")
    await world.until(lambda: all_logged(world))
    text = "\n".join([text_of(message) for message in await olive.messages("general")])
    order = [
        "set the allowance of everybody (the default): **500 credits a month**",
        "Reason: November",
        "**7 credits**; they have 507",
        "blocked the word “dragon”",
        "the prompt met “dragon”",
        "suspended <@",
        "they are suspended",
        "set the limit for the whole server: **100 credits a day**",
    ]
    found = [text.find(piece) for piece in order]
    assert -1 not in found, order[found.index(-1)]
    assert found == sorted(found)
    assert "over the hill" not in text


async def test_what_waited_while_the_bot_was_away_is_logged_after_it_and_only_once(world: World) -> None:
    await with_log(world)
    await world.discord.set_faults(internal_error={"route": "POST /channels/*/messages"})
    await (await world.member("olive").slash("budget default", amount="77")).response()
    await world.kill_bot()
    await world.discord.set_faults(internal_error=None)
    await world.start_bot()
    await logged(world, "77 credits a week")
    await world.until(lambda: all_logged(world))
    texts = [text_of(message) for message in await world.member("olive").messages("general")]
    assert sum("77 credits a week" in text for text in texts) == 1


async def test_log_channel_that_is_gone_ends_the_log_and_disturbs_nothing(world: World) -> None:
    await with_log(world)
    await world.discord.delete_channel(await world.discord.channel_id("general"))
    await (await world.member("olive").slash("budget default", amount="77")).response()
    await world.until(
        lambda: world.rows("SELECT log_channel_id AS id FROM guild_setting")[0]["id"] is None, timeout_s=20
    )
    await world.until(lambda: all_logged(world))
    kinds = [row["kind"] for row in world.rows("SELECT kind FROM audit_entry ORDER BY id")]
    assert kinds == ["rule_set", "setting_changed"]
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    await world.card()
