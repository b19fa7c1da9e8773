"""A thin client of the control API, for tests and scripts: act as members, look at what they see."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from sandbox.control_client import DEFAULT_TIMEOUT_S, DiscordControl, ProviderControl, RefusedError
from sandbox.seen_messages import JsonObject, controls_of, media_of, text_of

__all__ = [
    "Interaction",
    "InteractionState",
    "Member",
    "RefusedError",
    "SandboxClient",
    "controls_of",
    "media_of",
    "text_of",
]


class SandboxClient:
    """`async with SandboxClient(control_url) as client`; `control_url` is `control` of the JSON line."""

    def __init__(self, control_url: str) -> None:
        self.control_url = control_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self.discord = DiscordControl(self.request)
        self.kie = ProviderControl(self.request)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_connect=5))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        assert self._session is not None, "use `async with SandboxClient(...)`"
        return self._session

    def member(self, name: str) -> "Member":
        """Act as this user, by name or id."""
        return Member(self, name)

    async def request(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """Send one request below the control URL, a file as it is; raises `RefusedError`."""
        is_file = body is None or isinstance(body, io.IOBase)
        data = body if is_file else json.dumps(body)
        url = f"{self.control_url}{path}"
        async with self.session.request(method, url, data=data, params=query) as response:
            return await _answer(response)


async def _answer(response: aiohttp.ClientResponse) -> Any:
    content = await response.text()
    if response.content_type != "application/json":
        raise RefusedError(f"{response.status}: {content}")
    answer = json.loads(content)
    if response.status >= 400:
        raise RefusedError(str(answer.get("message", content)))
    return answer


@dataclass(frozen=True, slots=True)
class InteractionState:
    """What became of an interaction so far; the fields are those of the control API."""

    raw: JsonObject

    @property
    def failure(self) -> str | None:
        return self.raw["failure"]

    @property
    def response_type(self) -> int | None:
        return self.raw["response_type"]

    @property
    def responded_after_ms(self) -> float | None:
        return self.raw["responded_after_ms"]

    @property
    def message_id(self) -> str | None:
        return self.raw["message_id"]

    @property
    def ephemeral(self) -> bool:
        return self.raw["ephemeral"]

    @property
    def modal(self) -> JsonObject | None:
        return self.raw["modal"]

    @property
    def followups(self) -> list[str]:
        return self.raw["followups"]


class Interaction:
    """Something a member did that the bot has to answer."""

    def __init__(self, member: "Member", channel_id: str, started: JsonObject) -> None:
        self._member = member
        self.channel_id = channel_id
        self.id: str = started["interaction_id"]

    async def state(self, wait: str | None = None, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> InteractionState:
        """Return how it stands, after the first response (`response`) or the end of "thinking" (`done`)."""
        query = {} if wait is None else {"wait": wait}
        async with asyncio.timeout(timeout_s):
            return InteractionState(await self._member.request("GET", f"/discord/interactions/{self.id}", **query))

    async def response(self, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> InteractionState:
        """Wait for the bot's first response, or for Discord to give up on it."""
        return await self.state("response", timeout_s=timeout_s)

    async def done(self, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> InteractionState:
        """Wait until the response is there and no longer "thinking"."""
        return await self.state("done", timeout_s=timeout_s)

    async def message(self, *, timeout_s: float = DEFAULT_TIMEOUT_S) -> JsonObject:
        """Wait for the finished response and return its message as the member sees it."""
        state = await self.done(timeout_s=timeout_s)
        for message in await self._member.messages(self.channel_id):
            if message["id"] == state.message_id:
                return message
        raise RefusedError(f"The interaction has no message: {state.failure or state.raw}")


class Member:
    """One member and what they can do. Channels are `images`, `Harbor/images` or ids."""

    def __init__(self, client: SandboxClient, name: str) -> None:
        self._client = client
        self.name = name

    async def request(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """Send one request below the control URL; raises `RefusedError`."""
        return await self._client.request(method, path, body, **query)

    async def _act(self, act: str, body: JsonObject) -> Any:
        return await self.request("POST", f"/discord/members/{self.name}/{act}", body)

    async def _started(self, act: str, channel_id: str, body: JsonObject) -> Interaction:
        return Interaction(self, channel_id, await self._act(act, body))

    async def upload(self, source: Path | bytes, filename: str | None = None) -> str:
        """Upload a file and return the id to give to a command's option or a modal's input."""
        content = await asyncio.to_thread(source.read_bytes) if isinstance(source, Path) else source
        name = filename or (source.name if isinstance(source, Path) else "file")
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(content), filename=name, content_type="application/octet-stream")
        url = f"{self._client.control_url}/discord/members/{self.name}/uploads"
        async with self._client.session.post(url, data=form) as response:
            return (await _answer(response))[0]["upload_id"]

    async def slash(self, command: str, /, *, channel: str = "images", **options: object) -> Interaction:
        """Use a slash command: `slash("budget grant", channel="general", member=id, amount=5)`."""
        channel_id = await self._client.discord.channel_id(channel)
        body: JsonObject = {"channel_id": channel_id, "command": command, "options": options}
        return await self._started("slash", channel_id, body)

    async def menu(self, command: str, /, *, message: JsonObject | None = None, user_id: str = "") -> Interaction:
        """Use a command of the Apps menu on a message, or on a user in `images`."""
        channel_id = message["channel_id"] if message else await self._client.discord.channel_id("images")
        target = {"message_id": message["id"]} if message else {"target_user_id": user_id}
        return await self._started("menu", channel_id, {"channel_id": channel_id, "command": command, **target})

    async def forge_slash(self, command: str, /, *, channel: str = "images", **options: object) -> Interaction:
        """Use a slash command that Discord would not offer this member: its own check is left out."""
        channel_id = await self._client.discord.channel_id(channel)
        body: JsonObject = {"channel_id": channel_id, "command": command, "options": options, "forged": True}
        return await self._started("slash", channel_id, body)

    async def forge_menu(self, command: str, /, *, user_id: str, channel: str = "images") -> Interaction:
        """Use a command of a user's Apps menu that Discord would not offer this member."""
        channel_id = await self._client.discord.channel_id(channel)
        body: JsonObject = {"channel_id": channel_id, "command": command, "target_user_id": user_id, "forged": True}
        return await self._started("menu", channel_id, body)

    async def forge_click(self, message: JsonObject, custom_id: str) -> Interaction:
        """Press a button that is not on the message, or on a private message of somebody else."""
        body: JsonObject = {
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "custom_id": custom_id,
            "forged": True,
        }
        return await self._started("click", message["channel_id"], body)

    async def autocomplete(
        self, command: str, /, *, focused: str, channel: str = "images", **options: object
    ) -> list[JsonObject]:
        """Return what the bot suggests for the option `focused` with these values typed so far."""
        channel_id = await self._client.discord.channel_id(channel)
        body: JsonObject = {"channel_id": channel_id, "command": command, "options": options, "focused": focused}
        return (await self._act("autocomplete", body))["choices"]

    async def click(self, message: JsonObject, control: str, values: Sequence[str] | None = None) -> Interaction:
        """Press a button (its label or custom_id) or choose in a select (its custom_id)."""
        body: JsonObject = {
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "custom_id": _custom_id(message, control),
        }
        if values is not None:
            body["values"] = list(values)
        return await self._started("click", message["channel_id"], body)

    async def submit_modal(self, opened: Interaction, values: Mapping[str, object]) -> Interaction:
        """Fill in and send the modal an interaction opened; values by custom_id, files as lists of upload ids."""
        body: JsonObject = {"modal_id": opened.id, "values": dict(values)}
        return await self._started("submit_modal", opened.channel_id, body)

    async def say(self, content: str, *, channel: str = "images", uploads: Sequence[str] = ()) -> str:
        """Post an ordinary message and return its id."""
        channel_id = await self._client.discord.channel_id(channel)
        return (await self._act("message", {"channel_id": channel_id, "content": content, "uploads": list(uploads)}))[
            "message_id"
        ]

    async def dismiss(self, message: JsonObject) -> None:
        """Close an ephemeral message."""
        await self._act("dismiss", {"channel_id": message["channel_id"], "message_id": message["id"]})

    async def delete(self, message: JsonObject) -> None:
        path = f"/discord/channels/{message['channel_id']}/messages/{message['id']}"
        await self.request("DELETE", path, **{"as": self.name})

    async def messages(self, channel: str = "images") -> list[JsonObject]:
        """Return the messages this member sees there, oldest first."""
        channel_id = await self._client.discord.channel_id(channel)
        return await self.request("GET", f"/discord/channels/{channel_id}/messages", **{"as": self.name})

    @asynccontextmanager
    async def events(self) -> AsyncGenerator[AsyncIterator[JsonObject]]:
        """Watch what this member sees happen, from the moment the block is entered."""
        url = f"{self._client.control_url}/discord/events"
        async with self._client.session.ws_connect(url, params={"as": self.name}, max_msg_size=0) as socket:
            await socket.receive_json()  # the greeting: nothing is missed from here on
            yield _decoded(socket)

    async def wait_for_message(
        self,
        predicate: Callable[[JsonObject], bool],
        *,
        channel: str | None = "images",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> JsonObject:
        """Return the first message that is, or becomes, what the predicate wants; channel None: any, only new ones."""
        channel_id = None if channel is None else await self._client.discord.channel_id(channel)
        async with asyncio.timeout(timeout_s), self.events() as events:
            for message in [] if channel_id is None else await self.messages(channel_id):
                if predicate(message):
                    return message
            async for event in events:
                message = event.get("message")
                if message and channel_id in (None, event["channel_id"]) and predicate(message):
                    return message
        raise RefusedError("The stream of events ended.")

    async def download(self, url: str) -> bytes:
        """Fetch an attachment's address."""
        async with self._client.session.get(url) as response:
            if response.status != 200:
                raise RefusedError(f"{response.status}: {await response.text()}")
            return await response.read()


async def _decoded(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[JsonObject]:
    async for frame in socket:
        if frame.type == aiohttp.WSMsgType.TEXT:
            yield json.loads(frame.data)


def _custom_id(message: JsonObject, control: str) -> str:
    for component in controls_of(message):
        if control in (component.get("custom_id"), component.get("label")):
            return component["custom_id"]
    raise RefusedError(f"The message has no control {control}.")
