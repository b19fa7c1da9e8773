"""Fuzzes one parser until libFuzzer's limits end it: `python -m tests.fuzzing.one image -max_total_time=60`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["generation", "cogs", "storage"]):
    from tests.fuzzing.targets import TARGETS

if __name__ == "__main__":
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()
