"""Blanks: places of a preset's prompt, such as {subject}, that are filled in each time it is used.

The name of a blank has letters, marks of theirs, digits, spaces, hyphens, underscores and apostrophes. Braces around
anything else, such as JSON or weights, are part of the prompt. `{Subject}` and `{ subject }` are the same blank.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_BRACED = re.compile(r"\{([^{}\n]+)\}")
_ALLOWED = frozenset(" -_'\u2019\u200c\u200d")
"""Phones type the curved apostrophe; Persian and Hindi words hold zero-width joiners and non-joiners."""


def blanks_of(prompt: str) -> list[str]:
    """Return the names of a prompt's blanks as they are first written, each once, in order."""
    names: dict[str, str] = {}
    for found in _BRACED.finditer(prompt):
        if _is_name(found.group(1)):
            names.setdefault(_key(found.group(1)), " ".join(found.group(1).split()))
    return list(names.values())


def filled(prompt: str, values: Mapping[str, str]) -> str:
    """Return the prompt with each blank that has a value replaced, in one pass: braces in a value mean nothing."""
    by_key = {_key(name): value for name, value in values.items()}

    def value_of(found: re.Match[str]) -> str:
        name = found.group(1)
        return by_key.get(_key(name), found.group()) if _is_name(name) else found.group()

    return _BRACED.sub(value_of, prompt)


def _is_name(text: str) -> bool:
    has_letter = any(character.isalnum() for character in text)
    return has_letter and all(
        character.isalnum() or character in _ALLOWED or unicodedata.category(character).startswith("M")
        for character in text
    )


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()
