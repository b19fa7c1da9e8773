"""The gateway: sessions over websockets, with heartbeat, identify limits, shards, resume and zlib-stream."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.json_values import JsonObject, as_list, as_object
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.gateway_session import Connection, Intent, Opcode, Session
from sandbox.local_discord.identify_limits import IdentifyLimits
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.world import World

HEARTBEAT_INTERVAL_MS = 41_250
SILENCE_S = HEARTBEAT_INTERVAL_MS / 1000 * 1.5
"""How long a client may send no heartbeat; Discord names no figure beyond the interval it announces."""
LARGEST_PAYLOAD_BYTES = 4096
API_VERSIONS = ("9", "10")
MOST_MEMBERS_ASKED = 100
PRIVILEGED_INTENTS = Intent.GUILD_MEMBERS | 1 << 8 | Intent.MESSAGE_CONTENT
SESSION_LIFETIME_S = 180.0


class Gateway:
    """Owns the sessions and tells them what happens.

    Attributes:
        refusing: whether new connections are turned away, as while Discord is down.
        refused_shards: those that may neither start nor go on with a session, and the close code that tells them so.
        identify_limits: how often clients may start a session.
    """

    def __init__(self, world: World, payloads: Payloads, clock: Clock, token: str) -> None:
        self._world = world
        self._payloads = payloads
        self._clock = clock
        self._token = token
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._changed = asyncio.Event()
        self.refusing = False
        self.refused_shards: dict[int, int] = {}
        self.identify_limits = IdentifyLimits(clock)
        self.base_url = ""
        self.last_close_code: int | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/gateway/", self._serve), web.get("/gateway", self._serve)]

    @property
    def connected(self) -> bool:
        """Whether some session has a connection now."""
        return bool(self.connected_shards)

    @property
    def connected_shards(self) -> set[int]:
        """The shards that have a connection now."""
        return {session.shard for session in self._sessions.values() if session.connection}

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds, looked at whenever a session changes."""
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def wait_connected(self) -> None:
        """Wait until a bot is connected and identified."""
        await self.wait_for(lambda: self.connected)

    def dispatch(self, event: str, data: JsonObject, *, guild_id: int | None, intent: int = Intent.NONE) -> None:
        """Tell every session that should know; those without a connection hear it on resume."""
        self._forget_stale_sessions()
        for session in list(self._sessions.values()):
            if session.wants(guild_id, intent):
                session.dispatch(event, data)

    def ask_to_reconnect(self, shard: int | None = None) -> None:
        """Send op 7 to every connection, or to those of one shard."""
        for connection in self._connections_of(shard):
            connection.send({"op": Opcode.RECONNECT, "d": None})

    def cut(self, *, resumable: bool, shard: int | None = None) -> None:
        """Drop every connection, or those of one shard, without a word; their sessions live on where `resumable`."""
        cut = self._connections_of(shard)
        if not resumable:
            for session in list(self._sessions.values()):
                if shard in (None, session.shard):
                    del self._sessions[session.id]
        for connection in cut:
            connection.abort()

    def _connections_of(self, shard: int | None) -> list[Connection]:
        if shard is None:
            return list(self._connections)
        held = (session.connection for session in self._sessions.values() if session.shard == shard)
        return [connection for connection in held if connection is not None]

    async def close(self) -> None:
        for connection in list(self._connections):
            await connection.close(1001)

    def _forget_stale_sessions(self) -> None:
        oldest = self._clock.now() - SESSION_LIFETIME_S
        for session in list(self._sessions.values()):
            if session.connection is None and (session.detached_at_s or 0) < oldest:
                del self._sessions[session.id]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            return web.Response(status=503, text="The gateway is down.")
        socket = web.WebSocketResponse(compress=False, max_msg_size=16 * 1024, autoping=True)
        await socket.prepare(request)
        if request.query.get("v", "10") not in API_VERSIONS:
            await socket.close(code=4012)
            return socket
        compressed = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, request.transport, compressed=compressed, now_s=self._clock.now())
        self._connections.add(connection)
        pump = asyncio.create_task(connection.pump(), name="gateway pump")
        watch = asyncio.create_task(self._watch_heartbeat(connection), name="gateway heartbeat watch")
        connection.send({"op": Opcode.HELLO, "d": {"heartbeat_interval": HEARTBEAT_INTERVAL_MS, "_trace": []}})
        try:
            await self._converse(socket, connection)
        finally:
            watch.cancel()
            self._detach(connection, socket.close_code)
            connection.close_after_sending()
            await pump
        return socket

    async def _watch_heartbeat(self, connection: Connection) -> None:
        """Close a connection that fell silent; its session cannot be resumed."""
        while (left_s := connection.last_heartbeat_s + SILENCE_S - self._clock.now()) > 0:
            await self._clock.sleep(left_s)
        session = self._session_of(connection)
        if session is not None:
            del self._sessions[session.id]
        await connection.close(4009)

    async def _converse(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        async for frame in socket:
            if frame.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                continue
            code = self._receive_frame(connection, frame.data)
            if code is not None:
                await connection.close(code)
                return

    def _receive_frame(self, connection: Connection, data: str | bytes) -> int | None:
        if connection.hears_too_much(self._clock.now()):
            return 4008
        if len(data.encode() if isinstance(data, str) else data) > LARGEST_PAYLOAD_BYTES:
            return 4002
        try:
            payload = as_object(json.loads(data))
        except ValueError:
            payload = None
        return 4002 if payload is None else self._receive(connection, payload)

    def _receive(self, connection: Connection, payload: JsonObject) -> int | None:
        """Act on one payload; returns the close code where it was against the rules."""
        session = self._session_of(connection)
        match payload.get("op"):
            case Opcode.HEARTBEAT:
                connection.last_heartbeat_s = self._clock.now()
                connection.send({"op": Opcode.HEARTBEAT_ACK})
            case Opcode.IDENTIFY:
                return 4005 if session else self._identify(connection, as_object(payload.get("d")) or {})
            case Opcode.RESUME:
                return 4005 if session else self._resume(connection, as_object(payload.get("d")) or {})
            case Opcode.REQUEST_MEMBERS:
                return self._tell_members(session, as_object(payload.get("d")) or {}) if session else 4003
            case Opcode.PRESENCE | Opcode.VOICE_STATE:
                return None if session else 4003
            case _:
                return 4001
        return None

    def _session_of(self, connection: Connection) -> Session | None:
        return next((session for session in self._sessions.values() if session.connection is connection), None)

    def _identify(self, connection: Connection, data: JsonObject) -> int | None:
        if data.get("token") != self._token:
            return 4004
        intents: Any = data.get("intents")
        if not isinstance(intents, int) or isinstance(intents, bool):
            return 4013
        if intents & PRIVILEGED_INTENTS:
            return 4014
        shard = as_list(data.get("shard")) or [0, 1]
        if len(shard) != 2 or not all(isinstance(part, int) for part in shard) or not 0 <= shard[0] < shard[1]:
            return 4010
        if shard[0] in self.refused_shards:
            return self.refused_shards[shard[0]]
        if not self.identify_limits.admit(shard[0]):
            connection.send({"op": Opcode.INVALID_SESSION, "d": False})
            return None
        session = Session(id=secrets.token_hex(16), intents=intents, shard=shard[0], shard_count=shard[1])
        session.connection = connection
        self._sessions[session.id] = session
        self._greet(session)
        self._changed.set()
        return None

    def _greet(self, session: Session) -> None:
        guilds = [
            guild
            for guild in self._world.guilds.values()
            if self._world.bot.id in guild.members and session.wants(guild.id, 0)
        ]
        ready: JsonObject = {
            "v": 10,
            "user": {**self._payloads.user(self._world.bot), "verified": True, "mfa_enabled": True, "flags": 0},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self.base_url,
            "shard": [session.shard, session.shard_count],
            "application": {"id": str(self._world.application_id), "flags": 0},
            "private_channels": [],
            "relationships": [],
            "_trace": [],
        }
        session.dispatch("READY", ready)
        if session.intents & Intent.GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", self._payloads.guild(guild))

    def _tell_members(self, session: Session, data: JsonObject) -> int | None:
        """Answer op 8 for members by id or by the start of their name; all at once would take a privileged intent."""
        guild = self._world.guilds.get(int(str(data.get("guild_id"))) if str(data.get("guild_id")).isdigit() else 0)
        if guild is None or self._world.bot.id not in guild.members:
            return None
        wanted: object = data.get("user_ids", [])
        listed = as_list(wanted)
        ids = [str(one) for one in ([wanted] if listed is None else listed)]
        query: Any = data.get("query")
        if len(ids) > MOST_MEMBERS_ASKED or (not ids and not query):
            return None
        found = [
            member
            for member in guild.members.values()
            if str(member.user_id) in ids or (query and self._world.users[member.user_id].name.startswith(str(query)))
        ]
        known = {str(member.user_id) for member in found}
        chunk: JsonObject = {
            "guild_id": str(guild.id),
            "members": [self._payloads.member(member) for member in found[:MOST_MEMBERS_ASKED]],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [one for one in ids if one not in known],
        }
        if isinstance(data.get("nonce"), str):
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk)
        return None

    def _resume(self, connection: Connection, data: JsonObject) -> int | None:
        if data.get("token") != self._token:
            return 4004
        session = self._sessions.get(str(data.get("session_id")))
        sequence: Any = data.get("seq")
        if session is None or not isinstance(sequence, int):
            connection.send({"op": Opcode.INVALID_SESSION, "d": False})
            return None
        if session.shard in self.refused_shards:
            return self.refused_shards[session.shard]
        if sequence > session.sequence:
            return 4007
        missed = session.missed_since(sequence)
        if missed is None:
            del self._sessions[session.id]
            connection.send({"op": Opcode.INVALID_SESSION, "d": False})
            return None
        session.connection, session.detached_at_s = connection, None
        for event in missed:
            connection.send(event)
        session.dispatch("RESUMED", {"_trace": []})
        self._changed.set()
        return None

    def _detach(self, connection: Connection, close_code: int | None) -> None:
        self.last_close_code = close_code
        self._connections.discard(connection)
        session = self._session_of(connection)
        if session is not None:
            session.connection, session.detached_at_s = None, self._clock.now()
            if close_code in (1000, 1001):  # a client that says goodbye ends its session
                self._sessions.pop(session.id, None)
        self._changed.set()
