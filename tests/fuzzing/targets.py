"""One function for each parser. Each takes any bytes, and raises only where the parser breaks its promise."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import discord

from cogs.budget.amounts import read_allowance, read_pool
from cogs.history.days import read_days
from cogs.image_bot import BUTTONS
from cogs.imagine.answers import read_answers, typed_prompt
from cogs.imagine.form_memory import FormMemory
from cogs.plain_text import quoted
from generation import callback_door
from generation.answers import Answer, TaskStatus
from generation.attachments import MAX_PROMPT_FILE_BYTES
from generation.blocklist import normal_form
from generation.callback_paths import job_of
from generation.decoding import inspect_reference
from generation.errors import GenerationError, UnusableImageError
from generation.images import ImageType, inspect_result, sniff
from generation.metadata import strip_metadata
from generation.operator_settings import read_settings
from generation.patterns import BadTermError
from generation.preset_blanks import blanks_of, filled
from generation.prices import PriceTable
from generation.refusals import created_task_id, passing_trouble, refusal
from storage import pools
from storage.blocked_terms import TermKind
from storage.periods import PeriodKind
from storage.prompts import MARK_START, WORDS

LARGEST_ID = 2**63 - 1
"""SQLite takes no larger one."""
FOLDER = Path(tempfile.mkdtemp(prefix="plantain-fuzz-"))
INDEX = sqlite3.connect(":memory:", check_same_thread=False)
INDEX.execute("CREATE VIRTUAL TABLE prompt_index USING fts5(prompt, owner)")


def provider_answer(data: bytes) -> None:
    """What the provider says to anything."""
    answer = Answer.from_body(data[0] + 300 if data else 200, data[1:], retry_after=data[:8].decode("latin-1"))
    with suppress(GenerationError):
        created_task_id(answer)
    assert isinstance(refusal(answer), GenerationError)
    passing_trouble(answer)
    with suppress(GenerationError):
        TaskStatus.from_payload(answer.data)


def task_status(data: bytes) -> None:
    """What the provider says about a task, as JSON of the right shape with anything in it."""
    with suppress(ValueError, RecursionError):
        payload = json.loads(data)
        with suppress(GenerationError):
            status = TaskStatus.from_payload(payload)
            assert isinstance(status.remote_task_id, str)
            assert all(isinstance(url, str) for url in status.result_urls)


def callback(data: bytes) -> None:
    """A call from anywhere."""
    found = callback_door._task_id(data)
    assert found is None or found.isprintable()
    assert job_of(data.decode("utf-8", "replace"), b"key") is None


def custom_id(data: bytes) -> None:
    """What a button was called, by whomever."""
    text = data.decode("utf-8", "replace")[:100]
    interaction = cast(Any, SimpleNamespace(data={"values": [text]}, client=None, message=None))
    for kind in BUTTONS:
        template = cast(re.Pattern[str], kind.__discord_ui_compiled_template__)
        if match := template.fullmatch(text):
            item: Any = discord.ui.Button(custom_id=text)
            rebuilt = asyncio.run(kind.from_custom_id(interaction, item, match))
            for number in _numbers(vars(rebuilt)):
                assert number <= LARGEST_ID, f"{kind.__name__} holds {number}"


def _numbers(value: Any, depth: int = 0) -> list[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        return [value]
    if depth > 3 or isinstance(value, str | bytes | discord.ui.Item):
        return []
    if isinstance(value, dict):
        return [
            number
            for key, inner in value.items()
            if not str(key).startswith("__")
            for number in _numbers(inner, depth + 1)
        ]
    if isinstance(value, list | tuple):
        return [number for inner in value for number in _numbers(inner, depth + 1)]
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    return [number for name in slots for number in _numbers(getattr(value, name, None), depth + 1)]


def form(data: bytes) -> None:
    """What a member sends with the form of /imagine."""
    with suppress(ValueError, RecursionError):
        payload = json.loads(data)
        if isinstance(payload, dict):
            for read in (typed_prompt, lambda sent: read_answers(sent, FormMemory())):
                with suppress(KeyError, ValueError, TypeError, IndexError, AttributeError):
                    read(payload)


def image(data: bytes) -> None:
    """A file that a member uploads, or that a host gives out as a result."""
    path, stripped = FOLDER / "image", FOLDER / "stripped"
    path.write_bytes(data)
    for inspect in (inspect_result, inspect_reference):
        with suppress(UnusableImageError):
            facts = inspect(path)
            assert facts.size_bytes == len(data)
    with suppress(UnusableImageError):
        strip_metadata(path, stripped, sniff(data) or ImageType.JPEG)


def settings(data: bytes) -> None:
    """A .env file."""
    path = FOLDER / "env"
    path.write_bytes(b"DISCORD_TOKEN=x\nKIE_API_KEY=y\n" + data)
    os.environ["PLANTAIN_ENV_FILE"] = str(path)
    with suppress(SystemExit):
        read_settings()


def prompt_file(data: bytes) -> None:
    """A text file with a prompt: its words are shown, searched, filled in, and held against blocked ones."""
    text = data[:MAX_PROMPT_FILE_BYTES].decode("utf-8", "replace")[:10_000]
    assert MARK_START not in quoted(text, limit=1000)
    filled(text, dict.fromkeys(blanks_of(text), "x"))
    for kind in TermKind:
        with suppress(BadTermError):
            normal_form(kind, text[:100])


def amounts(data: bytes) -> None:
    """What a moderator or the operator types as amounts and days."""
    text = data.decode("utf-8", "replace")[:100]
    for read in (
        lambda: read_allowance(text, PeriodKind.WEEK),
        lambda: read_pool(text),
        lambda: pools.parse(text),
        lambda: PriceTable.parse(text),
        lambda: read_days(text, date(2026, 11, 26), week_starts_on=0),
    ):
        try:
            read()
        except ValueError:
            pass
        except Exception as error:
            if type(error).__name__ != "RefusalError":
                raise


def search(data: bytes) -> None:
    """What somebody looks for in their prompts."""
    text = data.decode("utf-8", "replace")[:200].replace("\0", " ").strip()
    words = " ".join(f'"{word}"' for word in WORDS.findall(text))
    if words:
        INDEX.execute(
            "SELECT 1 FROM prompt_index WHERE prompt_index MATCH ?", (f"owner : g1u1 AND prompt : ({words})",)
        )


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        *(provider_answer, task_status, callback, custom_id, form, image),
        *(settings, prompt_file, amounts, search),
    )
}
