"""The REST API's front: routing, authorization, faults, rate limits and the log around each handler."""

import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox.json_values import JsonObject, as_object
from sandbox.local_discord.bodies import RequestBody, read_body
from sandbox.local_discord.cdn import Cdn
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.errors import ApiError
from sandbox.local_discord.faults import Faults
from sandbox.local_discord.messages import Upload
from sandbox.local_discord.rate_limits import RateLimits, RouteLimit, Verdict
from sandbox.local_discord.request_log import RequestLog
from sandbox.local_discord.world import World

API_PREFIX = "/api/v10"
DEFAULT_LIMIT = RouteLimit(50, 1.0)


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to a known route."""

    ids: dict[str, str]
    query: dict[str, str]
    body: RequestBody

    def id(self, name: str) -> int:
        """Return an id from the path."""
        return int(self.ids[name])

    @property
    def json(self) -> JsonObject:
        """Return the body, which must be an object; an absent one counts as empty."""
        if self.body.json is None:
            return {}
        found = as_object(self.body.json)
        if found is None:
            raise ApiError(50035)
        return found

    @property
    def uploads(self) -> list[Upload]:
        return self.body.uploads


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(slots=True, kw_only=True)
class RestRoute:
    """A route. `{name}` stands for digits, `{name:token}` for anything but a slash.

    Attributes:
        handler: returns the JSON to answer with 200, or None for 204.
        with_token: False where the path itself carries the authority.
        limit: None where Discord sends no rate-limit headers.
    """

    method: str
    template: str
    handler: Handler
    with_token: bool = True
    limit: RouteLimit | None = DEFAULT_LIMIT
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        tokens = re.sub(r"\{(\w+):token\}", r"(?P<\1>[^/]+)", self.template)
        self.pattern = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[0-9]+)", tokens) + "$")

    def major(self, ids: dict[str, str]) -> str:
        """Return what separates the rate limits of this route: channel, guild or interaction token."""
        return "/".join(ids.get(name, "") for name in ("channel", "guild", "token"))


class RestApi:
    """Serves the routes; everything else is 404 and is remembered in `world.unknown_routes`."""

    def __init__(
        self, *, world: World, cdn: Cdn, clock: Clock, faults: Faults, limits: RateLimits, log: RequestLog, token: str
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._clock = clock
        self._faults = faults
        self._limits = limits
        self._log = log
        self._token = token
        self._routes: list[RestRoute] = []

    def add(self, routes: Sequence[RestRoute]) -> None:
        self._routes.extend(routes)

    def aiohttp_routes(self) -> list[web.RouteDef]:
        return [web.route("*", "/{path:.*}", self._serve)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        started = time.monotonic()
        path = request.path.removeprefix(API_PREFIX)
        headers: dict[str, str] = {}
        body = RequestBody()
        try:
            body = await read_body(request, self._cdn)
            self._log.received(request.method, path, body.json)
            answer, status = await self._answer(request, path, body, headers), 200
            code = None
        except ApiError as error:
            answer, status, code = error.body(), error.status, error.code
            body.discard_unused()
        except _Refused as refusal:
            answer, status, code = refusal.body, 429, 0
            body.discard_unused()
        except _Dropped:
            answer, status, code = None, 0, None
        self._log.answered(
            request.method,
            path,
            status=status if answer is not None or not status else 204,
            error_code=code,
            at=self._clock.now(),
            ms=(time.monotonic() - started) * 1000,
        )
        if status == 0:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return _response(answer, status, headers)

    async def _answer(self, request: web.Request, path: str, body: RequestBody, headers: dict[str, str]) -> Any:
        method = request.method
        if not request.headers.get("User-Agent"):
            raise ApiError(40333)
        route, ids = self._match(request, path)
        if route.with_token and request.headers.get("Authorization") != f"Bot {self._token}":
            raise ApiError(0)
        if method == "PATCH" and body.json is None and not body.uploads:
            raise ApiError(50109)
        if delay := self._faults.take("delay", method, path):
            await self._clock.sleep(delay.seconds)
        if limited := self._faults.take("rate_limited", method, path):
            raise _Refused(headers, limited.seconds, is_global=False)
        if self._faults.take("drop_before_effect", method, path):
            body.discard_unused()
            raise _Dropped
        self._faults.raise_refusal(method, path)
        self._limit(route, ids, headers)
        answer = await route.handler(Call(ids=ids, query=dict(request.query), body=body))
        if self._faults.take("drop_after_effect", method, path):
            raise _Dropped
        if self._faults.take("bad_gateway_after_effect", method, path):
            body.uploads.clear()  # they belong to a message now
            raise ApiError(0, status=502, message="502: Bad Gateway")
        return answer

    def _match(self, request: web.Request, path: str) -> tuple[RestRoute, dict[str, str]]:
        if request.path.startswith(f"{API_PREFIX}/"):
            wrong_method = False
            for route in self._routes:
                found = route.pattern.match(path)
                if found and route.method == request.method:
                    return route, found.groupdict()
                wrong_method = wrong_method or found is not None
            self._world.unknown_routes.append(f"{request.method} {path}")
            if wrong_method:
                raise ApiError(0, status=405, message="405: Method Not Allowed")
        else:
            self._world.unknown_routes.append(f"{request.method} {request.path}")
        raise ApiError(0, status=404, message="404: Not Found")

    def _limit(self, route: RestRoute, ids: dict[str, str], headers: dict[str, str]) -> None:
        if route.limit is None:
            return
        verdict: Verdict = self._limits.take(
            f"{route.method} {route.template}", route.major(ids), route.limit, counts_globally=route.with_token
        )
        headers.update(verdict.headers)
        if verdict.retry_after_s is not None:
            raise _Refused(headers, verdict.retry_after_s, is_global=verdict.is_global)


class _Refused(Exception):  # noqa: N818 - a 429 answer on its way, nobody sees the name
    """429 with the time to wait; fills the headers."""

    def __init__(self, headers: dict[str, str], retry_after_s: float, *, is_global: bool) -> None:
        super().__init__("429")
        headers["Retry-After"] = str(int(retry_after_s) + 1)
        headers["X-RateLimit-Scope"] = "global" if is_global else "user"
        self.body: JsonObject = {
            "message": "You are being rate limited.",
            "retry_after": round(retry_after_s, 3),
            "global": is_global,
        }


class _Dropped(Exception):  # noqa: N818 - not an error: the fault asks for no answer at all
    """The connection ends here."""


def _response(answer: Any, status: int, headers: dict[str, str]) -> web.Response:
    headers["Via"] = "1.1 plantain-sandbox"  # discord.py takes a 429 without it for a ban
    if answer is None:
        return web.Response(status=204, headers=headers)
    # The type must be bare: a charset parameter makes discord.py read the body as text.
    headers["Content-Type"] = "application/json"
    return web.Response(status=status, body=json.dumps(answer).encode(), headers=headers)
