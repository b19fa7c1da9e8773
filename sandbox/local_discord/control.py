"""The HTTP API by which members act and by which the world is looked at and changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import BodyPartReader, web

from sandbox.json_values import JsonObject, as_list, as_object
from sandbox.local_discord.commands import CommandRegistry
from sandbox.local_discord.events import EventHub
from sandbox.local_discord.faults import NAMES as FAULT_NAMES
from sandbox.local_discord.faults import FaultError, Faults
from sandbox.local_discord.interactions import Interaction, Interactions
from sandbox.local_discord.member_input import ActRefusedError
from sandbox.local_discord.members import Members
from sandbox.local_discord.people_control import PeopleControl
from sandbox.local_discord.request_log import RequestLog
from sandbox.local_discord.snowflakes import iso_time
from sandbox.local_discord.world import Channel, User
from sandbox.local_discord.world_control import WorldChangeError, WorldControl

PREFIX = "/control/discord"
_Act = Callable[[User, JsonObject], Awaitable[Any]]


class ControlApi:
    """Routes below /control/discord; every refusal is {"message": plain words}."""

    def __init__(
        self,
        *,
        members: Members,
        commands: CommandRegistry,
        interactions: Interactions,
        world_control: WorldControl,
        people_control: PeopleControl,
        events: EventHub,
        faults: Faults,
        log: RequestLog,
    ) -> None:
        self._members = members
        self._commands = commands
        self._interactions = interactions
        self._world_control = world_control
        self._people = people_control
        self._events = events
        self._faults = faults
        self._log = log
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self) -> list[web.RouteDef]:
        member, channel = f"{PREFIX}/members/{{user}}", f"{PREFIX}/channels/{{channel}}"
        acts: dict[str, _Act] = {
            "slash": self._slash,
            "menu": self._menu,
            "click": self._click,
            "submit_modal": self._submit_modal,
            "autocomplete": self._autocomplete,
            "dismiss": self._dismiss,
            "message": self._say,
        }
        gets: dict[str, Callable[[web.Request], Awaitable[Any]]] = {
            f"{PREFIX}/world": self._world,
            f"{PREFIX}/commands": self._list_commands,
            f"{channel}/messages": self._messages,
            f"{PREFIX}/interactions/{{interaction}}": self._interaction,
            f"{PREFIX}/faults": self._get_faults,
            f"{PREFIX}/faults/help": self._explain_faults,
            f"{PREFIX}/requests": self._requests,
        }
        patches: dict[str, Callable[[web.Request], Awaitable[Any]]] = {
            f"{PREFIX}/faults": self._change_faults,
            f"{PREFIX}/guilds/{{guild}}": self._change_guild,
            f"{PREFIX}/users/{{user}}": self._change_user,
            f"{PREFIX}/roles/{{role}}": self._change_role,
            channel: self._change_channel,
        }
        return [
            *(web.post(f"{member}/{name}", _answering(self._as_act(act))) for name, act in acts.items()),
            web.post(f"{member}/uploads", _answering(self._upload)),
            *(web.get(path, _answering(handler)) for path, handler in gets.items()),
            *(web.patch(path, _answering(handler)) for path, handler in patches.items()),
            web.delete(f"{channel}/messages/{{message}}", _answering(self._delete_message)),
            web.delete(channel, _answering(self._delete_channel)),
            web.post(f"{PREFIX}/guilds/{{guild}}/channels", _answering(self._add_channel)),
            *self._people_routes(f"{PREFIX}/guilds/{{guild}}"),
            web.patch(f"{PREFIX}/gateway", _answering(self._change_gateway)),
            web.post(f"{PREFIX}/gateway/cut", _answering(self._cut_gateway)),
            web.get(f"{PREFIX}/events", self._stream_events),
        ]

    def _people_routes(self, guild: str) -> list[web.RouteDef]:
        def part(request: web.Request, name: str) -> str:
            return request.match_info[name]

        async def add_member(request: web.Request) -> JsonObject:
            return self._people.add_member(part(request, "guild"), await _object_of(request))

        async def remove_member(request: web.Request) -> None:
            self._people.remove_member(part(request, "guild"), part(request, "user"))

        async def set_roles(request: web.Request) -> JsonObject:
            return self._people.set_roles(part(request, "guild"), part(request, "user"), await _object_of(request))

        async def add_role(request: web.Request) -> JsonObject:
            return self._people.add_role(part(request, "guild"), await _object_of(request))

        async def delete_role(request: web.Request) -> None:
            self._people.delete_role(part(request, "guild"), part(request, "role"))

        async def allow_command(request: web.Request) -> JsonObject:
            return self._people.allow_command(part(request, "guild"), await _object_of(request))

        return [
            web.post(f"{guild}/members", _answering(add_member)),
            web.delete(f"{guild}/members/{{user}}", _answering(remove_member)),
            web.patch(f"{guild}/members/{{user}}", _answering(set_roles)),
            web.post(f"{guild}/roles", _answering(add_role)),
            web.delete(f"{guild}/roles/{{role}}", _answering(delete_role)),
            web.put(f"{guild}/command_permissions", _answering(allow_command)),
        ]

    async def close(self) -> None:
        """End the event streams."""
        for socket in list(self._sockets):
            await socket.close(code=1001)

    def _as_act(self, act: _Act) -> Callable[[web.Request], Awaitable[Any]]:
        async def handle(request: web.Request) -> Any:
            user = self._members.user(request.match_info["user"])
            return await act(user, await _object_of(request))

        return handle

    def _channel(self, user: User, body: JsonObject) -> Channel:
        channel = self._members.channel(user, body.get("channel_id"))
        if body.get("guild_id") not in (None, str(channel.guild_id), channel.guild_id):
            raise ActRefusedError(f"There is no channel {channel.id} in guild {body['guild_id']}.")
        return channel

    async def _upload(self, request: web.Request) -> list[JsonObject]:
        user = self._members.user(request.match_info["user"])
        uploaded: list[JsonObject] = []
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name != "file":
                raise ActRefusedError("Files are sent as multipart fields named file.")
            attachment = await self._members.upload(user, _chunks(part), part.filename or "unknown")
            uploaded.append(
                {
                    "upload_id": str(attachment.id),
                    "filename": attachment.filename,
                    "size": attachment.size_bytes,
                    "content_type": attachment.content_type,
                }
            )
        return uploaded

    async def _slash(self, user: User, body: JsonObject) -> JsonObject:
        options = as_object(body.get("options", {}))
        if options is None:
            raise ActRefusedError("options must be an object of option name and value.")
        channel = self._channel(user, body)
        forged = body.get("forged") is True
        return _started(self._members.slash(user, channel, str(body.get("command", "")), options, forged=forged))

    async def _menu(self, user: User, body: JsonObject) -> JsonObject:
        on_message = "message_id" in body
        target = str(body.get("message_id") or body.get("target_user_id"))
        channel = self._channel(user, body)
        command = str(body.get("command", ""))
        forged = body.get("forged") is True
        return _started(
            self._members.menu(user, channel, command, target_id=target, on_message=on_message, forged=forged)
        )

    async def _click(self, user: User, body: JsonObject) -> JsonObject:
        channel = self._channel(user, body)
        custom_id = str(body.get("custom_id"))
        if body.get("forged") is True:
            return _started(self._members.forge_click(user, channel, body.get("message_id"), custom_id))
        return _started(self._members.click(user, channel, body.get("message_id"), custom_id, body.get("values")))

    async def _submit_modal(self, user: User, body: JsonObject) -> JsonObject:
        values = as_object(body.get("values", {}))
        if values is None:
            raise ActRefusedError("values must be an object of custom_id and value.")
        return _started(self._members.submit_modal(user, body.get("modal_id"), values))

    async def _autocomplete(self, user: User, body: JsonObject) -> JsonObject:
        channel, options = self._channel(user, body), as_object(body.get("options", {})) or {}
        interaction = self._members.autocomplete(
            user, channel, str(body.get("command", "")), options, str(body.get("focused"))
        )
        await interaction.answered.wait()
        return {"choices": interaction.choices or [], "failure": interaction.failure}

    async def _dismiss(self, user: User, body: JsonObject) -> None:
        channel_id = body.get("channel_id") or self._world_control.channel_of_message(body.get("message_id"))
        self._members.dismiss(user, self._members.channel(user, channel_id), body.get("message_id"))

    async def _say(self, user: User, body: JsonObject) -> JsonObject:
        uploads = [str(upload) for upload in as_list(body.get("uploads", [])) or []]
        message = await self._members.say(
            user, self._channel(user, body), str(body.get("content", "")), uploads, reply_to=body.get("reply_to")
        )
        return {"message_id": str(message.id)}

    async def _world(self, request: web.Request) -> JsonObject:
        del request
        return self._world_control.as_json()

    async def _list_commands(self, request: web.Request) -> list[JsonObject]:
        del request
        return self._commands.everything()

    async def _messages(self, request: web.Request) -> list[JsonObject]:
        user = self._members.user(request.query.get("as", ""))
        return self._members.visible_messages(user, self._members.channel(user, request.match_info["channel"]))

    async def _interaction(self, request: web.Request) -> JsonObject:
        wanted = request.match_info["interaction"]
        interaction = self._interactions.get(int(wanted)) if wanted.isdigit() else None
        if interaction is None:
            raise ActRefusedError(f"There is no interaction {wanted}.")
        match request.query.get("wait"):
            case None:
                pass
            case "response":
                await interaction.answered.wait()
            case "done":
                await interaction.settled.wait()
            case other:
                raise ActRefusedError(f"wait is response or done, not {other}.")
        return interaction.state()

    async def _delete_message(self, request: web.Request) -> None:
        user = self._members.user(request.query.get("as", ""))
        channel = self._members.channel(user, request.match_info["channel"])
        self._members.delete(user, channel, request.match_info["message"])

    async def _get_faults(self, request: web.Request) -> JsonObject:
        del request
        return self._faults.as_json()

    async def _explain_faults(self, request: web.Request) -> JsonObject:
        del request
        return dict(FAULT_NAMES)

    async def _change_faults(self, request: web.Request) -> JsonObject:
        self._faults.change(await _object_of(request))
        return self._faults.as_json()

    async def _requests(self, request: web.Request) -> list[JsonObject]:
        after = request.query.get("after", "0")
        if not after.isdigit():
            raise ActRefusedError("after must be a whole number.")
        return self._log.after(int(after))

    async def _change_guild(self, request: web.Request) -> JsonObject:
        return self._world_control.change_guild(request.match_info["guild"], await _object_of(request))

    async def _change_user(self, request: web.Request) -> JsonObject:
        user = self._members.user(request.match_info["user"])
        return self._world_control.change_user(user, await _object_of(request))

    async def _change_role(self, request: web.Request) -> JsonObject:
        return self._world_control.change_role(request.match_info["role"], await _object_of(request))

    async def _change_channel(self, request: web.Request) -> JsonObject:
        return self._world_control.change_channel(request.match_info["channel"], await _object_of(request))

    async def _add_channel(self, request: web.Request) -> JsonObject:
        return self._world_control.add_channel(request.match_info["guild"], await _object_of(request))

    async def _delete_channel(self, request: web.Request) -> None:
        self._world_control.delete_channel(request.match_info["channel"])

    async def _change_gateway(self, request: web.Request) -> JsonObject:
        return self._world_control.change_gateway(await _object_of(request))

    async def _cut_gateway(self, request: web.Request) -> None:
        self._world_control.cut_gateway(await _object_of(request))

    async def _stream_events(self, request: web.Request) -> web.StreamResponse:
        try:
            user = self._members.user(request.query.get("as", ""))
        except ActRefusedError as error:
            return _json({"message": str(error)}, 400)
        socket = web.WebSocketResponse(heartbeat=30)
        await socket.prepare(request)
        self._sockets.add(socket)
        with self._events.watch(user.id) as queue:
            sender = asyncio.create_task(_forward(queue, socket), name=f"events as {user.name}")
            try:
                async for _ in socket:  # nothing is expected; the end of the loop is the end of the stream
                    continue
            finally:
                self._sockets.discard(socket)
                sender.cancel()
                await asyncio.gather(sender, return_exceptions=True)
        return socket


async def _forward(queue: asyncio.Queue[JsonObject], socket: web.WebSocketResponse) -> None:
    await socket.send_json({"type": "hello"})  # whoever got this misses nothing from here on
    while True:
        event = await queue.get()
        try:
            await socket.send_json(event)
        except ConnectionError:
            return


async def _chunks(part: BodyPartReader) -> AsyncIterator[bytes]:
    while chunk := await part.read_chunk(256 * 1024):
        yield chunk


def _started(interaction: Interaction) -> JsonObject:
    return {"interaction_id": str(interaction.id), "token_expires_at": iso_time(interaction.expires_at_s)}


async def _object_of(request: web.Request) -> JsonObject:
    content = await request.read()
    try:
        body = as_object(json.loads(content)) if content else {}
    except ValueError:
        body = None
    if body is None:
        raise ActRefusedError("The body must be a JSON object.")
    return body


def _json(answer: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=json.dumps(answer).encode(), content_type="application/json")


def _answering(handler: Callable[[web.Request], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Turn what the handler returns or refuses into an HTTP answer."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return _json(await handler(request))
        except (ActRefusedError, FaultError, WorldChangeError) as error:
            return _json({"message": str(error)}, 400)

    return answer
