"""The operator's settings, from the environment or a .env file. Every wrong one is reported at once, by name."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from generation.callbacks import DoorSettings
from generation.prices import PriceTable
from storage import pools

ENV_FILE = Path(__file__).parent.parent / ".env"


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
    if value:
        pools.parse(value)
    return value


def _present(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("expected a value, found none")
    return value


def _shard_ids(value: object) -> object:
    """Read "0,1,4" or "0-3"."""
    if not isinstance(value, str):
        return value
    ids: list[int] = []
    for part in value.split(","):
        first, _, last = part.strip().partition("-")
        if not (first.isdecimal() and (not last or last.isdecimal())) or len(first + last) > 10:
            raise ValueError("expected numbers from 0, such as 0,1 or 0-3")
        ids += range(int(first), int(last or first) + 1)
    if not ids or len(set(ids)) < len(ids):
        raise ValueError("expected numbers from 0, such as 0,1 or 0-3, each once")
    return tuple(ids)


Secret = Annotated[SecretStr, AfterValidator(_present)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
LocalAddress = Annotated[str, AfterValidator(_local_address)]


class Settings(BaseSettings):
    """Everything an operator can set, from the environment or .env. `.env.example` explains each."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    discord_token: Secret
    kie_api_key: Secret
    database_path: Path = Path("data/bot.db")
    media_path: Path = Path("data/media")
    kie_api_url: WebAddress = "https://api.kie.ai"
    kie_upload_url: WebAddress = "https://kieai.redpandaai.co"
    discord_api_url: LocalAddress | None = None
    discord_gateway_url: LocalAddress | None = None
    weekly_allowance: int = Field(default=360, ge=0, le=1_000_000)
    prices: Annotated[str, AfterValidator(_price_list)] = ""
    operator_pool: Annotated[str, AfterValidator(_pool)] = ""
    shard_count: int | None = Field(default=None, ge=1, le=100_000)
    shard_ids: Annotated[tuple[int, ...] | None, NoDecode, BeforeValidator(_shard_ids)] = Field(
        default=None, validate_default=True
    )
    low_balance: int = Field(default=500, ge=0, le=10_000_000)
    backup_path: Path | None = None
    backups_kept: int = Field(default=14, ge=0, le=1000)
    disk_reserve_mb: int = Field(default=256, ge=1, le=1_000_000_000)
    max_concurrent_jobs: int = Field(default=80, ge=1, le=1000)
    guild_concurrent_jobs: int = Field(default=20, ge=1, le=1000)
    member_concurrent_jobs: int = Field(default=4, ge=1, le=1000)
    callback_url: WebAddress | None = None
    callback_secret: SecretStr | None = None
    http_host: str = "127.0.0.1"
    http_port: int | None = Field(default=None, ge=1, le=65_535, validate_default=True)
    job_deadline_s: int = Field(default=900, ge=1, le=86_400)
    references_kept_days: int = Field(default=365, ge=1, le=36_500)
    references_max_gb: int = Field(default=20, ge=1, le=100_000)
    log_lines_kept_days: int = Field(default=0, ge=0, le=36_500)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @field_validator("shard_ids")
    @classmethod
    def _among(cls, value: tuple[int, ...] | None, info: ValidationInfo) -> tuple[int, ...] | None:
        count = info.data.get("shard_count")
        if value is not None and (count is None or max(value) >= count):
            raise ValueError("expected SHARD_COUNT beside it, and ids below that number")
        return value

    @field_validator("http_port")
    @classmethod
    def _heard(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is None and info.data.get("callback_url"):
            raise ValueError("expected the port where calls to CALLBACK_URL come in")
        return value

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
            api_key=self.kie_api_key.get_secret_value(),
            webhook_key=self.callback_secret.get_secret_value() if self.callback_secret else None,
        )

    def secrets(self) -> tuple[str, ...]:
        """Return what no log may show."""
        found = (self.discord_token, self.kie_api_key, self.callback_secret)
        return tuple(secret.get_secret_value() for secret in found if secret is not None)


def read_settings() -> Settings:
    """Read the environment and the .env file beside bot.py (or the file that PLANTAIN_ENV_FILE names, "" for none).

    Raises:
        SystemExit: naming every wrong or missing setting at once, and what was expected of it.
    """
    env_file = os.environ.get("PLANTAIN_ENV_FILE", str(ENV_FILE)) or None
    try:
        return Settings(_env_file=env_file)  # pyright: ignore[reportCallIssue]  # pydantic fills the required ones
    except UnicodeDecodeError as error:
        raise SystemExit(f"Plantain cannot start: {env_file} is not written in UTF-8 ({error.reason}).") from None
    except ValidationError as error:
        lines = ["Plantain cannot start; these settings are missing or wrong (see .env.example):"]
        for problem in error.errors(include_input=False, include_url=False):  # the input may be a secret
            name = str(problem["loc"][0]).upper()
            says = "is required" if problem["type"] == "missing" else problem["msg"].removeprefix("Value error, ")
            lines.append(f"  {name}: {says}")
        raise SystemExit("\n".join(lines)) from None
