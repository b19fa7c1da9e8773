"""Patterns of moderators. They are RE2's: their time grows with the text only, so none can hang the bot."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Protocol

from generation.errors import GenerationError

PATTERN_MEMORY_BYTES = 1 << 20
"""For one compiled pattern: enough for any that a person writes, and 200 of them stay small."""


class Match(Protocol):
    """Where a pattern was met."""

    def group(self) -> str:
        """Return the text that was met."""
        ...


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> Match | None:
        """Return the first place where the pattern is met."""
        ...


class TermProblem(StrEnum):
    """Why a term cannot be blocked."""

    NO_LETTERS = "no_letters"
    BAD_SYNTAX = "bad_syntax"
    NOT_SUPPORTED = "not_supported"
    """Look-around and back references: RE2 has none, as they cannot be bounded in time."""
    TOO_LARGE = "too_large"
    MATCHES_EVERYTHING = "matches_everything"


class BadTermError(GenerationError):
    """A term cannot be blocked. `detail`: the piece of a pattern that is wrong, or ""."""

    def __init__(self, problem: TermProblem, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.detail = detail


def compile_pattern(text: str) -> Pattern:
    """Return a compiled pattern, which ignores case.

    Raises:
        BadTermError: saying what is wrong with it.
    """
    import re2  # pyright: ignore[reportMissingTypeStubs]  # untyped; 1.5 MB, which few guilds need

    _re2: Any = re2
    options = _re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = PATTERN_MEMORY_BYTES
    try:
        pattern: Pattern = _re2.compile(text, options)
    except _re2.error as error:
        raise _explained(error.args[0].decode("utf-8", "replace")) from error
    if pattern.search("") is not None:
        raise BadTermError(TermProblem.MATCHES_EVERYTHING)
    return pattern


def _explained(message: str) -> BadTermError:
    reason, _, detail = message.partition(": ")
    if "invalid perl operator" in reason or ("invalid escape" in reason and re.fullmatch(r"\\[1-9]", detail)):
        return BadTermError(TermProblem.NOT_SUPPORTED, detail)
    if "too large" in reason or "repetition size" in reason or "nesting depth" in reason:
        return BadTermError(TermProblem.TOO_LARGE, detail)
    return BadTermError(TermProblem.BAD_SYNTAX, detail)
