"""Faults that can be switched on: by name, for the routes and the number of times one wants."""

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.json_values import JsonObject, as_object
from sandbox.local_discord.errors import ApiError

NAMES: Mapping[str, str] = {
    "delay": "answer late by `seconds`",
    "internal_error": "500, nothing done",
    "bad_gateway_after_effect": "502 although it was done",
    "rate_limited": "429 with `seconds` to wait, nothing done",
    "drop_before_effect": "cut the connection, nothing done",
    "drop_after_effect": "cut the connection although it was done",
    "missing_permissions": "403 with code 50013: the bot lacks a permission",
    "missing_access": "403 with code 50001: the bot does not see the channel",
    "unknown_channel": "404 with code 10003: the channel is gone",
    "unknown_message": "404 with code 10008: the message is gone",
    "cannot_message_user": "403 with code 50007: the member takes no direct messages",
    "invalid_recipient": "400 with code 50033: there is no such account any more",
    "entity_too_large": "413 with code 40005: the files are too large",
    "expired_token": "401 with code 50027: the interaction's token is dead",
    "blocked_by_automod": "400 with code 200000: the server's AutoMod refuses the words",
}
_REFUSALS: Mapping[str, int] = {
    "missing_permissions": 50013,
    "missing_access": 50001,
    "unknown_channel": 10003,
    "unknown_message": 10008,
    "cannot_message_user": 50007,
    "invalid_recipient": 50033,
    "entity_too_large": 40005,
    "expired_token": 50027,
    "blocked_by_automod": 200000,
}


class FaultError(ValueError):
    """A fault was asked for that does not exist or makes no sense."""


@dataclass(slots=True, kw_only=True)
class Fault:
    """One switched-on fault.

    Attributes:
        route: "METHOD /path" with `*` for anything, e.g. `PATCH /channels/*/messages/*`.
        times: how many requests it still meets; None for all until it is switched off.
        seconds: for `delay` and `rate_limited`.
    """

    route: str = "*"
    times: int | None = None
    seconds: float = 1.0

    def as_json(self) -> JsonObject:
        return {"route": self.route, "times": self.times, "seconds": self.seconds}


class Faults:
    """The faults that are on now, one per name."""

    def __init__(self) -> None:
        self._active: dict[str, Fault] = {}

    def switch_on(self, name: str, *, route: str = "*", times: int | None = None, seconds: float = 1.0) -> None:
        """Switch a fault on, in place of one of the same name; raises `FaultError`."""
        if name not in NAMES:
            raise FaultError(f"There is no fault {name}; there are {', '.join(NAMES)}.")
        self._active[name] = Fault(route=route, times=times, seconds=seconds)

    def switch_off(self, name: str) -> None:
        """Switch a fault off; raises `FaultError`."""
        if name not in NAMES:
            raise FaultError(f"There is no fault {name}; there are {', '.join(NAMES)}.")
        self._active.pop(name, None)

    def clear(self) -> None:
        self._active.clear()

    def as_json(self) -> JsonObject:
        """Return every fault by name: its settings, or null while it is off."""
        return {name: self._active[name].as_json() if name in self._active else None for name in NAMES}

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Apply a partial change as `as_json` shows it; all or nothing; raises `FaultError`."""
        changes: list[tuple[str, Fault | None]] = []
        for name, value in wanted.items():
            if name not in NAMES:
                raise FaultError(f"There is no fault {name}; there are {', '.join(NAMES)}.")
            changes.append((name, _parsed(name, value)))
        for name, fault in changes:
            self._active.pop(name, None)
            if fault is not None:
                self._active[name] = fault

    def take(self, name: str, method: str, path: str) -> Fault | None:
        """Return the fault if it meets this request, and count it."""
        fault = self._active.get(name)
        if fault is None or not fnmatch.fnmatchcase(f"{method} {path}", fault.route):
            return None
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                del self._active[name]
        return fault

    def raise_refusal(self, method: str, path: str) -> None:
        """Raise the `ApiError` of a refusing fault that meets this request."""
        for name, code in _REFUSALS.items():
            if self.take(name, method, path):
                raise ApiError(code)
        if self.take("internal_error", method, path):
            raise ApiError(0, status=500, message="500: Internal Server Error")


def _parsed(name: str, value: Any) -> Fault | None:
    if value is None or value is False:
        return None
    settings = {} if value is True else as_object(value)
    if settings is None or not set(settings) <= {"route", "times", "seconds"}:
        raise FaultError(f"{name} takes true, null or an object of route, times and seconds.")
    times, seconds = settings.get("times"), settings.get("seconds", 1.0)
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise FaultError(f"{name}.times must be a whole number from 1, or null.")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise FaultError(f"{name}.seconds must be a number from 0.")
    return Fault(route=str(settings.get("route", "*")), times=times, seconds=float(seconds))
