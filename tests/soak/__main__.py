"""`make soak`: one line for each look, what grows by design, and what should not have."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak.soaking import Plan, soak
from tests.soak.verdict import bytes_an_image, rows_that_stay


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--days", type=float, default=14, help="simulated days, at least 2")
    parser.add_argument("--per-hour", type=int, default=200, help="images that members ask for in an hour")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.days < 2:
        parser.error("expected --days of 2 at least")
    plan = Plan(length=timedelta(days=given.days), per_hour=given.per_hour, seed=given.seed)
    with TemporaryDirectory(prefix="plantain-soak-") as folder:
        result = soak(Path(folder), plan, tell=lambda line: print(line, flush=True))
    if result.samples:
        early, late = bytes_an_image(result.samples)
        print(f"\ndatabase: {early:.0f} bytes for each image of the second quarter, {late:.0f} of the last")
        print("tables that grew in the second half:")
        for line in rows_that_stay(result.samples):
            print(f"  {line}")
    for problem, times in Counter(result.problems).items():
        print(f"problem ({times}x): {problem}")
    print(f"soak: {result.images} images, {given.days:g} days, {len(result.problems)} problems, seed {given.seed}")
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main())
