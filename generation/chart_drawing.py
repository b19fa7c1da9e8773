"""Draws the chart of a guild's spending: `python -m generation.chart_drawing < data.json > chart.png`.

Nothing of the bot imports this module, as matplotlib is large. The picture has a card of its own, so that it reads the
same on Discord's dark and light themes; its colours can be told apart by colour-blind people (Okabe and Ito, 2008).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

CARD, INK, FAINT, GRID = "#20241f", "#f2f3ee", "#b9bfb4", "#3a4038"
SIZES = {"1K": "#56b4e9", "2K": "#e69f00", "4K": "#cc79a7"}
OUTCOMES = {
    "made": ("made", "#7ac943"),
    "refunded": ("refunded", "#e69f00"),
    "cancelled": ("cancelled", "#b9bfb4"),
    "in_the_making": ("in the making", "#56b4e9"),
}
MEMBER_BAR = "#7ac943"
MOST_MEMBERS = 8
WIDTH_IN, HEIGHT_IN, DOTS_PER_IN = 8.0, 7.0, 160
DAYS_WITH_NAMES = 10

Data = Mapping[str, Any]
Axes = Any  # matplotlib's own types are partly unknown


def draw(data: Data) -> Any:
    """Return the picture: by day above, by member, size and outcome below."""
    figure: Any = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DOTS_PER_IN, facecolor=CARD)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        2,
        3,
        height_ratios=(1.15, 1.0),
        width_ratios=(1, 1, 1.12),
        left=0.09,
        right=0.965,
        top=0.86,
        bottom=0.04,
        hspace=0.42,
        wspace=0.38,
    )
    figure.text(0.03, 0.945, data["title"], color=INK, fontsize=17, fontweight="bold", va="center")
    _by_day(figure.add_subplot(grid[0, :]), data)
    _members(figure.add_subplot(grid[1, 0]), data["members"])
    _sizes(figure.add_subplot(grid[1, 1]), data["by_resolution"])
    _outcomes(figure.add_subplot(grid[1, 2]), data["outcomes"])
    return figure


def _by_day(axes: Axes, data: Data) -> None:
    _dress(axes, "Credits spent by day")
    days = [date.fromisoformat(day) for day in data["days"]]
    places, below = range(len(days)), [0] * len(days)
    width = 0.75 if len(days) > 1 else 0.2
    for size, amounts in data["by_day"].items():
        if not any(amounts):
            continue
        axes.bar(places, amounts, width, bottom=below, color=SIZES[size], label=size)
        below = [under + amount for under, amount in zip(below, amounts, strict=True)]
    step = max(1, -(-len(days) // 8))
    shown = list(places)[::step]
    axes.set_xticks(shown, [_day(days[place], len(days)) for place in shown])
    axes.set_xlim(-0.6, len(days) - 0.4)
    axes.set_ylim(0, max(1, *below) * 1.12 if len(below) > 1 else max(1, below[0]) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(_tick))
    axes.grid(axis="y", color=GRID, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", pad=8)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=3,
            frameon=False,
            fontsize=12,
            labelcolor=INK,
            handlelength=0.9,
            handletextpad=0.4,
            columnspacing=1.0,
            borderaxespad=0.1,
        )


def _tick(value: float, _place: int) -> str:
    return _short(value)


def _day(day: date, count: int) -> str:
    return f"{day:%a} {day.day}" if count <= DAYS_WITH_NAMES else f"{day.day} {day:%b}"


def _members(axes: Axes, amounts: list[int]) -> None:
    _dress(axes, "Top members")
    shown = amounts[:MOST_MEMBERS]
    _bars(axes, [(f"{rank}.", amount, MEMBER_BAR) for rank, amount in enumerate(shown, start=1)])


def _sizes(axes: Axes, amounts: Mapping[str, int]) -> None:
    _dress(axes, "Credits by size")
    _bars(axes, [(size, amount, SIZES[size]) for size, amount in amounts.items()])


def _outcomes(axes: Axes, images: Mapping[str, int]) -> None:
    total = sum(images.values())
    _dress(axes, "Images asked for")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    left = 0.0
    for name, count in images.items():
        share = count / total if total else 0
        axes.barh(0.92, share, 0.14, left=left, color=OUTCOMES[name][1])
        left += share
    for line, (name, count) in enumerate(images.items()):
        words, colour = OUTCOMES[name]
        height = 0.70 - line * 0.185
        axes.plot(0.025, height, marker="s", markersize=9, color=colour)
        axes.text(0.09, height, words, color=INK, fontsize=11.5, va="center")
        axes.text(1.0, height, _percent(count, total), color=INK, fontsize=12, va="center", ha="right")


def _bars(axes: Axes, bars: list[tuple[str, int, str]]) -> None:
    """Draw lying bars, the first on top, each with its number at its end."""
    longest = max([amount for _, amount, _ in bars], default=0) or 1
    for place, (_, amount, colour) in enumerate(bars):
        axes.barh(place, amount, 0.66, color=colour)
        axes.text(amount + longest * 0.04, place, _short(amount), color=INK, fontsize=12, va="center")
    axes.set_yticks(range(len(bars)), [label for label, _, _ in bars])
    axes.set_ylim(max(3, len(bars)) - 0.4, -0.6)
    axes.set_xlim(0, longest * 1.45)
    axes.set_xticks([])


def _dress(axes: Axes, title: str) -> None:
    axes.set_facecolor(CARD)
    axes.set_title(title, color=INK, fontsize=13.5, fontweight="bold", loc="left", pad=9)
    axes.tick_params(colors=FAINT, labelsize=12, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _short(amount: float) -> str:
    """1234 → "1,234"; 1234567 → "1.23M"."""
    if amount >= 1_000_000:
        return f"{amount / 1_000_000:.2f}".rstrip("0").rstrip(".") + "M"
    return f"{amount / 1000:.0f}k" if amount >= 100_000 else f"{amount:,.0f}"


def _percent(count: int, total: int) -> str:
    if not count:
        return "0"
    share = 100 * count / total
    return f"{_short(count)} ({'<1' if share < 1 else f'{share:.0f}'}%)"


if __name__ == "__main__":
    draw(json.load(sys.stdin)).savefig(sys.stdout.buffer, format="png")
