"""Settings: every wrong one is reported at once, by name, and no secret is ever repeated."""

from __future__ import annotations

import logging
from dataclasses import asdict, fields
from pathlib import Path

import pytest

import bot
from generation import operator_settings
from generation.prices import PriceTable

GOOD = {"DISCORD_TOKEN": "token-of-discord", "KIE_API_KEY": "key-of-kie"}
ENV_EXAMPLE = Path(__file__).parent.parent / ".env.example"
README = Path(__file__).parent.parent / "README.md"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for setting in fields(operator_settings.Settings):
        monkeypatch.delenv(setting.name.upper(), raising=False)
    monkeypatch.setenv("PLANTAIN_ENV_FILE", "")
    return monkeypatch


def read(environment: pytest.MonkeyPatch, **settings: str) -> operator_settings.Settings:
    for name, value in settings.items():
        environment.setenv(name, value)
    return operator_settings.read_settings()


def test_two_settings_are_enough(environment: pytest.MonkeyPatch) -> None:
    settings = read(environment, **GOOD)
    assert (settings.database_path, settings.weekly_allowance) == (Path("data/bot.db"), 360)


def test_all_wrong_settings_are_named_at_once_with_what_was_expected(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as refusal:
        read(
            environment,
            KIE_API_KEY="  ",
            WEEKLY_ALLOWANCE="lots",
            MAX_CONCURRENT_JOBS="0",
            LOG_LEVEL="LOUD",
            PRICES="8K=5",
            OPERATOR_POOL="lots",
            LOW_BALANCE="-1",
            CALLBACK_URL="https://bot.example/calls",
            KIE_API_URL="http://elsewhere.example",
            DISCORD_API_URL="https://discord.example",
        )
    said = str(refusal.value)
    for name in (
        "DISCORD_TOKEN: is required",
        "KIE_API_KEY: expected a value, found none",
        "WEEKLY_ALLOWANCE: expected a whole number from 0 to 1000000",
        "MAX_CONCURRENT_JOBS: expected a whole number from 1 to 1000",
        "HTTP_PORT: expected the port where calls to CALLBACK_URL come in",
        "LOG_LEVEL: expected DEBUG, INFO, WARNING or ERROR",
        "PRICES: '8K=5': expected a resolution",
        "OPERATOR_POOL: 'lots': expected whole credits and a period (day, week, month, never), as in 50000/month",
        "LOW_BALANCE: expected a whole number from 0 to 10000000",
        "KIE_API_URL: expected an https:// address",
        "DISCORD_API_URL: expected an http:// or ws:// address on this machine",
    ):
        assert name in said


def test_report_of_wrong_settings_repeats_no_secret(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as refusal:
        read(environment, **GOOD, LOG_LEVEL="LOUD")
    assert "token-of-discord" not in str(refusal.value)
    assert "key-of-kie" not in str(refusal.value)


def test_secret_shows_itself_only_where_it_is_asked_for(environment: pytest.MonkeyPatch) -> None:
    settings = read(environment, **GOOD, CALLBACK_SECRET="key-of-calls")
    assert not any(secret in f"{settings} {settings.discord_token!r}" for secret in settings.secrets())


def test_what_is_set_to_nothing_counts_as_not_set(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("WEEKLY_ALLOWANCE=\nLOG_LEVEL=DEBUG\nOPERATOR_POOL\n")
    environment.setenv("PLANTAIN_ENV_FILE", str(env_file))
    settings = read(environment, **GOOD, LOG_LEVEL="", HTTP_PORT="")
    assert (settings.weekly_allowance, settings.log_level, settings.operator_pool) == (360, "DEBUG", "")
    assert settings.http_port is None


@pytest.mark.parametrize("number", [" ", "1.5", "-1", "1e3", "٣", "9" * 5000])
def test_number_that_is_none_is_named(environment: pytest.MonkeyPatch, number: str) -> None:
    with pytest.raises(SystemExit, match="HTTP_PORT: expected a whole number from 1 to 65535"):
        read(environment, **GOOD, HTTP_PORT=number)


def test_env_file_is_read_and_the_environment_wins(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("DISCORD_TOKEN=from-file\nKIE_API_KEY=from-file\nWEEKLY_ALLOWANCE=90\n")
    environment.setenv("PLANTAIN_ENV_FILE", str(env_file))
    settings = read(environment, KIE_API_KEY="from-environment")
    assert settings.weekly_allowance == 90
    assert settings.kie_api_key.value == "from-environment"


@pytest.mark.parametrize("key", ["a key", "a\nkey", "a\tkey", "ключ", "key\u200b"])
def test_key_that_no_request_could_carry_is_refused_without_being_told(
    environment: pytest.MonkeyPatch, key: str
) -> None:
    with pytest.raises(SystemExit, match="KIE_API_KEY") as refused:
        read(environment, DISCORD_TOKEN="x", KIE_API_KEY=key)
    assert key not in str(refused.value)


def test_line_break_at_the_end_of_a_key_is_no_part_of_it(environment: pytest.MonkeyPatch) -> None:
    assert read(environment, DISCORD_TOKEN="x", KIE_API_KEY=" k-1\n").kie_api_key.value == "k-1"


def test_every_setting_is_explained_in_the_example_and_the_readme() -> None:
    example, readme = ENV_EXAMPLE.read_text(encoding="utf-8"), README.read_text(encoding="utf-8")
    for setting in fields(operator_settings.Settings):
        assert f"{setting.name.upper()}=" in example, setting.name
        assert f"`{setting.name.upper()}`" in readme, setting.name


def test_example_with_its_two_blanks_filled_in_is_right(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = ENV_EXAMPLE.read_text(encoding="utf-8").splitlines()
    uncommented = [line.removeprefix("#") if line.startswith("#") and line[1:2].isupper() else line for line in lines]
    settings = "\n".join(line for line in uncommented if "=" in line.partition(" ")[0] and "PORT/" not in line)
    filled = settings.replace("DISCORD_TOKEN=", "DISCORD_TOKEN=x").replace("KIE_API_KEY=", "KIE_API_KEY=y")
    env_file = tmp_path / ".env"
    env_file.write_text(filled)
    environment.setenv("PLANTAIN_ENV_FILE", str(env_file))
    from_example = operator_settings.read_settings()
    defaults = operator_settings.Settings(
        discord_token=operator_settings.Secret("x"), kie_api_key=operator_settings.Secret("y")
    )
    shown_only = dict.fromkeys(("prices", "callback_url", "http_port", "backup_path"))  # their examples are no defaults
    assert asdict(from_example) | shown_only == asdict(defaults) | shown_only
    assert PriceTable.parse(from_example.prices) == PriceTable.parse(defaults.prices)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_never_reach_the_log(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        bot.set_up_logging(read(environment, **GOOD, LOG_FORMAT=log_format))
        try:
            raise RuntimeError(
                "Authorization: Bearer key-of-kie for https://host/api/v10/webhooks/12/aW50-ZXJ.x_y/messages"
            )
        except RuntimeError:
            logging.getLogger("test").exception("with %s", "token-of-discord")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    written = capsys.readouterr().err
    assert "[secret]" in written
    assert "key-of-kie" not in written
    assert "token-of-discord" not in written
    assert "webhooks/12/[secret]/messages" in written


@pytest.mark.parametrize(("said", "ids"), [("0", (0,)), ("0,2", (0, 2)), ("1-3", (1, 2, 3)), ("0, 2-3", (0, 2, 3))])
def test_shards_are_named_one_by_one_or_from_to(
    environment: pytest.MonkeyPatch, said: str, ids: tuple[int, ...]
) -> None:
    assert read(environment, **GOOD, SHARD_COUNT="4", SHARD_IDS=said).shard_ids == ids


@pytest.mark.parametrize(
    "wrong",
    [
        {"SHARD_IDS": "0"},
        {"SHARD_IDS": "0-4", "SHARD_COUNT": "4"},
        {"SHARD_IDS": "zero", "SHARD_COUNT": "4"},
        {"SHARD_IDS": "1,1", "SHARD_COUNT": "4"},
        {"SHARD_IDS": "3-1", "SHARD_COUNT": "4"},
        {"SHARD_IDS": "-1", "SHARD_COUNT": "4"},
        {"SHARD_IDS": "0-9999999999", "SHARD_COUNT": "4"},
    ],
)
def test_shards_that_cannot_be_are_named(environment: pytest.MonkeyPatch, wrong: dict[str, str]) -> None:
    with pytest.raises(SystemExit, match="SHARD_IDS: expected"):
        read(environment, **GOOD, **wrong)
