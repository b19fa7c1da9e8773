"""What `make chaos` found, each as a test of its own."""

from __future__ import annotations

import os
import signal

import pytest

from sandbox.client import controls_of, media_of, text_of
from tests.end_to_end.test_crashes import restart_while_reading
from tests.end_to_end.test_remix import labelled
from tests.world import World, png


async def test_picture_deleted_before_discord_confirmed_it_leaves_no_job_on_its_way_for_ever(world: World) -> None:
    await world.discord.set_faults(drop_after_effect={"route": "PATCH /*/messages/*", "times": 50})
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox")
    card = await maya.wait_for_message(
        lambda message: any(str(control.get("label")) == "Delete" for control in controls_of(message)), timeout_s=60
    )
    assert world.states() == ["delivering"]
    asked = await (await maya.click(card, labelled(card, "Delete"))).message()
    await (await maya.click(asked, labelled(asked, "Delete"))).done()
    await world.discord.set_faults(drop_after_effect=None)
    await world.until(lambda: world.states() == ["delivered"])
    await world.until(lambda: not list((world.data / "media" / "results").rglob("*.png")))
    await world.kill_bot()
    await world.start_bot()
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE revision <> shown_revision OR notice_needed"))
    assert not list((world.data / "media" / "results").rglob("*.png")), "a restart fetches no deleted picture again"
    world.audit()


async def test_private_image_whose_only_card_was_never_seen_is_kept_when_it_comes_late(world: World) -> None:
    await world.discord.change_user("maya", dms_open=False)
    await world.discord.set_faults(missing_access={"route": "POST /interactions/*/*/callback", "times": 1})
    await world.kie.set_faults(slow_download_s=1.5)
    await world.member("maya").slash("imagine", prompt="a fox", private=True)
    await world.until(lambda: world.states() == ["undelivered"])
    assert len(list((world.data / "media" / "results").rglob("*.png"))) == 1
    world.audit()


async def test_first_response_that_was_taken_and_answered_badly_does_not_think_for_ever(world: World) -> None:
    await world.discord.set_faults(bad_gateway_after_effect={"route": "POST /interactions/*/*/callback", "times": 1})
    said = await (await world.member("maya").slash("history show")).message(timeout_s=30)
    assert "look before you ask again" in text_of(said)
    await world.discord.set_faults(bad_gateway_after_effect={"route": "POST /interactions/*/*/callback", "times": 1})
    said = await (await world.member("maya").slash("credits")).message(timeout_s=30)
    assert "360" in text_of(said), "a whole answer stays as it is"
    assert "Traceback" not in world.log()


async def test_answer_that_discord_refuses_is_no_fault_of_ours_in_the_log(world: World) -> None:
    for fault in ("missing_access", "expired_token", "unknown_channel"):
        await world.discord.set_faults(**{fault: {"route": "POST /interactions/*/*/callback", "times": 2}})
        await world.member("maya").slash("credits")
        await world.until(lambda: world.log().count("could not be answered") >= 1)
    assert "Traceback" not in world.log()
    assert "was not answered: 403" in world.log()


async def test_stop_in_the_middle_of_commands_lets_them_end(world: World) -> None:
    await world.discord.set_faults(delay={"route": "POST /interactions/*/*/callback", "seconds": 1.0})
    asked = [await world.member(name).slash("credits") for name in ("maya", "theo", "olive")]

    async def are_being_answered() -> bool:
        entries = await world.discord.requests()
        return sum(entry["path"].endswith("/callback") for entry in entries) >= 3

    await world.eventually(are_being_answered)
    assert await world.end_bot() == 0
    assert [(await interaction.response()).failure for interaction in asked] == [None] * 3
    assert "Traceback" not in world.log()


async def test_private_card_that_a_crash_left_while_it_read_says_so(world: World) -> None:
    await restart_while_reading(world, private=True)
    card = await world.message_with("restarted while it read")
    assert card["ephemeral"]
    assert world.rows("SELECT * FROM request") == []
    await world.until(lambda: not world.rows("SELECT * FROM pending_card"))


async def test_card_that_a_crash_left_while_it_read_says_so_also_after_an_odd_refusal(world: World) -> None:
    await restart_while_reading(world, entity_too_large={"route": "PATCH /*/messages/*", "times": 1})
    await world.message_with("restarted while it read")
    await world.until(lambda: not world.rows("SELECT * FROM pending_card"))


async def test_card_that_a_crash_left_while_it_read_goes_where_it_may_not_be_edited(world: World) -> None:
    maya = world.member("maya")
    card = await restart_while_reading(world, missing_permissions={"route": "PATCH /*/messages/*", "times": 9})

    async def is_gone() -> bool:
        return card["id"] not in {message["id"] for message in await maya.messages(card["channel_id"])}

    await world.eventually(is_gone)
    await world.until(lambda: not world.rows("SELECT * FROM pending_card"))


