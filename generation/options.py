"""What can be asked of the model `nano-banana-pro`, and a request that is known to be right."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from generation.errors import InvalidRequestError, RequestProblem

MAX_PROMPT_CHARS = 10_000
MAX_REFERENCES = 8
MAX_IMAGES = 4
"""Images of one request. Ours, not the provider's: each is a task of its own."""


class AspectRatio(StrEnum):
    """Width to height, in the provider's spelling."""

    SQUARE = "1:1"
    PORTRAIT_2_3 = "2:3"
    LANDSCAPE_3_2 = "3:2"
    PORTRAIT_3_4 = "3:4"
    LANDSCAPE_4_3 = "4:3"
    PORTRAIT_4_5 = "4:5"
    LANDSCAPE_5_4 = "5:4"
    PORTRAIT_9_16 = "9:16"
    LANDSCAPE_16_9 = "16:9"
    LANDSCAPE_21_9 = "21:9"
    AUTO = "auto"
    """The model decides; it follows the first reference."""


class Resolution(StrEnum):
    """Roughly the length of the longer side, in the provider's spelling."""

    ONE_K = "1K"
    TWO_K = "2K"
    FOUR_K = "4K"


class OutputFormat(StrEnum):
    """The file type asked for. What comes is read from the bytes."""

    PNG = "png"
    JPG = "jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRequest:
    """One image as the provider is asked for it. Cannot be made with a value that it would refuse.

    Attributes:
        prompt: 1 to 10,000 characters that are not all blank, sent verbatim.
        reference_urls: URLs the provider can read, in prompt order, at most 8.

    Raises:
        InvalidRequestError: on construction, naming the first wrong field.
    """

    prompt: str
    aspect_ratio: AspectRatio = AspectRatio.SQUARE
    resolution: Resolution = Resolution.ONE_K
    output_format: OutputFormat = OutputFormat.PNG
    reference_urls: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_prompt(self.prompt)
        _take("aspect_ratio", self.aspect_ratio, AspectRatio, self)
        _take("resolution", self.resolution, Resolution, self)
        _take("output_format", self.output_format, OutputFormat, self)
        _check_references(self.reference_urls)


def pixels(aspect_ratio: AspectRatio, resolution: Resolution) -> tuple[int, int] | None:
    """Return (width, height) of the picture that comes, or None for `auto`, which is known only afterwards."""
    if aspect_ratio is AspectRatio.AUTO:
        return None
    width, height = _PIXELS_1K[aspect_ratio]
    factor = _FACTORS[resolution]
    return width * factor, height * factor


# The model maker's table (2026-01); 2K and 4K are exactly 2 and 4 times 1K.
_PIXELS_1K = {
    AspectRatio.SQUARE: (1024, 1024),
    AspectRatio.PORTRAIT_2_3: (848, 1264),
    AspectRatio.LANDSCAPE_3_2: (1264, 848),
    AspectRatio.PORTRAIT_3_4: (896, 1200),
    AspectRatio.LANDSCAPE_4_3: (1200, 896),
    AspectRatio.PORTRAIT_4_5: (928, 1152),
    AspectRatio.LANDSCAPE_5_4: (1152, 928),
    AspectRatio.PORTRAIT_9_16: (768, 1376),
    AspectRatio.LANDSCAPE_16_9: (1376, 768),
    AspectRatio.LANDSCAPE_21_9: (1584, 672),
}
_FACTORS = {Resolution.ONE_K: 1, Resolution.TWO_K: 2, Resolution.FOUR_K: 4}


_BLANK_LETTERS = {"\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"}
"""Joiner, fillers and the empty Braille pattern, which Unicode counts as letters, marks or symbols."""


def says_nothing(prompt: str) -> bool:
    """Whether nobody could see any of a prompt: a card could not show it, and the provider would draw anything."""
    return all(
        character.isspace()
        or character in _BLANK_LETTERS
        or unicodedata.category(character) in {"Cc", "Cf"}
        or "\ufe00" <= character <= "\ufe0f"  # variation selectors
        for character in prompt
    )


def _check_prompt(prompt: str) -> None:
    if says_nothing(prompt):
        raise InvalidRequestError("prompt", RequestProblem.EMPTY)
    if len(prompt) > MAX_PROMPT_CHARS:
        raise InvalidRequestError("prompt", RequestProblem.TOO_LONG, found=len(prompt), limit=MAX_PROMPT_CHARS)


def _take(field: str, value: str, offered: type[StrEnum], request: GenerationRequest) -> None:
    """Replace a plain string by the member of the same value, so that a request holds members only."""
    try:
        object.__setattr__(request, field, offered(value))
    except ValueError as error:
        raise InvalidRequestError(field, RequestProblem.NOT_OFFERED, found=value) from error


def _check_references(urls: tuple[str, ...]) -> None:
    if len(urls) > MAX_REFERENCES:
        raise InvalidRequestError("reference_urls", RequestProblem.TOO_MANY, found=len(urls), limit=MAX_REFERENCES)
    for url in urls:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        except ValueError:  # e.g. an unclosed IPv6 bracket
            usable = False
        if not usable:
            raise InvalidRequestError("reference_urls", RequestProblem.NOT_A_URL)
