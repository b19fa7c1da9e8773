"""What is installed is what was looked at."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^([a-z0-9._-]+)==[^ ;]+.*\\$")
HASH = re.compile(r"^ {4}--hash=sha256:[0-9a-f]{64}( \\)?$")


def locked() -> dict[str, int]:
    """Return every name in the lock file, with the number of its hashes; any line that is neither is a failure."""
    found: dict[str, int] = {}
    name = ""
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if pinned := PINNED.match(line):
            name = pinned[1]
            found[name] = 0
        elif HASH.match(line):
            found[name] += 1
        else:
            assert line.lstrip().startswith("#"), line
    return found


def test_every_dependency_is_one_version_with_hashes_and_no_index_is_named() -> None:
    names = locked()
    assert all(names.values())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        re.split(r"[^a-z0-9._-]", dependency.lower())[0].replace(".", "-") for dependency in project["dependencies"]
    }
    assert wanted
    assert wanted <= set(names)
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text


def test_nothing_is_installed_or_audited_but_by_its_hash() -> None:
    install = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock" in install
    audit = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pip-audit --requirement requirements.lock --require-hashes" in audit
