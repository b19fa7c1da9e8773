"""`make fuzz SECONDS=60`: atheris on each parser for so long, each in a process with its limits of time and memory."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzzing.seeds import SEEDS
from tests.fuzzing.targets import TARGETS

CRASHERS = Path(__file__).parent / "crashers"
MEMORY_MB = 300
RUNS = re.compile(rb"Done (\d+) runs|stat::number_of_executed_units: (\d+)")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each parser")
    parser.add_argument("--only", choices=sorted(TARGETS), default=None)
    wanted = parser.parse_args()
    runs, crashers, names = 0, 0, [wanted.only] if wanted.only else list(TARGETS)
    for name in names:
        done, broke = _fuzz(name, wanted.seconds)
        print(f"{name}: {done:,} runs{', BROKE' if broke else ''}", flush=True)
        runs, crashers = runs + done, crashers + broke
    print(f"fuzz: {len(names)} targets, {runs} runs, {crashers} crashers")
    return 1 if crashers else 0


def _fuzz(name: str, seconds: int) -> tuple[int, int]:
    """Return how many inputs were tried, and whether one broke the parser; that one is kept."""
    with tempfile.TemporaryDirectory(prefix="plantain-fuzz-") as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        for number, seed in enumerate(SEEDS[name]):
            (corpus / f"seed{number}").write_bytes(seed)
        limits = (
            f"-max_total_time={seconds}",
            "-timeout=1",
            f"-rss_limit_mb={_base_mb() + MEMORY_MB}",
            "-max_len=4096",
        )
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.fuzzing.one", name, *limits),
                *("-print_final_stats=1", f"-artifact_prefix={scratch}/", str(corpus)),
            ],
            capture_output=True,
            check=False,
        )
        found = [path for path in Path(scratch).iterdir() if path.name.startswith(("crash-", "timeout-", "oom-"))]
        for path in found:
            kept = CRASHERS / name / f"{path.name}.bin"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(path.read_bytes())
        if done.returncode and not found:
            print(done.stderr.decode(errors="replace")[-2000:])
        counts = [int(match[1] or match[2]) for match in RUNS.finditer(done.stderr)]
        return max(counts, default=0), int(bool(found) or done.returncode != 0)


def _base_mb() -> int:
    """What the modules of the bot take by themselves, with atheris."""
    return 200


if __name__ == "__main__":
    sys.exit(main())
