"""Starting: what is wrong is said in one line that names the setting, without a traceback."""

from __future__ import annotations

import asyncio

import pytest

from tests.world import World


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"DISCORD_TOKEN": "wrong"}, "Discord refuses DISCORD_TOKEN"),
        ({"MEDIA_PATH": "/proc/nothing/media"}, "MEDIA_PATH /proc/nothing/media cannot be used"),
        ({"DATABASE_PATH": "/proc/nothing/bot.db"}, "cannot be used as the database"),
        ({"KIE_API_KEY": ""}, "KIE_API_KEY: is required"),
        ({"LOG_FORMAT": "xml", "MAX_CONCURRENT_JOBS": "none"}, "MAX_CONCURRENT_JOBS"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_bot_that_cannot_start_says_why(empty_world: World, settings: dict[str, str], says: str) -> None:
    bot = empty_world.new_bot(**settings)
    await bot.start()
    assert await bot.wait() == 1
    log = empty_world.log()
    assert says in log
    assert "Traceback" not in log
    for secret in (empty_world.sandbox.discord_token, empty_world.sandbox.kie_api_key):
        assert secret not in log


async def test_commands_are_told_to_discord_only_when_they_changed(world: World) -> None:
    await world.kill_bot()
    await world.start_bot()
    syncs = [entry for entry in await world.discord.requests() if entry["method"] == "PUT"]
    assert len(syncs) == 1
    await world.kill_bot()
    await world.start_bot(PRICES="4K=30")
    syncs = [entry for entry in await world.discord.requests() if entry["method"] == "PUT"]
    assert len(syncs) == 2


async def test_bot_that_starts_twice_within_five_seconds_waits_as_discord_asks_and_comes_up(world: World) -> None:
    limits = world.sandbox.discord.gateway.identify_limits
    limits.window_s = 5.0
    refused = asyncio.Event()
    admit = limits.admit

    def note(shard: int) -> bool:
        admitted = admit(shard)
        if not admitted:
            refused.set()
            limits.window_s = 0.0
        return admitted

    limits.admit = note
    await world.kill_bot()
    await world.start_bot()
    await asyncio.wait_for(refused.wait(), timeout=20)
    await asyncio.wait_for(world.sandbox.discord.gateway.wait_connected(), timeout=20)
    assert "Traceback" not in world.log()
    await world.member("maya").slash("imagine", prompt="a fox")
    await world.card()
