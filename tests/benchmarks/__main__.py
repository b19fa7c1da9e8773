"""`make bench`: measure, print each table, and write it down with the machine and the day.

Names of sections as arguments measure these alone; the others stay as they were measured last.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.benchmarks import (
    added_time,
    big_pictures,
    first_response,
    fitting,
    flood,
    found_again,
    inside,
    own_cost,
    restart,
    simulated_polls,
)
from tests.benchmarks.table import RUNS, Row, machine, shown

ROOT = Path(__file__).parents[2]
HEAD = (
    "Written by `make bench`. Each figure is the median of at least "
    f"{RUNS} runs, of 3 where a row says so, with the least and the greatest; ours and what stands beside it were "
    "measured in turn."
)

SECTIONS: dict[str, tuple[str, Callable[[], Awaitable[Sequence[Row]]]]] = {
    "first-response": ("First response", first_response.rows),
    "own-cost": ("What the bot itself costs", own_cost.rows),
    "simulated-polls": ("Finding out that a task has ended, simulated", simulated_polls.rows),
    "fitting": ("Making a picture fit", fitting.rows),
    "big-pictures": ("Many large pictures at once", big_pictures.rows),
    "restart": ("A restart with much left to do", restart.rows),
    "inside": ("Accepting, and taking turns", inside.rows),
    "added-time": ("From the end of a task to its image in the channel", added_time.rows),
    "found-again": ("1,000,000 images in the database", lambda: found_again.rows(ROOT / ".bench")),
    "flood": ("The callback server flooded for 10 s", flood.rows),
}


async def main(wanted: Sequence[str]) -> int:
    all_met = True
    for name in wanted or SECTIONS:
        title, measure = SECTIONS[name]
        print(f"Measuring: {title}", file=sys.stderr)
        rows = await measure()
        all_met = all_met and all(row.is_met for row in rows)
        section = f"{machine()}.\n\n{shown(rows)}"
        print(f"\n## {title}\n\n{section}", flush=True)
        _write_down(title, section)  # after each: it is kept where a later one is broken off
    return 0 if all_met else 1


def _write_down(title: str, section: str) -> None:
    """Put a section in the place of its last measurement."""
    path = ROOT / "docs" / "benchmarks.md"
    _, *before = path.read_text(encoding="utf-8").split("\n## ") if path.exists() else [""]
    sections = dict(one.split("\n", 1) for one in before) | {title: f"\n{section}\n"}
    known = [known for known, _ in SECTIONS.values() if known in sections]
    text = "".join(f"\n## {known}\n{sections[known].rstrip()}\n" for known in known)
    path.write_text(f"# Measured\n\n{HEAD}\n{text}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
