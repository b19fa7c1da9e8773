"""The forms of the provider's answers, as the live service was seen to send them."""

import json
from typing import Any

from aiohttp import web

from sandbox.json_values import JsonObject
from sandbox.local_provider.faults import ProviderFaults
from sandbox.local_provider.tasks import RemoteTask

MODEL = "nano-banana-pro"
STATUS_OF_CODE = {455: 503, 433: 403, 501: 500, 505: 503}
"""Where the provider's own codes have no HTTP status of their own."""


class Refusal(Exception):  # noqa: N818 (an answer, not a fault of ours)
    """An answer with another code than 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def reply(faults: ProviderFaults, data: Any, *, code: int = 200, message: str = "success") -> web.Response:
    """Return an answer in the form that is switched on; errors come inside HTTP 200 unless told otherwise."""
    if code != 200 and faults.meets("html_errors"):
        return html(STATUS_OF_CODE.get(code, code))
    status = STATUS_OF_CODE.get(code, code) if code != 200 and faults.meets("real_statuses") else 200
    field = "message" if faults.meets("older_message_field") else "msg"
    return web.json_response({"code": code, field: message, "data": data}, status=status)


def html(status: int) -> web.Response:
    """Return what a proxy in front of the provider answers."""
    page = f"<html><head><title>{status}</title></head><body><center><h1>{status}</h1></center></body></html>"
    return web.Response(status=status, text=page, content_type="text/html")


def record(task: RemoteTask, state: str, urls: list[str], *, now: float) -> JsonObject:
    """Return `data` of a query: nulls while pending, JSON inside JSON inside JSON."""
    parameters = json.dumps({"input": json.dumps(task.input), "model": MODEL})
    data: JsonObject = {
        "taskId": task.id,
        "model": MODEL,
        "state": state,
        "param": parameters,
        "paramJson": parameters,
        "operationType": MODEL,
        "resultJson": "",
        "failCode": None,
        "failMsg": None,
        "costTime": None,
        "completeTime": None,
        "createTime": int(task.created_at * 1000),
        "creditsConsumed": float(task.price),
        "successFlag": 0,
    }
    if task.number % 3:
        data["updateTime"] = int(now * 1000)
    if state in {"success", "fail"}:
        ended_at = task.ended_at or now
        data |= {"completeTime": int(ended_at * 1000), "costTime": round(ended_at - task.created_at)}
    if state == "success":
        result = {"resultUrls": urls}
        data |= {"resultJson": json.dumps(result), "successFlag": 1, "response": result}
    if state == "fail" and task.failure is not None:
        data |= {"failCode": task.failure.code, "failMsg": task.failure.message, "successFlag": 2}
    return data
