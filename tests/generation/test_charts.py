"""The chart of /usage: drawn for any numbers, legible, and no harm where it cannot be drawn."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.text import Text
from PIL import Image

from generation import charts, own_process
from generation.chart_drawing import CARD, FAINT, HEIGHT, INK, MEMBER_BAR, OUTCOMES, SCALE, SIZES, WIDTH, draw
from generation.charts import ChartArtist, ChartData, ChartPart
from generation.usage_desk import Outcome
from tests.world import ROOT

MONTH = [f"{day} Nov" for day in range(1, 31)]
DATA = ChartData(
    title="1 to 30 November 2026",
    over_time=ChartPart(title="Credits by day", labels=MONTH, amounts=[42, 66] * 15),
    by_size={"1K": [18] * 30, "2K": [0] * 30, "4K": [24, 48] * 15},
    nothing="Nothing spent: all credits went back.",
    members=ChartPart(title="Top members", labels=["1.", "2.", "3."], amounts=[300, 200, 1]),
    sizes=ChartPart(title="Credits by size", labels=["1K", "2K", "4K"], amounts=[540, 0, 1080]),
    outcomes=ChartPart(
        title="75 images asked for",
        labels=["made", "refused", "failed", "cancelled", "in the making"],
        amounts=[70, 3, 1, 1, 0],
    ),
    outcome_keys=[*Outcome],
)
ONE_DAY = replace(
    DATA,
    over_time=ChartPart(title="Credits by hour", labels=["00:00"], amounts=[18]),
    by_size={"1K": [18], "2K": [0], "4K": [0]},
)
NOTHING_SPENT = replace(
    DATA,
    over_time=replace(DATA.over_time, amounts=[0] * 30),
    by_size={"1K": [0] * 30, "2K": [0] * 30, "4K": [0] * 30},
    members=ChartPart(title="Top members", labels=[], amounts=[]),
    sizes=replace(DATA.sizes, amounts=[0, 0, 0]),
)
HUGE = replace(
    DATA,
    over_time=ChartPart(title="Credits by day", labels=MONTH * 3, amounts=[10**9] * 90),
    by_size={"1K": [10**9] * 90, "2K": [0] * 90, "4K": [0] * 90},
    members=ChartPart(title="Top members", labels=[f"{n}." for n in range(1, 11)], amounts=[10**8] * 10),
    outcomes=replace(DATA.outcomes, amounts=[10**6] * 5),
)
NO_IMAGES = replace(DATA, outcomes=replace(DATA.outcomes, amounts=[0] * 5))


async def picture_of(data: ChartData) -> Image.Image:
    drawn = await ChartArtist().draw(data)
    assert drawn is not None
    return Image.open(BytesIO(drawn)).convert("RGB")


def pixels_of(picture: Image.Image, colour: str) -> int:
    """Return how many pixels have exactly this colour."""
    wanted = tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return sum(count for count, found in picture.getcolors(maxcolors=1_000_000) or [] if found == wanted)


@pytest.mark.parametrize("data", [DATA, ONE_DAY, NOTHING_SPENT, HUGE, NO_IMAGES, replace(DATA, members=None)])
async def test_any_numbers_give_a_picture_with_a_card_of_its_own(data: ChartData) -> None:
    picture = await picture_of(data)
    assert picture.size == (WIDTH * SCALE, HEIGHT * SCALE)
    corners = {picture.getpixel((x, y)) for x in (0, picture.width - 1) for y in (0, picture.height - 1)}
    assert corners == {tuple(bytes.fromhex(CARD[1:]))}


async def test_bars_are_as_long_as_their_numbers() -> None:
    picture = await picture_of(DATA)
    assert pixels_of(picture, SIZES["2K"]) == 0
    made, refused, failed = (pixels_of(picture, OUTCOMES[key]) for key in ("made", "refused", "failed"))
    assert made > 10 * refused > 10 * failed > 0
    large, small = (pixels_of(picture, SIZES[size]) for size in ("4K", "1K"))
    assert large > 1.5 * small > 0


async def test_nothing_leaves_the_card_and_no_words_overlap() -> None:
    for data in (DATA, ONE_DAY, NOTHING_SPENT, HUGE, NO_IMAGES):
        figure = draw(asdict(data))
        figure.canvas.draw()
        words = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
        boxes = [(text.get_text(), text.get_window_extent()) for text in words]
        for number, (first, box) in enumerate(boxes):
            inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= WIDTH * SCALE and box.y1 <= HEIGHT * SCALE
            assert inside, f"{first!r} leaves the card"
            overlapping = [second for second, other in boxes[number + 1 :] if box.overlaps(other.padded(-6))]
            assert not overlapping, f"{first!r} overlaps {overlapping}"


async def test_text_is_readable_on_a_phone() -> None:
    words = draw(asdict(DATA)).findobj(Text)
    assert min(text.get_fontsize() for text in words if text.get_text().strip()) >= 12  # pixels where 400 are the width


async def test_drawing_that_fails_gives_no_picture_and_says_why_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert await ChartArtist().draw(replace(DATA, by_size={"8K": [1] * 30})) is None
    assert "could not be drawn" in caplog.text
    monkeypatch.setattr(charts, "DRAWN_WITHIN_S", 0.0)
    assert await ChartArtist().draw(DATA) is None
    assert "was not drawn within" in caplog.text


def test_drawing_process_knows_no_secret_and_takes_no_settings_from_strangers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KIE_API_KEY", "key-of-kie")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    known = own_process.environment(charts._own_environment())
    assert "KIE_API_KEY" not in known
    assert known["PATH"] == os.environ["PATH"]
    assert Path(known["MPLCONFIGDIR"]).stat().st_mode & 0o777 == 0o700
    made_by = os.getuid()
    place = tmp_path / f"plantain-charts-{made_by + 1}"
    place.mkdir()
    monkeypatch.setattr(os, "getuid", lambda: made_by + 1)
    assert "MPLCONFIGDIR" not in charts._own_environment()


def luminance(colour: str) -> float:
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [INK, FAINT, MEMBER_BAR, *SIZES.values(), *OUTCOMES.values()])
def test_every_colour_stands_out_from_the_card(colour: str) -> None:
    assert (luminance(colour) + 0.05) / (luminance(CARD) + 0.05) >= 4.5


async def test_machine_without_room_for_another_process_gives_no_picture(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert await ChartArtist().draw(DATA) is None
    assert "could not be drawn" in caplog.text


def test_bot_itself_does_not_load_what_draws_or_packs() -> None:
    names = ("PIL", "csv", "matplotlib", "numpy", "zipfile")
    code = f"import sys, bot; sys.exit(any(name.startswith({names}) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
