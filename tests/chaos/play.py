"""One round: a bot, people, faults and kills for some seconds; then calm, and the judgement."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import re
import signal
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from sandbox.app import Sandbox
from sandbox.client import RefusedError, SandboxClient, controls_of
from tests.chaos.faults import CLOSING, FaultPlan, plans
from tests.chaos.moved_clock import MovedClock
from tests.chaos.people import MODERATORS, People
from tests.chaos.power_loss import PowerLoss
from tests.chaos.witnesses import FINAL, Circumstances, judge
from tests.world import World, free_port

CALM_WITHIN_S = 150.0
LOOK_AGAIN_AFTER_S = 15.0
LIES_ABOUT_TASKS = {"query_501", "query_408", "unknown_is_404"}
TASKS_AT_REST = 60
"""More asyncio tasks than this in an idle bot are a leak: it has about two dozen of its own."""
FILES_AT_REST = 60
CONNECTIONS_IDLE_FOR_S = 30.0
"""aiohttp 3.14.5 keeps a connection for 15 s after its last use, and looks every 15 s for those to close."""


@dataclass
class Report:
    """How a round went."""

    seed: int
    problems: list[str] = field(default_factory=list)
    requests: int = 0
    images: int = 0
    kills: int = 0
    events: list[str] = field(default_factory=list)


def play(seed: int, kept_in: Path | None = None) -> Report:
    """Play the round of a seed; its files are kept below `kept_in` where there was a problem."""
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # connections that a kill cut are no news
    with tempfile.TemporaryDirectory(prefix="plantain-chaos-") as directory:
        report = Report(seed)
        try:
            (data := Path(directory) / "data").mkdir()
            asyncio.run(_play(report, data))
        except Exception as error:
            report.problems.append(f"the round broke: {''.join(traceback.format_exception(error)[-12:])}")
        if report.problems and kept_in is not None:
            kept = kept_in / str(seed)
            kept.mkdir(parents=True, exist_ok=True)
            for name in ("bot.log", "bot.db", "bot.db-wal"):
                source = Path(directory) / "data" / name
                if source.exists():
                    (kept / name).write_bytes(source.read_bytes())
            (kept / "report.txt").write_text("\n".join([*report.problems, "", *report.events]), encoding="utf-8")
        return report


async def _play(report: Report, data: Path) -> None:
    async with (
        Sandbox(port=0, bot=False, provider_speed=40) as sandbox,
        SandboxClient(sandbox.control) as client,
    ):
        sandbox.discord.gateway.identify_limits.window_s = 0
        world = World(sandbox, client, data)
        try:
            await Round(world, report).play()
        finally:
            if world.bot is not None:
                with suppress(ProcessLookupError):
                    os.kill(world.bot.pid, signal.SIGCONT)
                await world.bot.stop()


class Round:
    """Everything that happens in one round."""

    def __init__(self, world: World, report: Report) -> None:
        self._world = world
        self._report = report
        self._chance = random.Random(report.seed)
        self._lasts_s = self._chance.uniform(2.0, 5.0)
        self._plans = plans(self._chance, self._lasts_s)
        self._people = People(world, random.Random(report.seed + 1), report.seed)
        moved = self._chance.random() < 0.2
        self._clock = MovedClock(world.data, self._chance) if moved and MovedClock.is_available() else None
        cut = self._chance.random() < 0.3
        self._power = self._power_loss() if cut and PowerLoss.is_available() else None
        self._settings = {
            "JOB_DEADLINE_S": str(self._chance.choice((4, 6, 8))),
            "MEMBER_CONCURRENT_JOBS": str(self._chance.choice((1, 2, 4))),
            "WEEKLY_ALLOWANCE": str(self._chance.choice((90, 360, 2000))),
            **_together(self._clock, self._power),
        }
        if self._chance.random() < 0.5:
            port = free_port()
            self._settings |= {"CALLBACK_URL": f"http://127.0.0.1:{port}", "HTTP_PORT": str(port)}
        self._webhook_key = "a key of chaos" if self._chance.random() < 0.3 else None
        if self._webhook_key:
            self._settings["CALLBACK_SECRET"] = self._webhook_key

    def _power_loss(self) -> PowerLoss:
        beside = self._world.data.with_name("unsynced")
        beside.mkdir()
        return PowerLoss(self._world.data, beside, PowerLoss.build(beside.parent), self._chance)

    async def play(self) -> None:
        """Play, wait for calm, judge."""
        world = self._world
        await world.kie.change(webhook_key=self._webhook_key)
        await world.start_bot(**self._settings)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._act())
            group.create_task(self._break_things())
            group.create_task(self._kill())
        await self._calm_down()
        circumstances = Circumstances(
            removed=self._people.cards_deleted,
            places_closed=any(name in CLOSING for plan in self._plans for name in plan.discord),
            queries_lied=any(name in LIES_ABOUT_TASKS for plan in self._plans for name in plan.provider),
            clock_moved=self._clock is not None,
        )
        await self._works_again()
        await self._nothing_leaked()
        self._report.problems += await judge(world, circumstances)
        status = await world.end_bot()
        if status != 0:
            self._report.problems.append(f"asked to stop, the bot ended with status {status}")
        self._report.requests = world.rows("SELECT count(*) FROM request")[0][0]
        self._report.images = world.rows("SELECT count(*) FROM job WHERE state = 'delivered'")[0][0]

    def _note(self, text: str) -> None:
        self._report.events.append(f"{asyncio.get_running_loop().time():.2f} {text}")

    async def _act(self) -> None:
        """Let several people act side by side."""
        ends_at = asyncio.get_running_loop().time() + self._lasts_s

        async def go_on() -> None:
            while asyncio.get_running_loop().time() < ends_at:
                await self._people.act()
                await asyncio.sleep(self._people.pause_s())

        async with asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(go_on())

    async def _break_things(self) -> None:
        begin = asyncio.get_running_loop().time()
        for plan in self._plans:
            await asyncio.sleep(max(0.0, begin + plan.at_s - asyncio.get_running_loop().time()))
            self._note(f"{plan}")
            await self._apply(plan)

    async def _apply(self, plan: FaultPlan) -> None:
        if plan.discord:
            await self._world.discord.set_faults(**plan.discord)
        if plan.provider:
            await self._world.kie.set_faults(**plan.provider)
        if plan.gateway:
            with suppress(RefusedError):  # it is not connected at all
                await self._world.discord.cut_gateway(plan.gateway)

    async def _kill(self) -> None:
        """End the bot, or hold it, at random instants. A start waits for nothing: the next kill may come before it."""
        chance, left_s = random.Random(self._report.seed + 2), self._lasts_s
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            wait_s = chance.uniform(0, left_s)
            left_s -= wait_s
            await asyncio.sleep(wait_s)
            how = chance.choice(("kill", "kill", "kill", "term", "hold", "set the clock"))
            self._note(how)
            if how == "set the clock":
                if self._clock is not None:
                    self._clock.move()
                continue
            bot = self._world.bot
            assert bot is not None
            if how == "hold":
                os.kill(bot.pid, signal.SIGSTOP)
                await asyncio.sleep(chance.uniform(0.5, 3))
                os.kill(bot.pid, signal.SIGCONT)
                continue
            self._report.kills += 1
            with suppress(ProcessLookupError):
                os.kill(bot.pid, signal.SIGKILL if how == "kill" else signal.SIGTERM)
            await bot.wait()
            if how == "kill" and self._power is not None:
                self._note(f"the power was cut: {self._power.strike()} changes are gone")
            await asyncio.sleep(chance.uniform(0, 0.5))
            self._world.bot = self._world.new_bot(**self._settings)
            await self._world.bot.start()

    async def _calm_down(self) -> None:
        """End all faults, let the queues go on, and wait until the bot has nothing left to do."""
        world = self._world
        self._note("calm")
        await world.discord.set_faults(**dict.fromkeys(await world.discord.faults()))
        await world.kie.set_faults(**dict.fromkeys((await world.kie.state())["faults"], False))
        await world.kie.change(balance=5000)
        assert world.bot is not None
        if world.bot.has_ended:  # it may: Discord refused its login, say
            self._note("the bot had ended by itself and is started again")
            world.bot = world.new_bot(**self._settings)
            await world.bot.start()
        await world.discord.wait_for_commands("imagine", "credits", timeout_s=60)
        for _ in range(int(CALM_WITHIN_S / LOOK_AGAIN_AFTER_S)):
            # A press from the storm may be answered late, and pause a queue again.
            for name, place in MODERATORS.items():
                await self._resume_queue(name, place)
            with suppress(TimeoutError):
                await world.until(self._is_settled, timeout_s=LOOK_AGAIN_AFTER_S)
                break
        self._note("settled")

    async def _resume_queue(self, name: str, place: str) -> None:
        for _ in range(3):
            with suppress(RefusedError, TimeoutError, aiohttp.ClientError):
                panel = await (await self._world.member(name).slash("queue", channel=place)).message()
                resume = [entry for entry in controls_of(panel) if entry.get("label") == "Resume"]
                if not resume:
                    return
                await (await self._world.member(name).click(panel, resume[0]["custom_id"])).done()

    def _is_settled(self) -> bool:
        world = self._world
        states = {row["state"] for row in world.rows("SELECT DISTINCT state FROM job")}
        behind = world.rows("SELECT 1 FROM request WHERE revision <> shown_revision OR notice_needed LIMIT 1")
        left = world.rows(
            "SELECT 1 FROM pending_card UNION ALL SELECT 1 FROM file_removal UNION ALL SELECT 1 FROM message_removal"
        )
        return states <= FINAL and not behind and not left

    async def _works_again(self) -> None:
        """After all that a member gets an image, within seconds."""
        world, prompt = self._world, f"fox {self._report.seed} number 0 end"
        ids = {user["name"]: user["id"] for user in (await world.discord.world())["users"]}
        granted = await world.member("olive").slash(
            "budget grant", channel="Orchard/images", member=ids["maya"], amount=100, reason="the end"
        )
        await granted.done()
        asked = await world.member("maya").slash("imagine", prompt=prompt)
        await asked.response()

        def states() -> list[str]:
            sql = "SELECT state FROM job JOIN request ON request.id = job.request_id WHERE prompt = ?"
            return [row["state"] for row in world.rows(sql, prompt)]

        with suppress(TimeoutError):  # others may still wait before it: presses of the storm that came late
            await world.until(lambda: bool(states()) and self._is_settled(), timeout_s=90)
        if states() != ["delivered"]:
            self._report.problems.append(f"the request after the storm ended as {states()}")

    async def _nothing_leaked(self) -> None:
        """Ask the bot itself what it holds, until it is at rest or its idle connections should be closed."""
        for _ in range(int(CONNECTIONS_IDLE_FOR_S / 0.5) + 10):
            await asyncio.sleep(0.5)
            line = await self._holdings()
            leaks = _leaks(line)
            if not leaks:
                break
        self._note(line)
        self._report.problems += leaks

    async def _holdings(self) -> str:
        """SIGUSR1 writes one line into the bot's log."""
        world = self._world
        assert world.bot is not None
        before = world.log().count("Holding ")
        os.kill(world.bot.pid, signal.SIGUSR1)
        await world.until(lambda: world.log().count("Holding ") > before, timeout_s=10)
        return world.log().rpartition("Holding ")[2].splitlines()[0]


def _together(*changed: MovedClock | PowerLoss | None) -> dict[str, str]:
    """Return the environment of a bot whose libraries see to all of that."""
    environments = [each.environment for each in changed if each is not None]
    preloaded = ":".join(environment["LD_PRELOAD"] for environment in environments)
    return {name: value for environment in environments for name, value in environment.items()} | (
        {"LD_PRELOAD": preloaded} if preloaded else {}
    )


def _leaks(line: str) -> list[str]:
    kinds = ("card of request", "poll job", "submit job", "_fetch job")
    found = [f"workers are left: {line}" for kind in kinds if f"{kind} N " in line]
    if int(line.split()[0]) > TASKS_AT_REST:
        found.append(f"tasks are left: {line}")
    if int(re.search(r"(\d+) open files", line)[1]) > FILES_AT_REST:  # type: ignore[index]
        found.append(f"files are open: {line}")
    return found
