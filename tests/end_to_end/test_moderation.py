"""Blocked words and suspended members, as both sides meet them."""

from __future__ import annotations

import pytest

from sandbox.client import Member, text_of
from tests.world import World


async def said(who: Member, command: str, /, **options: object) -> str:
    message = await (await who.slash(command, **options)).message()
    assert message["ephemeral"], f"{command} answered in public"
    return text_of(message)


async def user_ids(world: World) -> dict[str, str]:
    known = await world.discord.world()
    return {user["name"]: user["id"] for user in [*known["users"], known["bot"]]}


async def test_blocked_word_stops_a_prompt_however_it_is_dressed_up(world: World) -> None:
    olive, maya = world.member("olive"), world.member("maya")
    assert "is blocked now" in await said(olive, "block word", word="Dragon")
    refused = await said(maya, "imagine", prompt="a drаgоn in the mist")
    assert "does not allow “drаgоn” in prompts" in refused
    assert "Nothing was charged" in refused
    assert "d r a g o n" in await said(maya, "imagine", prompt="a d r a g o n flying")
    assert world.rows("SELECT * FROM request") == world.rows("SELECT * FROM ledger_entry") == []
    allowed = await maya.slash("imagine", prompt="a dragonfly")
    assert not (await allowed.message())["ephemeral"]


async def test_prompt_file_with_a_blocked_word_is_refused_and_its_card_taken_away(world: World) -> None:
    await said(world.member("olive"), "block word", word="dragon")
    maya = world.member("maya")
    upload = await maya.upload(b"an old dragon asleep", "prompt.txt")
    act = await maya.slash("imagine", prompt_file=upload)
    assert (await act.done()).failure is None
    assert (await world.message_with("does not allow “dragon”"))["ephemeral"]
    assert await world.cards() == []


async def test_test_option_shows_what_a_prompt_would_hit_and_list_shows_who_blocked_it(world: World) -> None:
    olive = world.member("olive")
    await said(olive, "block word", word="dragon")
    await said(olive, "block pattern", pattern=r"wyverns?")
    result = await said(olive, "block test", prompt="two Wyverns and a DRAGON")
    assert "meets “DRAGON”" in result
    assert "meets “Wyverns”" in result
    assert "meets nothing" in await said(olive, "block test", prompt="a fox")
    listed = await said(olive, "block list")
    assert "“dragon”" in listed
    assert f"<@{(await user_ids(world))['olive']}>" in listed


async def test_blocking_twice_names_who_did_it_first_and_removing_lets_it_pass(world: World) -> None:
    olive, nadia = world.member("olive"), world.member("nadia")
    await said(olive, "block word", word="dragon")
    assert "is blocked already" in await said(nadia, "block word", word="DRÁGON")
    assert "is allowed again" in await said(nadia, "block remove", term="Dragon")
    assert "is not blocked" in await said(nadia, "block remove", term="dragon")
    act = await world.member("maya").slash("imagine", prompt="a dragon")
    assert not (await act.message())["ephemeral"]


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [
        ("[", "no regular expression (at `[`)"),
        ("(?=a)b", "are not available"),
        (r"(a)\1", "are not available"),
        ("a{1001}", "repeats too much"),
        (".*", "would block every prompt"),
    ],
)
async def test_pattern_that_cannot_be_used_is_explained(world: World, pattern: str, answer: str) -> None:
    refused = await said(world.member("olive"), "block pattern", pattern=pattern)
    assert answer in refused
    assert "Nothing was changed" in refused
    assert world.rows("SELECT * FROM blocked_term") == []


async def test_pattern_that_would_hang_others_is_harmless_here(world: World) -> None:
    await said(world.member("olive"), "block pattern", pattern=r"(a+)+$x?z")
    act = await world.member("maya").slash("imagine", prompt="a" * 5000 + "!")
    assert not (await act.message())["ephemeral"]


async def test_long_list_has_pages_that_outlive_a_restart(world: World) -> None:
    olive = world.member("olive")
    for number in range(10):
        await said(olive, "block word", word=f"word{number}")
    shown = await (await olive.slash("block list")).message()
    await world.kill_bot()
    await world.start_bot()
    await (await olive.click(shown, "Next")).done()
    turned = next(message for message in await olive.messages() if message["id"] == shown["id"])
    assert "word9" in text_of(turned)
    offered = await olive.autocomplete("block remove", focused="term", term="D7")
    assert [choice["value"] for choice in offered] == ["word7"]


async def test_suspended_member_makes_nothing_new_until_it_ends(world: World) -> None:
    olive, maya, ids = world.member("olive"), world.member("maya"), await user_ids(world)
    answer = await said(olive, "suspend", member=ids["maya"], reason="spam", **{"for": "3 days"})
    assert "is suspended until" in answer
    refused = await said(maya, "imagine", prompt="a fox")
    assert "Reason: spam." in refused
    assert "Nothing was charged" in refused
    again = await said(world.member("nadia"), "suspend", member=ids["maya"], **{"for": "1h"})
    assert f"set by <@{ids['olive']}>" in again
    assert "can make images again" in await said(olive, "unsuspend", member=ids["maya"])
    assert "is not suspended" in await said(olive, "unsuspend", member=ids["maya"])
    assert not (await (await maya.slash("imagine", prompt="a fox")).message())["ephemeral"]


async def test_suspension_ends_by_itself(world: World) -> None:
    ids = await user_ids(world)
    await said(world.member("olive"), "suspend", member=ids["maya"], **{"for": "1m"})
    world.write("UPDATE suspension SET until = until - 60")
    assert not (await (await world.member("maya").slash("imagine", prompt="a fox")).message())["ephemeral"]


@pytest.mark.parametrize("length", ["soon", "0m", "400d", "-3d", "3"])
async def test_length_that_is_none_suspends_nobody(world: World, length: str) -> None:
    ids = await user_ids(world)
    refused = await said(world.member("olive"), "suspend", member=ids["maya"], **{"for": length})
    assert "is not a length of time" in refused
    assert world.rows("SELECT * FROM suspension") == []


async def test_bots_oneself_and_managers_cannot_be_suspended(world: World) -> None:
    olive, ids = world.member("olive"), await user_ids(world)
    assert "Bots cannot" in await said(olive, "suspend", member=ids["Plantain"], **{"for": "1d"})
    assert "yourself" in await said(olive, "suspend", member=ids["olive"], **{"for": "1d"})
    assert "Manage Server" in await said(olive, "suspend", member=ids["nadia"], **{"for": "1d"})
    assert world.rows("SELECT * FROM suspension") == []
