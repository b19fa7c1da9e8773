"""What a guild blocked, and where a prompt meets it.

A word is met as a whole word, whatever its case, accents, spacing or look-alike letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from generation.look_alikes import LEET, LEET_SIGNS, LOOK_ALIKE, PLAIN
from generation.patterns import BadTermError, TermProblem, compile_pattern
from storage.blocked_terms import BlockedTerm, TermKind

SHORTEST_SPELLED_OUT = 3
"""Letters of a word that is also met spelled out, as in "f o x"."""

TOKEN = re.compile("(?:[^\\W_]|[\u0900-\u0963\u0966-\u0dff\u0f00-\u0fff])+")
"""A word. In the scripts of India and Tibet its vowels are marks, which `re` would not count to it."""
CHUNK = re.compile(r"\S+")
LEET_TOKEN = re.compile(r"(?:[^\W_]|[@$!|])+")
WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese, Chinese, and Korean, whose particles hang on the word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One term that a prompt meets. `piece`: the words of the prompt, as they were written."""

    term: BlockedTerm
    piece: str


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a prompt, made alike, and the piece of the prompt that it stands in."""

    text: str
    piece: str


def normal_form(kind: TermKind, text: str) -> str:
    """Return what a term is known by: two with the same form meet the same prompts.

    Raises:
        BadTermError: it could meet nothing, or everything, or is no pattern.
    """
    if kind is TermKind.PATTERN:
        compile_pattern(text)
        return text
    plain = text.translate(PLAIN)
    words = TOKEN.findall(plain)
    if not words:
        raise BadTermError(TermProblem.NO_LETTERS)
    return _without_spaces(plain) if WITHOUT_SPACES.search(plain) else " ".join(words)


class Blocklist:
    """The terms of one guild, ready to be looked for."""

    def __init__(self, terms: Sequence[BlockedTerm]) -> None:
        self._phrases: dict[str, list[tuple[tuple[str, ...], BlockedTerm]]] = {}  # by their first word
        self._inside: list[tuple[str, BlockedTerm]] = []  # of scripts without spaces
        self._patterns = [(compile_pattern(term.term), term) for term in terms if term.kind is TermKind.PATTERN]
        for term in terms:
            if term.kind is TermKind.WORD:
                self._add_word(term)
        self._spelled_out = [
            (words[0], term)
            for phrases in self._phrases.values()
            for words, term in phrases
            if len(words) == 1 and len(words[0]) >= SHORTEST_SPELLED_OUT
        ]

    def hits(self, prompt: str) -> list[Hit]:
        """Return each term that the prompt meets, once, in the order of the prompt where that is known."""
        found: dict[int, Hit] = {}
        for hit in self._all_hits(prompt):
            found.setdefault(hit.term.id, hit)
        return list(found.values())

    def _add_word(self, term: BlockedTerm) -> None:
        if WITHOUT_SPACES.search(term.term):
            self._inside.append((_without_spaces(term.term.translate(PLAIN)), term))
            return
        for table in (PLAIN, LOOK_ALIKE):
            words = tuple(TOKEN.findall(term.term.translate(table)))
            if words and (words, term) not in self._phrases.setdefault(words[0], []):
                self._phrases[words[0]].append((words, term))

    def _all_hits(self, prompt: str) -> Iterator[Hit]:
        if self._phrases:
            chunks = CHUNK.findall(prompt)
            for table in (PLAIN, LOOK_ALIKE):
                tokens = [_Token(text, chunk) for chunk in chunks for text in TOKEN.findall(chunk.translate(table))]
                yield from self._phrases_in(tokens)
                yield from self._spelled_in(tokens)
                yield from self._disguised_in(chunk for chunk in chunks if not LEET_SIGNS.isdisjoint(chunk))
        if self._inside:
            joined = _without_spaces(prompt.translate(PLAIN))
            yield from (Hit(term=term, piece=term.term) for text, term in self._inside if text in joined)
        if self._patterns:
            forms = (prompt, " ".join(prompt.translate(PLAIN).split()))
            for pattern, term in self._patterns:
                met = next((match for form in forms if (match := pattern.search(form)) is not None), None)
                if met is not None:
                    yield Hit(term=term, piece=met.group())

    def _phrases_in(self, tokens: Sequence[_Token]) -> Iterator[Hit]:
        for index, token in enumerate(tokens):
            for words, term in self._phrases.get(token.text, ()):
                here = tokens[index : index + len(words)]
                if tuple(part.text for part in here) == words:
                    pieces = [piece for piece, _ in groupby(part.piece for part in here)]
                    yield Hit(term=term, piece=" ".join(pieces))

    def _spelled_in(self, tokens: Sequence[_Token]) -> Iterator[Hit]:
        """Find words whose letters stand apart: "f o x", "f.o.x"."""
        for single, run in groupby(tokens, key=lambda token: len(token.text) == 1):
            letters = list(run) if single else []
            if len(letters) < SHORTEST_SPELLED_OUT:
                continue
            joined = "".join(token.text for token in letters)
            for word, term in self._spelled_out:
                start = joined.find(word)
                if start >= 0:
                    pieces = groupby(token.piece for token in letters[start : start + len(word)])
                    # Each letter of "f o x" is a piece of its own, the letters of "f.o.x" are in one.
                    yield Hit(term=term, piece=" ".join(piece for piece, _ in pieces))

    def _disguised_in(self, chunks: Iterable[str]) -> Iterator[Hit]:
        """Find single words in which digits and signs stand for letters."""
        for chunk in chunks:
            for disguised in LEET_TOKEN.findall(chunk.translate(LOOK_ALIKE)):
                if not any(character.isalpha() for character in disguised):
                    continue
                for table in LEET:
                    word = disguised.rstrip("!").translate(table)
                    for words, term in self._phrases.get(word, ()):
                        if len(words) == 1:
                            yield Hit(term=term, piece=chunk)


def _without_spaces(text: str) -> str:
    return "".join(text.split())
