"""Budgets as moderators set them and members feel them, through the local Discord."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.client import Member, text_of
from tests.world import World


class Orchard:
    """The ids of the default guild."""

    def __init__(self, world: dict[str, Any]) -> None:
        guild = next(guild for guild in world["guilds"] if guild["name"] == "Orchard")
        self.id = guild["id"]
        self.users = {user["name"]: user["id"] for user in [*world["users"], world["bot"]]}
        self.roles = {role["name"]: role["id"] for role in guild["roles"]}


@pytest.fixture
async def orchard(world: World) -> Orchard:
    return Orchard(await world.discord.world())


async def said(who: Member, command: str, /, **options: object) -> str:
    """Use a command; return the private answer."""
    message = await (await who.slash(command, **options)).message()
    assert message["ephemeral"], f"{command} answered in public"
    return text_of(message)


async def can_spend(world: World, name: str = "maya") -> str:
    return (await said(world.member(name), "credits")).splitlines()[0].removeprefix("### You can spend ")


async def test_default_set_by_a_moderator_counts_at_once_and_after_a_restart(world: World) -> None:
    answer = await said(world.member("olive"), "budget default", amount="500", period="month", reason="November")
    assert "Default for everybody: 500 credits a month" in answer
    assert "(November)" in answer
    assert await can_spend(world) == "500 credits in Orchard"
    await world.kill_bot()
    await world.start_bot()
    assert await can_spend(world) == "500 credits in Orchard"
    world.audit()


async def test_weekly_budget_of_a_role_counts_for_who_has_the_role(world: World, orchard: Orchard) -> None:
    answer = await said(world.member("olive"), "budget role", role=orchard.roles["Moderators"], amount="1,000")
    assert "1,000 credits a week" in answer
    assert await can_spend(world, "olive") == "1,000 credits in Orchard"
    assert await can_spend(world, "maya") == "360 credits in Orchard"
    why = await said(world.member("olive"), "budget show", member=orchard.users["olive"])
    counting = next(line for line in why.splitlines() if "this one counts" in line)
    assert orchard.roles["Moderators"] in counting


async def test_unlimited_member_pays_from_no_balance_and_history_adds_up(world: World, orchard: Orchard) -> None:
    await said(world.member("olive"), "budget member", member=orchard.users["maya"], amount="unlimited")
    assert (await can_spend(world)).startswith("as much as you like")
    await (await world.member("maya").slash("imagine", prompt="an owl", resolution="4K", count=4)).response()
    await world.card(pictures=4)
    assert sum(row["amount"] for row in world.rows("SELECT amount FROM ledger_entry")) == 0
    assert "allowance without limit" in await said(world.member("maya"), "credits")
    world.audit()


async def test_none_for_a_member_shuts_out_the_default_but_grants_stay(world: World, orchard: Orchard) -> None:
    olive, maya = world.member("olive"), orchard.users["maya"]
    await said(olive, "budget member", member=maya, amount="none")
    assert "18 credits are missing" in await said(world.member("maya"), "imagine", prompt="a fox")
    answer = await said(olive, "budget grant", member=maya, amount=20, reason="won *the* contest")
    assert "20 credits" in answer
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    await world.card()
    assert await can_spend(world) == "2 credits in Orchard"
    world.audit()


async def test_weaker_rule_of_a_member_says_that_it_changes_nothing(world: World, orchard: Orchard) -> None:
    answer = await said(world.member("olive"), "budget member", member=orchard.users["maya"], amount="50")
    assert "For now it changes nothing: the default gives 360 credits a week" in answer


async def test_correction_never_takes_more_than_there_is(world: World, orchard: Orchard) -> None:
    olive, maya = world.member("olive"), orchard.users["maya"]
    refused = await said(olive, "budget adjust", member=maya, amount=-361, reason="too much")
    assert "Take at most 360" in refused
    assert await can_spend(world) == "360 credits in Orchard"
    await said(olive, "budget adjust", member=maya, amount=-60, reason="a mistake")
    assert await can_spend(world) == "300 credits in Orchard"
    await said(olive, "budget adjust", member=maya, amount=5, reason="half of it")
    assert await can_spend(world) == "305 credits in Orchard"
    assert "Nothing was changed" in await said(olive, "budget adjust", member=maya, amount=0, reason="x")
    world.audit()


async def test_lowering_the_default_in_the_middle_of_a_batch_leaves_the_batch_alone(world: World) -> None:
    await world.kie.change(speed=0.001)
    await (await world.member("maya").slash("imagine", prompt="slow", count=4)).response()
    answer = await said(world.member("olive"), "budget default", amount="100")
    assert "What was spent this week counts. Images already asked for go on." in answer
    assert await can_spend(world) == "28 credits in Orchard"
    card = await world.message_with("slow")
    await world.until(lambda: world.states() == ["running"] * 4)
    await world.kie.change(speed=1000)
    await world.card(pictures=4)
    assert card["id"]
    assert await can_spend(world) == "28 credits in Orchard"
    world.audit()


async def test_refund_after_the_default_was_lowered_gives_no_more_than_the_new_one(world: World) -> None:
    await world.pause()
    await (await world.member("maya").slash("imagine", prompt="waits", count=4)).response()
    await said(world.member("olive"), "budget default", amount="40")
    assert await can_spend(world) == "0 credits in Orchard"
    card = await world.message_with("waits")
    await world.until(lambda: world.states() == ["queued"] * 4)
    await (await world.member("maya").click(card, "Cancel")).response()
    assert await can_spend(world) == "40 credits in Orchard"
    world.audit()


async def test_new_period_brings_the_full_allowance_though_images_of_the_old_one_still_wait(world: World) -> None:
    await world.pause()
    await (await world.member("maya").slash("imagine", prompt="waits", count=2)).response()
    assert await can_spend(world) == "324 credits in Orchard"
    await world.kill_bot()
    world.write("DROP TRIGGER ledger_entry_is_never_changed")
    world.write("UPDATE ledger_entry SET counts_at = counts_at - 8 * 86400")
    world.write("UPDATE account SET period_start = period_start - 7 * 86400")
    await world.start_bot()
    assert await can_spend(world) == "360 credits in Orchard"
    card = await world.message_with("waits")
    await world.until(lambda: world.states() == ["queued"] * 2)
    await (await world.member("maya").click(card, "Cancel")).response()
    assert await can_spend(world) == "360 credits in Orchard"
    world.audit()


async def test_pool_of_the_server_stops_everybody_and_says_when_it_is_full_again(world: World) -> None:
    olive = world.member("olive")
    assert "30 credits a day" in await said(olive, "budget pool", amount="30", period="day")
    refused = await said(world.member("maya"), "imagine", prompt="a fox", count=2)
    assert "this server may spend together has 30 credits left; this costs 36" in refused
    assert "Your own credits are untouched" in refused
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    await world.card()
    assert "has 12 credits left" in await said(world.member("theo"), "imagine", prompt="an owl")
    assert "18 of 30 credits a day used, 12 left" in await said(olive, "budget show")
    assert "Before: 30 credits a day" in await said(olive, "budget pool", amount="none")
    await (await world.member("theo").slash("imagine", prompt="an owl")).response()
    world.audit()


async def test_two_moderators_at_once_the_last_one_hears_what_was_replaced(world: World, orchard: Orchard) -> None:
    answers = await asyncio.gather(
        said(world.member("olive"), "budget default", amount="100"),
        said(world.member("nadia"), "budget default", amount="200"),
    )
    replaced = [answer for answer in answers if "Before:" in answer]
    assert len(replaced) == 1
    first, last = (100, "nadia") if "200" in replaced[0].splitlines()[0] else (200, "olive")
    by = {"nadia": "olive", "olive": "nadia"}[last]
    assert f"Before: {first} credits a week (set by <@{orchard.users[by]}>" in replaced[0]
    kinds = [row["kind"] for row in world.rows("SELECT kind FROM audit_entry ORDER BY id")]
    assert kinds == ["rule_set", "rule_set"]


@pytest.mark.parametrize(
    ("amount", "answer"),
    [
        ("lots", "is not an amount"),
        ("-5", "from 0 to 1,000,000"),
        ("1000001", "from 0 to 1,000,000"),
        ("12.5", "is not an amount"),
        ("9" * 30, "is not an amount"),
    ],
)
async def test_amount_that_makes_no_sense_changes_nothing(world: World, amount: str, answer: str) -> None:
    refused = await said(world.member("olive"), "budget default", amount=amount)
    assert answer in refused
    assert "Nothing was changed" in refused
    assert world.rows("SELECT * FROM allowance_rule") == world.rows("SELECT * FROM audit_entry") == []


async def test_bots_and_everyone_are_refused_kindly(world: World, orchard: Orchard) -> None:
    olive = world.member("olive")
    for command in ("budget member", "budget grant", "budget adjust", "budget show"):
        options = {"budget member": {"amount": "5"}, "budget show": {}}.get(command, {"amount": 5, "reason": "x"})
        assert "Bots cannot ask for images" in await said(olive, command, member=orchard.users["Plantain"], **options)
    assert "`/budget default`" in await said(olive, "budget role", role=orchard.roles["@everyone"], amount="5")
    assert world.rows("SELECT * FROM ledger_entry") == []


async def test_cleared_rule_tells_what_it_was(world: World, orchard: Orchard) -> None:
    olive, maya = world.member("olive"), orchard.users["maya"]
    await said(olive, "budget member", member=maya, amount="700")
    assert "Before: 700 credits a week" in await said(olive, "budget clear", member=maya, reason="over")
    assert "nothing to clear" in await said(olive, "budget clear", member=maya)
    assert await can_spend(world) == "360 credits in Orchard"
    both = await said(olive, "budget clear", member=maya, role=orchard.roles["Moderators"])
    assert "not both" in both


async def test_history_turns_its_pages_by_buttons_also_after_a_restart(world: World, orchard: Orchard) -> None:
    olive, maya = world.member("olive"), orchard.users["maya"]
    for number in range(14):
        await said(olive, "budget grant", member=maya, amount=number + 1, reason=f"gift {number}")
    first = await (await olive.slash("budget history", member=maya)).message()
    assert "gift 13" in text_of(first)
    assert "Page 1 of 2" in text_of(first)
    await world.kill_bot()
    await world.start_bot()
    await (await olive.click(first, "Older")).done()
    second = next(message for message in await olive.messages() if message["id"] == first["id"])
    assert "gift 0" in text_of(second)
    assert "Page 2 of 2" in text_of(second)
    await (await olive.click(second, "Newer")).done()
    again = next(message for message in await olive.messages() if message["id"] == first["id"])
    assert text_of(again).splitlines()[:3] == text_of(first).splitlines()[:3]


async def test_menu_on_a_member_shows_their_budget(world: World, orchard: Orchard) -> None:
    opened = await world.member("olive").menu("Image budget", user_id=orchard.users["maya"])
    shown = await opened.message()
    assert "can spend **360 credits**" in text_of(shown)
    history = await (await world.member("olive").click(shown, "History")).done()
    assert history.failure is None


async def test_fifty_asks_at_once_with_pool_credits_for_ten_images_accept_exactly_ten(world: World) -> None:
    olive = world.member("olive")
    await said(olive, "budget default", amount="unlimited")
    await said(olive, "budget pool", amount="180", period="day")
    asks = [
        await world.member(name).slash("imagine", prompt=f"{name} {number}")
        for number in range(17)
        for name in ("maya", "theo", "nadia")
    ][:50]
    for ask in asks:
        assert (await ask.response()).failure is None
    await world.until(lambda: len(world.states()) == 10)
    assert world.rows("SELECT count(*) AS n FROM request")[0]["n"] == 10
    assert world.rows("SELECT sum(amount) AS spent FROM spending WHERE guild_id <> 0")[0]["spent"] == 180
    world.audit()


async def test_role_gained_or_lost_in_the_middle_of_a_batch_counts_at_once_and_leaves_the_batch(
    world: World, orchard: Orchard
) -> None:
    painters = (await world.discord.add_role(orchard.id, "Painters"))["id"]
    await said(world.member("olive"), "budget role", role=painters, amount="600")
    await world.pause()
    await (await world.member("maya").slash("imagine", prompt="waits", count=4)).response()
    assert await can_spend(world) == "288 credits in Orchard"
    await world.discord.set_roles(orchard.id, "maya", [painters])
    assert await can_spend(world) == "528 credits in Orchard"
    await world.discord.set_roles(orchard.id, "maya", [])
    assert await can_spend(world) == "288 credits in Orchard"
    assert world.states() == ["queued"] * 4
    assert "allowance changed by a new rule or role" in await said(world.member("maya"), "credits")
    world.audit()


async def test_rule_of_a_deleted_role_is_shown_as_such_and_can_be_removed(world: World, orchard: Orchard) -> None:
    olive = world.member("olive")
    painters = (await world.discord.add_role(orchard.id, "Painters"))["id"]
    await said(olive, "budget role", role=painters, amount="600")
    await world.discord.delete_role(orchard.id, painters)
    shown = await (await olive.slash("budget show")).message()
    assert "*a deleted role*: 600 credits a week" in text_of(shown)
    removed = await (await olive.click(shown, "Remove rules of deleted roles")).message()
    assert "Removed 1 rule of deleted roles (600 credits a week)" in text_of(removed)
    assert world.rows("SELECT * FROM allowance_rule") == []


async def test_member_who_left_gets_nothing_more_but_their_history_stays(world: World, orchard: Orchard) -> None:
    olive, maya = world.member("olive"), orchard.users["maya"]
    await said(olive, "budget grant", member=maya, amount=7, reason="a prize")
    await world.discord.remove_member(orchard.id, "maya")
    assert "not in this server any more" in await said(olive, "budget grant", member=maya, amount=5, reason="x")
    assert "not in this server any more" in await said(olive, "budget member", member=maya, amount="5")
    assert "a prize" in await said(olive, "budget history", member=maya)
    assert "not in this server any more" in await said(olive, "budget show", member=maya)


async def test_fifty_members_at_once_with_credits_for_ten_images_get_exactly_ten(
    world: World, orchard: Orchard
) -> None:
    olive = world.member("olive")
    await said(olive, "budget pool", amount="180", period="day")
    names = [f"member{number}" for number in range(50)]
    for name in names:
        await world.discord.add_member(orchard.id, name)
    acts = await asyncio.gather(*(world.member(name).slash("imagine", prompt=f"by {name}") for name in names))
    answers = await asyncio.gather(*(act.message() for act in acts))
    refused = [answer for answer in answers if answer["ephemeral"]]
    assert len(refused) == 40
    assert all("this server may spend together is used up" in text_of(answer) for answer in refused)
    await world.until(lambda: len(world.states()) == 10)
    assert world.rows("SELECT sum(amount) AS spent FROM spending WHERE guild_id <> 0")[0]["spent"] == 180
    world.audit()
