"""The provider kie.ai and its model `nano-banana-pro`: requests and answers as typed values."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from pathlib import Path
from typing import Any, BinaryIO

import aiohttp

from generation.answers import Answer, Failure, TaskState, TaskStatus, is_object, is_web_url, number
from generation.clock import Clock, SystemClock
from generation.downloads import DownloadedFile, download
from generation.errors import (
    BrokenAnswerError,
    DownloadError,
    DownloadProblem,
    FailureKind,
    GenerationFailedError,
    RequestRejectedError,
    ResultLostError,
    ServiceUnavailableError,
    SubmissionUncertainError,
    UnavailableReason,
    UncertainBecause,
)
from generation.exchange import (
    CONNECTION_TROUBLE,
    NEVER_CONNECTED,
    Exchange,
    is_loopback,
    random_share,
    require_safe_for_key,
)
from generation.failures import failure_kind
from generation.gates import SlidingWindowGate
from generation.images import HEADER_BYTES, sniff
from generation.options import GenerationRequest
from generation.refusals import OK, TASK_DEAD, created_task_id, refusal

MODEL = "nano-banana-pro"

APPEARS_WITHIN_S = 90.0
"""For so long after its create a task may be unknown to a query."""

MAX_RESULT_BYTES = 128 * 1024 * 1024
"""Far over a 4K picture without any compression."""

CONNECT_S = 10.0
ANSWER_WITHIN_S = 60.0
ANSWER_TIMEOUT = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S, connect=2 * CONNECT_S, sock_connect=CONNECT_S)
CREATE_TIMEOUT = aiohttp.ClientTimeout(connect=2 * CONNECT_S, sock_connect=CONNECT_S)
UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=300, connect=2 * CONNECT_S, sock_connect=CONNECT_S)
DOWNLOAD_TIMEOUT_S = 300.0
PERSIST_S = 15.0
PERSIST_IN_UPLOAD_S = 60.0


class KieClient:
    """Talks to the provider. The key goes to `api_url` and `upload_url` only, never to the host of the results.

    All errors raised are those of `generation.errors`; what a caller may do after each is said there.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        api_url: str,
        upload_url: str,
        api_key: str,
        create_gate: SlidingWindowGate,
        query_gate: SlidingWindowGate,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random_share,
        download_session: aiohttp.ClientSession | None = None,
    ) -> None:
        """Take URLs without a path; `download_session` fetches results, by default the same one does.

        Raises:
            ValueError: a URL is neither https nor http on this machine.
        """
        self._download_session = download_session or session
        self._api_url = require_safe_for_key(api_url)
        self._upload_url = require_safe_for_key(upload_url)
        self._loopback_http_allowed = is_loopback(self._api_url)
        self._exchange = Exchange(session, api_key=api_key, clock=clock or SystemClock(), jitter=jitter)
        self._create_gate = create_gate
        self._query_gate = query_gate

    async def create(
        self,
        request: GenerationRequest,
        *,
        callback_url: str | None = None,
        turn_key: Hashable = None,
        before_send: Callable[[], Awaitable[None]] | None = None,
    ) -> str:
        """Have an image made; return the id of the remote task. Sends at most one request, whatever happens.

        `turn_key` takes turns with others at the gate; `before_send` is awaited after it, and what it raises keeps
        the request from being sent.

        Raises:
            RequestRejectedError: refused for good; no task, no charge.
            ServiceUnavailableError: not accepted, may be sent again later (`OperatorActionNeededError`: much later).
            SubmissionUncertainError: sent, and nobody knows whether it was accepted.
        """
        body = _create_body(request, callback_url)
        url = self._api_url / "api/v1/jobs/createTask"
        await self._create_gate.pass_(turn_key)
        if before_send is not None:
            await before_send()
        try:
            answer = await self._exchange.send_and_look_twice(
                "POST", url, json=body, within_s=ANSWER_WITHIN_S, timeout=CREATE_TIMEOUT
            )
        except NEVER_CONNECTED as error:
            raise ServiceUnavailableError(UnavailableReason.UNREACHABLE) from error
        except TimeoutError as error:
            raise SubmissionUncertainError(UncertainBecause.TIMED_OUT) from error
        except CONNECTION_TROUBLE as error:
            raise SubmissionUncertainError(UncertainBecause.DISCONNECTED) from error
        return created_task_id(answer)

    async def query(self, remote_task_id: str, *, since_create_s: float, turn_key: Hashable = None) -> TaskStatus:
        """Ask how a task stands. One that is unknown is WAITING for the first 90 s after its create.

        Raises:
            GenerationFailedError: the task is dead, or (VANISHED) not known and old enough to be.
            ServiceUnavailableError, RequestRejectedError, BrokenAnswerError: this query failed; the task may be well.
        """
        answer = await self._get("api/v1/jobs/recordInfo", turn_key=turn_key, taskId=remote_task_id)
        if answer.body_code in TASK_DEAD:
            raise _dead_task(answer)
        if is_object(answer.data) and answer.data.get("state"):
            status = TaskStatus.from_payload(answer.data)
            if status.remote_task_id != remote_task_id:
                raise BrokenAnswerError("taskId", "of another task")
            return status
        if answer.code in {404, 422} or (answer.code == OK and answer.data is None):
            if since_create_s < APPEARS_WITHIN_S:
                return TaskStatus(remote_task_id=remote_task_id, state=TaskState.WAITING)
            raise GenerationFailedError(FailureKind.VANISHED, code=answer.code, provider_message=answer.message)
        if answer.code == OK:
            raise BrokenAnswerError("data" if not is_object(answer.data) else "state", "missing")
        raise refusal(answer)

    async def balance(self) -> float:
        """Return the credits that the operator's account has left; the provider counts parts of a credit.

        Raises:
            ServiceUnavailableError, RequestRejectedError, BrokenAnswerError: it is not known.
        """
        answer = await self._get("api/v1/chat/credit")
        if answer.code != OK:
            raise refusal(answer)
        balance = number(answer.data)
        if balance is None:
            raise BrokenAnswerError("data", "not a number")
        return balance

    async def upload(self, path: Path, *, file_name: str, upload_path: str) -> str:
        """Give the provider a file for three days; return a URL that it can read as a reference.

        A file of the same name and path is overwritten there.

        Raises:
            RequestRejectedError: it does not take this file.
            ServiceUnavailableError, BrokenAnswerError: worth another try.
        """

        async def send() -> Answer:
            file, content_type = await asyncio.to_thread(_open, path)
            with file:
                form = aiohttp.FormData({"uploadPath": upload_path.strip("/"), "fileName": file_name})
                form.add_field("file", file, filename=file_name, content_type=content_type)
                url = self._upload_url / "api/file-stream-upload"
                return await self._exchange.send("POST", url, data=form, timeout=UPLOAD_TIMEOUT)

        answer = await self._exchange.ask(send, persist_s=PERSIST_IN_UPLOAD_S)
        if answer.code != OK or not answer.succeeded:
            raise _upload_refusal(answer)
        found: dict[str, Any] = answer.data if is_object(answer.data) else {}
        url = found.get("downloadUrl") or found.get("fileUrl")
        if not is_web_url(url):
            raise BrokenAnswerError("downloadUrl", "missing")
        return url

    async def fresh_download_url(self, url: str) -> str:
        """Return another URL, good for 20 minutes, for a result whose own URL has ended.

        Raises:
            ResultLostError: the provider does not have it.
            DownloadError: the provider could not say; worth another try.
        """

        async def send() -> Answer:
            endpoint = self._api_url / "api/v1/common/download-url"
            return await self._exchange.send("POST", endpoint, json={"url": url}, timeout=ANSWER_TIMEOUT)

        try:
            answer = await self._exchange.ask(send, persist_s=PERSIST_S)
            if answer.code != OK:
                raise refusal(answer)
        except RequestRejectedError as error:
            raise ResultLostError(status=error.code or 0) from error
        except ServiceUnavailableError as error:
            raise DownloadError(DownloadProblem.NO_FRESH_URL) from error
        if not is_web_url(answer.data):
            raise DownloadError(DownloadProblem.NO_FRESH_URL)
        return answer.data

    async def download(self, url: str, destination: Path) -> DownloadedFile:
        """Fetch a result to `destination`, without the key. Raises as `generation.downloads.download` does."""
        return await download(
            self._download_session,
            url,
            destination,
            max_bytes=MAX_RESULT_BYTES,
            timeout_s=DOWNLOAD_TIMEOUT_S,
            loopback_http_allowed=self._loopback_http_allowed,
        )

    async def _get(self, path: str, *, turn_key: Hashable = None, **params: str) -> Answer:
        async def send() -> Answer:
            await self._query_gate.pass_(turn_key)
            return await self._exchange.send("GET", self._api_url / path, params=params, timeout=ANSWER_TIMEOUT)

        return await self._exchange.ask(send, persist_s=PERSIST_S)


