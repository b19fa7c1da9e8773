"""The jobs API: create and query, and how a task comes to its end."""

import asyncio
from collections.abc import Callable

import aiohttp
from aiohttp import web

from sandbox.json_values import JsonObject
from sandbox.local_provider.callbacks import Callbacks
from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.files import ProviderFiles, UnreadableReferenceError
from sandbox.local_provider.limits import WindowLimit
from sandbox.local_provider.orders import checked
from sandbox.local_provider.replies import Refusal, html, record, reply
from sandbox.local_provider.tasks import Failure, ProviderTime, RemoteTask, TaskBook

UNREADABLE_REFERENCE = Failure("400", "Image fetch failed. Check access settings or use our File Upload API instead.")
FAILURES = {
    "fail_internal": Failure("500", "Internal Error, Please try again later."),
    "fail_content_policy": Failure("422", "CONTENT_POLICY_BLOCKED: the request was flagged as sensitive"),
    "fail_flagged": Failure("400", "Your prompt was flagged by Website as violating content policies"),
    "fail_prohibited": Failure("422", "Invalid prompt: prompt contains prohibited content"),
    "fail_gemini": Failure(
        "500", "Gemini could not generate an image with the given prompt. Please try another prompt."
    ),
    "fail_image_fetch": UNREADABLE_REFERENCE,
    "fail_overloaded": Failure(None, "Service is currently unavailable due to high demand. (E003)"),
}
REFUSED_CREATES = {
    "rate_limited": (429, "You are calling the API too fast, please slow down"),
    "credits_gone": (402, "Credits insufficient, please top up"),
    "credits_gone_as_429": (429, "Your credits are insufficient, please top up to continue"),
    "key_limit": (433, "This key's usage limit has been reached"),
    "maintenance": (455, "The service is under maintenance"),
    "feature_off": (505, "This feature is currently disabled"),
    "create_500": (500, "Server exception, please try again later"),
    "content_refused": (400, "Your prompt was flagged as violating content policies"),
}
CREATES, CREATE_WINDOW_S = 20, 10.0
QUERIES, QUERY_WINDOW_S = 10, 1.0


class Account:
    """The operator's account: a float balance that falls with every picture."""

    def __init__(self, balance: float) -> None:
        self.balance = balance


