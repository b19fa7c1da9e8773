"""The shipped bot as its own process, between the local Discord and the local provider, used as members use it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess
from sandbox.client import Member, SandboxClient, media_of, text_of
from tests.warm_bots import WarmBot

ROOT = Path(__file__).parent.parent
REQUEST_LOGS = ROOT / ".pytest_cache" / "discord-requests"
Message = dict[str, Any]


class World:
    """One sandbox, one bot, and what a test wants to know of them."""

    def __init__(self, sandbox: Sandbox, client: SandboxClient, data: Path, *, starter: Path | None = None) -> None:
        """`starter`: the socket of a process that splits off bots; without it, each is started anew."""
        self.sandbox = sandbox
        self.client = client
        self.kie = client.kie
        self.discord = client.discord
        self.data = data
        self.starter = starter
        self.is_held_on_purpose = False
        """Whether the bot was stopped as a process, which its event loop cannot tell from being blocked."""
        self.bot: BotProcess | None = None

    async def start_bot(self, **settings: str) -> None:
        """Start the bot and wait until it takes commands."""
        self.bot = self.new_bot(**settings)
        await self.bot.start()
        await self.discord.wait_for_commands("imagine", "credits")

    def new_bot(self, **settings: str) -> BotProcess:
        wanted, output = {**self.sandbox.bot_settings(self.data), **settings}, self.data / "bot.log"
        if self.starter is not None:
            return WarmBot(wanted, starter=self.starter, output=output)
        return BotProcess(wanted, output=output)

    def log(self) -> str:
        """Return all that bots wrote into their logs so far."""
        return (self.data / "bot.log").read_text(encoding="utf-8")

    def log_lines(self) -> list[str]:
        """Return the same by line; nothing where no bot was started."""
        return self.log().splitlines() if (self.data / "bot.log").exists() else []

    async def kill_bot(self) -> None:
        """End the bot with SIGKILL: it has no time to do anything."""
        await self.end_bot(signal.SIGKILL)

    async def end_bot(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; return the exit status."""
        assert self.bot is not None
        os.kill(self.bot.pid, number)
        status = await self.bot.wait()
        self.bot = None
        return status

    def member(self, name: str) -> Member:
        return self.client.member(name)

    def rows(self, sql: str, *parameters: object) -> list[sqlite3.Row]:
        """Look into the bot's database from outside."""
        with closing(sqlite3.connect(f"file:{self.data / 'bot.db'}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, parameters).fetchall()

    def write(self, sql: str) -> None:
        """Change the bot's database behind its back, to move a time that a test cannot wait for."""
        with closing(sqlite3.connect(self.data / "bot.db", timeout=10)) as connection, connection:
            connection.execute(sql)

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows("SELECT state FROM job ORDER BY id")]

    async def until(self, condition: Callable[[], bool], *, timeout_s: float = 60) -> None:
        """Wait for something that only the bot's database tells; no event of another process's file reaches us."""
        async with asyncio.timeout(timeout_s):
            while not condition():  # noqa: ASYNC110 (another process writes it)
                await asyncio.sleep(0.01)

    async def eventually(self, condition: Callable[[], Awaitable[bool]], *, timeout_s: float = 60) -> None:
        """Wait for something that only asking tells; see `until`."""
        async with asyncio.timeout(timeout_s):
            while not await condition():  # noqa: ASYNC110 (another process changes it)
                await asyncio.sleep(0.02)

    async def card(
        self, who: str = "maya", *, channel: str = "images", pictures: int = 1, timeout_s: float = 90
    ) -> Message:
        """Wait for a card that shows so many pictures."""
        return await self.member(who).wait_for_message(
            lambda message: len(media_of(message)) >= pictures, channel=channel, timeout_s=timeout_s
        )

    async def message_with(self, text: str, who: str = "maya", *, channel: str = "images") -> Message:
        """Wait for a message that says something."""
        return await self.member(who).wait_for_message(
            lambda message: text in text_of(message), channel=channel, timeout_s=60
        )

    async def picture(self, card: Message, index: int = 0) -> Image.Image:
        """Fetch a picture of a card."""
        content = await self.member("maya").download(media_of(card)[index]["url"])
        return Image.open(BytesIO(content))

    async def pause(self) -> None:
        """Let a moderator pause the queue, so that what is asked for waits and no create is on its way."""
        olive = self.member("olive")
        panel = await (await olive.slash("queue")).message()
        await (await olive.click(panel, "Pause")).done()

    async def resume(self) -> None:
        """Let a moderator end the pause."""
        olive = self.member("olive")
        await (await olive.click(await (await olive.slash("queue")).message(), "Resume")).done()

    async def start_with_one_image_done_and_one_waiting(self) -> Message:
        """Start the bot, let maya ask for two images and a moderator pause after the first; return their card."""
        await self.kie.change(speed=0.001)
        await self.start_bot(MEMBER_CONCURRENT_JOBS="1")
        await (await self.member("maya").slash("imagine", prompt="a fox", count=2)).message(timeout_s=60)
        await self.until(lambda: self.states() == ["running", "queued"])
        await self.pause()
        await self.kie.change(speed=1000)
        await self.until(lambda: self.states() == ["delivered", "queued"])
        return await self.card()

    def audit(self) -> None:
        """Recount the ledger with arithmetic of our own: every account sums up, every closed job was closed once."""
        entries = self.rows("SELECT * FROM ledger_entry ORDER BY id")
        totals: dict[tuple[int, int], int] = {}
        by_job: dict[int, list[sqlite3.Row]] = {}
        for entry in entries:
            key = (entry["guild_id"], entry["user_id"])
            totals[key] = totals.get(key, 0) + entry["amount"]
            assert totals[key] >= 0, f"account {key} fell below zero"
            if entry["job_id"] is not None:
                by_job.setdefault(entry["job_id"], []).append(entry)
        accounts = {(row["guild_id"], row["user_id"]): row for row in self.rows("SELECT * FROM account")}
        assert {key: row["allowance"] + row["grants"] for key, row in accounts.items()} == totals
        for job in self.rows("SELECT id, state, price FROM job"):
            kinds = [entry["kind"] for entry in by_job[job["id"]]]
            net = sum(entry["amount"] for entry in by_job[job["id"]])
            expected = {
                "delivering": (["reserve", "settle"], -job["price"]),
                "delivered": (["reserve", "settle"], -job["price"]),
                "undelivered": (["reserve", "settle"], -job["price"]),
                "failed": (["reserve", "refund"], 0),
                "cancelled": (["reserve", "refund"], 0),
            }.get(job["state"], (["reserve"], -job["price"]))
            assert (kinds, net) == expected, f"job {job['id']} is {job['state']}"

    async def cards(self, who: str = "maya", channel: str = "images") -> list[Message]:
        """Return the bot's own cards in a channel: messages made of components."""
        return [message for message in await self.member(who).messages(channel) if message["components"]]


def free_port() -> int:
    """Return a port on loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def png(size: tuple[int, int] = (64, 64), colour: str = "red") -> bytes:
    """Return a small picture."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()
