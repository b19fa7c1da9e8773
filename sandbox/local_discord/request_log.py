"""What the bot asked: recent requests in memory, all of them in a file where one is named."""

import json
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from sandbox.json_values import JsonObject

KEPT_REQUESTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """One REST request; `n` counts from 1, `at` is Unix seconds."""

    n: int
    method: str
    path: str
    status: int
    error_code: int | None
    at: float
    ms: float


class RequestLog:
    """Remembers requests; bodies go to the file only, tokens of the bot nowhere."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = None
        self._recent: deque[LoggedRequest] = deque(maxlen=KEPT_REQUESTS)
        self._count = 0

    def open(self) -> None:
        """Start appending to the file, where there is one."""
        if self._path is not None:
            self._file = self._path.open("a", encoding="utf-8")

    def received(self, method: str, path: str, body: Any) -> None:
        """Write one line to the file and flush it."""
        if self._file is not None:
            self._file.write(json.dumps({"method": method, "path": path, "json": body}) + "\n")
            self._file.flush()

    def answered(self, method: str, path: str, *, status: int, error_code: int | None, at: float, ms: float) -> None:
        """Remember the answer; status 0 means the connection was dropped."""
        self._count += 1
        request = LoggedRequest(
            n=self._count, method=method, path=path, status=status, error_code=error_code, at=at, ms=ms
        )
        self._recent.append(request)

    def after(self, n: int) -> list[JsonObject]:
        """Return the remembered requests with a higher number, oldest first."""
        return [asdict(request) for request in self._recent if request.n > n]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