class JobsApi:
    """Serves `/api/v1/jobs`. Counts accepted creates and answered queries."""

    def __init__(
        self,
        *,
        tasks: TaskBook,
        time: ProviderTime,
        clock: Callable[[], float],
        faults: ProviderFaults,
        files: ProviderFiles,
        callbacks: Callbacks,
        account: Account,
    ) -> None:
        self._tasks = tasks
        self._time = time
        self._clock = clock
        self._faults = faults
        self._files = files
        self._callbacks = callbacks
        self._account = account
        self._create_limit = WindowLimit(CREATES, CREATE_WINDOW_S, clock)
        self._query_limit = WindowLimit(QUERIES, QUERY_WINDOW_S, clock)
        self._fetching: dict[str, asyncio.Task[None]] = {}
        self.session: aiohttp.ClientSession | None = None
        self.base_url = ""
        self.creates = 0
        self.queries = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/v1/jobs/createTask", self._create), web.get("/api/v1/jobs/recordInfo", self._query)]

    async def _create(self, request: web.Request) -> web.Response:
        body = await json_of(request)
        if self._faults.meets("drop_create_before"):
            return dropped(request)
        task_input, call_back_url = checked(body)
        for name, (code, message) in REFUSED_CREATES.items():
            if self._faults.meets(name):
                raise Refusal(code, message)
        if not self._create_limit.admits():
            raise Refusal(429, "You are calling the API too fast, please slow down")
        if self._faults.meets("no_task_id"):
            return reply(self._faults, {})
        task = self._accepted(task_input, call_back_url)
        await asyncio.sleep(self._faults.number("slow_create_s"))
        if self._faults.meets("drop_create_after"):
            return dropped(request)
        if self._faults.meets("lost_create_answer_html"):
            return html(502)
        return reply(self._faults, {"taskId": task.id, "recordId": task.id})

    def _accepted(self, task_input: JsonObject, call_back_url: str | None) -> RemoteTask:
        promised = sum(task.price for task in self._tasks if task.ended_at is None)
        task = self._tasks.add(
            task_input,
            call_back_url,
            prefixed=self._faults.meets("prefixed_ids"),
            null_polls=int(self._faults.number("null_record_polls")),
        )
        if self._account.balance < promised + task.price:
            self._tasks.drop(task)
            raise Refusal(402, "Credits insufficient, please top up")
        self.creates += 1
        task.failure = next((failure for name, failure in FAILURES.items() if self._faults.meets(name)), None)
        self._fetching[task.id] = asyncio.create_task(self._fetch_references(task), name=f"references of {task.id}")
        return task

    async def _fetch_references(self, task: RemoteTask) -> None:
        """Fetch what the task names; then, where it has a callback, wait for its end and tell it."""
        assert self.session is not None
        for number, url in enumerate(task.input.get("image_input", [])):
            try:
                task.references.append(await self._files.fetch_reference(self.session, url, task.id, number))
            except UnreadableReferenceError:
                task.failure = UNREADABLE_REFERENCE
                break
        if task.call_back_url is None:
            return
        while (state := self.state_of(task)) not in {"success", "fail"}:
            left_s = task.began_at + task.duration_s - self._time.now()
            await asyncio.sleep(min(0.25, max(0.01, self._time.real_s(left_s))))
        data = record(task, state, self.urls_of(task), now=self._clock())
        await self._callbacks.tell(self.session, task.call_back_url, data, at=self._clock())

    async def _query(self, request: web.Request) -> web.Response:
        self.queries += 1
        await asyncio.sleep(self._faults.number("slow_query_s"))
        if self._faults.meets("drop_query"):
            return dropped(request)
        if self._faults.meets("query_500"):
            raise Refusal(500, "Server exception, please try again later")
        if self._faults.meets("queries_rate_limited") or not self._query_limit.admits():
            raise Refusal(429, "You are calling the API too fast, please slow down")
        task = self._tasks.get(request.query.get("taskId", ""))
        if task is not None and task.null_polls > 0:
            task.null_polls -= 1
            raise Refusal(422, "recordInfo is null")
        if task is None:
            if self._faults.meets("unknown_is_404"):
                return web.json_response({"code": 404, "msg": "task not found", "data": None}, status=404)
            raise Refusal(422, "recordInfo is null")
        state = self.state_of(task)
        return reply(self._faults, record(task, state, self.urls_of(task), now=self._clock()))

    def state_of(self, task: RemoteTask) -> str:
        """Return the state now; the first look at an end charges for it."""
        if task.ended_at is not None:
            return "fail" if task.failure else "success"
        progress = task.progress(self._time.now())
        reading = self._fetching.get(task.id)
        still_reading = reading is not None and not reading.done() and task.call_back_url is None
        if progress < 1 or still_reading or self._faults.meets("never_finishes"):
            return "waiting" if progress < 0.5 or task.skips_generating else "generating"
        task.ended_at = self._clock() - self._time.real_s(max(0.0, progress - 1) * task.duration_s)
        if task.failure is not None:
            return "fail"
        task.billed = task.price
        self._account.balance -= task.price
        self._name_files(task)
        return "success"

    def _name_files(self, task: RemoteTask) -> None:
        if self._faults.meets("success_without_urls"):
            return
        suffix = task.input.get("output_format", "png")
        if self._faults.meets("wrong_extension"):
            suffix = "jpg" if suffix == "png" else "png"
        count = 2 if self._faults.meets("two_results") else 1
        task.files = [f"{task.id}-{number}.{suffix}" for number in range(1, count + 1)]

    def urls_of(self, task: RemoteTask) -> list[str]:
        """Return the addresses of a task's pictures."""
        return [f"{self.base_url}/files/{name}" for name in task.files]

    async def stop(self) -> None:
        """End everything that still waits."""
        for fetching in self._fetching.values():
            fetching.cancel()
        await asyncio.gather(*self._fetching.values(), return_exceptions=True)
        self._fetching.clear()


async def json_of(request: web.Request) -> object:
    """Return the JSON body; raises `Refusal` where there is none."""
    try:
        return await request.json()
    except ValueError as error:
        raise Refusal(400, "The request body is not JSON") from error


def dropped(request: web.Request) -> web.Response:
    """Cut the connection instead of answering."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
