"""Members and roles come and go, and administrators decide which commands a role is offered."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.client import RefusedError
from tests.world import World


async def orchard(world: World) -> dict[str, Any]:
    return next(guild for guild in (await world.discord.world())["guilds"] if guild["name"] == "Orchard")


def roles_of(guild: dict[str, Any], name: str) -> list[str]:
    return next(member["roles"] for member in guild["members"] if member["name"] == name)


async def test_new_and_known_users_join_and_leave(empty_world: World) -> None:
    guild = await orchard(empty_world)
    rosa = await empty_world.discord.add_member(guild["id"], "rosa")
    assert (await empty_world.discord.add_member(guild["id"], "rosa")) == rosa
    await empty_world.discord.add_member(guild["id"], "juno")
    names = {member["name"] for member in (await orchard(empty_world))["members"]}
    assert {"rosa", "juno"} <= names
    await empty_world.member("rosa").say("hello")
    await empty_world.discord.remove_member(guild["id"], "rosa")
    with pytest.raises(RefusedError, match="sees no channel"):
        await empty_world.member("rosa").say("still here?", channel=await empty_world.discord.channel_id("images"))


async def test_roles_are_made_given_taken_and_deleted(empty_world: World) -> None:
    guild = await orchard(empty_world)
    role = (await empty_world.discord.add_role(guild["id"], "Painters", permissions="32"))["id"]
    await empty_world.discord.set_roles(guild["id"], "maya", [role])
    given = await orchard(empty_world)
    assert roles_of(given, "maya") == [role]
    assert next(member for member in given["members"] if member["name"] == "maya")["is_moderator"]
    await empty_world.discord.delete_role(guild["id"], role)
    left = await orchard(empty_world)
    assert roles_of(left, "maya") == []
    assert role not in {known["id"] for known in left["roles"]}


async def test_what_cannot_be_is_refused_in_words(empty_world: World) -> None:
    discord, guild = empty_world.discord, await orchard(empty_world)
    for wrong, words in (
        (discord.add_member(guild["id"], "no spaces"), "letters, digits"),
        (discord.add_member("7", "rosa"), "no guild 7"),
        (discord.remove_member(guild["id"], "juno"), "not in Orchard"),
        (discord.remove_member(guild["id"], "nadia"), "can leave"),
        (discord.set_roles(guild["id"], "maya", ["7"]), "no role 7"),
        (discord.add_role(guild["id"], "x", permissions="all"), "bit set"),
        (discord.delete_role(guild["id"], guild["id"]), "@everyone"),
        (discord.allow_command(guild["id"], "budget", "7"), "no role 7"),
    ):
        with pytest.raises(RefusedError, match=words):
            await wrong
