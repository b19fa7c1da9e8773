"""The part of a prompt that stands in a list: short, safe to show, with the words that were searched for in bold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cogs.plain_text import MARKUP, shortened, visible
from storage.prompts import MARK_END, MARK_START

_LEAD = 24
"""So many characters stand before the first hit, to show what it belongs to."""

_HIT = re.compile(f"{MARK_START}([^{MARK_START}{MARK_END}]*){MARK_END}")
_MARKS = re.compile(f"[{MARK_START}{MARK_END}]")


def excerpt(prompt: str, marked: str | None, *, limit: int) -> str:
    """Return at most `limit` characters of a prompt on one line, before escaping.

    Args:
        marked: the prompt with marks around each hit; then the excerpt is what stands around the first.
    """
    if marked is None:
        return MARKUP.sub(r"\\\1", plain_excerpt(prompt, limit=limit))
    text = _on_one_line(marked).replace(MARK_END + MARK_START, "")
    cut = _cut_around_first_hit(text, limit)
    return "".join(f"**{_escaped(part)}**" if is_hit else _escaped(part) for part, is_hit in _parts(cut))


def plain_excerpt(prompt: str, *, limit: int) -> str:
    """Return the beginning of a prompt on one line, as it is, for places where Discord reads no markup."""
    return shortened(_on_one_line(prompt), limit)


def _on_one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _cut_around_first_hit(text: str, limit: int) -> str:
    """Return the cut with its marks, which do not count."""
    first = _HIT.search(text)
    start = 0
    if first is not None and len(_MARKS.sub("", text)) > limit and first.start() > _LEAD:
        start = first.start() - _LEAD
        space = text.find(" ", start, first.start())
        start = first.start() if space < 0 else space + 1
    shown: list[str] = []
    length = 0
    for character in text[start:]:
        is_mark = character in (MARK_START, MARK_END)
        if not is_mark and length == limit:
            break
        shown.append(character)
        length += not is_mark
    cut = "".join(shown)
    is_whole = start + len(cut) == len(text)
    if cut.rfind(MARK_START) > cut.rfind(MARK_END):
        cut += MARK_END
    return ("…" if start else "") + cut + ("" if is_whole else "…")


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Give the pieces of a marked text, and whether each is a hit."""
    end = 0
    for hit in _HIT.finditer(text):
        yield text[end : hit.start()], False
        yield hit[1], bool(hit[1])
        end = hit.end()
    yield text[end:], False


def _escaped(text: str) -> str:
    return MARKUP.sub(r"\\\1", _MARKS.sub("", text))
