"""Many large pictures finished at one moment: what they take of memory, and how soon they are in the channel."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, time
from typing import Any

from sandbox.pictures import PictureOrder, draw
from tests.benchmarks.added_time import made_at
from tests.benchmarks.outside import SHIPPED, Stage, stage
from tests.benchmarks.table import Row

IN_MEMORY = ("-m", "tests.benchmarks.in_memory_bot")
IMAGES, IMAGES_TO_FIT = 100, 20
SIZE_MIB, SIDE = 24, 4096
DRAWN_MIB = 22.9
"""What is to be asked of the drawing so that the file has that size."""
RUNS_EACH = 3
"""Before each, a minute passes: the provider takes 20 creates in 10 s."""
MOST_MB = 250.0
TAKES_100_MIB, TAKES_10_MIB = 3, 0
"""Boost tiers."""
HELD, LET_GO = 1e-6, 1e6
"""The provider's speed: nothing ends, and all has ended."""
GIVES_UP_AFTER_S = 600.0
LOOKS_EVERY_S, LOOKS_AT_CHANNEL_EVERY_S = 0.1, 1.0


@dataclass(frozen=True, kw_only=True)
class Case:
    """A bot, how many images it is asked for, and the boost tier of the server."""

    program: tuple[str, ...]
    images: int = IMAGES
    tier: int = TAKES_100_MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The most memory of the bot's process, the most of its children together, and images a second."""

    own_mb: float
    workers_mb: float
    rate: float


OURS, OTHER = Case(program=SHIPPED), Case(program=IN_MEMORY)
FITTED = Case(program=SHIPPED, images=IMAGES_TO_FIT, tier=TAKES_10_MIB)


async def rows() -> list[Row]:
    """Let each bot deliver the same pictures, one bot after the other, each in a process that did nothing before."""
    found: dict[Case, list[Delivered]] = {OURS: [], OTHER: [], FITTED: []}
    with tempfile.TemporaryDirectory(prefix="plantain-bench-") as folder:
        picture = await asyncio.to_thread(_draw, Path(folder) / "large.png")
        for run in range(RUNS_EACH):
            async with AsyncExitStack() as stack:
                ready = {case: await stack.enter_async_context(stage(case.program, speed=HELD)) for case in found}
                await asyncio.gather(*(_hold(on, case, picture) for case, on in ready.items()))
                for case in reversed(found) if run % 2 else found:
                    found[case].append(await _deliver(ready[case], case))
    return _rows(found[OURS], found[OTHER], found[FITTED])


def _rows(ours: Sequence[Delivered], other: Sequence[Delivered], fitted: Sequence[Delivered]) -> list[Row]:
    many = f"{IMAGES} finished 4K PNGs of {SIZE_MIB} MiB at once ({RUNS_EACH} runs)"
    few = f"{IMAGES_TO_FIT} of them where 10 MiB are allowed"
    beside = "a bot that reads each into memory"
    return [
        Row(
            what=f"{many}: peak memory of the bot",
            unit="MB",
            ours=[run.own_mb for run in ours],
            beside=[run.own_mb for run in other],
            beside_name=beside,
            most=MOST_MB,
        ),
        Row(
            what="the same: images in the channel a second (more is better)",
            unit="",
            ours=[run.rate for run in ours],
            beside=[run.rate for run in other],
            beside_name=beside,
        ),
        Row(
            what="the same: peak memory of the process that makes small copies",
            unit="MB",
            ours=[run.workers_mb for run in ours],
        ),
        Row(what=f"{few}: peak memory of the bot", unit="MB", ours=[run.own_mb for run in fitted], most=MOST_MB),
        Row(
            what=f"{few}: peak memory of the processes that re-encode and make small copies",
            unit="MB",
            ours=[run.workers_mb for run in fitted],
        ),
        Row(
            what=f"{few}: images in the channel a second (more is better)",
            unit="",
            ours=[run.rate for run in fitted],
        ),
    ]


def _draw(path: Path) -> Path:
    order = PictureOrder(prompt="large", width=SIDE, height=SIDE, output_format="png", size_mb=DRAWN_MIB)
    path.write_bytes(draw(order))
    if round(path.stat().st_size / 1024**2) != SIZE_MIB:
        raise RuntimeError(f"the picture came out with {path.stat().st_size} bytes")
    return path


async def _hold(on: Stage, case: Case, picture: Path) -> None:
    """Let a member ask for all, and wait until the provider has all of them in work."""
    await on.client.kie.give_picture(picture)
    [guild, *_] = (await on.client.discord.world())["guilds"]
    await on.client.discord.change_guild(guild["id"], premium_tier=case.tier)
    member = on.client.member("maya")
    for number in range(case.images):
        asked = await member.slash("imagine", prompt=f"a fox, number {number}", resolution="4K", channel="images")
        if (failure := (await asked.response()).failure) is not None:
            raise RuntimeError(f"an ask was not answered: {failure}")
    gives_up_at_s = monotonic() + GIVES_UP_AFTER_S
    while (creates := (await on.client.kie.state())["creates"]) < case.images:
        if monotonic() > gives_up_at_s:
            raise RuntimeError(f"{creates} of {case.images} were created")
        await asyncio.sleep(0.2)


async def _deliver(on: Stage, case: Case) -> Delivered:
    """Let all end at one moment, and wait until the last picture is in the channel."""
    channel_id, began_at = await on.client.discord.channel_id("images"), time()
    await on.client.kie.change(speed=LET_GO)
    watching = asyncio.create_task(_shown(on, case, channel_id))
    workers_mb = 0.0
    while not watching.done():
        workers_mb = max(workers_mb, on.children_memory_mb())
        await asyncio.sleep(LOOKS_EVERY_S)
    ended_at = max(made_at(int(message["attachments"][0]["id"])) for message in await watching)
    return Delivered(own_mb=on.own_peak_memory_mb(), workers_mb=workers_mb, rate=case.images / (ended_at - began_at))


async def _shown(on: Stage, case: Case, channel_id: str) -> list[dict[str, Any]]:
    member, gives_up_at_s = on.client.member("maya"), monotonic() + GIVES_UP_AFTER_S
    while True:
        await asyncio.sleep(LOOKS_AT_CHANNEL_EVERY_S)
        shown = [message for message in await member.messages(channel_id) if message["attachments"]]
        if len(shown) >= case.images:
            return shown
        if monotonic() > gives_up_at_s:
            raise RuntimeError(f"{len(shown)} of {case.images} were delivered")
