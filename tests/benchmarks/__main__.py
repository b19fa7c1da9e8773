"""`make bench`: measure, print one table, and write it down with the machine it was measured on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.benchmarks import found_again
from tests.benchmarks.table import machine, shown

ROOT = Path(__file__).parents[2]
HEAD = "Written by `make bench`; each row is measured through the functions that the bot calls, one call after another."


async def main() -> int:
    rows = await found_again.rows(ROOT / ".bench")
    table = shown(rows)
    print(f"{machine()}\n\n{table}")
    text = f"# Measured\n\n{HEAD}\n\n## 1,000,000 images in the database\n\n{machine()}.\n\n{table}\n"
    (ROOT / "docs" / "benchmarks.md").write_text(text, encoding="utf-8")
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
