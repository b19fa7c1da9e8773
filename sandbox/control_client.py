"""What the control API lets one see and change from outside, apart from acting as a member."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from sandbox.seen_messages import JsonObject

DEFAULT_TIMEOUT_S = 20.0


class Request(Protocol):
    """Sends one request below the control URL; raises `RefusedError`."""

    async def __call__(self, method: str, path: str, body: object = None, **query: str) -> Any: ...


class RefusedError(Exception):
    """The sandbox refused: what Discord's client would not let a member do, or a request it does not know."""


class DiscordControl:
    """The world from outside."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def world(self) -> JsonObject:
        return await self._request("GET", "/discord/world")

    async def commands(self) -> list[JsonObject]:
        return await self._request("GET", "/discord/commands")

    async def requests(self, after: int = 0) -> list[JsonObject]:
        """Return the bot's REST requests with a higher number, oldest first."""
        return await self._request("GET", "/discord/requests", after=str(after))

    async def faults(self) -> JsonObject:
        return await self._request("GET", "/discord/faults")

    async def set_faults(self, **faults: object) -> JsonObject:
        """Switch faults: `rate_limited={"route": "POST /channels/*", "times": 2}`, None for off."""
        return await self._request("PATCH", "/discord/faults", faults)

    async def change_guild(self, guild_id: str, **changes: object) -> JsonObject:
        return await self._request("PATCH", f"/discord/guilds/{guild_id}", changes)

    async def change_user(self, name: str, **changes: object) -> JsonObject:
        return await self._request("PATCH", f"/discord/users/{name}", changes)

    async def change_role(self, role_id: str, **changes: object) -> JsonObject:
        return await self._request("PATCH", f"/discord/roles/{role_id}", changes)

    async def change_channel(self, channel_id: str, **changes: object) -> JsonObject:
        return await self._request("PATCH", f"/discord/channels/{channel_id}", changes)

    async def add_channel(self, guild_id: str, **fields: object) -> JsonObject:
        return await self._request("POST", f"/discord/guilds/{guild_id}/channels", fields)

    async def delete_channel(self, channel_id: str) -> None:
        await self._request("DELETE", f"/discord/channels/{channel_id}")

    async def add_member(self, guild_id: str, name: str) -> JsonObject:
        """Let a user join, an existing one or a new one; return them with their `id`."""
        return await self._request("POST", f"/discord/guilds/{guild_id}/members", {"name": name})

    async def remove_member(self, guild_id: str, name: str) -> None:
        """Let a member leave."""
        await self._request("DELETE", f"/discord/guilds/{guild_id}/members/{name}")

    async def set_roles(self, guild_id: str, name: str, role_ids: Sequence[str]) -> JsonObject:
        """Give a member these roles, in place of those before."""
        return await self._request("PATCH", f"/discord/guilds/{guild_id}/members/{name}", {"roles": list(role_ids)})

    async def add_role(self, guild_id: str, name: str, *, permissions: str = "0") -> JsonObject:
        """Make a role; return it with its `id`."""
        fields = {"name": name, "permissions": permissions}
        return await self._request("POST", f"/discord/guilds/{guild_id}/roles", fields)

    async def delete_role(self, guild_id: str, role_id: str) -> None:
        await self._request("DELETE", f"/discord/guilds/{guild_id}/roles/{role_id}")

    async def allow_command(self, guild_id: str, command: str, role_id: str, *, allowed: bool | None = True) -> None:
        """Show or hide a command for a role, as Server Settings → Integrations does; None: as usual."""
        body = {"command": command, "role": role_id, "allowed": allowed}
        await self._request("PUT", f"/discord/guilds/{guild_id}/command_permissions", body)

    async def cut_gateway(self, how: str = "resumable", *, shard: int | None = None, code: int = 4000) -> None:
        """Cut the bot's gateway: `resumable`, `invalid`, `reconnect`; `refuse` also turns it away until `accept`.

        `shard`: this one only; where it is refused, with this close code.
        """
        body: JsonObject = {"how": how}
        if shard is not None:
            body |= {"shard": shard, "code": code}
        await self._request("POST", "/discord/gateway/cut", body)

    async def wait_for_commands(self, *names: str, timeout_s: float = DEFAULT_TIMEOUT_S) -> list[JsonObject]:
        """Wait until the bot is connected and has synced these commands."""
        async with asyncio.timeout(timeout_s):
            while True:
                world, commands = await self.world(), await self.commands()
                if world["bot_connected"] and {*names} <= {command["name"] for command in commands}:
                    return commands
                await asyncio.sleep(0.02)

    async def channel_id(self, channel: str) -> str:
        """Return the id for `images` (first guild that has it), `Harbor/images`, or an id."""
        if channel.isdigit():
            return channel
        guild_name, _, name = channel.rpartition("/")
        for guild in (await self.world())["guilds"]:
            for entry in guild["channels"]:
                if entry["name"] == name and guild_name in ("", guild["name"]):
                    return entry["id"]
        raise RefusedError(f"There is no channel {channel}.")


class ProviderControl:
    """The provider from outside."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def state(self) -> JsonObject:
        return await self._request("GET", "/kie")

    async def change(self, **changes: object) -> JsonObject:
        """Set any of `balance`, `speed`, `faults`."""
        return await self._request("PATCH", "/kie", changes)

    async def set_faults(self, **faults: object) -> JsonObject:
        return await self.change(faults=faults)

    async def give_picture(self, path: Path) -> JsonObject:
        """Make this file the picture of every task from now on."""
        with path.open("rb") as file:
            return await self._request("PUT", "/kie/picture", file)

    async def tasks(self) -> list[JsonObject]:
        return await self._request("GET", "/kie/tasks")

    async def requests(self) -> list[JsonObject]:
        return await self._request("GET", "/kie/requests")

    async def reset(self) -> None:
        await self._request("POST", "/kie/reset")
