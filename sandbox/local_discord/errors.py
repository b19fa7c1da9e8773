"""Discord's refusals: HTTP status, code and body."""

from collections.abc import Mapping
from typing import Any

from sandbox.json_values import JsonObject

Path = tuple[str | int, ...]

MESSAGES: Mapping[int, tuple[int, str]] = {
    0: (401, "401: Unauthorized"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20028: (429, "The write action you are performing on the channel has hit the write rate limit"),
    30032: (400, "Maximum number of application commands reached (100)"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40333: (403, "internal network error"),  # the front servers' answer to requests without a User-Agent
    50001: (403, "Missing Access"),
    50003: (403, "Cannot execute action on a DM channel"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50033: (400, "Invalid Recipient(s)"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Tried to perform an operation on an archived thread, such as editing a message"),
    50109: (400, "The request body contains invalid JSON."),
    160002: (400, "Cannot reply without permission to read message history"),
    200000: (400, "Message was blocked by automatic moderation"),
}


class ApiError(Exception):
    """An answer other than success, as the REST API gives it."""

    def __init__(
        self, code: int, *, status: int | None = None, message: str | None = None, retry_after_s: float | None = None
    ) -> None:
        known_status, known_message = MESSAGES.get(code, (400, "Bad Request"))
        self.code = code
        self.status = status or known_status
        self.message = message or known_message
        self.retry_after_s = retry_after_s
        super().__init__(f"{self.status} {code}: {self.message}")

    def body(self) -> JsonObject:
        body: JsonObject = {"message": self.message, "code": self.code}
        if self.retry_after_s is not None:
            body |= {"retry_after": round(self.retry_after_s, 3), "global": False}
        return body


class FormError(ApiError):
    """50035, with every field that was wrong."""

    def __init__(self, errors: JsonObject) -> None:
        super().__init__(50035)
        self.errors = errors

    def body(self) -> JsonObject:
        return {**super().body(), "errors": self.errors}


class FormErrors:
    """Collects what is wrong with a body, by the path of each field."""

    def __init__(self) -> None:
        self._tree: JsonObject = {}

    def add(self, path: Path, code: str, message: str) -> None:
        node: JsonObject = self._tree
        for step in path:
            node = node.setdefault(str(step), {})
        errors: list[Any] = node.setdefault("_errors", [])
        errors.append({"code": code, "message": message})

    def __bool__(self) -> bool:
        return bool(self._tree)

    def raise_if_any(self) -> None:
        """Raise `FormError` where something was added."""
        if self._tree:
            raise FormError(self._tree)
