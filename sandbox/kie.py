"""The local provider: the jobs API of kie.ai on loopback, never kinder than the real service.

Its parts are in `sandbox.local_provider`: `faults` names everything that can be made to go wrong while it runs.
"""

import hmac
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.json_values import JsonObject
from sandbox.local_provider.callbacks import Callbacks
from sandbox.local_provider.control import ProviderControl
from sandbox.local_provider.endings import FIRST_BALANCE, Account, Endings
from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.files import ProviderFiles
from sandbox.local_provider.files_api import FilesApi
from sandbox.local_provider.followers import Followers
from sandbox.local_provider.jobs_api import JobsApi
from sandbox.local_provider.replies import Refusal, reply
from sandbox.local_provider.tasks import ProviderTime, TaskBook

MAX_BODY_BYTES = 64 * 1024 * 1024
OPEN_PATHS = ("/files/", "/fresh/", "/uploads/")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalProvider:
    """`async with LocalProvider(api_key="…") as provider`, or `start` and `stop`.

    Attributes:
        api_url, upload_url: to use in place of the provider's own; known once started.
        faults: what goes wrong now.
    """

    def __init__(
        self,
        *,
        api_key: str,
        speed: float = 10.0,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take the key to accept, how much faster than real tasks are made, and a clock (Unix seconds)."""
        self._api_key = api_key
        self._clock = clock
        self.faults = ProviderFaults(seed)
        self._time = ProviderTime(clock, speed)
        self._tasks = TaskBook(self._time, clock, seed)
        self._files = ProviderFiles()
        self._callbacks = Callbacks(self.faults)
        self._account = Account()
        self._endings = Endings(
            tasks=self._tasks, time=self._time, clock=clock, faults=self.faults, account=self._account
        )
        self._followers = Followers(endings=self._endings, clock=clock, files=self._files, callbacks=self._callbacks)
        self._jobs = JobsApi(
            tasks=self._tasks,
            clock=clock,
            faults=self.faults,
            endings=self._endings,
            followers=self._followers,
            account=self._account,
        )
        self._files_api = FilesApi(tasks=self._tasks, clock=clock, faults=self.faults, files=self._files)
        self._control = ProviderControl(
            tasks=self._tasks,
            time=self._time,
            faults=self.faults,
            jobs=self._jobs,
            files=self._files,
            callbacks=self._callbacks,
            endings=self._endings,
            account=self._account,
            reset=self._reset,
        )
        self._runner: web.AppRunner | None = None
        self.api_url = ""
        self.upload_url = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve everything on one loopback port; raises `OSError` where it is taken."""
        self._files.open()
        self._followers.open()
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[self._answer])
        app.add_routes(self._jobs.routes())
        app.add_routes(self._files_api.keyed_routes())
        app.add_routes(self._files_api.open_routes())
        app.add_routes([web.get("/api/v1/chat/credit", self._credit)])
        # Slow answers must not hold up the end: a handler is cancelled with its connection.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        bound_port = self._runner.addresses[0][1]
        self.api_url = self.upload_url = f"http://{host}:{bound_port}"
        self._endings.base_url = self._files_api.base_url = self.api_url

    async def stop(self) -> None:
        """Stop serving, slow answers included, and remove all files."""
        if self._runner is not None:
            await self._runner.cleanup()
        await self._followers.close()
        self._files.close()

    def control_routes(self) -> list[web.RouteDef]:
        """Return the routes of the control API, to be served wherever the sandbox serves its own."""
        return self._control.routes()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Ask for the key where one is needed, turn refusals into answers, and note what was answered."""
        entry: JsonObject = {"method": request.method, "path": request.path, "query": request.query_string}
        entry |= {"status": None, "code": None, "at": self._clock()}
        self._control.note(entry)
        try:
            if not request.path.startswith(OPEN_PATHS):
                self._require_key(request)
            response = await handler(request)
            code = response.status
        except Refusal as refusal:
            response = reply(self.faults, None, code=refusal.code, message=refusal.message)
            code = refusal.code
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=error.text)
            code = error.status
        if request.transport is not None and not request.transport.is_closing():  # else it was cut, not answered
            entry |= {"status": response.status, "code": code}
        return response

    def _require_key(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        if self.faults.meets("key_refused") or not hmac.compare_digest(given, f"Bearer {self._api_key}".encode()):
            raise Refusal(401, "You do not have access permissions")

    async def _credit(self, request: web.Request) -> web.Response:
        del request
        self._endings.settle()
        gone = self.faults.is_on("credits_gone") or self.faults.is_on("credits_gone_as_429")
        return reply(self.faults, 0.0 if gone else self._account.balance)

    async def _reset(self) -> None:
        await self._followers.drop_all()
        self.faults.clear()
        self._tasks.clear()
        self._jobs.clear()
        self._files_api.clear()
        await self._files.give_picture(None)
        self._callbacks.clear()
        self._account.balance = FIRST_BALANCE
        self._control.requests.clear()
