"""Letters made alike, so that a blocked word is met however it is dressed up.

Two tables for `str.translate`, filled as characters are met. Both drop accents and what is invisible. `PLAIN` folds
case; `LOOK_ALIKE` also turns letters of other alphabets into the Latin ones they look like, by Unicode's own table.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import import_module

MIMICKING_SCRIPTS = ("CYRILLIC", "GREEK", "LATIN", "ARMENIAN", "CHEROKEE", "COPTIC")

# Accents and vowel points. Others, such as Thai vowels, are letters to those who write them.
_ACCENTS = (
    (0x0300, 0x036F),
    (0x0483, 0x0487),
    (0x0591, 0x05C7),
    (0x064B, 0x065F),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE20, 0xFE2F),
)


class _Table(dict[int, str]):
    """Computes what becomes of a character when it is first met. Bounded by the number of characters there are."""

    def __init__(self, fold: Callable[[str], str]) -> None:
        super().__init__()
        self._fold = fold

    def __missing__(self, code: int) -> str:
        self[code] = folded = self._fold(chr(code))
        return folded


def _bare(character: str) -> str:
    """Return a character without its accents; "" for what is invisible, a space for every kind of space."""
    if character.isspace():
        return " "
    if unicodedata.category(character) in {"Cc", "Cf"} or character in "\ufe0e\ufe0f":
        return ""
    apart = unicodedata.normalize("NFKD", character)
    bare = "".join(part for part in apart if not any(first <= ord(part) <= last for first, last in _ACCENTS))
    return unicodedata.normalize("NFC", bare)  # a Korean syllable taken apart would be the beginning of others


def _look_alike(character: str) -> str:
    bare = _bare(character)
    latin = _latin_look_alikes()
    return "".join(latin.get(part) or latin.get(part.casefold()) or part.casefold() for part in bare)


@cache
def _latin_look_alikes() -> dict[str, str]:
    """Return the Latin letter, in lower case, for each letter of another alphabet that looks like it.

    Unicode's table is read when the first blocked word asks for it: it takes 7 MB, and most servers block none.
    """
    data: dict[str, list[dict[str, str]]] = import_module("confusable_homoglyphs.confusables").confusables_data
    found: dict[str, str] = {}
    for character, twins in data.items():
        if len(character) != 1 or character.isascii() or not character.isalpha():
            continue
        if not unicodedata.name(character, "").startswith(MIMICKING_SCRIPTS):
            continue
        latin = [twin["c"] for twin in twins if len(twin["c"]) == 1 and twin["c"].isascii() and twin["c"].isalpha()]
        if latin:
            found[character] = min(latin, key=lambda letter: (letter.isupper() != character.isupper(), letter)).lower()
    return found


def _bared(text: str) -> str:
    return "".join(_bare(character) for character in text)


PLAIN = _Table(lambda character: _bared(_bare(character).casefold()))
LOOK_ALIKE = _Table(_look_alike)

# Digits and signs that stand for letters inside a word; 1 and ! stand for two.
_SIGNS = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
LEET = tuple(str.maketrans({**_SIGNS, "1": letter, "!": letter, "|": letter}) for letter in "il")
LEET_SIGNS = frozenset("013457@$!|")
