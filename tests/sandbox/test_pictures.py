"""The pictures of the local provider show what was asked for."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from sandbox.pictures import PIXELS_1K, PictureOrder, draw, nearest_ratio, pixels


def drawn(prompt: str = "a fox", **order: object) -> Image.Image:
    settings: dict[str, object] = {"width": 256, "height": 192, "output_format": "png", **order}
    return Image.open(BytesIO(draw(PictureOrder(prompt=prompt, **settings)))).convert("RGB")


def coloured(path: Path, size: tuple[int, int], colour: str) -> Path:
    Image.new("RGB", size, colour).save(path, "PNG")
    return path


@pytest.mark.parametrize("ratio", PIXELS_1K)
@pytest.mark.parametrize(("output_format", "kind"), [("png", "PNG"), ("jpg", "JPEG")])
def test_file_is_of_the_exact_size_and_kind(ratio: str, output_format: str, kind: str) -> None:
    width, height = pixels(ratio, "1K", ())
    content = draw(PictureOrder(prompt="a kite", width=width, height=height, output_format=output_format))
    picture = Image.open(BytesIO(content))
    assert (picture.size, picture.format) == (PIXELS_1K[ratio], kind)


def test_two_k_and_four_k_are_exactly_two_and_four_times_as_large() -> None:
    assert [pixels("21:9", resolution, ()) for resolution in ("2K", "4K")] == [(3168, 1344), (6336, 2688)]


def test_other_prompts_give_other_colours_and_the_same_prompt_the_same_picture() -> None:
    assert drawn("a fox", caption="").getpixel((0, 0)) != drawn("a bear", caption="").getpixel((0, 0))
    assert ImageChops.difference(drawn("a fox"), drawn("a fox")).getbbox() is None


def test_pictures_of_one_prompt_differ_by_their_seed() -> None:
    assert ImageChops.difference(drawn(seed=1), drawn(seed=2)).getbbox() is not None


def test_references_are_visible_in_their_order(tmp_path: Path) -> None:
    colours = {"#ff00ff": (255, 0, 255), "#00ffff": (0, 255, 255)}
    paths = tuple(coloured(tmp_path / f"{colour[1:]}.png", (80, 60), colour) for colour in colours)
    picture = drawn(width=1024, height=768, references=paths)
    where = [
        next(x for x in range(picture.width) for y in range(picture.height) if picture.getpixel((x, y)) == colour)
        for colour in colours.values()
    ]
    assert where == sorted(where)


def test_words_are_written_and_a_prompt_of_ten_thousand_characters_ends_with_an_ellipsis() -> None:
    plain = drawn(" ", width=512, height=512)
    worded = drawn("word", width=512, height=512)
    assert plain.size == worded.size
    long = drawn("a very long story " * 556, width=768, height=1376)
    assert long.size == (768, 1376)


@pytest.mark.parametrize(
    ("size", "ratio"), [((100, 100), "1:1"), ((160, 90), "16:9"), ((90, 165), "9:16"), ((3000, 1000), "21:9")]
)
def test_auto_follows_the_first_reference(tmp_path: Path, size: tuple[int, int], ratio: str) -> None:
    path = coloured(tmp_path / "a.png", size, "red")
    assert nearest_ratio(path) == ratio
    assert pixels("auto", "1K", (path,)) == PIXELS_1K[ratio]


def test_png_can_be_made_as_large_as_wanted() -> None:
    content = draw(PictureOrder(prompt="huge", width=1024, height=1024, output_format="png", size_mb=2))
    assert 1.6 < len(content) / 1024 / 1024 < 2.4
