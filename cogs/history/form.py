"""The form of the filter, and what comes back with it, read from the payload: so it outlives restarts too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import discord
from discord import ui

from cogs.history.wanted import Wanted
from cogs.texts import history as texts
from generation.options import Resolution

PREFIX = "plantain:past_form:"
MAX_WORDS_CHARS, MAX_DAY_CHARS = 200, 40

_ITS_ID = re.compile(re.escape(PREFIX) + r"([0-9]{1,20})")
_ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A filter as a member typed it. None: left open."""

    words: str | None
    resolution: str | None
    since: str | None
    until: str | None
    only: str


def form_id_of(custom_id: str) -> int | None:
    """Return what finds the page that a form was opened on, None for a form that is not ours."""
    found = _ITS_ID.fullmatch(custom_id)
    return None if found is None else int(found[1])


def filter_form(form_id: int, wanted: Wanted) -> ui.Modal:
    """Return the form, filled in as the filter is."""
    modal = ui.Modal(title=texts.FORM_TITLE, custom_id=f"{PREFIX}{form_id}", timeout=None)
    sizes = [(_ANY, texts.ANY_RESOLUTION), *((size.value, size.value) for size in Resolution)]
    whichever = [(only.value, name[0].upper() + name[1:]) for only, name in texts.ONLY.items()]
    words = _entry("words", wanted.words, MAX_WORDS_CHARS)
    since, until = (
        _entry("since", _iso(wanted.since), MAX_DAY_CHARS),
        _entry("until", _iso(wanted.until), MAX_DAY_CHARS),
    )
    resolution = _choice("resolution", sizes, wanted.resolution or _ANY)
    modal.add_item(ui.Label(text=texts.FORM_WORDS, description=texts.FORM_WORDS_HINT, component=words))
    modal.add_item(ui.Label(text=texts.FORM_RESOLUTION, component=resolution))
    modal.add_item(ui.Label(text=texts.FORM_SINCE, description=texts.FORM_DAY_HINT, component=since))
    modal.add_item(ui.Label(text=texts.FORM_UNTIL, description=texts.FORM_DAY_HINT, component=until))
    modal.add_item(ui.Label(text=texts.FORM_ONLY, component=_choice("only", whichever, wanted.only)))
    modal.stop()  # never kept in memory: answers are read from their payload
    return modal


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _entry(custom_id: str, value: str | None, max_chars: int) -> ui.TextInput[Any]:
    return ui.TextInput(custom_id=custom_id, required=False, max_length=max_chars, default=value)


def _choice(custom_id: str, choices: Sequence[tuple[str, str]], chosen: str) -> ui.Select[Any]:
    options = [discord.SelectOption(label=name, value=value, default=value == chosen) for value, name in choices]
    return ui.Select(custom_id=custom_id, options=options)


def read_form(data: Mapping[str, Any]) -> Typed:
    """Return what was filled in.

    Raises:
        KeyError: the payload is not an answer to our form.
    """
    fields: dict[str, Mapping[str, Any]] = {
        label["component"]["custom_id"]: label["component"] for label in data["components"] if "component" in label
    }
    resolution = str(fields["resolution"]["values"][0])
    return Typed(
        words=_typed(fields["words"]),
        resolution=None if resolution == _ANY else resolution,
        since=_typed(fields["since"]),
        until=_typed(fields["until"]),
        only=str(fields["only"]["values"][0]),
    )


def _typed(field: Mapping[str, Any]) -> str | None:
    return str(field.get("value") or "").strip() or None
