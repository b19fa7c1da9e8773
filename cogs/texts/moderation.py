"""What is said of blocked words and of suspensions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cogs.plain_text import quoted
from cogs.texts import NOTHING_SPENT, moment
from generation.blocklist import Hit
from generation.patterns import TermProblem
from storage.blocked_terms import MAX_TERM_CHARS, BlockedTerm, TermKind
from storage.suspensions import Suspension

NOTHING_CHANGED = "Nothing was changed."

# To the member who is refused


def suspended(until: datetime | None, reason: str | None) -> str:
    """A suspended member asked for an image."""
    why = f" Reason: {quoted(reason, limit=200)}." if reason else ""
    if until is None:
        return f"A moderator suspended you from making images here.{why} Ask a moderator about it. {NOTHING_SPENT}"
    when = f"{moment(until, 'R')} ({moment(until, 'f')})"
    return f"A moderator suspended you from making images here.{why} It ends by itself {when}. {NOTHING_SPENT}"


def prompt_blocked(hits: Sequence[Hit]) -> str:
    """A prompt holds what the guild blocked. Only the member's own words are told, never the list."""
    pieces = ", ".join(f"“{quoted(hit.piece, limit=60)}”" for hit in hits[:5])
    return f"This server does not allow {pieces} in prompts. Change the wording and send it again. {NOTHING_SPENT}"


# Blocking


def blocked(kind: TermKind, term: str) -> str:
    """A term is blocked now."""
    how = (
        "It is met as a whole word, whatever its case, accents, spacing or look-alike letters."
        if kind is TermKind.WORD
        else "It is searched for anywhere in a prompt, without regard to case."
    )
    return f"✅ {_name(kind, term)} is blocked now. {how} Try it with `/block test`. Images already asked for go on."


def blocked_already(before: BlockedTerm) -> str:
    """The term was blocked before."""
    by = f"<@{before.set_by}> blocked it {moment(before.set_at, 'R')}"
    return f"{_name(before.kind, before.term)} is blocked already: {by}. {NOTHING_CHANGED}"


def unblocked(term: BlockedTerm) -> str:
    """A term passes again."""
    by = f"<@{term.set_by}> had blocked it {moment(term.set_at, 'R')}"
    return f"✅ {_name(term.kind, term.term)} is allowed again; {by}."


def not_blocked(text: str) -> str:
    """There is no such term."""
    return f"“{quoted(text, limit=80)}” is not blocked. `/block list` shows what is. {NOTHING_CHANGED}"


def too_many_terms(limit: int) -> str:
    """The list is full."""
    return (
        f"This server blocks {limit} words and patterns already, which is the most. Remove one with `/block remove`,"
        f" or write several as one pattern: `cat|dog`. {NOTHING_CHANGED}"
    )


TERM_PROBLEMS = {
    TermProblem.NO_LETTERS: "It holds no letter or digit, so it could never be met. Write the word itself.",
    TermProblem.BAD_SYNTAX: "It is no regular expression{at}. Check its brackets and backslashes.",
    TermProblem.NOT_SUPPORTED: "Look-around and back references{at} are not available. Write it without them.",
    TermProblem.TOO_LARGE: "It repeats too much{at}, so it would slow everybody down. Use smaller numbers in `{{…}}`.",
    TermProblem.MATCHES_EVERYTHING: "It also meets an empty prompt, so it would block every prompt. Make it narrower.",
}


def bad_term(text: str, problem: TermProblem, detail: str) -> str:
    """A term cannot be blocked, and why."""
    at = f" (at `{detail.replace('`', chr(0x2019))[:40]}`)" if detail else ""
    return f"“{quoted(text, limit=100)}” cannot be blocked. {TERM_PROBLEMS[problem].format(at=at)} {NOTHING_CHANGED}"


def block_list(terms: Sequence[BlockedTerm], *, page: int, pages: int) -> str:
    """A page of what is blocked."""
    if not terms:
        return "Nothing is blocked here. `/block word` and `/block pattern` block something."
    lines = ["### Blocked in prompts"]
    lines += [f"- {_name(term.kind, term.term)} · <@{term.set_by}> {moment(term.set_at, 'R')}" for term in terms]
    return "\n".join([*lines, f"-# Page {page + 1} of {pages}. Remove one with /block remove."])


def test_result(hits: Sequence[Hit]) -> str:
    """What a prompt would meet."""
    if not hits:
        return "✅ This prompt meets nothing that is blocked."
    lines = ["⛔ This prompt would be refused:"]
    lines += [f"- {_name(hit.term.kind, hit.term.term)} meets “{quoted(hit.piece, limit=60)}”" for hit in hits[:20]]
    return "\n".join([*lines, *([f"- and {len(hits) - 20} more"] if len(hits) > 20 else [])])


def _name(kind: TermKind, term: str) -> str:
    if kind is TermKind.WORD:
        return f"“{quoted(term, limit=MAX_TERM_CHARS)}”"
    return f"the pattern {quoted(term, limit=MAX_TERM_CHARS)}"


NEWER, OLDER = "Previous", "Next"

# Suspending

FOREVER = "until a moderator ends it"
DURATIONS = {
    "1h": "1 hour",
    "6h": "6 hours",
    "1d": "1 day",
    "3d": "3 days",
    "7d": "1 week",
    "30d": "30 days",
    "forever": FOREVER,
}


def is_suspended(suspension: Suspension, before: Suspension | None) -> str:
    """A member is suspended now."""
    why = f" ({quoted(suspension.reason, limit=200)})" if suspension.reason else ""
    lines = [
        f"⛔ <@{suspension.user_id}> is suspended {_until(suspension)}{why}: no new images meanwhile.",
        "Images they asked for already go on; `/queue` can cancel those that wait. They read the reason at their next"
        " `/imagine`; `/unsuspend` ends it.",
    ]
    if before is not None:
        lines.insert(1, f"Before: {_until(before)} (set by <@{before.set_by}> {moment(before.set_at, 'R')}).")
    return "\n".join(lines)


def suspension_ended(before: Suspension) -> str:
    """A suspension was lifted."""
    set_by = f"set by <@{before.set_by}> {moment(before.set_at, 'R')}"
    return f"✅ <@{before.user_id}> can make images again. They were suspended {_until(before)}, {set_by}."


def not_suspended(user_id: int) -> str:
    """There was no suspension."""
    return f"<@{user_id}> is not suspended. {NOTHING_CHANGED}"


def duration_not_understood(text: str) -> str:
    """A length of time that is none."""
    return (
        f"“{quoted(text, limit=40)}” is not a length of time. Write for instance `90m`, `12h`, `3d` or `2w`, up to a"
        f" year, or `forever`. {NOTHING_CHANGED}"
    )


BOTS_MAKE_NOTHING = f"Bots cannot ask for images, so there is nothing to suspend. {NOTHING_CHANGED}"
NOT_YOURSELF = f"You cannot suspend yourself. {NOTHING_CHANGED}"
NOT_A_MANAGER = "Members with **Manage Server** cannot be suspended: they could end it themselves. Nothing was changed."


def _until(suspension: Suspension) -> str:
    if suspension.until is None:
        return FOREVER
    return f"until {moment(suspension.until, 'f')} ({moment(suspension.until, 'R')})"
