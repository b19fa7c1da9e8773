"""Nobody waits for another's burst, and everybody is answered at once."""

from __future__ import annotations

import asyncio

from sandbox.client import media_of
from tests.world import World, png


async def test_burst_of_twenty_in_one_guild_does_not_delay_a_single_image_in_another(world: World) -> None:
    maya, juno = world.member("maya"), world.member("juno")
    for number in range(5):
        await maya.slash("imagine", prompt=f"burst {number}", count=4)
    await world.until(lambda: len(world.states()) == 20)
    await juno.slash("imagine", prompt="just one", channel="Harbor/images")
    await world.card("juno", channel="Harbor/images")
    [[mine]] = [world.rows("SELECT id FROM job ORDER BY id DESC LIMIT 1")]
    before = world.rows("SELECT count(*) AS n FROM job WHERE state = 'delivered' AND id <> ?", mine["id"])[0]["n"]
    assert before <= 12, "the single image waited for most of the other guild's burst"
    world.audit()


async def test_member_with_one_image_passes_a_member_with_many(world: World) -> None:
    await world.kie.change(speed=20)
    for number in range(4):
        await world.member("maya").slash("imagine", prompt=f"many {number}", count=4)
    await world.until(lambda: len(world.states()) == 16)
    interaction = await world.member("theo").slash("imagine", prompt="just one")
    message_id = (await interaction.response()).message_id
    await world.member("theo").wait_for_message(lambda m: m["id"] == message_id and bool(media_of(m)))
    [theos] = world.rows("SELECT submitting_at FROM job ORDER BY id DESC LIMIT 1")
    later = world.rows("SELECT 1 FROM job WHERE submitting_at IS NULL OR submitting_at > ?", theos["submitting_at"])
    assert later, "theo was served after all of maya's images"


async def test_first_response_comes_at_once_while_eight_large_references_are_being_read(world: World) -> None:
    maya = world.member("maya")
    large = png() + b"\0" * (10 * 1024 * 1024)  # refused in the end; reading it is what counts here
    uploads = {f"reference{n}": await maya.upload(large, f"{n}.png") for n in range(1, 9)}
    slow = await maya.slash("imagine", prompt="a collage", **uploads)
    others = [await world.member("theo").slash("imagine", prompt=f"meanwhile {n}") for n in range(3)]
    states = await asyncio.gather(slow.response(), *(interaction.response() for interaction in others))
    assert [state.failure for state in states] == [None] * 4
    assert max(state.responded_after_ms or 0 for state in states) < 1000


async def test_line_moves_up_on_waiting_cards(world: World) -> None:
    await world.kie.change(speed=0.001)
    for number in range(2):
        await world.member("maya").slash("imagine", prompt=f"busy {number}", count=2)
    await world.member("maya").slash("imagine", prompt="waiting one")
    await world.member("maya").slash("imagine", prompt="waiting two")
    await world.message_with("place 2 in line")
    await world.kie.change(speed=1e6)
    await world.until(lambda: world.states() == ["delivered"] * 6, timeout_s=60)
