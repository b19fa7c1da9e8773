"""`make chaos ROUNDS=500 SEED=1`: play rounds, a few side by side; the last line says how many broke a rule."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.chaos.moved_clock import MovedClock
from tests.chaos.play import Report, play
from tests.chaos.power_loss import PowerLoss


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count up from it")
    parser.add_argument("--at-once", type=int, default=4, help="rounds side by side")
    parser.add_argument("--keep", type=Path, default=None, help="where the files of failed rounds are kept")
    wanted = parser.parse_args()
    if not MovedClock.is_available():
        print("Without libfaketime no round sets the clock.")
    if not PowerLoss.is_available():
        print("Without a C compiler no round cuts the power.")
    began_s = time.monotonic()
    total: Counter[str] = Counter()
    failed: list[Report] = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted.at_once, mp_context=context) as pool:
        rounds = [pool.submit(play, seed, wanted.keep) for seed in range(wanted.seed, wanted.seed + wanted.rounds)]
        for number, done in enumerate(as_completed(rounds), start=1):
            if number % 25 == 0:
                print(f"{number} of {wanted.rounds} rounds, {time.monotonic() - began_s:.0f} s", flush=True)
            report = done.result()
            total += Counter(requests=report.requests, images=report.images, kills=report.kills)
            if report.problems:
                failed.append(report)
                print(f"round with seed {report.seed} broke; repeat it with: make chaos ROUNDS=1 SEED={report.seed}")
                for problem in report.problems:
                    print(f"  {problem}")
                sys.stdout.flush()
    print(
        f"{total['requests']} requests, {total['images']} images, {total['kills']} kills"
        f" in {time.monotonic() - began_s:.0f} s"
    )
    violations = sum(len(report.problems) for report in failed)
    print(f"chaos: {wanted.rounds} rounds, {violations} violations, seed {wanted.seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
