"""The forms of the panel, and what comes back with them, read from the payload: so they outlive restarts too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from discord import ui

from cogs.texts import calendar
from cogs.texts import settings as texts
from generation.settings_desk import SettingsReport

PREFIX = "plantain:settings_form:"
MAX_NUMBER_CHARS = 6
MAX_ZONE_CHARS = 60


class Form(StrEnum):
    """The forms."""

    AT_ONCE = "at_once"
    ZONE = "zone"


def form_of(custom_id: str) -> Form | None:
    """Return which form was sent, None for one that is not the panel's."""
    name = custom_id.removeprefix(PREFIX)
    return Form(name) if custom_id.startswith(PREFIX) and name in {*Form} else None


def at_once_form(report: SettingsReport) -> ui.Modal:
    """Return the form of both numbers, filled in as they are."""
    settings = report.settings
    return _form(
        Form.AT_ONCE,
        texts.FORM_AT_ONCE_TITLE,
        _number("of_guild", texts.FORM_OF_GUILD, settings.images_at_once, report.most_at_once),
        _number("of_member", texts.FORM_OF_MEMBER, settings.member_images_at_once, report.most_at_once_of_member),
    )


def zone_form(report: SettingsReport) -> ui.Modal:
    """Return the form of the time zone, filled in as it is."""
    entry = ui.TextInput[Any](custom_id="zone", max_length=MAX_ZONE_CHARS, default=report.settings.time_zone.key)
    label = ui.Label[Any](text=calendar.FORM_ZONE, description=calendar.FORM_ZONE_HINT, component=entry)
    return _form(Form.ZONE, calendar.FORM_ZONE_TITLE, label)


def _form(form: Form, title: str, *labels: ui.Label[Any]) -> ui.Modal:
    modal = ui.Modal(title=title, custom_id=f"{PREFIX}{form}", timeout=None)
    for label in labels:
        modal.add_item(label)
    modal.stop()  # never kept in memory: answers are read from their payload
    return modal


def _number(custom_id: str, name: str, value: int, highest: int) -> ui.Label[Any]:
    entry = ui.TextInput[Any](custom_id=custom_id, max_length=MAX_NUMBER_CHARS, default=str(value))
    return ui.Label(text=name, description=texts.number_hint(highest), component=entry)


def typed(data: Mapping[str, Any], custom_id: str) -> str:
    """Return what was typed into a field; each stands inside a label."""
    for label in data["components"]:
        field: Mapping[str, Any] = label.get("component", {})
        if field.get("custom_id") == custom_id:
            return str(field.get("value") or "").strip()
    return ""


def whole_number(text: str) -> int | None:
    """Return a number that was typed, None where it is no whole one."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,6}", text) else None
