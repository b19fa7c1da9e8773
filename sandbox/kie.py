"""The local provider: the jobs API of kie.ai on loopback, never kinder than the real service.

Its parts are in `sandbox.local_provider`: `faults` names everything that can be made to go wrong while it runs.
"""

import hmac
import time
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from sandbox.local_provider.callbacks import Callbacks
from sandbox.local_provider.control import ProviderControl
from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.files import ProviderFiles
from sandbox.local_provider.files_api import FilesApi
from sandbox.local_provider.jobs_api import Account, JobsApi
from sandbox.local_provider.replies import Refusal, reply
from sandbox.local_provider.tasks import ProviderTime, TaskBook

FIRST_BALANCE = 5000.25
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
        self._account = Account(FIRST_BALANCE)
        self._jobs = JobsApi(
            tasks=self._tasks,
            time=self._time,
            clock=clock,
            faults=self.faults,
            files=self._files,
            callbacks=self._callbacks,
            account=self._account,
        )
        self._files_api = FilesApi(tasks=self._tasks, clock=clock, faults=self.faults, files=self._files)
        self._control = ProviderControl(
            tasks=self._tasks,
            time=self._time,
            faults=self.faults,
            jobs=self._jobs,
            callbacks=self._callbacks,
            account=self._account,
            reset=self._reset,
        )
        self._runner: web.AppRunner | None = None
        self.api_url = ""
        self.upload_url = ""

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Serve everything on one loopback port."""
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
        self.api_url = self.upload_url = self._jobs.base_url = self._files_api.base_url = f"http://{host}:{bound_port}"
        self._jobs.session = aiohttp.ClientSession()

    async def stop(self) -> None:
        """Stop serving and remove all files."""
        await self._jobs.stop()
        if self._jobs.session is not None:
            await self._jobs.session.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self._files.close()

    @property
    def holds_back_a_callback(self) -> bool:
        """Whether a callback waits to come after the next one."""
        return self._callbacks.holds_one_back

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
        code = 200
        try:
            if not request.path.startswith(OPEN_PATHS):
                self._require_key(request)
            response = await handler(request)
        except Refusal as refusal:
            code = refusal.code
            response = reply(self.faults, None, code=refusal.code, message=refusal.message)
        except web.HTTPException as error:
            code = error.status
            response = web.Response(status=error.status, text=error.text)
        entry = {"method": request.method, "path": request.path, "status": response.status, "code": code}
        self._control.note({**entry, "at": self._clock()})
        return response

    def _require_key(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if self.faults.meets("key_refused") or not hmac.compare_digest(given, f"Bearer {self._api_key}"):
            raise Refusal(401, "You do not have access permissions")

    async def _credit(self, request: web.Request) -> web.Response:
        del request
        gone = self.faults.meets("credits_gone") or self.faults.meets("credits_gone_as_429")
        return reply(self.faults, 0.0 if gone else self._account.balance)

    def _reset(self) -> None:
        self.faults.clear()
        self._tasks.clear()
        self._account.balance = FIRST_BALANCE
        self._jobs.creates = self._jobs.queries = 0
        self._control.requests.clear()
