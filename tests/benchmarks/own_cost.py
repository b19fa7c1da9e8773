"""What the bot itself costs: its start, an image on its way through it, and rest in many servers."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.bot_process import PROJECT_ROOT
from sandbox.client import SandboxClient, media_of
from sandbox.local_discord.world import Channel, ChannelType, Guild, Member, Overwrite, Role, World
from tests.benchmarks.outside import BARE, SHIPPED, Stage, end, stage, start_bot
from tests.benchmarks.table import RUNS, Row

IMAGES = 12
SPEED = 40.0
"""The provider's, so that a run takes seconds; what an image costs the bot is the same."""
POLL_EVERY_S = 3.0 / SPEED
"""The script's: every three seconds at the provider's own pace."""
MOST_START_S, MOST_IMAGE_RATIO, MOST_IDLE_RATIO = 0.5, 2.0, 1.2
GUILDS = (500, 1500, 2500)
CHANNELS, ROLES = 15, 8
"""Of a guild: a modest community, without threads."""
REST_S = 5.0


async def rows() -> list[Row]:
    """Measure all three."""
    return [await _start(), await _image(), *await _rest()]


async def _start() -> Row:
    found: dict[tuple[str, ...], list[float]] = {SHIPPED: [], BARE: []}
    for _ in range(RUNS):
        for program, seconds in found.items():
            async with stage(program) as on:
                seconds.append(on.ready_after_s)
    more = [ours - bare for ours, bare in zip(found[SHIPPED], found[BARE], strict=True)]
    return Row(
        what="start to ready, beyond what stands beside it",
        unit="s",
        ours=more,
        beside=found[BARE],
        beside_name="a bot that only defers, whole",
        most=MOST_START_S,
    )


async def _image() -> Row:
    ours: list[float] = []
    script: list[float] = []
    async with stage(SHIPPED, speed=SPEED) as on:
        await _draw(on, 5)  # not counted: connections are made, durations learned
        channel_id = await on.client.discord.channel_id("Harbor/images")
        for _ in range(RUNS):
            before_s = on.processor_s()
            await _draw(on, IMAGES)
            ours.append((on.processor_s() - before_s) / IMAGES * 1000)
            script.append(await _straight_line(on, channel_id))
    return Row(
        what="processor time for one image, 1K PNG",
        unit="ms",
        ours=ours,
        beside=script,
        beside_name="a straight-line script",
        most_ratio=MOST_IMAGE_RATIO,
    )


async def _draw(on: Stage, count: int) -> None:
    member = on.client.member("maya")
    for number in range(count):
        asked = await member.slash("imagine", prompt=f"a fox, number {number}")
        message_id = (await asked.response()).message_id
        await member.wait_for_message(
            lambda message, card=message_id: message["id"] == card and bool(media_of(message))
        )


async def _straight_line(on: Stage, channel_id: str) -> float:
    script = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.benchmarks.straight_line", channel_id, str(IMAGES), str(POLL_EVERY_S)),
        cwd=PROJECT_ROOT,
        env=dict(on.environment),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await script.communicate()
    return float(out)


async def _rest() -> list[Row]:
    memory: dict[tuple[str, ...], dict[int, list[float]]] = {SHIPPED: {}, BARE: {}}
    processor: dict[tuple[str, ...], list[float]] = {SHIPPED: [], BARE: []}
    for guilds in GUILDS:
        runs = RUNS if guilds == GUILDS[-1] else 1
        for program in (SHIPPED, BARE):
            memory[program][guilds] = []
            for _ in range(runs):
                async with _crowded(program, guilds) as on:
                    await asyncio.sleep(REST_S / 2)
                    before_s = on.processor_s()
                    await asyncio.sleep(REST_S)
                    memory[program][guilds].append(on.memory_mb())
                    if guilds == GUILDS[-1]:
                        processor[program].append((on.processor_s() - before_s) / REST_S * 1000)
    few, some, many = GUILDS
    each = {
        program: [
            (sizes[larger][0] - sizes[smaller][0]) / (larger - smaller) * 1024
            for smaller, larger in ((few, some), (some, many))
        ]
        for program, sizes in memory.items()
    }
    beside = "discord.py's own"
    return [
        Row(
            what=f"memory at rest in {many:,} servers of {CHANNELS} channels and {ROLES} roles",
            unit="MB",
            ours=memory[SHIPPED][many],
            beside=memory[BARE][many],
            beside_name=beside,
            most_ratio=MOST_IDLE_RATIO,
        ),
        Row(
            what=f"each server more: from {few:,} to {some:,}, and from {some:,} to {many:,}",
            unit="KB",
            ours=each[SHIPPED],
            beside=each[BARE],
            beside_name=beside,
            most_ratio=MOST_IDLE_RATIO,
        ),
        Row(
            what=f"processor time of a second at rest in {many:,} servers",
            unit="ms",
            ours=processor[SHIPPED],
            beside=processor[BARE],
            beside_name=beside,
        ),
    ]


@asynccontextmanager
async def _crowded(program: tuple[str, ...], guilds: int) -> AsyncIterator[Stage]:
    """Give a bot that is connected and hears of so many servers."""
    with tempfile.TemporaryDirectory(prefix="plantain-bench-") as folder:
        async with Sandbox(port=0, bot=False) as sandbox, SandboxClient(sandbox.control) as client:
            _populate(sandbox.discord.world, guilds)
            on = await start_bot(program, client, sandbox.addresses(), Path(folder), {})
            try:
                yield on
            finally:
                await end(on.bot)


def _populate(world: World, count: int) -> None:
    """Add guilds until there are `count`."""
    everyone = next(role for guild in world.guilds.values() for role in guild.roles.values())
    for number in range(count - len(world.guilds)):
        guild_id = 900_000_000_000_000_000 + number * 1000
        guild = Guild(id=guild_id, name=f"Garden {number}", owner_id=next(iter(world.users)))
        guild.roles[guild_id] = Role(id=guild_id, name="@everyone", permissions=everyone.permissions)
        for place in range(1, ROLES):
            guild.roles[guild_id + place] = Role(
                id=guild_id + place, name=f"Gardeners {place}", permissions=everyone.permissions, position=place
            )
        for place in range(CHANNELS):
            channel_id = guild_id + 100 + place
            guild.channels[channel_id] = world.channels[channel_id] = Channel(
                id=channel_id,
                type=ChannelType.TEXT,
                name=f"bed-{place}",
                guild_id=guild_id,
                position=place,
                overwrites=[Overwrite(target_id=guild_id + 1 + place % (ROLES - 1), kind=0, allow=1024)],
            )
        guild.members[world.bot.id] = Member(user_id=world.bot.id, joined_at_s=0)
        world.guilds[guild_id] = guild
