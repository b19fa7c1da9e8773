"""Cancel takes back what was not sent yet, for its owner and for moderators."""

from __future__ import annotations

from sandbox.client import controls_of, text_of
from tests.world import Message, World


async def waiting_card(world: World) -> Message:
    """Ask for four images of which the provider lets none in; return the card with its button."""
    await world.kie.set_faults(credits_gone=True)
    await world.member("maya").slash("imagine", prompt="a fox", count=4)
    card = await world.message_with("Your place is kept")
    await world.until(lambda: world.states() == ["queued"] * 4)
    return card


async def test_owner_cancels_and_every_credit_comes_back(world: World) -> None:
    card = await waiting_card(world)
    answer = await (await world.member("maya").click(card, "Cancel")).message()
    assert answer["ephemeral"]
    assert text_of(answer) == "Cancelled. 72 credits went back."
    cancelled = await world.message_with("**Cancelled** (4 images). 72 credits went back.")
    assert [control["label"] for control in controls_of(cancelled)] == ["Again · 72 credits"]
    assert world.states() == ["cancelled"] * 4
    assert (await world.kie.state())["creates"] == 0
    world.audit()


async def test_other_members_may_not_cancel_and_moderators_may(world: World) -> None:
    card = await waiting_card(world)
    refusal = await (await world.member("theo").click(card, "Cancel")).message()
    assert "Only the member who asked for this, or a moderator" in text_of(refusal)
    assert world.states() == ["queued"] * 4
    answer = await (await world.member("olive").click(card, "Cancel")).message()
    assert "72 credits went back" in text_of(answer)
    assert world.states() == ["cancelled"] * 4


async def test_cancel_works_after_a_restart_of_the_bot(world: World) -> None:
    card = await waiting_card(world)
    await world.until(lambda: bool(world.rows("SELECT 1 FROM operator_alert")))
    await world.kill_bot()
    await world.start_bot()
    answer = await (await world.member("maya").click(card, "Cancel")).message()
    assert "72 credits went back" in text_of(answer)


async def test_too_late_to_cancel_is_said_kindly_and_changes_nothing(world: World) -> None:
    await world.kie.change(speed=0.001)
    interaction = await world.member("maya").slash("imagine", prompt="a fox")
    card = await interaction.message()
    await world.until(lambda: world.states() == ["running"])
    answer = await (await world.member("maya").click(card, "Cancel")).message()
    assert "too late to cancel" in text_of(answer)
    assert world.states() == ["running"]


async def test_second_press_is_told_that_nothing_waits_any_more(world: World) -> None:
    card = await waiting_card(world)
    presses = [await world.member("maya").click(card, "Cancel") for _ in range(2)]
    assert "72 credits went back" in text_of(await presses[0].message())
    again = await presses[1].message()
    assert text_of(again) == "Nothing of this is waiting any more. The card shows what became of it."


async def test_card_in_direct_messages_can_be_cancelled_there_and_is_no_address_for_others(world: World) -> None:
    maya, place = world.member("maya"), await world.discord.world()
    channel = await world.discord.add_channel(place["guilds"][0]["id"], name="short-lived", type=0)
    await world.kie.change(speed=0.001)
    await (await maya.slash("imagine", channel=channel["id"], prompt="a fox")).response()
    await world.until(lambda: world.states() == ["running"])
    await world.discord.delete_channel(channel["id"])
    await world.kie.change(speed=1000)
    await world.until(lambda: world.states() == ["delivered"])
    [direct] = [one["id"] for one in (await world.discord.world())["direct_channels"]]
    moved = await maya.wait_for_message(
        lambda message: "Again · 18 credits" in [control.get("label") for control in controls_of(message)],
        channel=direct,
    )
    await world.pause()
    again = await (await maya.click(moved, "Again · 18 credits")).message()
    answer = await (await maya.click(again, "Cancel")).message()
    assert text_of(answer) == "Cancelled. 18 credits went back."
    assert world.states() == ["delivered", "cancelled"]
    assert "discord.com/channels" not in text_of(await (await maya.click(moved, "Info")).message())
    world.audit()
