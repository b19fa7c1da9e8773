"""The control API of the provider: what a test or the page may see and change while it runs."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.json_values import JsonObject, as_object
from sandbox.local_provider.callbacks import Callbacks
from sandbox.local_provider.endings import Account, Endings
from sandbox.local_provider.faults import NUMBERS, SWITCHES, FaultError, ProviderFaults
from sandbox.local_provider.files import NotAPictureError, ProviderFiles
from sandbox.local_provider.jobs_api import JobsApi
from sandbox.local_provider.tasks import ProviderTime, TaskBook

PREFIX = "/control/kie"
CHANGEABLE = {"balance", "speed", "faults", "webhook_key"}
REMEMBERED_REQUESTS = 2000
PICTURE_CHUNK_BYTES = 256 * 1024


class UnusableValueError(ValueError):
    """A value that a setting does not take."""


class ProviderControl:
    """Serves `/control/kie`. `requests` holds the newest requests, without their key."""

    def __init__(
        self,
        *,
        tasks: TaskBook,
        time: ProviderTime,
        faults: ProviderFaults,
        jobs: JobsApi,
        files: ProviderFiles,
        callbacks: Callbacks,
        endings: Endings,
        account: Account,
        reset: Callable[[], Awaitable[None]],
    ) -> None:
        self._tasks = tasks
        self._time = time
        self._faults = faults
        self._jobs = jobs
        self._files = files
        self._callbacks = callbacks
        self._endings = endings
        self._account = account
        self._reset = reset
        self.requests: list[JsonObject] = []

    def note(self, entry: JsonObject) -> None:
        """Remember a request, on its arrival: its `status` and `code` are null until, and unless, it is answered."""
        self.requests.append(entry)
        del self.requests[:-REMEMBERED_REQUESTS]

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(PREFIX, self._get),
            web.patch(PREFIX, self._change),
            web.get(f"{PREFIX}/tasks", self._list_tasks),
            web.get(f"{PREFIX}/requests", self._list_requests),
            web.put(f"{PREFIX}/picture", self._give_picture),
            web.delete(f"{PREFIX}/picture", self._draw_pictures),
            web.post(f"{PREFIX}/reset", self._reset_all),
        ]

    def state(self) -> JsonObject:
        """Return what GET shows."""
        self._endings.settle()
        return {
            "balance": self._account.balance,
            "speed": self._time.speed,
            "webhook_key": self._callbacks.webhook_key,
            "faults": self._faults.as_json(),
            "fault_help": {**SWITCHES, **NUMBERS},
            "creates": self._jobs.creates,
            "queries": self._jobs.queries,
        }

    async def _get(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self.state())

    async def _change(self, request: web.Request) -> web.Response:
        try:
            body: Any = await request.json()
        except ValueError:
            body = None
        wanted = as_object(body)
        if wanted is None:
            return _refused("Send a JSON object.")
        if unknown := set(wanted) - CHANGEABLE:
            return _refused(f"There is no {', '.join(sorted(unknown))}; there are {', '.join(sorted(CHANGEABLE))}.")
        try:
            self._apply(wanted)
        except (FaultError, UnusableValueError) as error:
            return _refused(str(error))
        return web.json_response(self.state())

    def _apply(self, wanted: JsonObject) -> None:
        """Make all the changes or none; raises `FaultError` and `UnusableValueError`."""
        self._endings.settle()  # what is over by now was made at the speed, and is charged to the balance, of before
        balance, speed = wanted.get("balance", self._account.balance), wanted.get("speed", self._time.speed)
        webhook_key = wanted.get("webhook_key", self._callbacks.webhook_key)
        faults = as_object(wanted.get("faults", {}))
        if not _is_number(balance) or not 0 <= balance <= 1e9:
            raise UnusableValueError("balance is a number of credits from 0.")
        if not _is_number(speed) or not 0 < speed <= 1e9:
            raise UnusableValueError("speed is a number above 0.")
        if webhook_key is not None and not isinstance(webhook_key, str):
            raise UnusableValueError("webhook_key is a text, or null for none.")
        if faults is None:
            raise UnusableValueError("faults is an object of names and values.")
        self._faults.change(faults)
        self._account.balance, self._time.speed = float(balance), float(speed)
        self._callbacks.webhook_key = webhook_key or None

    async def _list_tasks(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(
            [
                {
                    "task_id": task.id,
                    "created_at": task.created_at,
                    "state": self._endings.state_of(task),
                    "ended_at": task.ended_at,
                    "input": task.input,
                    "call_back_url": task.call_back_url,
                    "billed": task.billed,
                    "result_urls": self._endings.urls_of(task),
                    "references": task.references,
                }
                for task in self._tasks
            ]
        )

    async def _list_requests(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self.requests)

    async def _give_picture(self, request: web.Request) -> web.Response:
        """Take the bytes that every picture has from now on: large ones need not be drawn one by one."""
        try:
            await self._files.give_picture(request.content.iter_chunked(PICTURE_CHUNK_BYTES))
        except NotAPictureError:
            return _refused("Send the bytes of a picture: png, jpeg or webp.")
        return web.json_response(self.state())

    async def _draw_pictures(self, request: web.Request) -> web.Response:
        del request
        await self._files.give_picture(None)
        return web.json_response(self.state())

    async def _reset_all(self, request: web.Request) -> web.Response:
        del request
        await self._reset()
        return web.json_response(self.state())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused(message: str) -> web.Response:
    return web.json_response({"message": message}, status=400)
