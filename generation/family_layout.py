"""Where the images of a family stand in its picture: a tree that is wrapped like text, so that it stays legible.

Images made one from the other stand in a line from left to right, which goes on below where it is full. Where several
were made from one, they stand below it and a little to the right, so that every line down has a gutter to itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

WIDEST, NARROWEST = 14, 2
BEST_ASPECT = 1.4
"""Width to height, in cells: what Discord shows largest on a screen."""

INDENT = 0.3
"""Of a cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyNode:
    """An image of the family.

    Attributes:
        parent_id: the image it was made from; one that is not among those drawn counts as on another page.
        thumbnail: its small copy, None where it cannot or may not be shown.
        note: what stands in place of the picture then.
    """

    id: int
    parent_id: int | None
    thumbnail: Path | None
    who: str
    when: str
    note: str = ""
    is_viewed: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image stands, and how the line to its parent runs.

    Attributes:
        column: from the left, in cells; may be a fraction.
        row: from the top.
        follows: whether it goes on the line of its parent; else it stands below.
        gutter: the column to whose left that line goes down, where it does.
    """

    column: float
    row: int
    follows: bool
    gutter: float


@dataclass(slots=True)
class _Block:
    """A part of the tree: the places of its images, from its own top left."""

    width: float = 0
    height: int = 0
    places: dict[int, Place] = field(default_factory=dict[int, Place])

    def add(self, other: _Block, *, column: float, row: int) -> None:
        """Take over another block's images at a place."""
        for node, place in other.places.items():
            moved = replace(place, column=place.column + column, row=place.row + row, gutter=place.gutter + column)
            self.places[node] = moved
        self.width = max(self.width, column + other.width)
        self.height = max(self.height, row + other.height)


def lay_out(parents: Mapping[int, int | None]) -> dict[int, Place]:
    """Return the place of each image, given its parent; a parent that is not among the images counts as none.

    Of the widths that can be had the one is taken whose picture is the least long or wide.
    """
    children: dict[int, list[int]] = {node: [] for node in parents}
    roots: list[int] = []
    for node in sorted(parents):
        parent = parents[node]
        (roots if parent is None or parent not in parents or parent == node else children[parent]).append(node)
    tried = [_packed([_tree(root, children, most) for root in roots], most) for most in range(NARROWEST, WIDEST + 1)]
    return min(tried, key=_unshapely).places


def _unshapely(block: _Block) -> float:
    aspect = block.width / block.height
    return max(aspect / BEST_ASPECT, BEST_ASPECT / aspect) * max(block.width, block.height)


def _tree(root: int, children: Mapping[int, Sequence[int]], most: float) -> _Block:
    """Place a line of only children, then, below it, the blocks of those that were made from its last."""
    line = [root]
    while len(children[line[-1]]) == 1 and len(line) <= len(children):
        line.append(children[line[-1]][0])
    a_row, block = max(1, int(most)), _Block()
    for number, node in enumerate(line):
        place = Place(0, 0, follows=number > 0, gutter=-(number % a_row))
        block.add(_Block(1, 1, {node: place}), column=number % a_row, row=number // a_row)
    below = [_tree(child, children, most - INDENT) for child in children[line[-1]]]
    if below:
        packed = _packed(below, most - INDENT)
        for child in children[line[-1]]:
            packed.places[child] = replace(packed.places[child], gutter=-INDENT)
        block.add(packed, column=INDENT, row=block.height)
    return block


def _packed(blocks: Sequence[_Block], most: float) -> _Block:
    """Put blocks side by side, in as many rows as they need."""
    packed = _Block()
    column, row, row_height = 0.0, 0, 0
    for block in blocks:
        if column and column + block.width > most:
            column, row, row_height = 0.0, row + row_height, 0
        packed.add(block, column=column, row=row)
        column += block.width
        row_height = max(row_height, block.height)
    return packed