def _create_body(request: GenerationRequest, callback_url: str | None) -> dict[str, Any]:
    order: dict[str, Any] = {
        "prompt": request.prompt,
        "aspect_ratio": request.aspect_ratio,
        "resolution": request.resolution,
        "output_format": request.output_format,
    }
    if request.reference_urls:
        order["image_input"] = list(request.reference_urls)
    body: dict[str, Any] = {"model": MODEL, "input": order}
    if callback_url is not None:
        body["callBackUrl"] = callback_url
    return body


def _dead_task(answer: Answer) -> GenerationFailedError:
    if is_object(answer.data) and answer.data.get("failMsg"):
        failure = Failure.from_payload(answer.data)
        return GenerationFailedError(failure.kind, code=failure.code, provider_message=failure.message)
    kind = failure_kind(answer.body_code, answer.message)
    return GenerationFailedError(kind, code=answer.body_code, provider_message=answer.message)


def _upload_refusal(answer: Answer) -> Exception:
    error = refusal(answer)
    if isinstance(error, RequestRejectedError) and error.kind is FailureKind.INVALID_REQUEST:
        return RequestRejectedError(
            FailureKind.REFERENCE_UNREADABLE, code=error.code, provider_message=error.provider_message
        )
    return error


def _open(path: Path) -> tuple[BinaryIO, str]:
    """Open a file and say by its bytes what it is."""
    file = path.open("rb")
    image_type = sniff(file.read(HEADER_BYTES))
    file.seek(0)
    return file, image_type.content_type if image_type else "application/octet-stream"
