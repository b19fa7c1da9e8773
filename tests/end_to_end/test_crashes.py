"""The bot is killed in each state of a job: every job ends delivered or refunded, with one card and one create."""

from __future__ import annotations

import asyncio
import re
import signal
import time

import pytest

from sandbox.client import media_of, text_of
from tests.world import Message, World, png


async def check_the_end(world: World, states: list[str], *, pictures: int, creates: int) -> None:
    """Wait for the end states, then compare what all sides hold."""
    await world.until(lambda: world.states() == states)
    await world.until(lambda: not world.rows("SELECT 1 FROM request WHERE revision <> shown_revision"))
    cards = await world.cards()
    assert [len(media_of(card)) for card in cards] == [pictures]
    assert (await world.kie.state())["creates"] == creates
    world.audit()


async def test_killed_while_queued(world: World) -> None:
    await world.kie.set_faults(rate_limited=True)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.until(lambda: bool(world.rows("SELECT 1 FROM job WHERE state = 'queued' AND attempts > 0")))
    await world.kill_bot()
    await world.kie.set_faults(rate_limited=False)
    await world.start_bot()
    await world.until(lambda: world.states() == ["delivered"])
    await check_the_end(world, ["delivered"], pictures=1, creates=1)


async def test_killed_while_submitting_becomes_uncertain_and_is_refunded_at_the_deadline(world: World) -> None:
    await world.kie.set_faults(slow_create_s=30)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.until(lambda: world.states() == ["submitting"])
    await world.kill_bot()
    await world.kie.set_faults(slow_create_s=0)
    await world.start_bot()
    await world.message_with("did not answer")
    assert world.states() == ["uncertain"]
    await world.kill_bot()
    world.write("UPDATE job SET uncertain_at = uncertain_at - 900")
    await world.start_bot()
    await world.message_with("18 credits went back")
    await world.until(lambda: world.states() == ["failed"])
    assert len(await world.cards()) == 1
    world.audit()


async def test_card_that_was_up_to_date_at_the_kill_says_that_the_service_did_not_answer(world: World) -> None:
    await world.kie.set_faults(slow_create_s=30)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.until(lambda: world.states() == ["submitting"])
    await world.kill_bot()
    world.write("UPDATE request SET shown_revision = revision, notice_needed = 0")
    await world.start_bot()
    await world.message_with("did not answer")


async def test_killed_while_running(world: World) -> None:
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="a fox", count=2)
    await world.until(lambda: world.states() == ["running", "running"])
    await world.kill_bot()
    await world.kie.change(speed=1000)
    await world.start_bot()
    await check_the_end(world, ["delivered", "delivered"], pictures=2, creates=2)


async def test_killed_while_delivering_before_the_picture_was_fetched(world: World) -> None:
    await world.kie.set_faults(slow_download_s=30)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.until(lambda: world.states() == ["delivering"])
    await world.kill_bot()
    await world.kie.set_faults(slow_download_s=0)
    await world.start_bot()
    await check_the_end(world, ["delivered"], pictures=1, creates=1)


async def test_killed_after_discord_took_the_picture_and_before_its_answer_was_written_down(world: World) -> None:
    await world.discord.set_faults(drop_after_effect={"route": "PATCH /*/messages/*", "times": 50})
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
    assert world.states() == ["delivering"]
    await world.kill_bot()
    await world.discord.set_faults(drop_after_effect=None)
    await world.start_bot()
    await check_the_end(world, ["delivered"], pictures=1, creates=1)


async def test_killed_after_the_request_was_accepted_and_before_its_card_was_known(world: World) -> None:
    await world.discord.set_faults(bad_gateway_after_effect={"route": "POST /interactions/*/*/callback", "times": 50})
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.until(lambda: world.states() == ["running"])
    assert world.rows("SELECT 1 FROM request WHERE card_message_id IS NOT NULL") == []
    await world.kill_bot()
    await world.discord.set_faults(bad_gateway_after_effect=None)
    await world.kie.change(speed=1000)
    await world.start_bot()
    await check_the_end(world, ["delivered"], pictures=1, creates=1)