async def test_reference_whose_request_never_came_to_be_leaves_no_file_after_a_crash(world: World) -> None:
    maya = world.member("maya")
    uploads = [await maya.upload(png(colour=colour), f"{colour}.png") for colour in ("red", "blue")]
    await world.discord.set_faults(delay={"route": "GET /ephemeral-attachments/*", "times": 1, "seconds": 60})
    await maya.slash("imagine", prompt="a fox", reference1=uploads[0], reference2=uploads[1])
    folder = world.data / "media" / "references"
    await world.until(lambda: len(list(folder.rglob("*.png"))) == 1)
    await world.kill_bot()
    await world.start_bot()
    await world.until(lambda: not list(folder.rglob("*.png")))
    assert not list((world.data / "media" / "incoming").iterdir())


async def test_bot_that_was_held_for_a_while_goes_on(world: World) -> None:
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="a fox", count=2)
    await world.until(lambda: world.states() == ["running"] * 2)
    assert world.bot is not None
    world.is_held_on_purpose = True
    os.kill(world.bot.pid, signal.SIGSTOP)
    await world.kie.change(speed=1000)
    world.sandbox.discord.interactions.response_within_s = 3
    asked = await world.member("theo").slash("credits")
    assert (await asked.response()).failure == "The application did not respond"
    os.kill(world.bot.pid, signal.SIGCONT)
    card = await world.card(pictures=2)
    await world.until(lambda: world.states() == ["delivered"] * 2)
    assert len(media_of(card)) == 2
    assert (await world.kie.state())["creates"] == 2
    world.audit()


async def test_pictures_that_a_late_edit_of_a_killed_bot_took_away_are_posted_again(world: World) -> None:
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox", count=2)
    card = await world.card(pictures=2)
    await world.until(lambda: world.states() == ["delivered"] * 2)
    await world.kill_bot()
    message = world.sandbox.discord.world.message(int(card["channel_id"]), int(card["id"]))
    message.attachments = message.attachments[:1]
    world.write("UPDATE request SET revision = revision + 1")
    await world.start_bot()

    async def both_are_back() -> bool:
        (shown,) = await world.cards()
        return len(media_of(shown)) == len(shown["attachments"]) == 2

    await world.eventually(both_are_back)
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE revision <> shown_revision"))
    world.audit()


async def test_deleted_picture_goes_also_where_the_card_may_not_be_edited(world: World) -> None:
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox")
    card = await world.card()
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE revision <> shown_revision OR notice_needed"))
    await world.discord.set_faults(missing_permissions={"route": "PATCH /*/messages/*", "times": 2})
    asked = await (await maya.click(card, labelled(card, "Delete"))).message()
    await (await maya.click(asked, labelled(asked, "Delete the picture"))).done()

    async def nothing_is_shown() -> bool:
        return not any(media_of(message) for message in await world.cards())

    await world.eventually(nothing_is_shown)


async def test_bot_is_not_ended_by_an_odd_refusal_while_it_logs_in(empty_world: World) -> None:
    await empty_world.discord.set_faults(missing_permissions={"route": "*", "times": 2})
    await empty_world.start_bot()
    assert "goes on trying" in empty_world.log()


async def test_response_of_a_killed_bot_that_arrives_after_the_restart_stays_the_only_card(world: World) -> None:
    await world.discord.set_faults(delay={"route": "POST /interactions/*/*/callback", "times": 1, "seconds": 2.5})
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.until(lambda: bool(world.rows("SELECT 1 FROM request")))
    await world.kill_bot()
    await world.start_bot()
    await world.until(lambda: bool(world.rows("SELECT 1 FROM request WHERE card_message_id IS NOT NULL")))
    assert len(await world.cards()) == 1


@pytest.mark.parametrize(
    ("lost", "refused"), [("drop_before_effect", "expired_token"), ("drop_after_effect", "drop_before_effect")]
)
async def test_card_whose_command_lost_discord_is_taken_back_as_soon_as_it_answers_again(
    world: World, lost: str, refused: str
) -> None:
    await world.discord.set_faults(
        **{
            lost: {"route": "POST /interactions/*/*/callback", "times": 1},
            refused: {"route": "DELETE /webhooks/*/*/messages/*", "times": 99},
        }
    )
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox", reference1=await maya.upload(png(), "fox.png"))
    await world.until(lambda: "could not be answered" in world.log())
    if lost == "drop_after_effect":
        await world.message_with("Discord was out of reach")
    await world.until(lambda: not world.rows("SELECT * FROM pending_card"))
    assert world.rows("SELECT * FROM request") == []
    assert world.states() == []


async def test_card_that_arrives_when_its_bot_is_long_killed_says_that_nothing_comes_of_it(world: World) -> None:
    maya = world.member("maya")
    reference = await maya.upload(png(), "fox.png")
    await world.discord.set_faults(delay={"route": "POST /interactions/*/*/callback", "times": 1, "seconds": 2.5})
    await maya.slash("imagine", prompt="a fox", reference1=reference)

    async def response_is_on_its_way() -> bool:
        return (await world.discord.faults())["delay"] is None

    await world.eventually(response_is_on_its_way)
    await world.kill_bot()
    await world.start_bot()
    await world.message_with("restarted while it read")
    await world.until(lambda: not world.rows("SELECT * FROM pending_card"))
    assert world.rows("SELECT * FROM request") == []
