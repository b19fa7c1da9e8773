"""A local Discord and a local provider in a process of their own, and a bot in another, to be measured from outside."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter

from sandbox.bot_process import PROJECT_ROOT, BotProcess
from sandbox.client import SandboxClient

SHIPPED = ("bot.py",)
BARE = ("-m", "tests.benchmarks.bare_bot")
STORING = ("-m", "tests.benchmarks.storing_bot")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass
class Stage:
    """A bot before its Discord.

    Attributes:
        ready_after_s: from the start of the bot's process until it was connected.
        environment: what the bot was started with.
    """

    client: SandboxClient
    bot: asyncio.subprocess.Process
    data: Path
    ready_after_s: float
    environment: Mapping[str, str]

    def processor_s(self) -> float:
        """Return the processor time of the bot and of its children so far."""
        return sum(_processor_s(pid) for pid in self._processes())

    def memory_mb(self) -> float:
        """Return the memory that the bot and its children hold now, shared parts counted once each."""
        return sum(_status_kib(pid, "VmRSS") for pid in self._processes()) / 1024

    def peak_memory_mb(self) -> float:
        """Return the most memory that the bot held, with the most that each of its present children did."""
        return sum(_status_kib(pid, "VmHWM") for pid in self._processes()) / 1024

    def own_peak_memory_mb(self) -> float:
        """Return the most memory that the bot's own process held."""
        return _status_kib(self.bot.pid, "VmHWM") / 1024

    def children_memory_mb(self) -> float:
        """Return the memory that the bot's children hold now; one that ends at this moment holds nothing."""
        held_kib = 0.0
        for pid in self._processes()[1:]:
            with suppress(FileNotFoundError, ProcessLookupError):
                held_kib += _status_kib(pid, "VmRSS")
        return held_kib / 1024

    def _processes(self) -> list[int]:
        children: list[int] = []
        for thread in Path(f"/proc/{self.bot.pid}/task").iterdir():  # a child is listed under the one that started it
            with suppress(FileNotFoundError, ProcessLookupError):
                children += map(int, (thread / "children").read_text(encoding="ascii").split())
        return [self.bot.pid, *children]


@asynccontextmanager
async def stage(program: tuple[str, ...] = SHIPPED, *, speed: float = 1.0, **settings: str) -> AsyncIterator[Stage]:
    """Start both servers, then the bot with `settings` beside those that point at them; end them at the end."""
    with tempfile.TemporaryDirectory(prefix="plantain-bench-") as folder:
        servers = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "sandbox", "--json", "--no-bot", "--no-browser", "--port", "0", "--provider-speed", str(speed)),
            cwd=PROJECT_ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert servers.stdout is not None
        addresses: Mapping[str, str] = json.loads(await servers.stdout.readline())
        try:
            async with SandboxClient(addresses["control"]) as client:
                on = await start_bot(program, client, addresses, Path(folder), settings)
                try:
                    yield on
                finally:
                    await end(on.bot)
        finally:
            await end(servers)


async def start_bot(
    program: tuple[str, ...],
    client: SandboxClient,
    addresses: Mapping[str, str],
    data: Path,
    settings: Mapping[str, str],
) -> Stage:
    """Start a bot before servers that run, and wait until it is connected and its commands are known."""
    environment = BotProcess(
        {
            "DISCORD_TOKEN": addresses["discord_token"],
            "KIE_API_KEY": addresses["kie_api_key"],
            "KIE_API_URL": addresses["kie"],
            "KIE_UPLOAD_URL": addresses["kie_upload"],
            "DISCORD_API_URL": addresses["discord_api"],
            "DISCORD_GATEWAY_URL": addresses["discord_gateway"],
            "DATABASE_PATH": str(data / "bot.db"),
            "MEDIA_PATH": str(data / "media"),
            "WEEKLY_ALLOWANCE": "1000000",
            "GUILD_CONCURRENT_JOBS": "100",
            "MEMBER_CONCURRENT_JOBS": "100",
            "MAX_CONCURRENT_JOBS": "100",
            **settings,
        }
    ).environment
    began_s = perf_counter()
    with (data / "bot.log").open("ab") as log:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, *program, cwd=PROJECT_ROOT, env=environment, stdout=log, stderr=log
        )
    gives_up_at_s = monotonic() + 60
    while not (await client.discord.world())["bot_connected"]:
        if bot.returncode is not None or monotonic() > gives_up_at_s:
            raise RuntimeError(f"{program} did not start: {(data / 'bot.log').read_text(encoding='utf-8')}")
        await asyncio.sleep(0.01)
    ready_after_s = perf_counter() - began_s
    await client.discord.wait_for_commands("imagine")
    return Stage(client, bot, data, ready_after_s, environment)


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(15):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS_A_SECOND  # with that of children that ended


def _status_kib(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return float(line.split()[1])
    return 0.0
