"""Family trees: every image has a place of its own, and nobody has to guess whose child it is."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from generation.family_drawing import MOST_SIDE, draw_family, drawable
from generation.family_layout import WIDEST, FamilyNode, lay_out

SHAPES: dict[str, dict[int, int | None]] = {
    "alone": {1: None},
    "pair": {1: None, 2: 1},
    "wide": {1: None, **dict.fromkeys(range(2, 51), 1)},
    "deep": {1: None, **{node: node - 1 for node in range(2, 51)}},
    "comb": {1: None, **{node: node - 1 if node % 2 else max(1, node - 2) for node in range(2, 51)}},
    "cut off": {51: 3, 52: 51, 53: 51, 54: 7},
    "its own parent": {1: 1, 2: 1},
}


def random_tree(seed: int) -> dict[int, int | None]:
    chance = random.Random(seed)
    return {1: None, **{node: chance.randrange(max(1, node - 1 - seed % 20), node) for node in range(2, 51)}}


@pytest.mark.parametrize("parents", [*SHAPES.values(), *map(random_tree, range(40))])
def test_each_image_has_a_place_of_its_own_below_or_beside_its_parent(parents: dict[int, int | None]) -> None:
    places = lay_out(parents)
    assert places.keys() == parents.keys()
    spots = sorted((place.row, place.column) for place in places.values())
    for (row, column), (next_row, next_column) in pairwise(spots):
        assert row != next_row or next_column - column > 0.99
    for node, parent in parents.items():
        if parent in places and parent != node:
            mine, theirs = places[node], places[parent]
            beside = mine.follows and mine.row == theirs.row and mine.column == pytest.approx(theirs.column + 1)
            assert beside or mine.row > theirs.row
            assert mine.gutter <= min(mine.column, theirs.column) + 0.001
    assert max(place.column for place in places.values()) <= WIDEST + 15


@pytest.mark.parametrize("parents", [*SHAPES.values(), *map(random_tree, range(40))])
def test_no_two_parents_share_a_gutter_at_the_same_height(parents: dict[int, int | None]) -> None:
    places = lay_out(parents)
    taken: dict[tuple[float, int], int] = {}
    for node, parent in parents.items():
        place = places[node]
        if parent is None or parent not in places or parent == node or place.row == places[parent].row:
            continue
        for row in range(places[parent].row + 1, place.row):
            assert taken.setdefault((round(place.gutter, 3), row), parent) == parent


def test_picture_marks_the_viewed_image_shows_thumbnails_and_stays_within_its_limits(tmp_path: Path) -> None:
    thumbnail = tmp_path / "small.webp"
    Image.new("RGB", (320, 180), (10, 200, 10)).save(thumbnail)
    for name, parents in SHAPES.items():
        nodes = [
            FamilyNode(
                id=node,
                parent_id=parent,
                thumbnail=None if node == 2 else thumbnail,
                who="Maya" * 20,
                when="26 Nov 14:05",
                note="hidden" if node == 2 else "",
                is_viewed=node == max(parents),
            )
            for node, parent in parents.items()
        ]
        path = tmp_path / f"{name}.png"
        draw_family(nodes, path)
        with Image.open(path) as picture:
            assert max(picture.size) <= MOST_SIDE
            assert path.stat().st_size < 8 * 1024 * 1024
            colours = {colour for _, colour in picture.convert("RGB").getcolors(1 << 24) or ()}
        assert any(max(abs(red - 10), abs(green - 200), abs(blue - 10)) < 4 for red, green, blue in colours), name
        assert any(red > 200 and 150 < green < 220 and blue < 110 for red, green, blue in colours), name


def test_names_keep_what_the_font_can_draw() -> None:
    assert drawable("Иван Ωmega 🦊李 x") == "Иван Ωmega x"
    assert drawable("🦊李\u202e") == ""
