"""How soon `/imagine` is answered: ours, which checks, reserves and stores, beside a bot that only defers.

And beside one that stores what was asked before it defers, which tells how much of ours is the disk's.
"""

from __future__ import annotations

import asyncio
from itertools import count
from statistics import median
from time import monotonic

from tests.benchmarks.outside import BARE, SHIPPED, STORING, Stage, stage
from tests.benchmarks.table import RUNS, Row, percentile

RATES = (1, 20, 100)
LASTS_S = 5.0
MEMBERS = 25
MOST_P99_MS = 250.0
NOT_ANSWERED_MS = 3000.0
"""What counts for an answer that does not come: Discord waits no longer."""
MOST_P50_RATIO = 1.5
NAMES = {BARE: "a bot that only defers", STORING: "a bot that stores durably, then defers"}


async def rows() -> list[Row]:
    """Measure the bots in turn, each run from the beginning: what an earlier one asked for would still be at work."""
    found: list[Row] = []
    for rate in RATES:
        runs: dict[tuple[str, ...], list[list[float]]] = {SHIPPED: [], BARE: [], STORING: []}
        for _ in range(RUNS):
            for program, results in runs.items():
                async with stage(program) as on:
                    results.append(await (await Load.on(on)).first_responses_ms(rate))
        for percent, beside, limits in (
            (50, BARE, {"most_ratio": MOST_P50_RATIO}),
            (50, STORING, {}),
            (99, BARE, {"most": MOST_P99_MS}),
        ):
            found.append(
                Row(
                    what=f"first response to `/imagine`, {rate} a second, p{percent}",
                    unit="ms",
                    ours=[percentile(times, percent) for times in runs[SHIPPED]],
                    beside=[percentile(times, percent) for times in runs[beside]],
                    beside_name=NAMES[beside],
                    most=limits.get("most"),
                    most_ratio=limits.get("most_ratio"),
                )
            )
    return found


class Load:
    """Members of a guild who ask at a steady pace."""

    def __init__(self, on: Stage, names: list[str]) -> None:
        self._on = on
        self._names = names
        self._numbers = count()

    @classmethod
    async def on(cls, on: Stage) -> Load:
        world = await on.client.discord.world()
        names = [f"asker{number}" for number in range(MEMBERS)]
        for name in names:
            await on.client.discord.add_member(world["guilds"][0]["id"], name)
        load = cls(on, names)
        await load.first_responses_ms(20)  # not counted: connections are made, pages of the database are read
        return load

    async def first_responses_ms(self, rate: int) -> list[float]:
        """Ask for `LASTS_S` seconds; return how long the bot took each time, as Discord saw it."""
        began_s = monotonic()
        asks: list[asyncio.Task[float]] = []
        for number in range(max(5, int(rate * LASTS_S))):
            await asyncio.sleep(began_s + number / rate - monotonic())
            asks.append(asyncio.create_task(self._ask()))
        return list(await asyncio.gather(*asks))

    async def _ask(self) -> float:
        number = next(self._numbers)
        member = self._on.client.member(self._names[number % len(self._names)])
        state = await (await member.slash("imagine", prompt=f"a fox, number {number}")).response()
        if state.ephemeral:
            raise RuntimeError(f"an ask was refused: {state.raw}")
        return NOT_ANSWERED_MS if state.responded_after_ms is None else state.responded_after_ms


if __name__ == "__main__":  # for a look at one side alone

    async def main() -> None:
        async with stage(SHIPPED) as ours:
            load = await Load.on(ours)
            for rate in RATES:
                times = await load.first_responses_ms(rate)
                print(rate, f"p50 {median(times):.1f} ms, p99 {percentile(times, 99):.1f} ms")

    asyncio.run(main())
