"""Text that members wrote, made safe to show: no markup, no mentions, nothing invisible that could mislead."""

from __future__ import annotations

import re
import unicodedata

MARKUP = re.compile(r"([\\`*_~|>#\-+\[\]()<@:])")
NUMBERED_LINE = re.compile(r"(?m)^(\s*\d+)([.)])")
MANY_NEWLINES = re.compile(r"\n{3,}")

# Part of visible emoji and of correctly written words: zero-width joiner and non-joiner, variation selectors.
HARMLESS_INVISIBLE = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}


def visible(text: str) -> str:
    """Drop control, bidirectional and zero-width characters; keep line breaks."""
    kept = (
        character
        for character in text.replace("\r\n", "\n").replace("\t", " ")
        if character == "\n" or character in HARMLESS_INVISIBLE or unicodedata.category(character) not in {"Cc", "Cf"}
    )
    return MANY_NEWLINES.sub("\n\n", "".join(kept)).strip()


def shortened(text: str, limit: int) -> str:
    """Return at most `limit` characters, cut at a word where one is near, with an ellipsis where something is gone."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 0.8 else cut).rstrip() + "…"


def quoted(text: str, *, limit: int) -> str:
    """Return what Discord shows as exactly these characters, at most `limit` of them before escaping."""
    escaped = MARKUP.sub(r"\\\1", shortened(visible(text), limit))
    return NUMBERED_LINE.sub(r"\1\\\2", escaped)
