"""What the provider's failures mean: its codes serve several meanings, so that its words decide first."""

from __future__ import annotations

import re

from generation.errors import FailureKind


def failure_kind(code: int | None, message: str) -> FailureKind:
    """Return what a failure means to the member: the words say more than the code, which serves several meanings."""
    for kind, pattern in _KINDS_BY_WORDS:
        if pattern.search(message):
            return kind
    return _KINDS_BY_CODE.get(code, FailureKind.PROVIDER_ERROR)


# The order matters: the model's own refusal may name the rules too.
_KINDS_BY_WORDS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (FailureKind.REFUSED_BY_MODEL, r"could ?n[o']t generate an image|unable to generate an image"),
        (FailureKind.REFERENCE_UNREADABLE, r"image fetch failed|file upload api|(fetch|download|read)\w* the image"),
        (FailureKind.REFUSED_CONTENT, r"content.?polic|prohibited|flagged|sensitive content|nsfw|violat\w+ .*polic"),
        (FailureKind.OVERLOADED, r"high demand|\bE003\b|overload|too many requests"),
        (
            FailureKind.INVALID_REQUEST,
            r"range of allowed options|is required|invalid (param|input|prompt|request)|not supported|maximum length",
        ),
    )
)
_KINDS_BY_CODE: dict[int | None, FailureKind] = {
    400: FailureKind.INVALID_REQUEST,
    413: FailureKind.INVALID_REQUEST,
    422: FailureKind.INVALID_REQUEST,
    429: FailureKind.OVERLOADED,
    503: FailureKind.OVERLOADED,
    505: FailureKind.FEATURE_OFF,
}
