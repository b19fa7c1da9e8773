"""Raw requests to a local Discord whose clock stands still, as a bot without a library would send them."""

import io
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.local_discord import LocalDiscord, ManualClock
from sandbox.local_discord.interactions import Interaction
from sandbox.local_discord.world import Channel, Guild, Overwrite, User

COMMAND = {
    "name": "imagine",
    "description": "Make an image",
    "options": [
        {"type": 3, "name": "prompt", "description": "What", "required": True, "max_length": 6000},
        {"type": 11, "name": "reference", "description": "From"},
    ],
}


@dataclass
class Answer:
    """Status, headers and decoded body."""

    status: int
    headers: Any
    body: Any

    @property
    def code(self) -> int | None:
        return self.body.get("code") if isinstance(self.body, dict) else None

    def error_codes(self) -> dict[str, list[str]]:
        """Return the codes of a form error by dotted path."""
        found: dict[str, list[str]] = {}

        def look(node: Any, path: str) -> None:
            for name, child in node.items():
                if name == "_errors":
                    found[path] = [error["code"] for error in child]
                else:
                    look(child, f"{path}.{name}" if path else name)

        look(self.body.get("errors", {}), "")
        return found


class Driver:
    """One local Discord, one session, shortcuts for what tests need often."""

    def __init__(self, discord: LocalDiscord, clock: ManualClock, session: aiohttp.ClientSession) -> None:
        self.discord = discord
        self.clock = clock
        self.session = session

    @property
    def app(self) -> int:
        return self.discord.world.application_id

    def guild(self, name: str = "Orchard") -> Guild:
        return next(guild for guild in self.discord.world.guilds.values() if guild.name == name)

    def channel(self, name: str = "images", guild: str = "Orchard") -> Channel:
        return next(channel for channel in self.guild(guild).channels.values() if channel.name == name)

    def user(self, name: str) -> User:
        found = self.discord.world.user_called(name)
        assert found is not None
        return found

    def deny(self, permission: int, *, channel: str = "images") -> None:
        """Deny the bot a permission in the channel."""
        overwrite = Overwrite(target_id=self.discord.world.bot.id, kind=1, deny=int(permission))
        self.channel(channel).overwrites = [overwrite]

    async def request(
        self, method: str, path: str, body: Any = None, *, files: dict[str, bytes] | None = None, token: bool = True
    ) -> Answer:
        headers = {"Authorization": f"Bot {self.discord.token}"} if token else {}
        data: Any = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            if body is not None:
                data.add_field("payload_json", json.dumps(body))
            for index, (name, content) in enumerate(files.items()):
                data.add_field(
                    f"files[{index}]", io.BytesIO(content), filename=name, content_type="application/octet-stream"
                )
        elif body is not None:
            data = json.dumps(body)
            headers["Content-Type"] = "application/json"
        url = f"{self.discord.api_url}{path}"
        async with self.session.request(method, url, data=data, headers=headers) as response:
            content = await response.read()
            return Answer(response.status, response.headers, json.loads(content) if content else None)

    async def post(self, body: Any, *, channel: str = "images", files: dict[str, bytes] | None = None) -> Answer:
        """Post to a channel, out of reach of its rate limit."""
        self.clock.advance(5)
        return await self.request("POST", f"/channels/{self.channel(channel).id}/messages", body, files=files)

    async def edit(self, message: Any, body: Any, *, files: dict[str, bytes] | None = None) -> Answer:
        self.clock.advance(5)
        path = f"/channels/{message['channel_id']}/messages/{message['id']}"
        return await self.request("PATCH", path, body, files=files)

    async def sync(self, *commands: Any) -> Answer:
        return await self.request("PUT", f"/applications/{self.app}/commands", list(commands) or [COMMAND])

    async def slash(self, user: str = "maya", *, channel: str = "images") -> Interaction:
        """Let a member use /imagine."""
        await self.sync()
        return self.discord.members.slash(self.user(user), self.channel(channel), "imagine", {"prompt": "x"})

    async def respond(self, interaction: Interaction, body: Any, *, files: dict[str, bytes] | None = None) -> Answer:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback?with_response=1"
        return await self.request("POST", path, body, files=files, token=False)

    async def webhook(
        self, method: str, interaction: Interaction, path: str = "", body: Any = None, **more: Any
    ) -> Answer:
        self.clock.advance(2)
        return await self.request(method, f"/webhooks/{self.app}/{interaction.token}{path}", body, token=False, **more)


@asynccontextmanager
async def driven() -> AsyncGenerator[Driver]:
    """Start a local Discord with a clock of its own."""
    clock = ManualClock()
    async with LocalDiscord(clock=clock) as discord, aiohttp.ClientSession() as session:
        yield Driver(discord, clock, session)
