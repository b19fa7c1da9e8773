"""Who a message notifies: its text, cut down by `allowed_mentions`."""

import re
from dataclasses import dataclass

from sandbox.json_values import JsonObject, as_object

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(everyone|here)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    user_ids: list[int]
    role_ids: list[int]
    everyone: bool


def mentions_in(text: str, allowed_mentions: object, *, replied_user_id: int | None) -> Mentions:
    """Return the mentions that count; without `allowed_mentions` all of them do, as does the reply's author."""
    allowed = as_object(allowed_mentions)
    users = _permitted([int(found) for found in _USER.findall(text)], allowed, "users")
    roles = _permitted([int(found) for found in _ROLE.findall(text)], allowed, "roles")
    pings_reply = allowed is None or bool(allowed.get("replied_user"))
    if replied_user_id is not None and pings_reply and replied_user_id not in users:
        users.append(replied_user_id)
    everyone = _EVERYONE.search(text) is not None and (allowed is None or "everyone" in (allowed.get("parse") or ()))
    return Mentions(user_ids=users, role_ids=roles, everyone=everyone)


def _permitted(found: list[int], allowed: JsonObject | None, kind: str) -> list[int]:
    distinct = list(dict.fromkeys(found))
    if allowed is None or kind in (allowed.get("parse") or ()):
        return distinct
    listed = {int(entry) for entry in allowed.get(kind) or ()}
    return [entry for entry in distinct if entry in listed]
