"""From the end of a task to its image in the channel, by the shipped bot and in real seconds."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from statistics import mean

from sandbox.client import media_of
from tests.benchmarks.outside import SHIPPED, Stage, stage
from tests.benchmarks.table import RUNS, Row, percentile
from tests.world import free_port

FIXED = ("-m", "tests.benchmarks.fixed_polls")
AT_ONCE = (5, 20, 100)
MOST_S, MOST_WITH_CALLBACKS_S = 1.0, 0.3
MOST_RUN_S = 600.0
ENOUGH_CREDITS = 1_000_000
"""Of the provider's; with what it has at first, 100 images could not be made five times."""
AGREED_AT_ONCE = 20
"""For so many at once a goal is set."""


@dataclass
class Found:
    """The delays of one run, in seconds, and its queries for an image."""

    delays_s: list[float] = field(default_factory=list)
    queries: float = 0.0


async def rows() -> list[Row]:
    """Let three bots draw each load side by side: ours, one that asks every 3 s, and ours with callbacks."""
    found = await asyncio.gather(*(_side_by_side(at_once) for at_once in AT_ONCE))
    return [row for at_once, runs in zip(AT_ONCE, found, strict=True) for row in _rows(at_once, runs)]


async def _side_by_side(at_once: int) -> dict[str, list[Found]]:
    async with AsyncExitStack() as stack:
        port = free_port()
        callbacks = {"CALLBACK_URL": f"http://127.0.0.1:{port}", "HTTP_PORT": str(port)}
        kinds = {
            "ours": await stack.enter_async_context(stage(SHIPPED)),
            "every 3 s": await stack.enter_async_context(stage(FIXED)),
            "callbacks": await stack.enter_async_context(stage(SHIPPED, **callbacks)),
        }
        for on in kinds.values():
            await on.client.kie.change(balance=ENOUGH_CREDITS)
        runs: dict[str, list[Found]] = {kind: [] for kind in kinds}
        for run in range(RUNS):
            results = await asyncio.gather(*(_draw(on, at_once, run) for on in kinds.values()))
            for kind, result in zip(kinds, results, strict=True):
                runs[kind].append(result)
        return runs


def _rows(at_once: int, runs: dict[str, list[Found]]) -> list[Row]:
    has_goal = at_once == AGREED_AT_ONCE
    rows: list[Row] = []
    for kind, what in (("ours", "polling"), ("callbacks", "with callbacks")):
        goal_s = MOST_S if kind == "ours" else MOST_WITH_CALLBACKS_S
        for name, of in (("mean", mean), ("p95", lambda delays: percentile(delays, 95))):
            rows.append(
                Row(
                    what=f"{at_once} at once, {what}: added time, {name}",
                    unit="s",
                    ours=[of(run.delays_s) for run in runs[kind]],
                    beside=[of(run.delays_s) for run in runs["every 3 s"]],
                    beside_name="polls every 3 s",
                    most=goal_s if has_goal and name == "mean" else None,
                )
            )
        rows.append(
            Row(
                what=f"{at_once} at once, {what}: queries for an image",
                unit="",
                ours=[run.queries for run in runs[kind]],
                beside=[run.queries for run in runs["every 3 s"]],
                beside_name="polls every 3 s",
                most_ratio=1.0,
            )
        )
    return rows


async def _draw(on: Stage, count: int, run: int) -> Found:
    """Ask for so many images at once and wait until all are in the channel."""
    member, found = on.client.member("maya"), Found()
    before = (await on.client.kie.state())["queries"]
    prompts = [f"run {run} image {number} end" for number in range(count)]
    shown_at: dict[str, float] = {}
    async with (
        asyncio.timeout(MOST_RUN_S),
        member.events() as events,
    ):  # looking at all messages again and again would take the cores from the bots
        await asyncio.gather(*(member.slash("imagine", prompt=prompt) for prompt in prompts))
        async for event in events:
            message = event.get("message")
            if not message or not media_of(message):
                continue
            prompt = next((prompt for prompt in prompts if prompt in str(message["components"])), None)
            if prompt is not None and message["attachments"]:
                shown_at.setdefault(prompt, made_at(int(message["attachments"][0]["id"])))
            if len(shown_at) == count:
                break
    ended_at = {task["input"]["prompt"]: task["ended_at"] for task in await on.client.kie.tasks()}
    found.delays_s = [shown_at[prompt] - ended_at[prompt] for prompt in prompts]
    found.queries = ((await on.client.kie.state())["queries"] - before) / count
    return found


def made_at(attachment_id: int) -> float:
    """Return when Discord took a file, Unix seconds: its id tells it to the millisecond."""
    discord_epoch_s = datetime.fromisoformat("2015-01-01T00:00:00+00:00").timestamp()
    return (attachment_id >> 22) / 1000 + discord_epoch_s
