"""Draws the chart of a guild's spending: `python -m generation.chart_drawing < data.json > chart.png`.

Nothing of the bot imports this module, as matplotlib is large. The picture has a card of its own, so that it reads the
same on Discord's dark and light themes. Its colours were chosen by distance as people see them who are blind to red,
green or blue, and no number is told by colour alone.

Lengths are pixels of a phone that shows the picture 400 wide; it is drawn three times as large. Discord's desktop
shows a lone picture at most 550 wide and 350 high, so it is hardly higher than wide.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

CARD, INK, FAINT, GRID = "#20241f", "#f2f3ee", "#c2c8bd", "#3f463d"
SIZES = {"1K": "#3f9dff", "2K": "#ff8a1f", "4K": "#e8a0bc"}
OUTCOMES = {
    "made": "#86ead0",
    "refused": "#f0e442",
    "failed": "#ea8552",
    "cancelled": "#8f968a",
    "in_the_making": "#66b8ff",
}
MEMBER_BAR = "#86ead0"

WIDTH, HEIGHT, SCALE = 400, 412, 3
POINTS_PER_INCH = 72
MARGIN = 16
TEXT, HEAD, TITLE = 12, 13, 15.5
MOST_MEMBERS = 5
MOST_LABELS = 6
"""So many labels fit below the bars over time."""

Data = Mapping[str, Any]
Axes = Any  # matplotlib's own types are partly unknown


def draw(data: Data) -> Any:
    """Return the picture: spending over time above, by member and size below it, then what became of the images."""
    inches = (WIDTH / POINTS_PER_INCH, HEIGHT / POINTS_PER_INCH)  # makes a point of a font one pixel
    figure: Any = Figure(figsize=inches, dpi=POINTS_PER_INCH * SCALE, facecolor=CARD)
    FigureCanvasAgg(figure)
    _write(figure, MARGIN, 20, data["title"], TITLE, weight="bold")
    _over_time(figure, data, top=44)
    left = MARGIN
    if data["members"] is not None and data["members"]["labels"]:
        _members(figure, data["members"], left=MARGIN, top=200, width=176)
        left = 212
    _sizes(figure, data["sizes"], left=left, top=200, width=WIDTH - MARGIN - left)
    _outcomes(figure, data, top=322)
    return figure


def _over_time(figure: Any, data: Data, *, top: float) -> None:
    part = data["over_time"]
    _write(figure, MARGIN, top, part["title"], HEAD, weight="bold")
    if not any(part["amounts"]):
        _write(figure, WIDTH / 2, top + 68, data["nothing"], TEXT, colour=FAINT, align="center")
        return
    axes = _axes(figure, left=MARGIN + 34, top=top + 16, width=WIDTH - 2 * MARGIN - 34, height=104)
    count = len(part["amounts"])
    places, below = range(count), [0] * count
    drawn = {size: amounts for size, amounts in data["by_size"].items() if any(amounts)}
    for size, amounts in drawn.items():
        there = [place for place in places if amounts[place]]  # the edge of an empty bar would cut the line below it
        heights, feet = [amounts[place] for place in there], [below[place] for place in there]
        axes.bar(there, heights, 0.78, bottom=feet, color=SIZES[size], edgecolor=CARD, linewidth=_gap(count))
        below = [under + amount for under, amount in zip(below, amounts, strict=True)]
    step = -(-count // MOST_LABELS)
    axes.set_xticks(list(places)[::step], part["labels"][::step])
    missing = max(0, 3 - count)  # a single bar is not as wide as the picture
    axes.set_xlim(-0.6 - missing, count - 0.4 + missing)
    axes.set_ylim(0, max(below) * 1.06)
    _mark_heights(axes, max(below) * 1.06)
    axes.grid(axis="y", color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.axhline(0, color=GRID, linewidth=1, clip_on=False, zorder=3)
    axes.tick_params(axis="x", pad=7)
    _legend(figure, list(drawn), top)


def _mark_heights(axes: Axes, highest: float) -> None:
    found = MaxNLocator(nbins=4, integer=True, steps=[1, 2, 2.5, 5, 10]).tick_values(0, highest)
    marks = [mark for mark in found if 0 <= mark <= highest]
    axes.set_yticks(marks, [_short(mark, like=marks[-1]) for mark in marks])


def _gap(count: int) -> float:
    """Return the line between stacked pieces: none where the bars are as thin as it."""
    return 0.6 if count <= 45 else 0


def _legend(figure: Any, sizes: Sequence[str], top: float) -> None:
    for place, size in enumerate(reversed(sizes)):
        right = WIDTH - MARGIN - place * 44
        _write(figure, right, top, size, TEXT, align="right")
        _square(figure, right - 31, top, SIZES[size])


def _members(figure: Any, part: Data, *, left: float, top: float, width: float) -> None:
    _write(figure, left, top, part["title"], HEAD, weight="bold")
    shown = list(zip(part["labels"], part["amounts"], strict=True))[:MOST_MEMBERS]
    bars = [(label, amount, MEMBER_BAR) for label, amount in shown]
    _bars(figure, bars, left=left, top=top + 13, width=width, row=17)


def _sizes(figure: Any, part: Data, *, left: float, top: float, width: float) -> None:
    _write(figure, left, top, part["title"], HEAD, weight="bold")
    bars = [(size, amount, SIZES[size]) for size, amount in zip(part["labels"], part["amounts"], strict=True)]
    _bars(figure, bars, left=left, top=top + 13, width=width, row=24)


def _bars(
    figure: Any, bars: Sequence[tuple[str, int, str]], *, left: float, top: float, width: float, row: float
) -> None:
    """Draw lying bars, the first on top, each with its label before it and its number behind it."""
    longest = max([amount for _, amount, _ in bars], default=0) or 1
    label_width, number_width = 26, 8 * max([len(_short(amount)) for _, amount, _ in bars], default=1) + 8
    room = width - label_width - number_width
    for place, (label, amount, colour) in enumerate(bars):
        middle = top + (place + 0.5) * row
        _write(figure, left, middle, label, TEXT, colour=FAINT)
        long = room * amount / longest
        _box(figure, left + label_width, middle - row * 0.36, long, row * 0.72, colour)
        _write(figure, left + label_width + long + 6, middle, _short(amount), TEXT)


def _outcomes(figure: Any, data: Data, *, top: float) -> None:
    part, keys = data["outcomes"], data["outcome_keys"]
    _write(figure, MARGIN, top, part["title"], HEAD, weight="bold")
    total, left = sum(part["amounts"]), float(MARGIN)
    for key, count in zip(keys, part["amounts"], strict=True):
        wide = (WIDTH - 2 * MARGIN) * count / (total or 1)
        _box(figure, left, top + 13, max(0, wide - 1), 12, OUTCOMES[key])
        left += wide
    for place, (key, words, count) in enumerate(zip(keys, part["labels"], part["amounts"], strict=True)):
        column, line = divmod(place, 3)
        x, y, right = MARGIN + column * 200, top + 38 + line * 18, MARGIN + 168 + column * 200
        _square(figure, x, y, OUTCOMES[key])
        _write(figure, x + 16, y, words, TEXT)
        _write(figure, right, y, _with_share(count, total), TEXT, align="right")


def _axes(figure: Any, *, left: float, top: float, width: float, height: float) -> Axes:
    axes = figure.add_axes((left / WIDTH, 1 - (top + height) / HEIGHT, width / WIDTH, height / HEIGHT))
    axes.set_facecolor(CARD)
    axes.tick_params(colors=FAINT, labelsize=TEXT, length=0)
    for side in axes.spines.values():
        side.set_visible(False)
    return axes


def _write(
    figure: Any,
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    colour: str = INK,
    weight: str = "normal",
    align: str = "left",
) -> None:
    """Write a line, its middle `y` below the upper edge."""
    figure.text(
        x / WIDTH, 1 - y / HEIGHT, text, color=colour, fontsize=size, fontweight=weight, va="center_baseline", ha=align
    )


def _box(figure: Any, x: float, y: float, width: float, height: float, colour: str) -> None:
    axes = _axes(figure, left=x, top=y, width=max(width, 0.01), height=height)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(colour)


def _square(figure: Any, x: float, y: float, colour: str) -> None:
    _box(figure, x, y - 5, 10, 10, colour)


def _short(amount: float, like: float | None = None) -> str:
    """1234 → "1,234"; 25000 → "25k"; 1234567 → "1.23M". `like`: the number whose unit it takes, itself if None."""
    for least, unit, one in ((1_000_000, "M", 1_000_000), (10_000, "k", 1000)):
        if amount and (like or amount) >= least:
            count = amount / one
            return f"{count:.3g}{unit}" if count < 999.5 else f"{count:.0f}{unit}"
    return f"{amount:,.0f}"


def _with_share(count: int, total: int) -> str:
    if not count:
        return "0"
    share = 100 * count / total
    return f"{_short(count)} ({'<1' if share < 1 else f'{share:.0f}'}%)"


if __name__ == "__main__":
    draw(json.load(sys.stdin)).savefig(sys.stdout.buffer, format="png")
