"""A power cut takes what was written and not synced: nothing that a member was told of depends on it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.client import text_of
from tests.chaos.power_loss import PowerLoss
from tests.world import World, png

pytestmark = pytest.mark.skipif(not PowerLoss.is_available(), reason="it needs a C compiler")


class AllIsLost(random.Random):
    """Decides for the worst."""

    def random(self) -> float:
        return 0.0


@pytest.fixture
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return PowerLoss.build(tmp_path_factory.mktemp("library"))


async def test_what_a_member_was_shown_outlives_a_power_cut(
    empty_world: World, library: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = empty_world
    world.starter = None  # a bot that is split off preloads nothing
    power = PowerLoss(world.data, tmp_path_factory.mktemp("unsynced"), library, AllIsLost())
    await world.start_bot(**power.environment)
    reference = await world.member("maya").upload(png(), "a.png")
    await (await world.member("maya").slash("imagine", prompt="a fox", reference1=reference)).message(timeout_s=60)
    card = await world.card()
    await world.until(lambda: world.states() == ["delivered"])
    before = {path for path in (world.data / "media").rglob("*.*") if path.parent.name != "incoming"}
    await world.kill_bot()
    power.strike()
    assert {path for path in before if path.exists() and path.stat().st_size} == before
    await world.start_bot()
    answer = await (await world.member("maya").click(card, "Original")).message(timeout_s=60)
    assert "The original" in text_of(answer)
    assert "fetched again" not in world.log()
    world.audit()


def test_what_was_not_synced_is_gone_after_the_cut(library: Path, tmp_path: Path) -> None:
    root, beside = tmp_path / "root", tmp_path / "beside"
    root.mkdir()
    beside.mkdir()
    (root / "old").write_text("before")
    power = PowerLoss(root, beside, library, AllIsLost())
    script = """
import os
kept = open("kept", "w"); kept.write("kept"); kept.flush(); os.fsync(kept.fileno())
os.mkdir("folder")
os.fsync(os.open(".", os.O_RDONLY))
kept.write(" and lost"); kept.flush()
open("folder/lost", "w").write("lost")
os.replace("kept", "moved")
open("old", "w").write("after")
os.unlink("old")
"""
    subprocess.run([sys.executable, "-c", script], cwd=root, env=power.environment, check=True)
    power.strike()
    found = {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}
    assert found == {"kept": "kept", "old": "before"}
    assert (root / "folder").is_dir()
