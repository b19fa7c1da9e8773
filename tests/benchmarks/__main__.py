"""`make bench`: measure, print one table, and write it down with the machine it was measured on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.benchmarks import flood, found_again
from tests.benchmarks.table import machine, shown

ROOT = Path(__file__).parents[2]
HEAD = "Written by `make bench`; the database is measured through the functions that the bot calls."


async def main() -> int:
    sections = {
        "1,000,000 images in the database": await found_again.rows(ROOT / ".bench"),
        "The shipped bot, its callback server flooded for 10 s": await flood.rows(),
    }
    text = f"# Measured\n\n{HEAD}\n\n{machine()}.\n"
    for title, rows in sections.items():
        text += f"\n## {title}\n\n{shown(rows)}\n"
    print(text)
    (ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    return 0 if all(row.is_met for rows in sections.values() for row in rows) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
