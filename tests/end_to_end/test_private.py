"""What was asked for in private is shown to its member alone, now and when Discord's 15 minutes are over."""

from __future__ import annotations

from sandbox.client import controls_of, media_of, text_of
from tests.end_to_end.test_remix import form_of, labelled, sent
from tests.world import Message, World

EXPIRED = {"route": "PATCH /webhooks/*/*/messages/*"}


async def private_card(world: World, prompt: str = "a secret fox", *, channel: str | None = "images") -> Message:
    return await world.member("maya").wait_for_message(
        lambda message: text_of(message).startswith(prompt) and bool(media_of(message)), channel=channel, timeout_s=60
    )


async def test_private_card_and_result_are_seen_by_their_member_alone_also_over_a_restart(world: World) -> None:
    maya, theo = world.member("maya"), world.member("theo")
    await world.pause()
    asked = await maya.slash("imagine", prompt="a secret fox", private=True)
    first = await asked.message()
    assert first["ephemeral"]
    await world.kill_bot()
    await world.start_bot()
    world.write("UPDATE guild_setting SET queue_paused = 0")
    await world.kill_bot()
    await world.start_bot()
    card = await private_card(world)
    assert card["id"] == first["id"]
    assert card["ephemeral"]
    assert all("secret" not in text_of(message) for message in await theo.messages())
    greeting = await (await theo.slash("credits")).message()
    for act in ("remix", "original", "info", "4k", "delete"):
        refused = await (await theo.forge_click(greeting, f"plantain:image:{act}:1")).message()
        assert "made in private" in text_of(refused), act
    olive = world.member("olive")
    greeting = await (await olive.slash("credits")).message()
    assert "made in private" in text_of(await (await olive.forge_click(greeting, "plantain:image:info:1")).message())
    opened = await maya.click(card, labelled(card, "Remix"))
    await form_of(opened)
    remix = await maya.submit_modal(opened, sent(prompt="a secret owl"))
    assert (await remix.message())["ephemeral"]
    assert (await private_card(world, "a secret owl"))["ephemeral"]
    assert [row["card_token"] is not None for row in world.rows("SELECT card_token FROM request")] == [True, True]
    assert not any(row["card_token"] in world.log() for row in world.rows("SELECT card_token FROM request"))
    world.audit()


async def test_private_result_that_comes_after_the_token_ended_goes_by_direct_message(world: World) -> None:
    maya = world.member("maya")
    await world.discord.set_faults(expired_token=EXPIRED)
    await (await maya.slash("imagine", prompt="a secret fox", count=2, private=True)).response()
    card = await maya.wait_for_message(
        lambda message: text_of(message).startswith("a secret fox") and len(media_of(message)) == 2,
        channel=None,
        timeout_s=60,
    )
    assert card["channel_id"] != await world.discord.channel_id("images")
    assert not card.get("ephemeral")
    await world.discord.set_faults(expired_token=None)
    picked = await (await maya.click(card, labelled(card, "Remix"))).message()
    opened = await maya.click(picked, "Image 2")
    await form_of(opened)
    await maya.submit_modal(opened, sent(prompt="a secret owl"))
    owl = await private_card(world, "a secret owl", channel=card["channel_id"])
    await (await maya.click(owl, labelled(owl, "Again"))).response()
    await world.until(lambda: world.states() == ["delivered"] * 4)
    assert [row["direct"] for row in world.rows("SELECT direct FROM request ORDER BY id")] == [0, 1, 1]
    asked = await (await maya.click(owl, labelled(owl, "Delete"))).message()
    await (await maya.click(asked, "Delete the picture")).message()
    await maya.wait_for_message(
        lambda message: "was deleted by its member" in text_of(message), channel=card["channel_id"]
    )
    world.audit()


async def test_private_result_that_nothing_can_carry_is_kept_and_costs_what_it_cost(world: World) -> None:
    await world.discord.set_faults(expired_token=EXPIRED)
    await world.discord.change_user("maya", dms_open=False)
    await (await world.member("maya").slash("imagine", prompt="a secret fox", private=True)).response()
    await world.until(lambda: world.states() == ["undelivered"])
    assert len(list((world.data / "media" / "results").rglob("*.png"))) == 1
    await world.until(lambda: world.rows("SELECT revision - shown_revision AS behind FROM request")[0]["behind"] == 0)
    world.audit()


async def test_token_of_a_private_card_is_removed_when_it_is_of_no_use_any_more(world: World) -> None:
    await (await world.member("maya").slash("imagine", prompt="a secret fox", private=True)).response()
    await private_card(world)
    (token,) = [row["card_token"] for row in world.rows("SELECT card_token FROM request")]
    await world.kill_bot()
    await world.start_bot()
    assert world.rows("SELECT card_token FROM request")[0]["card_token"] == token
    await world.kill_bot()
    world.write("UPDATE request SET created_at = created_at - 1000")
    await world.start_bot()
    await world.until(lambda: world.rows("SELECT card_token FROM request")[0]["card_token"] is None)


async def test_private_request_needs_no_right_to_post_in_the_channel(world: World) -> None:
    orchard = next(guild for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")
    images = await world.discord.channel_id("images")
    no_posts = [{"id": orchard["id"], "type": 0, "allow": "0", "deny": str((1 << 11) | (1 << 15))}]
    await world.discord.change_channel(images, overwrites=no_posts)
    await (await world.member("maya").slash("imagine", prompt="a secret fox", private=True)).response()
    card = await private_card(world)
    assert next(control["label"] for control in controls_of(card)) == "Remix · 18 credits"
