"""Several connections to Discord: in one process where Discord wants it, and over processes as the operator says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World


async def shard_of(world: World, guild: str, *, shards: int) -> int:
    """Return which shard Discord sends a guild's events to."""
    guilds = (await world.discord.world())["guilds"]
    return (next(int(entry["id"]) for entry in guilds if entry["name"] == guild) >> 22) % shards


async def shards_that_part_the_guilds(world: World) -> int:
    """Return a number of shards with which the two guilds are on different ones."""
    for shards in range(2, 12):
        if await shard_of(world, "Orchard", shards=shards) != await shard_of(world, "Harbor", shards=shards):
            return shards
    raise AssertionError("no such number")


async def make_image(world: World, channel: str) -> None:
    who = "maya" if channel.startswith("Orchard") else "ines"
    await world.member(who).slash("imagine", prompt=f"a fox in {channel}", channel=channel)
    await world.card(who, channel=channel)


async def test_bot_holds_as_many_connections_as_discord_recommends(empty_world: World) -> None:
    shards = await shards_that_part_the_guilds(empty_world)
    await empty_world.client.request("PATCH", "/discord/gateway", {"shards": shards, "identify_window_s": 0})
    await empty_world.start_bot()
    await empty_world.until(lambda: "Ready as" in empty_world.log())
    assert empty_world.log().count("has connected to Gateway") == shards
    for channel in ("Orchard/images", "Harbor/images"):
        await make_image(empty_world, channel)
    empty_world.audit()


async def test_connections_that_were_cut_come_back_without_a_word_of_alarm(empty_world: World) -> None:
    shards = await shards_that_part_the_guilds(empty_world)
    await empty_world.client.request("PATCH", "/discord/gateway", {"shards": shards, "identify_window_s": 0})
    await empty_world.start_bot()
    await empty_world.until(lambda: "Ready as" in empty_world.log())
    for number, how in enumerate(("resumable", "reconnect"), 1):
        await empty_world.discord.cut_gateway(how)
        await empty_world.until(lambda wanted=number * shards: empty_world.log().count("RESUMED") == wanted)
        for channel in ("Orchard/images", "Harbor/images"):
            await make_image(empty_world, channel)
    assert "Traceback" not in empty_world.log()


@pytest.fixture
async def second(empty_world: World, tmp_path: Path) -> AsyncIterator[World]:
    """The same Discord and provider, with a database and a bot of its own."""
    data = tmp_path / "second"
    data.mkdir()
    other = World(empty_world.sandbox, empty_world.client, data, starter=empty_world.starter)
    yield other
    if other.bot is not None:
        await other.bot.stop()


async def test_two_processes_share_the_guilds_and_nothing_happens_twice(empty_world: World, second: World) -> None:
    shards = await shards_that_part_the_guilds(empty_world)
    orchard = await shard_of(empty_world, "Orchard", shards=shards)
    others = ",".join(str(shard) for shard in range(shards) if shard != orchard)
    for world, ids in ((empty_world, str(orchard)), (second, others)):
        world.bot = world.new_bot(SHARD_COUNT=str(shards), SHARD_IDS=ids)
        await world.bot.start()
    for world in (empty_world, second):
        await world.until(lambda log=world.log: "Ready as" in log())
    for channel in ("Orchard/images", "Harbor/images"):
        await make_image(empty_world, channel)
        who = "maya" if channel.startswith("Orchard") else "ines"
        assert len(await empty_world.cards(who, channel=channel)) == 1
    assert [row["prompt"] for row in empty_world.rows("SELECT prompt FROM request")] == ["a fox in Orchard/images"]
    assert [row["prompt"] for row in second.rows("SELECT prompt FROM request")] == ["a fox in Harbor/images"]
    [ours], [theirs] = (world.rows("SELECT id FROM job") for world in (empty_world, second))
    assert ours["id"] != theirs["id"], "a button under a direct message may reach the other process"
    told = [entry for entry in await empty_world.discord.requests() if entry["method"] == "PUT"]
    assert len(told) == 1, "only the process with shard 0 tells Discord of the commands"
    assert (await empty_world.kie.state())["creates"] == 2
