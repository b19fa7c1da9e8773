"""Reading what the provider answers: the only place that looks into its JSON.

Its documentation and its live service differ in places; both are understood here. Unknown fields are ignored.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self, TypeGuard
from urllib.parse import urlsplit

from generation.errors import BrokenAnswerError, FailureKind
from generation.failures import failure_kind

log = logging.getLogger(__name__)

MAX_MESSAGE_CHARS = 300
LONGEST_TASK_S = 3_600
"""No task takes this long: a greater `costTime` is in milliseconds, as the documentation has it."""


class TaskState(StrEnum):
    """A remote task's state, in the provider's words."""

    WAITING = "waiting"
    QUEUING = "queuing"
    GENERATING = "generating"
    SUCCESS = "success"
    FAIL = "fail"

    @property
    def is_pending(self) -> bool:
        """Whether the task may still end well."""
        return self not in {TaskState.SUCCESS, TaskState.FAIL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a remote task failed.

    Attributes:
        code: the provider's code, or None where it named none.
        message: its words, one line of at most 300 characters; may be empty.
    """

    kind: FailureKind
    code: int | None
    message: str

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Read `failCode` and `failMsg`; either may be null or absent."""
        code, message = whole_number(payload.get("failCode")), one_line(payload.get("failMsg"))
        return cls(kind=failure_kind(code, message), code=code, message=message)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """What the provider says of a remote task.

    Attributes:
        result_urls: in the provider's order; empty unless the state is SUCCESS, and sometimes even then.
        failure: set exactly where the state is FAIL.
        cost_time_s: how long the provider worked, in seconds, or None where it does not say.
        created_at, completed_at: aware UTC, or None where it does not say.
        credits_consumed: the provider's figure, above zero even before the end; None where it does not say.
    """

    remote_task_id: str
    state: TaskState
    result_urls: tuple[str, ...] = ()
    failure: Failure | None = None
    cost_time_s: float | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None
    credits_consumed: float | None = None

    @classmethod
    def from_payload(cls, payload: object) -> Self:
        """Read the `data` of a query's answer, or of a callback.

        Raises:
            BrokenAnswerError: no id, no state, or a result that cannot be read.
        """
        if not is_object(payload):
            raise BrokenAnswerError("data", "not an object")
        state = _state(payload.get("state"))
        return cls(
            remote_task_id=_task_id(payload),
            state=state,
            result_urls=_result_urls(payload) if state is TaskState.SUCCESS else (),
            failure=Failure.from_payload(payload) if state is TaskState.FAIL else None,
            cost_time_s=_cost_time_s(payload.get("costTime")),
            created_at=_time(payload.get("createTime")),
            completed_at=_time(payload.get("completeTime")),
            credits_consumed=number(payload.get("creditsConsumed")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The envelope of every answer.

    Attributes:
        status: the HTTP status.
        is_json: whether the body was a JSON object at all.
        body_code: `code` of the body, or None where it had none.
        message: `msg`, else `message`; one line of at most 300 characters; may be empty.
        succeeded: False only where the body says `"success": false`.
        retry_after_s: the header's seconds, or None.
    """

    status: int
    is_json: bool = False
    body_code: int | None = None
    message: str = ""
    data: Any = None
    succeeded: bool = True
    retry_after_s: float | None = None

    @property
    def code(self) -> int:
        """The body's code decides; the HTTP status stands in where the body has none."""
        return self.status if self.body_code is None else self.body_code

    @property
    def remote_task_id(self) -> str | None:
        """The id of a new task, or None where the answer names none."""
        return find_task_id(self.data) if is_object(self.data) else None

    @classmethod
    def from_body(cls, status: int, body: bytes, *, retry_after: str | None = None) -> Self:
        """Read an answer of any kind: JSON, HTML, empty or cut off."""
        retry_after_s = number(retry_after)
        if retry_after_s is not None and retry_after_s < 0:
            retry_after_s = None
        content = _json_or_none(body)
        if not is_object(content):
            return cls(status=status, retry_after_s=retry_after_s)
        return cls(
            status=status,
            is_json=True,
            body_code=whole_number(content.get("code")),
            message=one_line(content.get("msg") or content.get("message")),
            data=content.get("data"),
            succeeded=content.get("success") is not False,
            retry_after_s=retry_after_s,
        )


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Tell whether a decoded JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Tell whether a decoded JSON value is a list."""
    return isinstance(value, list)


def one_line(text: object) -> str:
    """Return somebody's message fit to be stored and shown: one line of at most 300 characters."""
    if text is None:
        return ""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(text)[:10_000]).split())
    return line if len(line) <= MAX_MESSAGE_CHARS else line[: MAX_MESSAGE_CHARS - 1].rstrip() + "…"


def number(value: object) -> float | None:
    """Return a finite number that may have been sent as text; None where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def whole_number(value: object) -> int | None:
    """Return a whole number that may have been sent as text or with a decimal point; None where there is none."""
    result = number(value)
    return int(result) if result is not None and result.is_integer() else None


def is_web_url(value: object) -> TypeGuard[str]:
    """Tell whether a value is an http or https URL. Which of them may be fetched is decided where it is fetched."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # e.g. an unclosed IPv6 bracket
        return False


def find_task_id(data: dict[str, Any]) -> str | None:
    """Return the id of the task that `data` speaks of, under whichever name it stands."""
    found = (data.get(name) for name in ("taskId", "task_id", "recordId"))
    return next((value for value in found if isinstance(value, str) and value), None)


def _task_id(data: dict[str, Any]) -> str:
    task_id = find_task_id(data)
    if task_id is None:
        raise BrokenAnswerError("taskId", "missing")
    return task_id


def _state(value: object) -> TaskState:
    if not isinstance(value, str) or not value:
        raise BrokenAnswerError("state", "missing")
    try:
        return TaskState(value.strip().lower())
    except ValueError:
        log.warning("The provider names a state that is not known here: %s", one_line(value)[:40])
        return TaskState.WAITING


def _result_urls(payload: dict[str, Any]) -> tuple[str, ...]:
    """Return the results' URLs from `resultJson`, else from `response`; either may be JSON text or an object."""
    broken: str | None = None
    for field in ("resultJson", "response"):
        value = payload.get(field)
        for _ in range(2):  # some texts are encoded twice
            if isinstance(value, str) and value.strip() not in {"", "null"}:
                value = _json_or_none(value)
                broken = field if value is None else broken
        urls = tuple(dict.fromkeys(_urls_in(value)))
        if urls:
            return urls
    if broken is not None:
        raise BrokenAnswerError(broken, "not JSON")
    return ()


def _urls_in(value: object) -> Iterator[str]:
    found = value.get("resultUrls") if is_object(value) else value
    yield from filter(is_web_url, found if is_list(found) else [found])


def _cost_time_s(value: object) -> float | None:
    cost_time = number(value)
    if cost_time is None or cost_time < 0:
        return None
    return cost_time / 1000 if cost_time > LONGEST_TASK_S else cost_time


def _time(value: object) -> datetime | None:
    """Return a time given in Unix milliseconds; None where there is none or it is none."""
    milliseconds = number(value)
    if not milliseconds:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _json_or_none(text: str | bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # ValueError: not JSON, or not text
        return None