async def restart_while_reading(world: World, *, private: bool = False, **faults: object) -> Message:
    """Kill the bot while it reads a reference, and start it with other faults; return the card that it left."""
    await world.discord.set_faults(delay={"route": "GET /ephemeral-attachments/*", "seconds": 60})
    maya = world.member("maya")
    await maya.slash("imagine", prompt="a fox", private=private, reference1=await maya.upload(png(), "a.png"))
    card = await world.message_with("Reading 1 reference")
    await world.kill_bot()
    await world.discord.set_faults(delay=None, **faults)
    await world.start_bot()
    return card


async def test_killed_while_reading_references_leaves_a_card_that_says_so_and_no_reservation(world: World) -> None:
    await restart_while_reading(world)
    card = await world.message_with("restarted while it read")
    assert "Nothing was charged" in text_of(card)
    assert len(await world.cards()) == 1
    assert world.rows("SELECT * FROM request") == []
    await world.until(lambda: not world.rows("SELECT * FROM pending_card"))


async def test_what_was_learned_of_durations_is_kept_over_a_restart(world: World) -> None:
    await world.kie.change(speed=40)  # 0.3 to 0.6 s, where 13 to 25 s are assumed
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
    await world.kill_bot()
    await world.kie.change(speed=0.001)
    await world.start_bot()
    await world.member("theo").slash("imagine", prompt="an owl")
    card = await world.message_with("Drawing")
    expected = re.search(r"<t:(\d+):R>", text_of(card))
    assert expected is not None
    assert int(expected[1]) - time.time() < 5


async def test_delivered_request_is_left_alone_by_a_restart(world: World) -> None:
    await world.member("maya").slash("imagine", prompt="a fox")
    card = await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    await world.kill_bot()
    before = len(await world.discord.requests())
    await world.start_bot()
    edits = [entry for entry in (await world.discord.requests())[before:] if entry["method"] in {"PATCH", "POST"}]
    assert edits == []
    assert [(seen["id"], seen["edited_timestamp"]) for seen in await world.cards()] == [
        (card["id"], card["edited_timestamp"])
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_asked_to_stop_the_bot_leaves_every_job_to_its_next_start(world: World, number: signal.Signals) -> None:
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="a fox", count=4)
    await world.until(lambda: world.states().count("running") == 4)
    assert await world.end_bot(number) == 0
    assert world.sandbox.discord.gateway.last_close_code == 1000
    assert world.states() == ["running"] * 4
    await world.kie.change(speed=1000)
    await world.start_bot()
    await check_the_end(world, ["delivered"] * 4, pictures=4, creates=4)


async def test_second_instance_on_the_same_database_refuses_to_start_and_says_so(world: World) -> None:
    first, world.bot = world.bot, None
    second = world.new_bot()
    await second.start()
    assert await second.wait() == 1
    assert "another instance is using" in world.log()
    world.bot = first
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()


async def uploading(world: World) -> None:
    """Have a picture on its way to a Discord that takes its time."""
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.message_with("**Drawing**")
    slow_edit = {"route": "PATCH /*/messages/*", "seconds": 1.5, "times": 1}
    await world.discord.set_faults(delay=slow_edit)
    await world.kie.change(speed=1e6)
    await world.until(lambda: world.sandbox.discord.faults.as_json()["delay"] is None)  # the edit has arrived


async def test_upload_under_way_is_finished_before_the_bot_stops(world: World) -> None:
    await uploading(world)
    assert await world.end_bot(signal.SIGTERM) == 0
    assert world.states() == ["delivered"]
    assert len(media_of((await world.cards())[0])) == 1


async def test_command_that_arrives_while_the_bot_stops_is_told_so_and_charged_nothing(world: World) -> None:
    await uploading(world)
    ending = asyncio.create_task(world.end_bot(signal.SIGTERM))
    await world.until(lambda: "Stopping" in world.log())
    answer = await (await world.member("theo").slash("imagine", prompt="a bear")).message()
    assert "about to restart" in text_of(answer)
    assert await ending == 0
    assert len(world.rows("SELECT * FROM request")) == 1
