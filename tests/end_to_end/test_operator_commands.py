"""/operator, and what the operator is warned of."""

from __future__ import annotations

import asyncio
import tomllib

import pytest

import bot
from sandbox.client import Member, text_of
from tests.world import ROOT, World


async def said(who: Member, command: str, /, **options: object) -> str:
    message = await (await who.slash(command, **options)).message()
    assert message["ephemeral"], f"{command} answered in public"
    return text_of(message)


async def warned(world: World, text: str) -> str:
    """Wait for a direct message to the operator."""
    nadia = world.member("nadia")
    async with asyncio.timeout(20):
        while True:
            known = await world.discord.world()
            own = next(user["id"] for user in known["users"] if user["name"] == "nadia")
            for channel in known["direct_channels"]:
                if channel["user_id"] != own:
                    continue
                for message in await nadia.messages(channel["id"]):
                    if text in text_of(message):
                        return text_of(message)
            await asyncio.sleep(0.02)


def test_version_is_the_projects() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == bot.VERSION


async def test_status_tells_balance_spending_queue_and_versions(world: World) -> None:
    await world.kie.change(balance=1000)
    await (await world.member("maya").slash("imagine", prompt="a fox", resolution="4K", count=2)).response()
    await world.card(pictures=2)
    await world.kie.change(speed=0.001)
    await (await world.member("theo").slash("imagine", prompt="an owl")).response()
    await world.until(lambda: "running" in world.states())
    text = await said(world.member("nadia"), "operator status")
    assert "Balance at the image service: 952 credits ($4.76)" in text
    assert "**Today:** 2 images made, 48 credits at the image service ($0.24); members spent 66 credits" in text
    assert "**Queue:** 1 being made" in text
    assert "**Failed in 24 hours:** none" in text
    assert f"Plantain {bot.VERSION}" in text
    assert "2 servers" in text


async def test_status_tells_failures_in_words_and_what_the_provider_does_not_tell(world: World) -> None:
    await world.kie.set_faults(fail_internal=True)
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    await world.until(lambda: world.states() == ["failed"])
    await world.kie.set_faults(fail_internal=False, key_refused=True)
    text = await said(world.member("nadia"), "operator status")
    assert "1 × service fault" in text
    assert "the image service did not tell it just now" in text


async def test_limit_for_all_servers_refuses_members_and_warns_the_operator_once(world: World) -> None:
    nadia = world.member("nadia")
    assert "20 credits a day" in await said(nadia, "operator pool", amount="20", period="day")
    await (await world.member("juno").slash("imagine", channel="Harbor/images", prompt="a gull")).response()
    assert "Your limit for all servers together is used up: 18 of 20" in (await warned(world, "is used up")).replace(
        "**", ""
    )
    for _ in range(3):
        refused = await said(world.member("maya"), "imagine", prompt="a fox")
        assert "What Plantain's operator lets everybody spend has 2 credits left" in refused
    assert len(world.rows("SELECT * FROM operator_alert")) == 1
    replaced = await said(nadia, "operator pool", amount="1000", period="month")
    assert "Before: 20 credits a day" in replaced
    await (await world.member("maya").slash("imagine", prompt="a fox")).response()
    await world.card()
    world.audit()


async def test_limit_of_one_server_leaves_others_alone_and_its_moderators_cannot_lift_it(world: World) -> None:
    nadia = world.member("nadia")
    assert "Harbor" in await said(nadia, "operator pool", amount="0", period="month", server="Harbor")
    refused = await said(world.member("juno"), "imagine", channel="Harbor/images", prompt="a gull")
    assert "What Plantain's operator lets everybody spend is used up" in refused
    assert "no limit of its own" in await said(
        world.member("juno"), "budget pool", channel="Harbor/images", amount="none"
    )
    allowed = await world.member("maya").slash("imagine", prompt="a fox")
    assert not (await allowed.message())["ephemeral"]
    shown = await said(nadia, "operator pool")
    assert "Harbor: 0 of 0 credits a month used" in shown
    assert "no limit of yours any more" in await said(nadia, "operator pool", amount="none", server="Harbor")


async def test_guilds_are_listed_by_what_they_used_also_those_that_were_left(world: World) -> None:
    await (await world.member("maya").slash("imagine", prompt="a fox", count=2)).response()
    await (await world.member("juno").slash("imagine", channel="Harbor/images", prompt="a gull")).response()
    await world.until(lambda: world.states().count("delivered") == 3)
    world.write("INSERT INTO spending (guild_id, quarter, amount) VALUES (77, unixepoch() / 900, 500)")
    text = await said(world.member("nadia"), "operator guilds")
    places = [text.index(name) for name in ("*left* `77`", "Orchard", "Harbor")]
    assert places == sorted(places)
    assert "36 credits, 2 images made" in text


@pytest.mark.parametrize("amount", ["lots", "-1", "100000001"])
async def test_limit_that_makes_no_sense_changes_nothing(world: World, amount: str) -> None:
    assert "Nothing was changed" in await said(world.member("nadia"), "operator pool", amount=amount)
    assert "no server called" in await said(world.member("nadia"), "operator pool", amount="5", server="Atlantis")
    assert world.rows("SELECT * FROM pool") == []


async def test_pool_from_the_settings_holds_until_one_is_set_by_command(empty_world: World) -> None:
    await empty_world.start_bot(OPERATOR_POOL="20/day")
    assert "from `OPERATOR_POOL`" in await said(empty_world.member("nadia"), "operator pool")
    assert "has 20 credits left; this costs 36" in await said(
        empty_world.member("maya"), "imagine", prompt="a fox", count=2
    )
    await said(empty_world.member("nadia"), "operator pool", amount="40", period="day")
    await (await empty_world.member("maya").slash("imagine", prompt="a fox", count=2)).response()
    await empty_world.card(pictures=2)


async def test_operator_is_told_once_that_the_balance_is_low_and_once_that_it_is_filled(empty_world: World) -> None:
    await empty_world.kie.change(balance=120)
    await empty_world.start_bot(LOW_BALANCE="400")
    assert "120 credits ($0.60)" in await warned(empty_world, "balance at the image service is low")
    await empty_world.kill_bot()
    await empty_world.start_bot(LOW_BALANCE="400")
    await empty_world.kie.change(balance=4000)
    await empty_world.kill_bot()
    await empty_world.start_bot(LOW_BALANCE="400")
    assert "4,000 credits" in await warned(empty_world, "The balance is fine again")
    assert empty_world.rows("SELECT * FROM operator_alert") == []


async def test_operator_may_ask_in_direct_messages_too(empty_world: World) -> None:
    await empty_world.kie.change(balance=100)
    await empty_world.start_bot()
    await warned(empty_world, "balance at the image service is low")
    channel = (await empty_world.discord.world())["direct_channels"][0]["id"]
    for command, words in (("status", "100 credits ($0.50)"), ("pool", "no limits"), ("guilds", "used nothing")):
        assert words in await said(empty_world.member("nadia"), f"operator {command}", channel=channel)
