"""/queue as moderators use it: see, cancel, pause, resume, clear."""

from __future__ import annotations

from typing import Any

from sandbox.client import Interaction, Member, text_of
from tests.world import World


async def panel(who: Member) -> dict[str, Any]:
    message = await (await who.slash("queue")).message()
    assert message["ephemeral"]
    return message


async def press(who: Member, message: dict[str, Any], control: str) -> dict[str, Any]:
    """Press a button of a private message; return what the message shows then."""
    act: Interaction = await who.click(message, control)
    assert (await act.done()).failure is None
    return next(shown for shown in await who.messages() if shown["id"] == message["id"])


async def test_moderator_sees_who_waits_for_what_and_cancels_one(world: World) -> None:
    await world.pause()
    await (await world.member("maya").slash("imagine", prompt="a *bold* fox", count=2)).response()
    await (await world.member("theo").slash("imagine", prompt="an owl")).response()
    olive = world.member("olive")
    shown = await panel(olive)
    assert "3 images waiting" in text_of(shown)
    assert "a \\*bold\\* fox" in text_of(shown)
    assert "2 waiting (36 credits)" in text_of(shown)
    first = world.rows("SELECT id FROM request WHERE prompt LIKE '%fox'")[0]["id"]
    await world.until(lambda: world.states() == ["queued"] * 3)
    after = await press(olive, shown, f"plantain:queue:cancel:{first}")
    assert "Cancelled 2 images of <@" in text_of(after)
    assert "1 image waiting" in text_of(after)
    assert "**Cancelled** (2 images)" in text_of(await world.message_with("**Cancelled**"))
    kinds = [row["kind"] for row in world.rows("SELECT kind FROM audit_entry ORDER BY id")]
    assert kinds == ["queue_paused", "job_cancelled"]
    world.audit()


async def test_paused_queue_keeps_places_tells_members_why_and_outlives_a_restart(world: World) -> None:
    olive = world.member("olive")
    paused = await press(olive, await panel(olive), "Pause")
    assert "Paused by <@" in text_of(paused)
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    card = await world.message_with("Paused by this server's moderators")
    await world.kill_bot()
    await world.start_bot()
    again = await press(olive, paused, "Refresh")
    assert "1 image waiting" in text_of(again)
    assert world.states() == ["queued"]
    assert (await world.kie.state())["creates"] == 0
    resumed = await press(olive, again, "Resume")
    assert "The queue goes on" in text_of(resumed)
    finished = await world.card()
    assert finished["id"] == card["id"]
    kinds = [row["kind"] for row in world.rows("SELECT kind FROM audit_entry ORDER BY id")]
    assert kinds == ["queue_paused", "queue_resumed"]
    world.audit()


async def test_pausing_twice_says_that_nothing_changed(world: World) -> None:
    olive, nadia = world.member("olive"), world.member("nadia")
    shown, other = await panel(olive), await panel(nadia)
    await press(olive, shown, "Pause")
    assert "was paused already" in text_of(await press(nadia, other, "Pause"))
    assert len(world.rows("SELECT * FROM audit_entry")) == 1


async def test_clearing_asks_first_and_gives_everything_back(world: World) -> None:
    await world.pause()
    await (await world.member("maya").slash("imagine", prompt="a fox", count=3)).response()
    await (await world.member("theo").slash("imagine", prompt="an owl", resolution="4K")).response()
    await world.until(lambda: world.states() == ["queued"] * 4)
    olive = world.member("olive")
    asked = await press(olive, await panel(olive), "Clear …")
    assert "4 images of 2 members would be cancelled and 78 credits go back" in text_of(asked)
    kept = await press(olive, asked, "Keep it")
    assert "4 images waiting" in text_of(kept)
    asked = await press(olive, kept, "Clear …")
    await world.kill_bot()
    await world.start_bot()
    await world.until(lambda: world.states() == ["queued"] * 4)
    cleared = await press(olive, asked, "Clear the queue")
    assert "Cancelled 4 images of 2 members; 78 credits went back" in text_of(cleared)
    assert world.states() == ["cancelled"] * 4
    assert world.rows("SELECT sum(amount) AS n FROM spending")[0]["n"] == 0
    world.audit()


async def test_images_under_way_are_shown_and_left_alone(world: World) -> None:
    await world.kie.change(speed=0.001)
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    await world.until(lambda: world.states() == ["running"])
    shown = await panel(world.member("olive"))
    assert "1 image is being made" in text_of(shown)
    assert "Clear …" not in str(shown["components"])


async def test_long_queue_has_pages(world: World) -> None:
    await world.pause()
    for number in range(10):
        await (await world.member("maya").slash("imagine", prompt=f"fox number {number}")).response()
    olive = world.member("olive")
    first = await panel(olive)
    assert "Page 1 of 2" in text_of(first)
    second = await press(olive, first, "Next")
    assert "fox number 9" in text_of(second)
    assert "fox number 0" not in text_of(second)
