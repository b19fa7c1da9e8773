"""The lines of a guild's log channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cogs.plain_text import quoted
from cogs.texts import card_link, credits_of, images_of, moment, references_of
from cogs.texts.credits import EVERY
from cogs.texts.setting_values import setting_name, value_words
from generation.setting_changes import setting_named
from storage.audit import AuditEntry, AuditKind
from storage.jobs import Job
from storage.periods import PeriodKind
from storage.requests import Request


def image_made(entry: AuditEntry, request: Request, job: Job) -> str:
    """An image was made: by whom, of what, for how much, and where it is."""
    prompt = quoted(" ".join(request.prompt.split()), limit=200)
    facts = [request.resolution, credits_of(job.price)]
    if request.reference_count:
        facts.insert(1, references_of(request.reference_count))
    if request.image_count > 1:
        facts.insert(0, f"image {job.position} of {request.image_count}")
    address = card_link(request)
    where = "" if address is None else f" · {address}"
    return f"🖼️ <@{entry.actor_id}> made “{prompt}” · {' · '.join(facts)}{where}"


def image_forgotten(entry: AuditEntry) -> str:
    """An image was made by a member who wanted to be forgotten since."""
    return f"🖼️ Somebody who wanted to be forgotten made an image · {moment(entry.created_at, 'f')}"


def line(entry: AuditEntry) -> str:
    """Anything but an image, in one line. An entry of a form that is not known is told in general words."""
    try:
        what = _LINES[entry.kind](entry)
    except (KeyError, TypeError, ValueError, AttributeError):
        what = f"changed something ({entry.kind.replace('_', ' ')})"
    why = f" Reason: {quoted(entry.reason, limit=200)}" if entry.reason else ""
    return f"{_MARKS.get(entry.kind, '⚙️')} <@{entry.actor_id}> {what} · {moment(entry.created_at, 'f')}{why}"


_MARKS = {
    AuditKind.REFUSED: "⛔",
    AuditKind.SUSPENDED: "⛔",
    AuditKind.WORD_BLOCKED: "⛔",
    AuditKind.GRANTED: "💰",
    AuditKind.ADJUSTED: "💰",
    AuditKind.RULE_SET: "💰",
    AuditKind.RULE_CLEARED: "💰",
    AuditKind.POOL_SET: "💰",
    AuditKind.POOL_CLEARED: "💰",
}


def _whose_rule(entry: AuditEntry, facts: dict[str, Any]) -> str:
    match facts["scope"]:
        case "role":
            return f"<@&{entry.target_id}>"
        case "member":
            return f"<@{entry.target_id}>"
        case _:
            return "everybody (the default)"


def _allowance(facts: dict[str, Any] | None) -> str:
    if facts is None:
        return "nothing"
    if facts.get("kind") == "unlimited":
        return "no limit"
    if facts.get("kind") == "none":
        return "no allowance"
    return f"{credits_of(facts['amount'])} {EVERY[PeriodKind(facts['period'])]}"


def _rule_set(entry: AuditEntry) -> str:
    return f"set the allowance of {_whose_rule(entry, entry.after)}: {_change(entry, _allowance)}"


def _rule_cleared(entry: AuditEntry) -> str:
    return f"cleared the allowance of {_whose_rule(entry, entry.before)}, which was {_allowance(entry.before)}"


def _pool_set(entry: AuditEntry) -> str:
    return f"set the limit for the whole server: {_change(entry, _allowance)}"


def _pool_cleared(entry: AuditEntry) -> str:
    return f"removed the limit for the whole server, which was {_allowance(entry.before)}"


def _change(entry: AuditEntry, words: Callable[[Any], str]) -> str:
    return f"**{words(entry.after)}**" if entry.before is None else f"{words(entry.before)} → **{words(entry.after)}**"


def _granted(entry: AuditEntry) -> str:
    return f"gave <@{entry.target_id}> **{credits_of(entry.after['amount'])}**; they have {entry.after['available']:,}"


def _adjusted(entry: AuditEntry) -> str:
    amount = entry.after["amount"]
    return f"corrected the account of <@{entry.target_id}> by **{amount:+,}**; they have {entry.after['available']:,}"


def _setting(entry: AuditEntry) -> str:
    facts = entry.after or entry.before
    setting = setting_named(facts["setting"])
    channel_id = entry.target_id if entry.kind is AuditKind.CHANNEL_CHANGED else None
    before, after = (
        "nothing" if side is None else value_words(setting, side["value"]) for side in (entry.before, entry.after)
    )
    return f"changed **{setting_name(setting, channel_id)}**: {before} → **{after}**"


def _blocked(entry: AuditEntry) -> str:
    return f"blocked the {entry.after['kind']} “{quoted(entry.after['term'], limit=100)}”"


def _unblocked(entry: AuditEntry) -> str:
    return f"allowed the {entry.before['kind']} “{quoted(entry.before['term'], limit=100)}” again"


def _suspended(entry: AuditEntry) -> str:
    until = entry.after["until"]
    return f"suspended <@{entry.target_id}> " + ("until it is ended" if until is None else f"until <t:{until}:f>")


def _cancelled(entry: AuditEntry) -> str:
    facts = entry.after
    return f"cancelled {images_of(facts['images'])} of <@{entry.target_id}>; {credits_of(facts['amount'])} went back"


def _cleared(entry: AuditEntry) -> str:
    return f"cleared the queue: {images_of(entry.after['images'])}, {credits_of(entry.after['amount'])} went back"


def _refused(entry: AuditEntry) -> str:
    facts, where = entry.after, f"in <#{entry.target_id}>"
    match facts["rule"]:
        case "blocked_term":
            terms = ", ".join(f"“{quoted(term, limit=60)}”" for term in facts["terms"][:5])
            return f"was refused {where}: the prompt met {terms}"
        case "pool":
            whose = "the operator's limit" if facts["by_operator"] else "the limit for the whole server"
            return f"was refused {where}: {whose} is used up"
        case rule:
            return f"was refused {where}: {_RULES[rule]}"


def _preset(facts: dict[str, str]) -> str:
    """Name a preset; the names of those that forgotten moderators saved are gone."""
    return f"the server's preset “{quoted(facts['name'], limit=32)}”" if facts["name"] else "a preset of the server"


_RULES = {
    "highest_resolution": "the size is not allowed here",
    "largest_count": "so many images at a time are not allowed here",
    "suspended": "they are suspended",
    "allowed_roles": "they have none of the roles that may ask",
    "allowed_channels": "images are made in other channels",
}

_LINES: dict[AuditKind, Callable[[AuditEntry], str]] = {
    AuditKind.RULE_SET: _rule_set,
    AuditKind.RULE_CLEARED: _rule_cleared,
    AuditKind.GRANTED: _granted,
    AuditKind.ADJUSTED: _adjusted,
    AuditKind.POOL_SET: _pool_set,
    AuditKind.POOL_CLEARED: _pool_cleared,
    AuditKind.SETTING_CHANGED: _setting,
    AuditKind.CHANNEL_CHANGED: _setting,
    AuditKind.WORD_BLOCKED: _blocked,
    AuditKind.WORD_UNBLOCKED: _unblocked,
    AuditKind.SUSPENDED: _suspended,
    AuditKind.UNSUSPENDED: lambda entry: f"ended the suspension of <@{entry.target_id}>",
    AuditKind.QUEUE_PAUSED: lambda _entry: "paused the queue",
    AuditKind.QUEUE_RESUMED: lambda _entry: "let the queue go on",
    AuditKind.QUEUE_CLEARED: _cleared,
    AuditKind.JOB_CANCELLED: _cancelled,
    AuditKind.REFUSED: _refused,
    AuditKind.IMAGE_DELETED: lambda entry: f"deleted an image of <@{entry.target_id}>",
    AuditKind.PRESET_SAVED: lambda entry: f"saved {_preset(entry.after)}",
    AuditKind.PRESET_DELETED: lambda entry: f"deleted {_preset(entry.before)}",
}
