"""Which waiting cards show what is no longer true of their place in line, and whose turn it is to be redrawn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from generation.forecast import Forecast, Standstill
from storage.requests import Request

HELD_COUNTS_AS = 1000
"""Waiting for the provider or not matters more to a reader than any number of places."""

ASKED_AT_ONCE = 25
"""Of how many waiting cards the place is looked up at one time. A channel's cards are redrawn one by one anyway."""


@dataclass(frozen=True, slots=True)
class _Shown:
    guild_id: int
    channel_id: int
    place: int
    held: Standstill | None


class PlacesBoard:
    """Remembers the place that each waiting card shows; a card that no longer waits is forgotten."""

    def __init__(self) -> None:
        self._shown: dict[int, _Shown] = {}  # by request
        self._guilds: set[int] = set()
        self._event = asyncio.Event()
        self._asked: set[int] = set()  # in this round through the waiting cards
        self._is_last_part = True
        self._found_any = False

    def shown(self, request: Request, forecast: Forecast | None) -> None:
        """Note what a card shows now; one that has no place in line is forgotten."""
        if forecast is None or forecast.place is None:
            self._shown.pop(request.id, None)
        else:
            guild_id = request.account.guild_id
            self._shown[request.id] = _Shown(guild_id, request.channel_id, forecast.place, forecast.held)

    def forget(self, request_id: int) -> None:
        """Note that a request has no place in line any more, whatever its card shows."""
        self._shown.pop(request_id, None)

    def changed(self, guild_id: int) -> None:
        """Note that a guild's line moved, or is held, or goes on."""
        self._guilds.add(guild_id)
        self._event.set()

    async def wait(self) -> None:
        """Return when a line has moved."""
        await self._event.wait()

    def to_ask(self) -> list[int]:
        """Return some waiting requests of guilds whose line moved; asked again and again, all of them in turn."""
        left = [
            request_id
            for request_id, shown in self._shown.items()
            if shown.guild_id in self._guilds and request_id not in self._asked
        ]
        part = left[:ASKED_AT_ONCE]
        self._asked.update(part)
        self._is_last_part = len(part) == len(left)
        return part

    def choose(self, forecasts: dict[int, Forecast]) -> list[int]:
        """Return, for each channel, the request whose card is the furthest behind its forecast."""
        furthest: dict[int, tuple[int, int]] = {}
        for request_id, forecast in forecasts.items():
            shown = self._shown.get(request_id)
            if shown is None:
                continue
            behind = abs(shown.place - (forecast.place or 0)) + HELD_COUNTS_AS * (shown.held != forecast.held)
            if behind:
                furthest[shown.channel_id] = max(furthest.get(shown.channel_id, (0, 0)), (behind, -request_id))
        self._found_any = self._found_any or bool(furthest)
        if self._is_last_part:
            if not self._found_any:
                self._guilds.clear()
                self._event.clear()
            self._asked.clear()
            self._found_any = False
        return [-negative_id for _, negative_id in furthest.values()]
