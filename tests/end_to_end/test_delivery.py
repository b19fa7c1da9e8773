"""What was paid for arrives: in another place, in another form, or kept; and never twice."""

from __future__ import annotations

import os
import signal
from itertools import accumulate
from typing import Any

import pytest

from cogs.upload_places import AT_ONCE
from sandbox.client import media_of, text_of
from tests.world import Message, World, png

EDIT = "PATCH /*/messages/*"


async def running(world: World, *, count: int = 1, resolution: str = "1K") -> str:
    """Have images in the making, and a card that says so; return its id."""
    await world.kie.change(speed=0.001)
    interaction = await world.member("maya").slash("imagine", prompt="a fox", count=count, resolution=resolution)
    message_id = (await interaction.response()).message_id
    await world.until(lambda: world.states() == ["running"] * count)
    await world.message_with("**Drawing**")
    assert message_id is not None
    return message_id


async def finish(world: World) -> None:
    await world.kie.change(speed=1e6)


async def holdings(world: World) -> str:
    """Ask the bot what it holds."""
    assert world.bot is not None
    before = world.log().count("Holding ")
    os.kill(world.bot.pid, signal.SIGUSR1)
    await world.until(lambda: world.log().count("Holding ") > before)
    return world.log().rpartition("Holding ")[2].splitlines()[0]


async def test_words_that_automod_refuses_are_left_out_and_nothing_is_remembered_of_a_finished_card(
    world: World,
) -> None:
    await running(world)
    assert "1 card edits" in await holdings(world)
    await world.discord.set_faults(blocked_by_automod={"route": EDIT, "times": 1})
    await finish(world)
    assert "a fox" not in text_of(await world.card())
    await world.until(lambda: world.states() == ["delivered"])

    async def is_forgotten() -> bool:
        line = await holdings(world)
        return "card of request" not in line and "0 card edits, 0 hidden prompts" in line

    await world.eventually(is_forgotten)


async def test_deleted_card_is_posted_anew_with_all_its_pictures(world: World) -> None:
    message_id = await running(world, count=2)
    [card] = [card for card in await world.cards() if card["id"] == message_id]
    await world.member("olive").delete(card)
    await finish(world)
    new = await world.card(pictures=2)
    assert new["id"] != message_id
    await world.until(lambda: world.states() == ["delivered"] * 2)
    assert len(await world.cards()) == 1


async def test_card_that_is_too_old_to_be_edited_is_posted_anew(world: World) -> None:
    await running(world)
    await world.discord.set_faults(unknown_message={"route": EDIT, "times": 1})
    await finish(world)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])


async def test_channel_that_was_closed_to_the_bot_sends_the_picture_by_direct_message(world: World) -> None:
    await running(world)
    await world.discord.set_faults(missing_access={"route": EDIT, "times": 2})
    await finish(world)
    message = await world.member("maya").wait_for_message(lambda message: bool(media_of(message)), channel=None)
    await world.until(lambda: world.states() == ["delivered"])
    [row] = world.rows("SELECT channel_id, card_channel_id FROM request")
    assert row["card_channel_id"] != row["channel_id"]
    assert message["channel_id"] == str(row["card_channel_id"])


async def test_pictures_that_are_ready_together_are_uploaded_a_few_at_a_time(world: World) -> None:
    await world.kie.change(speed=0.001)
    for number in range(12):
        await world.member(("maya", "theo", "olive")[number % 3]).slash("imagine", prompt=f"fox {number}")
    await world.until(lambda: world.states() == ["running"] * 12)
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE shown_revision <> revision"))
    [*_, before] = [0, *(request["n"] for request in await world.discord.requests())]
    await world.discord.set_faults(delay={"route": "PATCH /webhooks/*", "seconds": 1})
    await finish(world)
    await world.until(lambda: world.states() == ["delivered"] * 12, timeout_s=60)
    edits = [edit for edit in await world.discord.requests(before) if edit["path"].startswith("/webhooks/")]
    begun = [(edit["at"] - edit["ms"] / 1000, 1) for edit in edits]
    ended = [(edit["at"], -1) for edit in edits]
    under_way = list(accumulate(change for _, change in sorted([*begun, *ended])))
    assert 2 <= max(under_way) <= AT_ONCE
    world.audit()


