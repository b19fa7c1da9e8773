"""The picture of a family: small copies of its images, lines between them, and who made them when."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from generation.family_layout import FamilyNode, Place, lay_out

TILE = 216
GAP_X, GAP_Y = 36, 48
TEXT_HEIGHT = 62
CELL_WIDTH, CELL_HEIGHT = TILE + GAP_X, TILE + TEXT_HEIGHT + GAP_Y
MARGIN = 40
MOST_SIDE = 4000
"""Pixels; Discord shows no more of a picture."""

_BACKGROUND, _TILE_EMPTY, _LINE = (30, 31, 34), (54, 57, 63), (128, 134, 145)
_NAME, _WHEN, _VIEWED = (242, 243, 245), (181, 186, 193), (224, 184, 60)
_NAME_TEXT, _WHEN_TEXT, _NOTE_TEXT = 25, 21, 24
_LINE_WIDTH, _FRAME = 4, 7


def draw_family(nodes: Sequence[FamilyNode], path: Path) -> None:
    """Write a PNG of at most 4,000 pixels a side. Blocks, for about a second with 50 images."""
    places = lay_out({node.id: node.parent_id for node in nodes})
    width = max(place.column for place in places.values()) + 1
    height = max(place.row for place in places.values()) + 1
    size = (2 * MARGIN + round(width * CELL_WIDTH) - GAP_X, 2 * MARGIN + height * CELL_HEIGHT - GAP_Y)
    picture = Image.new("RGB", size, _BACKGROUND)
    pen = ImageDraw.Draw(picture)
    for node in nodes:
        if node.parent_id in places:
            _draw_line(pen, places[node.parent_id], places[node.id])
    for node in nodes:
        is_cut = node.parent_id is not None and node.parent_id not in places
        _draw_node(picture, pen, node, _corner(places[node.id]), is_cut=is_cut)
    picture.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    picture.save(path, "PNG")


def _corner(place: Place) -> tuple[int, int]:
    return MARGIN + round(place.column * CELL_WIDTH), MARGIN + place.row * CELL_HEIGHT


def _draw_line(pen: ImageDraw.ImageDraw, parent: Place, child: Place) -> None:
    """Draw a line that crosses neither words nor other lines: along the gutters beside and the gaps below pictures."""
    (parent_x, parent_y), (child_x, child_y) = _corner(parent), _corner(child)
    middle, gutter = TILE // 2, MARGIN + round(child.gutter * CELL_WIDTH) - GAP_X // 2
    if child.follows and child.row == parent.row:
        pen.line([(parent_x + TILE, parent_y + middle), (child_x, child_y + middle)], fill=_LINE, width=_LINE_WIDTH)
        return
    if gutter == parent_x - GAP_X // 2:
        points = [(parent_x, parent_y + middle), (gutter, parent_y + middle)]
    else:  # from the end of a line back to its beginning
        right, below = parent_x + TILE + GAP_X // 2, parent_y + TILE + TEXT_HEIGHT + GAP_Y // 4
        points = [(parent_x + TILE, parent_y + middle), (right, parent_y + middle), (right, below), (gutter, below)]
    above = child_y - GAP_Y // 4
    if child.follows:
        points += [(gutter, child_y + middle), (child_x, child_y + middle)]
    else:
        points += [(gutter, above), (child_x + middle, above), (child_x + middle, child_y)]
    pen.line(points, fill=_LINE, width=_LINE_WIDTH, joint="curve")


def _draw_node(
    picture: Image.Image, pen: ImageDraw.ImageDraw, node: FamilyNode, corner: tuple[int, int], *, is_cut: bool
) -> None:
    x, y = corner
    if node.thumbnail is None:
        pen.rounded_rectangle((x, y, x + TILE, y + TILE), radius=14, fill=_TILE_EMPTY)
        _write(pen, node.note, (x + TILE // 2, y + TILE // 2), _NOTE_TEXT, _WHEN)
    else:
        with Image.open(node.thumbnail) as small:
            picture.paste(ImageOps.fit(small.convert("RGB"), (TILE, TILE)), (x, y))
    if node.is_viewed:
        frame = (x - _FRAME, y - _FRAME, x + TILE + _FRAME, y + TILE + _FRAME)
        pen.rounded_rectangle(frame, radius=12, outline=_VIEWED, width=_FRAME)
    if is_cut:  # its parent is on another page
        pen.line([(x + TILE // 2, y - GAP_Y // 2), (x + TILE // 2, y)], fill=_LINE, width=_LINE_WIDTH)
        pen.ellipse((x + TILE // 2 - 7, y - GAP_Y // 2 - 7, x + TILE // 2 + 7, y - GAP_Y // 2 + 7), fill=_LINE)
    _write(pen, drawable(node.who) or "member", (x + TILE // 2, y + TILE + 20), _NAME_TEXT, _NAME)
    _write(pen, node.when, (x + TILE // 2, y + TILE + 48), _WHEN_TEXT, _WHEN)


def _write(
    pen: ImageDraw.ImageDraw, text: str, middle: tuple[int, int], size: int, colour: tuple[int, int, int]
) -> None:
    font = _font(size)
    shown = text
    while pen.textlength(shown, font) > TILE + GAP_X - 10 and len(shown) > 1:
        shown = shown[:-2].rstrip() + "…"
    pen.text(middle, shown, font=font, fill=colour, anchor="mm")


def drawable(text: str) -> str:
    """Return what of a text the font can draw: it has most alphabets, but neither emoji nor Chinese characters."""
    return " ".join("".join(character for character in text if _has(character)).split())


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans, which comes with matplotlib; that is not imported for it."""
    found = importlib.util.find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    return ImageFont.truetype(Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf", size)


@lru_cache(maxsize=4096)
def _glyph(character: str) -> bytes:
    drawn = Image.new("L", (2 * _NAME_TEXT, 2 * _NAME_TEXT))
    ImageDraw.Draw(drawn).text((5, 5), character, font=_font(_NAME_TEXT), fill=255)
    return drawn.tobytes()


def _has(character: str) -> bool:
    if character == " ":
        return True
    return character.isprintable() and _glyph(character) != _glyph("\U0010fffe")  # never assigned: the mark for "none"
