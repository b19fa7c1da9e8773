"""The gateway: sessions over websockets, with heartbeat, resume and zlib-stream."""

import asyncio
import json
import secrets
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.json_values import JsonObject, as_list, as_object
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.world import World

HEARTBEAT_INTERVAL_MS = 41_250
REPLAY_LENGTH = 2000
SESSION_LIFETIME_S = 180.0


class Opcode(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Intent(IntEnum):
    """What a session must ask for to be told; 0 is told to everybody."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


PRIVILEGED_INTENTS = Intent.GUILD_MEMBERS | 1 << 8 | Intent.MESSAGE_CONTENT


class Connection:
    """One websocket, compressed as a whole where the client asked for it."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, *, compressed: bool) -> None:
        self._socket = socket
        self._transport = transport
        self._deflate = zlib.compressobj() if compressed else None
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()

    def send(self, payload: JsonObject) -> None:
        self._outgoing.put_nowait(json.dumps(payload))

    def close_after_sending(self) -> None:
        self._outgoing.put_nowait(None)

    async def pump(self) -> None:
        """Write what `send` queued, in order, until the end or the loss of the connection."""
        try:
            while (frame := await self._outgoing.get()) is not None:
                if self._deflate is None:
                    await self._socket.send_str(frame)
                else:
                    packed = self._deflate.compress(frame.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH)
                    await self._socket.send_bytes(packed)
        except ConnectionError:
            return

    async def close(self, code: int) -> None:
        await self._socket.close(code=code)

    def abort(self) -> None:
        """Cut the TCP connection without a closing handshake."""
        if self._transport is not None:
            self._transport.abort()


@dataclass(slots=True, kw_only=True)
class Session:
    """What a client may resume: its events since the start, and the connection while there is one."""

    id: str
    intents: int
    shard: int
    shard_count: int
    sequence: int = 0
    events: deque[JsonObject] = field(default_factory=lambda: deque[JsonObject](maxlen=REPLAY_LENGTH))
    connection: Connection | None = None
    detached_at_s: float | None = None

    def wants(self, guild_id: int | None, intent: int) -> bool:
        """Whether an event of this guild (None: a direct message) belongs to this shard and its intents."""
        shard = 0 if guild_id is None else (guild_id >> 22) % self.shard_count
        return shard == self.shard and (intent == 0 or bool(self.intents & intent))

    def dispatch(self, event: str, data: JsonObject) -> None:
        self.sequence += 1
        payload: JsonObject = {"op": Opcode.DISPATCH, "t": event, "s": self.sequence, "d": data}
        self.events.append(payload)
        if self.connection is not None:
            self.connection.send(payload)

    def missed_since(self, sequence: int) -> list[JsonObject] | None:
        """Return what came after this number, None where some of it is gone."""
        missed = [event for event in self.events if event["s"] > sequence]
        return missed if len(missed) == self.sequence - sequence else None


class Gateway:
    """Owns the sessions and tells them what happens."""

    def __init__(self, world: World, payloads: Payloads, clock: Clock, token: str) -> None:
        self._world = world
        self._payloads = payloads
        self._clock = clock
        self._token = token
        self._sessions: dict[str, Session] = {}
        self._connections: set[Connection] = set()
        self._changed = asyncio.Event()
        self.base_url = ""
        self.last_close_code: int | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/gateway/", self._serve), web.get("/gateway", self._serve)]

    @property
    def connected(self) -> bool:
        """Whether some session has a connection now."""
        return any(session.connection for session in self._sessions.values())

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

    def ask_to_reconnect(self) -> None:
        """Send op 7 to every connection."""
        for connection in self._connections:
            connection.send({"op": Opcode.RECONNECT, "d": None})

    def cut(self, *, resumable: bool) -> None:
        """Drop every connection without a word; the sessions live on only where `resumable`."""
        if not resumable:
            self._sessions.clear()
        for connection in list(self._connections):
            connection.abort()

    async def close(self) -> None:
        for connection in list(self._connections):
            await connection.close(1001)

    def _forget_stale_sessions(self) -> None:
        oldest = self._clock.now() - SESSION_LIFETIME_S
        for session in list(self._sessions.values()):
            if session.connection is None and (session.detached_at_s or 0) < oldest:
                del self._sessions[session.id]

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False, max_msg_size=16 * 1024, autoping=True)
        await socket.prepare(request)
        connection = Connection(socket, request.transport, compressed=request.query.get("compress") == "zlib-stream")
        self._connections.add(connection)
        pump = asyncio.create_task(connection.pump(), name="gateway pump")
        connection.send({"op": Opcode.HELLO, "d": {"heartbeat_interval": HEARTBEAT_INTERVAL_MS, "_trace": []}})
        try:
            await self._converse(socket, connection)
        finally:
            self._detach(connection, socket.close_code)
            connection.close_after_sending()
            await pump
        return socket

    async def _converse(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        async for frame in socket:
            if frame.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                continue
            try:
                payload = as_object(json.loads(frame.data))
            except ValueError:
                payload = None
            if payload is None:
                await connection.close(4002)
                return
            code = self._receive(connection, payload)
            if code is not None:
                await connection.close(code)
                return

    def _receive(self, connection: Connection, payload: JsonObject) -> int | None:
        """Act on one payload; returns the close code where it was against the rules."""
        session = self._session_of(connection)
        match payload.get("op"):
            case Opcode.HEARTBEAT:
                connection.send({"op": Opcode.HEARTBEAT_ACK})
            case Opcode.IDENTIFY:
                return 4005 if session else self._identify(connection, as_object(payload.get("d")) or {})
            case Opcode.RESUME:
                return 4005 if session else self._resume(connection, as_object(payload.get("d")) or {})
            case Opcode.PRESENCE | Opcode.VOICE_STATE | Opcode.REQUEST_MEMBERS:
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

    def _resume(self, connection: Connection, data: JsonObject) -> int | None:
        if data.get("token") != self._token:
            return 4004
        session = self._sessions.get(str(data.get("session_id")))
        sequence: Any = data.get("seq")
        if session is None or not isinstance(sequence, int):
            connection.send({"op": Opcode.INVALID_SESSION, "d": False})
            return None
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
