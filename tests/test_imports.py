"""Imports run bot → cogs → generation → storage, never back; the sandbox stands alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = {"cogs", "generation", "storage", "sandbox", "bot"}
MAY_IMPORT = {
    "bot": {"cogs", "generation", "storage"},
    "cogs": {"cogs", "generation", "storage"},
    "generation": {"generation", "storage"},
    "storage": {"storage"},
    "sandbox": {"sandbox"},
}
ONLY_IN = {
    "discord": {"bot", "cogs"},
    "aiosqlite": {"storage"},
    "sqlite3": {"storage"},
    "aiohttp": {"bot", "generation", "sandbox"},
}


def imports_of(path: Path) -> list[tuple[int, str]]:
    """Return (line, top-level name) of every absolute import in a file."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name.partition(".")[0]) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.lineno, node.module.partition(".")[0]))
    return found


def sources() -> list[tuple[str, Path]]:
    """Return (house, file) of everything that ships."""
    files = [("bot", ROOT / "bot.py")]
    for package in sorted(PACKAGES - {"bot"}):
        files += [(package, path) for path in sorted((ROOT / package).rglob("*.py"))]
    return files


@pytest.mark.parametrize(("house", "path"), sources(), ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_imports_point_one_way(house: str, path: Path) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for line, name in imports_of(path)
        if (name in PACKAGES and name not in MAY_IMPORT[house]) or (name in ONLY_IN and house not in ONLY_IN[name])
    ]
    assert wrong == []


def test_nothing_imports_the_composition_root() -> None:
    assert [path for house, path in sources() for _, name in imports_of(path) if name == "bot"] == []