async def test_picture_with_no_place_to_go_is_kept_and_stays_paid(world: World) -> None:
    await running(world)
    await world.discord.set_faults(
        missing_access={"route": EDIT, "times": 2}, cannot_message_user={"route": "POST /channels/*", "times": 1}
    )
    await finish(world)
    await world.until(lambda: world.states() == ["undelivered"])
    [row] = world.rows("SELECT result_sha256 FROM job")
    assert [path for path in (world.data / "media" / "results").rglob("*.png") if row["result_sha256"] in path.name]
    world.audit()


async def test_picture_of_a_card_that_is_gone_is_kept_where_no_other_card_may_show_it(empty_world: World) -> None:
    world = empty_world
    await world.member("olive").delete(await world.start_with_one_image_done_and_one_waiting())
    await world.discord.set_faults(missing_permissions={"route": "POST /channels/*/messages"})
    await world.resume()
    await world.until(lambda: world.states() == ["undelivered"] * 2)
    world.audit()


async def test_picture_of_an_account_that_is_gone_is_kept_where_its_channel_is_gone_too(world: World) -> None:
    await running(world)
    await world.discord.set_faults(
        unknown_channel={"route": EDIT, "times": 2}, invalid_recipient={"route": "POST /users/@me/channels"}
    )
    await finish(world)
    await world.until(lambda: world.states() == ["undelivered"])
    world.audit()


async def test_server_that_takes_less_than_it_announced_gets_a_smaller_picture(world: World) -> None:
    await world.kie.set_faults(png_size_mb=9)
    await running(world, resolution="4K")
    await world.discord.set_faults(entity_too_large={"route": EDIT, "times": 1})
    await finish(world)
    card = await world.card()
    assert "Shown as a JPEG" in text_of(card)


@pytest.mark.parametrize("fault", ["internal_error", "drop_before_effect", "drop_after_effect", "rate_limited"])
async def test_discord_in_trouble_delays_the_picture_and_nothing_else(world: World, fault: str) -> None:
    await running(world)
    await world.discord.set_faults(**{fault: {"route": EDIT, "times": 1, "seconds": 0.1}})
    await finish(world)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert [len(media_of(card)) for card in await world.cards()] == [1]
    world.audit()


async def test_response_that_discord_lost_is_replaced_by_a_card_of_the_bots_own(world: World) -> None:
    await world.discord.set_faults(unknown_channel={"route": "POST /interactions/*", "times": 1})
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
    assert len(await world.cards()) == 1


async def test_resumed_gateway_delivers_what_was_asked_meanwhile_once(world: World) -> None:
    await world.discord.cut_gateway("resumable")
    await world.discord.wait_for_commands("imagine")
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert len(await world.cards()) == 1


@pytest.mark.parametrize("with_file", [False, True], ids=["prompt only", "with a reference"])
async def test_event_that_was_delivered_twice_makes_one_request_and_one_card(
    world: World, monkeypatch: pytest.MonkeyPatch, with_file: bool
) -> None:
    gateway = world.sandbox.discord.gateway
    once = gateway.dispatch

    def twice(event: str, data: Message, **more: Any) -> None:
        for _ in range(2 if event == "INTERACTION_CREATE" else 1):
            once(event, data, **more)

    monkeypatch.setattr(gateway, "dispatch", twice)
    options = {"reference1": await world.member("maya").upload(png(), "a.png")} if with_file else {}
    await world.member("maya").slash("imagine", prompt="a fox", **options)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert "delivered twice" in world.log()
    assert len(await world.member("maya").messages()) == 1
    world.audit()


async def test_progress_of_a_batch_is_shown_with_few_edits(world: World) -> None:
    await running(world, count=4)
    edits = [entry for entry in await world.discord.requests() if entry["method"] == "PATCH"]
    assert len(edits) == 1, "eight changes of state are one change for the reader"


async def test_card_is_edited_with_the_bots_own_token_once_discord_takes_its_interactions_no_more(world: World) -> None:
    await running(world)
    await world.discord.set_faults(expired_token={"route": "PATCH /webhooks/*", "times": 1})
    await finish(world)
    await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    assert len(await world.cards()) == 1
    edits = [entry["path"] for entry in await world.discord.requests() if entry["method"] == "PATCH"]
    assert edits[-1].startswith("/channels/")
