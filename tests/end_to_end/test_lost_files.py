"""Files that our disk lost: they are fetched again, or what they cost comes back."""

from __future__ import annotations

import shutil

import pytest

from sandbox.client import text_of
from tests.end_to_end.test_remix import card_of, form_of, press, sent
from tests.world import Message, World, png


async def pictured(world: World, prompt: str = "a fox", **options: object) -> Message:
    """Let maya ask; return the card with its picture."""
    await (await world.member("maya").slash("imagine", prompt=prompt, **options)).message(timeout_s=60)
    card = await world.card()
    await world.until(lambda: set(world.states()) == {"delivered"})
    return card


async def lose_a_card_and_its_picture(world: World) -> None:
    """Remove the card of two images, one of them done and one waiting, and the file of the one that is done."""
    card = await world.start_with_one_image_done_and_one_waiting()
    shutil.rmtree(world.data / "media" / "results")
    await world.member("olive").delete(card)


def results(world: World) -> int:
    return len(list((world.data / "media" / "results").rglob("*.png")))


async def test_picture_that_has_to_be_posted_anew_is_fetched_again(empty_world: World) -> None:
    world = empty_world
    await lose_a_card_and_its_picture(world)
    await world.resume()
    await world.card(pictures=2)
    assert results(world) == 2
    assert "Traceback" not in world.log()
    world.audit()


async def test_picture_that_nobody_has_any_more_gives_its_price_back_and_the_card_says_so(empty_world: World) -> None:
    world = empty_world
    await lose_a_card_and_its_picture(world)
    await world.kie.set_faults(result_gone=True)
    await world.resume()
    card = await world.message_with("Picture 1 was made, but it was lost before it could be shown here.")
    assert "You got 18 credits back" in text_of(card)
    await world.until(lambda: world.states() == ["undelivered"] * 2)
    assert world.rows("SELECT sum(amount) AS left FROM ledger_entry")[0]["left"] == 360
    assert "Traceback" not in world.log()


async def test_original_of_a_file_that_is_missing_is_fetched_again(world: World) -> None:
    card = await pictured(world)
    shutil.rmtree(world.data / "media" / "results")
    answer = await (await world.member("maya").click(card, "Original")).message()
    assert "The original" in text_of(answer)
    assert results(world) == 1


async def test_original_that_nobody_has_any_more_is_answered_with_what_to_do(world: World) -> None:
    card = await pictured(world)
    shutil.rmtree(world.data / "media" / "results")
    await world.kie.set_faults(result_gone=True)
    answer = await (await world.member("maya").click(card, "Original")).message()
    assert "was lost, and the image service has it no more" in text_of(answer)
    assert "Traceback" not in world.log()


async def test_reference_that_our_disk_lost_gives_the_price_back_and_asks_for_it_again(world: World) -> None:
    await world.pause()
    reference = await world.member("maya").upload(png(), "a.png")
    await (await world.member("maya").slash("imagine", prompt="a fox", reference1=reference)).message()
    await world.until(lambda: world.states() == ["queued"])
    shutil.rmtree(world.data / "media" / "references")
    await world.resume()
    card = await world.message_with("The bot lost a reference before it could be used")
    assert "18 credits went back" in text_of(card)
    assert world.states() == ["failed"]
    assert (await world.kie.state())["creates"] == 0
    assert "Traceback" not in world.log()
    world.audit()


async def test_image_whose_file_is_missing_is_remixed_all_the_same_and_the_card_comes_while_it_is_fetched(
    world: World,
) -> None:
    card = await pictured(world)
    shutil.rmtree(world.data / "media" / "results")
    await world.kie.set_faults(slow_download_s=1)
    opened = await press(world, "theo", card, "Remix")
    await form_of(opened)
    await (await world.member("theo").submit_modal(opened, sent(prompt="an owl"))).response()
    await world.message_with("Reading 1 reference")
    await card_of(world, "an owl", "theo")
    original = world.rows("SELECT result_sha256 FROM job WHERE id = 1")[0]["result_sha256"]
    assert (await world.kie.tasks())[-1]["references"] == [original]
    world.audit()


@pytest.mark.parametrize("label", ["Remix", "4K"])
async def test_image_that_nobody_has_any_more_starts_nothing_and_costs_nothing(world: World, label: str) -> None:
    card = await pictured(world)
    shutil.rmtree(world.data / "media" / "results")
    await world.kie.set_faults(result_gone=True)
    theo = world.member("theo")
    pressed = await press(world, "theo", card, label)
    if label == "Remix":
        await form_of(pressed)
        await theo.submit_modal(pressed, sent(prompt="an owl"))
    told = await world.message_with("was lost, and the image service has it no more", who="theo")
    assert told["ephemeral"]
    await world.until(lambda: not world.rows("SELECT * FROM pending_card"))
    assert len(await world.cards()) == 1
    assert world.states() == ["delivered"]
    assert "Traceback" not in world.log()
    world.audit()
