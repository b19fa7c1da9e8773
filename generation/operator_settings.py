"""The operator's settings, from the environment or a .env file. Every wrong one is reported at once, by name.

Dataclasses and a few functions, where a library for settings would hold a tenth of an idle bot's memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints
from urllib.parse import urlsplit

from dotenv import dotenv_values

from generation.callbacks import DoorSettings
from generation.prices import PriceTable
from storage import pools

ENV_FILE = Path(__file__).parent.parent / ".env"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """What no log, error or card may show: it says what it is only where it is asked for."""

    value: str


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(value)):
        raise ValueError("expected an https:// address (http:// only on this machine)")
    return value.rstrip("/")


def _local_address(value: str) -> str:
    if urlsplit(value).scheme not in {"http", "ws"} or not _is_loopback(value):
        raise ValueError("expected an http:// or ws:// address on this machine, as the sandbox prints it")
    return value


def _price_list(value: str) -> str:
    PriceTable.parse(value)
    return value


def _pool(value: str) -> str:
    pools.parse(value)
    return value


def _secret(value: str) -> Secret:
    if not value.strip():
        raise ValueError("expected a value, found none")
    return Secret(value)


def _header_secret(value: str) -> Secret:
    """Read what is sent in headers of requests, which cannot carry everything; a line break at its end is common."""
    secret = value.strip()
    if not secret:
        raise ValueError("expected a value, found none")
    if not (secret.isascii() and secret.isprintable()) or " " in secret:
        raise ValueError("expected one word without spaces, line breaks or other characters that no key has")
    return Secret(secret)


def _shard_ids(value: str) -> tuple[int, ...]:
    """Read "0,1,4" or "0-3"."""
    ids: list[int] = []
    for part in value.split(","):
        first, _, last = part.strip().partition("-")
        if not (first.isdecimal() and (not last or last.isdecimal())) or len(first + last) > 10:
            raise ValueError("expected numbers from 0, such as 0,1 or 0-3")
        ids += range(int(first), int(last or first) + 1)
    if not ids or len(set(ids)) < len(ids):
        raise ValueError("expected numbers from 0, such as 0,1 or 0-3, each once")
    return tuple(ids)


@dataclass(frozen=True, slots=True)
class _Whole:
    """Reads a whole number."""

    least: int
    most: int

    def __call__(self, value: str) -> int:
        digits = value.strip()
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 20 else None
        if number is None or not self.least <= number <= self.most:
            raise ValueError(f"expected a whole number from {self.least} to {self.most}")
        return number


def _level(value: str) -> str:
    if value not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ValueError("expected DEBUG, INFO, WARNING or ERROR")
    return value


def _log_format(value: str) -> str:
    if value not in {"text", "json"}:
        raise ValueError("expected text or json")
    return value


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator can set, from the environment or .env. `.env.example` explains each.

    Beside the type of each stands what reads it: it raises ValueError saying what was expected.
    """

    discord_token: Annotated[Secret, _header_secret]
    kie_api_key: Annotated[Secret, _header_secret]
    database_path: Annotated[Path, Path] = Path("data/bot.db")
    media_path: Annotated[Path, Path] = Path("data/media")
    kie_api_url: Annotated[str, _web_address] = "https://api.kie.ai"
    kie_upload_url: Annotated[str, _web_address] = "https://kieai.redpandaai.co"
    discord_api_url: Annotated[str | None, _local_address] = None
    discord_gateway_url: Annotated[str | None, _local_address] = None
    weekly_allowance: Annotated[int, _Whole(0, 1_000_000)] = 360
    prices: Annotated[str, _price_list] = ""
    operator_pool: Annotated[str, _pool] = ""
    shard_count: Annotated[int | None, _Whole(1, 100_000)] = None
    shard_ids: Annotated[tuple[int, ...] | None, _shard_ids] = None
    low_balance: Annotated[int, _Whole(0, 10_000_000)] = 500
    backup_path: Annotated[Path | None, Path] = None
    backups_kept: Annotated[int, _Whole(0, 1000)] = 14
    disk_reserve_mb: Annotated[int, _Whole(1, 1_000_000_000)] = 256
    max_concurrent_jobs: Annotated[int, _Whole(1, 1000)] = 80
    guild_concurrent_jobs: Annotated[int, _Whole(1, 1000)] = 20
    member_concurrent_jobs: Annotated[int, _Whole(1, 1000)] = 4
    callback_url: Annotated[str | None, _web_address] = None
    callback_secret: Annotated[Secret | None, _secret] = None
    http_host: Annotated[str, str] = "127.0.0.1"
    http_port: Annotated[int | None, _Whole(1, 65_535)] = None
    job_deadline_s: Annotated[int, _Whole(1, 86_400)] = 900
    references_kept_days: Annotated[int, _Whole(1, 36_500)] = 365
    references_max_gb: Annotated[int, _Whole(1, 100_000)] = 20
    log_lines_kept_days: Annotated[int, _Whole(0, 36_500)] = 0
    log_level: Annotated[str, _level] = "INFO"
    log_format: Annotated[str, _log_format] = "text"

    def backups(self) -> Path:
        """Return the folder of the backups."""
        return self.backup_path or self.database_path.parent / "backups"

    def door(self) -> DoorSettings | None:
        """Return where callbacks and questions about health come in, None where they do not."""
        if self.http_port is None:
            return None
        return DoorSettings(
            host=self.http_host,
            port=self.http_port,
            public_url=self.callback_url,
            api_key=self.kie_api_key.value,
            webhook_key=self.callback_secret.value if self.callback_secret else None,
        )

    def secrets(self) -> tuple[str, ...]:
        """Return what no log may show."""
        found = (self.discord_token, self.kie_api_key, self.callback_secret)
        return tuple(secret.value for secret in found if secret is not None)


