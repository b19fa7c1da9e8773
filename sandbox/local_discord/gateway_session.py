"""One connection to the gateway, and the session it may resume."""

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum

from aiohttp import web

from sandbox.json_values import JsonObject

REPLAY_LENGTH = 2000
MOST_EVENTS = 120
EVENT_WINDOW_S = 60.0


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


class Connection:
    """One websocket, compressed as a whole where the client asked for it.

    Attributes:
        last_heartbeat_s: when the client last said that it lives; at first, when it came.
    """

    def __init__(
        self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, *, compressed: bool, now_s: float
    ) -> None:
        self._socket = socket
        self._transport = transport
        self._deflate = zlib.compressobj() if compressed else None
        self._outgoing: asyncio.Queue[str | None] = asyncio.Queue()
        self._heard_at_s: deque[float] = deque(maxlen=MOST_EVENTS)
        self.last_heartbeat_s = now_s

    def hears_too_much(self, now_s: float) -> bool:
        """Note a payload from the client; return whether it sent more than 120 within 60 s."""
        full = len(self._heard_at_s) == MOST_EVENTS and now_s - self._heard_at_s[0] < EVENT_WINDOW_S
        self._heard_at_s.append(now_s)
        return full

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
