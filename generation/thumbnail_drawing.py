"""Drawing small copies: one picture, one with its number, and several side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from generation.decoding import DAMAGE, open_picture
from generation.errors import ImageProblem, UnusableImageError
from generation.images import inspect_result

SIDE = 320
"""Pixels of the longer side: twice what a phone shows of one picture among ten."""

_CELL, _GAP = 160, 8
_QUALITY = 82
_BADGE, _BADGE_TEXT, _BADGE_COLOUR = 56, 36, (0, 0, 0, 190)
_EMPTY = (43, 45, 49)


def make_thumbnail(original: Path, destination: Path) -> None:
    """Write a small WebP copy. Blocks; a 4K PNG takes about half a second.

    Raises:
        FileNotFoundError: there is no original.
        UnusableImageError: it is no picture, or damaged.
    """
    facts = inspect_result(original)
    try:
        with open_picture(original, facts) as opened:
            opened.draft("RGB", (SIDE * 2, SIDE * 2))  # a JPEG is read at a fraction of its size
            ImageOps.exif_transpose(opened, in_place=True)  # else a copy is made even of one that is upright
            opened.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
            transparent = opened.has_transparency_data
            opened.convert("RGBA" if transparent else "RGB").save(destination, "WEBP", quality=_QUALITY, method=2)
    except DAMAGE as error:
        raise UnusableImageError(ImageProblem.TRUNCATED) from error


def draw_numbered(thumbnail: Path | None, number: int, destination: Path) -> None:
    """Write a square JPEG of a small copy with its number in a corner; an empty one where there is no picture."""
    square = Image.new("RGB", (SIDE, SIDE), _EMPTY)
    if thumbnail is not None:
        with Image.open(thumbnail) as small:
            square.paste(ImageOps.fit(small.convert("RGB"), (SIDE, SIDE)))
    badge = Image.new("RGBA", (_BADGE, _BADGE))
    pen = ImageDraw.Draw(badge)
    pen.ellipse((2, 2, _BADGE - 3, _BADGE - 3), fill=_BADGE_COLOUR)
    pen.text((_BADGE / 2, _BADGE / 2), str(number), anchor="mm", font=ImageFont.load_default(_BADGE_TEXT), fill="white")
    square.paste(badge, (10, 10), badge)
    square.save(destination, "JPEG", quality=_QUALITY)


def draw_sheet(thumbnails: Sequence[Path], destination: Path) -> None:
    """Write one JPEG of up to nine small copies, in rows."""
    columns = math.ceil(math.sqrt(len(thumbnails)))
    rows = math.ceil(len(thumbnails) / columns)
    size = ((_CELL + _GAP) * columns - _GAP, (_CELL + _GAP) * rows - _GAP)
    sheet = Image.new("RGB", size, _EMPTY)
    for place, path in enumerate(thumbnails):
        with Image.open(path) as small:
            square = ImageOps.fit(small.convert("RGB"), (_CELL, _CELL))
        sheet.paste(square, (place % columns * (_CELL + _GAP), place // columns * (_CELL + _GAP)))
    sheet.save(destination, "JPEG", quality=_QUALITY)