def read_settings() -> Settings:
    """Read the environment and the .env file beside bot.py (or the file that PLANTAIN_ENV_FILE names, "" for none).

    What is set to nothing counts as not set.

    Raises:
        SystemExit: naming every wrong or missing setting at once, and what was expected of it.
    """
    env_file = os.environ.get("PLANTAIN_ENV_FILE", str(ENV_FILE))
    try:
        from_file = dotenv_values(env_file, encoding="utf-8") if env_file else {}
    except UnicodeDecodeError as error:
        raise SystemExit(f"Plantain cannot start: {env_file} is not written in UTF-8 ({error.reason}).") from None
    written = {name.upper(): value for source in (from_file, os.environ) for name, value in source.items() if value}
    values, problems = _read(written)
    if problems:
        lines = ["Plantain cannot start; these settings are missing or wrong (see .env.example):"]
        raise SystemExit("\n".join((*lines, *(f"  {name}: {problem}" for name, problem in problems.items()))))
    return Settings(**values)


def _read(written: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of what is set and right, and what is wrong with the others, both in the order of `Settings`.

    A problem may repeat what was written, but for secrets.
    """
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    types = get_type_hints(Settings, include_extras=True)
    for setting in fields(Settings):
        name = setting.name.upper()
        _, read = get_args(types[setting.name])
        try:
            if name in written:
                values[setting.name] = read(written[name])
            elif setting.default is MISSING:
                raise ValueError("is required")
            if setting.name in _TOGETHER:
                _TOGETHER[setting.name](values)
        except ValueError as error:
            problems[name] = str(error)
    return values, problems


def _shards_are_counted(values: Mapping[str, Any]) -> None:
    ids, count = values.get("shard_ids"), values.get("shard_count")
    if ids is not None and (count is None or max(ids) >= count):
        raise ValueError("expected SHARD_COUNT beside it, and ids below that number")


def _callbacks_are_heard(values: Mapping[str, Any]) -> None:
    if values.get("callback_url") and values.get("http_port") is None:
        raise ValueError("expected the port where calls to CALLBACK_URL come in")


_TOGETHER: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    "shard_ids": _shards_are_counted,
    "http_port": _callbacks_are_heard,
}
"""Settings that depend on ones before them."""
