"""The jobs API: create and query."""

import asyncio
from collections.abc import Callable

from aiohttp import web

from sandbox.json_values import JsonObject
from sandbox.local_provider.endings import Account, Endings
from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.followers import UNREADABLE_REFERENCE, Followers
from sandbox.local_provider.limits import WindowLimit
from sandbox.local_provider.orders import checked, price_of
from sandbox.local_provider.replies import Refusal, html, record, reply
from sandbox.local_provider.tasks import Failure, RemoteTask, TaskBook

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
TOO_FAST = "You are calling the API too fast, please slow down"
REFUSED_CREATES = {
    "rate_limited": (429, TOO_FAST),
    "credits_gone": (402, "Credits insufficient, please top up"),
    "credits_gone_as_429": (429, "Your credits are insufficient, please top up to continue"),
    "key_limit": (433, "This key's usage limit has been reached"),
    "maintenance": (455, "The service is under maintenance"),
    "feature_off": (505, "This feature is currently disabled"),
    "create_500": (500, "Server exception, please try again later"),
    "content_refused": (400, "Your prompt was flagged as violating content policies"),
}
REFUSED_QUERIES = {
    "query_500": (500, "Server exception, please try again later"),
    "query_501": (501, "Generation failed"),
    "query_408": (408, "Upstream is not responding"),
}
CREATES, CREATE_WINDOW_S = 20, 10.0
QUERIES, QUERY_WINDOW_S = 10, 1.0


class JobsApi:
    """Serves `/api/v1/jobs`. Counts accepted creates and answered queries."""

    def __init__(
        self,
        *,
        tasks: TaskBook,
        clock: Callable[[], float],
        faults: ProviderFaults,
        endings: Endings,
        followers: Followers,
        account: Account,
    ) -> None:
        self._tasks = tasks
        self._clock = clock
        self._faults = faults
        self._endings = endings
        self._followers = followers
        self._account = account
        self._create_limit = WindowLimit(CREATES, CREATE_WINDOW_S, clock)
        self._query_limit = WindowLimit(QUERIES, QUERY_WINDOW_S, clock)
        self.creates = 0
        self.queries = 0

    def clear(self) -> None:
        """Count from nothing again."""
        self.creates = self.queries = 0
        self._create_limit.clear()
        self._query_limit.clear()

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/v1/jobs/createTask", self._create), web.get("/api/v1/jobs/recordInfo", self._query)]

    async def _create(self, request: web.Request) -> web.Response:
        body = await json_of(request)
        if self._faults.meets("drop_create_before"):
            return dropped(request)
        if not self._create_limit.admits():
            raise Refusal(429, TOO_FAST)
        for name, (code, message) in REFUSED_CREATES.items():
            if self._faults.meets(name):
                raise Refusal(code, message)
        task_input, call_back_url = checked(body)
        needed = self._endings.promised() + price_of(task_input)  # charges for what has ended, so it comes first
        if self._account.balance < needed:
            raise Refusal(402, "Credits insufficient, please top up")
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
        task = self._tasks.add(task_input, call_back_url, prefixed=self._faults.meets("prefixed_ids"))
        task.null_polls = int(self._faults.number("null_record_polls"))
        task.is_seen_queuing = self._faults.meets("queuing_seen")
        task.never_ends = self._faults.meets("never_finishes")
        task.failure = next((failure for name, failure in FAILURES.items() if self._faults.meets(name)), None)
        self.creates += 1
        self._followers.follow(task)
        return task

    async def _query(self, request: web.Request) -> web.Response:
        self.queries += 1
        await asyncio.sleep(self._faults.number("slow_query_s"))
        if self._faults.meets("drop_query"):
            return dropped(request)
        for name, (code, message) in REFUSED_QUERIES.items():
            if self._faults.meets(name):
                raise Refusal(code, message)
        if self._faults.meets("queries_rate_limited") or not self._query_limit.admits():
            raise Refusal(429, TOO_FAST)
        task = self._tasks.get(request.query.get("taskId", ""))
        if task is not None and task.null_polls > 0:
            task.null_polls -= 1
            raise Refusal(422, "recordInfo is null")
        if task is None:
            if self._faults.meets("unknown_is_404"):
                return web.json_response({"code": 404, "msg": "task not found", "data": None}, status=404)
            raise Refusal(422, "recordInfo is null")
        state = self._endings.state_of(task)
        return reply(self._faults, record(task, state, self._endings.urls_of(task), now=self._clock()))


async def json_of(request: web.Request) -> object:
    """Return the JSON body; raises `Refusal` where there is none."""
    try:
        return await request.json()
    except (ValueError, LookupError, RecursionError) as error:  # no JSON, an unknown charset, too deep
        raise Refusal(400, "The request body is not JSON") from error


def dropped(request: web.Request) -> web.Response:
    """Cut the connection instead of answering."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
