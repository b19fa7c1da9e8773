"""How lines of the log are written: as JSON where that is wanted, and never with a secret."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from storage.errors import DatabaseTroubleError

INTERACTION_TOKEN = re.compile(r"((?:webhooks|interactions)/\d+/)[\w.-]+")


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, with its traceback where it has one."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def short_reconnects(record: logging.LogRecord) -> bool:
    """Make a line of what discord.py 2.7.1 writes as an error with its traceback: a lost gateway, which it mends."""
    is_reconnect = str(record.msg).startswith(("Attempting a reconnect", "Failed to connect for shard_id"))
    if record.name in {"discord.client", "discord.shard"} and record.exc_info and is_reconnect:
        _shorten(record, f"The gateway was lost ({type(record.exc_info[1]).__name__}). {record.msg}", record.args)
    return True


def short_database_troubles(record: logging.LogRecord) -> bool:
    """Make a line of what a worker met while the database could not be used: no fault of ours, and told of already."""
    if record.exc_info and isinstance(error := record.exc_info[1], DatabaseTroubleError):
        _shorten(record, f"{record.getMessage()}: {error}", ())
    return True


def _shorten(record: logging.LogRecord, message: str, args: Any) -> None:
    record.msg, record.args = message, args
    record.levelno, record.levelname = logging.WARNING, "WARNING"
    record.exc_info = record.exc_text = None


class SecretGuard(logging.Formatter):
    """Wraps a formatter and blots out secrets, whatever wrote them into a message or a traceback."""

    def __init__(self, inner: logging.Formatter, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._inner = inner
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the formatted record without any secret."""
        text = INTERACTION_TOKEN.sub(r"\1[secret]", self._inner.format(record))
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text
