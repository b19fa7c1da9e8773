"""A restart with much left to do: how soon the bot goes on, and whether members are answered meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.client import SandboxClient
from tests.benchmarks.outside import SHIPPED, end, start_bot
from tests.benchmarks.table import RUNS, Row

QUEUED, RUNNING, GUILDS = 10_000, 100, 50
MOST_S, MOST_RESPONSE_MS = 2.0, 1000.0
ASKS_A_RUN = 20
ALL_POLLED_AT_BEST_S = RUNNING / 10
"""The provider takes ten queries a second."""

Figures = dict[str, float]


async def rows() -> list[Row]:
    """Start the bot over a copy of the same database, once for each run."""
    runs = [await _run(number) for number in range(RUNS)]
    left = f"restart with {QUEUED:,} images waiting and {RUNNING} running"
    return [
        Row(
            what=f"{left}: from its start to the first create", unit="s", ours=[r["create"] for r in runs], most=MOST_S
        ),
        Row(
            what=f"{left}: to every running one asked about",
            unit="s",
            ours=[run["polled"] for run in runs],
            beside=[ALL_POLLED_AT_BEST_S] * RUNS,
            beside_name="the provider's ten a second",
        ),
        Row(
            what=f"{left}: longest first response to `/imagine` meanwhile",
            unit="ms",
            ours=[run["response"] for run in runs],
            most=MOST_RESPONSE_MS,
        ),
    ]


async def _run(number: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="plantain-bench-") as folder:
        async with (
            Sandbox(port=0, bot=False, provider_speed=0.001) as sandbox,
            SandboxClient(sandbox.control) as client,
        ):
            first = await start_bot(SHIPPED, client, sandbox.addresses(), Path(folder), {"MAX_CONCURRENT_JOBS": "150"})
            world = await client.discord.world()
            await end(first.bot)
            _fill(Path(folder) / "bot.db", int(world["guilds"][0]["id"]))
            creates = (await client.kie.state())["creates"]
            began_s = time.time()
            on = await start_bot(SHIPPED, client, sandbox.addresses(), Path(folder), {"MAX_CONCURRENT_JOBS": "150"})
            try:
                slowest_ms = 0.0
                for ask in range(ASKS_A_RUN):
                    asked = await client.member("theo").slash("imagine", prompt=f"run {number}, {ask}")
                    state = await asked.response()
                    if state.failure is not None:
                        raise RuntimeError(f"an ask was not answered: {state.raw}")
                    slowest_ms = max(slowest_ms, state.responded_after_ms or 0.0)
                    await asyncio.sleep(0.1)
                first_asked: dict[str, float] = {}  # of each task, when
                while len(first_asked) < RUNNING or (await client.kie.state())["creates"] == creates:
                    await asyncio.sleep(0.1)
                    requests = await client.kie.requests()
                    for entry in requests:
                        if entry["path"].endswith("recordInfo"):
                            first_asked.setdefault(entry["query"], entry["at"])
                first_create_s = next(e["at"] for e in requests if e["path"].endswith("createTask"))
                polled_s = max(first_asked.values())
                return {"create": first_create_s - began_s, "polled": polled_s - began_s, "response": slowest_ms}
            finally:
                await end(on.bot)


def _fill(path: Path, guild_id: int) -> None:
    """Store what an earlier process left: requests of one image each, waiting or running, in many guilds."""
    now = int(time.time())
    price = 24
    with closing(sqlite3.connect(path)) as connection, connection:
        for number in range(1, QUEUED + RUNNING + 1):
            guild, user = guild_id + number % GUILDS, 1000 + number % 500
            is_running = number <= RUNNING
            connection.execute(
                "INSERT INTO request (id, guild_id, channel_id, user_id, interaction_id, prompt, aspect_ratio,"
                " resolution, output_format, image_count, spoiler, notice_needed, shown_revision, revision, created_at)"
                " VALUES (?, ?, 7, ?, ?, 'a fox', '1:1', '4K', 'png', 1, 0, 0, 0, 0, ?)",
                (number, guild, user, number, now),
            )
            connection.execute(
                "INSERT INTO job (id, request_id, guild_id, user_id, position, state, price, remote_task_id, queued_at,"
                " running_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?)",
                (
                    *(number, number, guild, user, "running" if is_running else "queued", price),
                    *(f"t{number}" if is_running else None, now, now - 100 if is_running else None),
                ),
            )
            connection.execute("INSERT OR IGNORE INTO account (guild_id, user_id) VALUES (?, ?)", (guild, user))
            for kind, job_id, amount in (("grant", None, price), ("reserve", number, -price)):
                connection.execute(
                    "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, created_at, counts_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (guild, user, job_id, kind, amount, now, now),
                )
