"""Trouble with the provider's account pauses the queue, costs no member anything, and is told to the operator once."""

from __future__ import annotations

import pytest

from sandbox.client import text_of
from tests.world import World


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("key_refused", "refuses the API key"),
        ("credits_gone", "out of credits"),
        ("credits_gone_as_429", "out of credits"),
        ("key_limit", "used up its own limit"),
    ],
)
async def test_account_trouble_pauses_the_queue_and_is_told_to_the_operator_once(
    world: World, fault: str, expected: str
) -> None:
    await world.kie.set_faults(**{fault: True})
    nadia = world.member("nadia")
    async with nadia.events() as events:
        for number in range(3):
            await world.member("maya").slash("imagine", prompt=f"a fox {number}")
        await world.until(lambda: world.states() == ["queued"] * 3)
        async for event in events:
            if event.get("message") and expected in text_of(event["message"]):
                break
    await world.message_with("Your place is kept")
    assert world.rows("SELECT count(*) AS n FROM operator_alert")[0]["n"] == 1
    world.audit()
    await world.kill_bot()
    await world.kie.set_faults(**{fault: False})
    await world.start_bot()
    await world.until(lambda: world.states() == ["delivered"] * 3)
    await world.until(lambda: not world.rows("SELECT 1 FROM operator_alert"))
    world.audit()


async def test_card_that_waits_behind_others_tells_of_the_pause_too(world: World) -> None:
    await world.kie.change(speed=0.001)
    await world.member("maya").slash("imagine", prompt="first", count=4)
    await world.until(lambda: world.states() == ["running"] * 4)
    await world.member("maya").slash("imagine", prompt="second")
    await world.message_with("next in line")
    await world.kie.set_faults(credits_gone=True)
    await world.member("theo").slash("imagine", prompt="third")
    for prompt in ("second", "third"):
        await world.member("maya").wait_for_message(
            lambda message, wanted=prompt: wanted in text_of(message) and "Your place is kept" in text_of(message)
        )


@pytest.mark.parametrize("fault", ["rate_limited", "maintenance"])
async def test_create_that_certainly_made_no_task_is_sent_again_by_itself(world: World, fault: str) -> None:
    await world.kie.set_faults(**{fault: {"times": 1}})
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
    assert (await world.kie.state())["creates"] == 1
    world.audit()


@pytest.mark.parametrize(
    ("fault", "accepted"), [("drop_create_before", 0), ("drop_create_after", 1), ("lost_create_answer_html", 1)]
)
async def test_create_whose_answer_was_lost_is_never_sent_again(world: World, fault: str, accepted: int) -> None:
    await world.kie.set_faults(**{fault: {"times": 1}})
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.message_with("did not answer")
    assert world.states() == ["uncertain"]
    await world.kill_bot()
    await world.start_bot()
    assert (await world.kie.state())["creates"] == accepted
    assert len([entry for entry in await world.kie.requests() if entry["path"].endswith("createTask")]) == 1
    world.audit()


async def test_task_that_never_ends_is_refunded_at_the_deadline(empty_world: World) -> None:
    await empty_world.kie.set_faults(never_finishes=True)
    await empty_world.start_bot(JOB_DEADLINE_S="1")
    await empty_world.member("maya").slash("imagine", prompt="a fox")
    card = await empty_world.message_with("took too long")
    assert "18 credits went back" in text_of(card)
    empty_world.audit()


async def test_file_host_that_refuses_libraries_takes_the_bot(world: World) -> None:
    await world.kie.set_faults(library_agents_refused=True)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()


async def test_result_that_moved_is_fetched_from_its_fresh_address(world: World) -> None:
    await world.kie.set_faults(result_expired=True)
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()


async def test_result_that_is_gone_gives_its_price_back(world: World) -> None:
    await world.kie.set_faults(result_gone=True)
    await world.member("maya").slash("imagine", prompt="a fox")
    card = await world.message_with("it was lost before it could be shown here")
    assert "You got 18 credits back" in text_of(card)
    assert world.states() == ["undelivered"]
    [account] = world.rows("SELECT allowance + grants AS available FROM account")
    assert account["available"] == 360
