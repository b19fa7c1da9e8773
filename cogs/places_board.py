"""Which waiting cards show a place in line that is no longer true, and whose turn it is to be redrawn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from storage.requests import Request


@dataclass(frozen=True, slots=True)
class _Shown:
    guild_id: int
    channel_id: int
    place: int


class PlacesBoard:
    """Remembers the place that each waiting card shows; a card that no longer waits is forgotten."""

    def __init__(self) -> None:
        self._shown: dict[int, _Shown] = {}  # by request
        self._guilds: set[int] = set()
        self._event = asyncio.Event()

    def shown(self, request: Request, *, place: int | None) -> None:
        """Note the place that a card shows now; None where it does not wait."""
        if place is None:
            self._shown.pop(request.id, None)
        else:
            self._shown[request.id] = _Shown(request.account.guild_id, request.channel_id, place)

    def changed(self, guild_id: int) -> None:
        """Note that a guild's line moved."""
        self._guilds.add(guild_id)
        self._event.set()

    async def wait(self) -> None:
        """Return when a line has moved."""
        await self._event.wait()

    def to_ask(self) -> list[int]:
        """Return the waiting requests of guilds whose line moved."""
        return [request_id for request_id, shown in self._shown.items() if shown.guild_id in self._guilds]

    def choose(self, places: dict[int, int]) -> list[int]:
        """Return, for each channel, the request whose card is the furthest behind its place in `places`."""
        furthest: dict[int, tuple[int, int]] = {}
        for request_id, place in places.items():
            shown = self._shown.get(request_id)
            if shown is not None and shown.place != place:
                behind = abs(shown.place - place)
                furthest[shown.channel_id] = max(furthest.get(shown.channel_id, (0, 0)), (behind, -request_id))
        if not furthest:
            self._guilds.clear()
            self._event.clear()
        return [-negative_id for _, negative_id in furthest.values()]
