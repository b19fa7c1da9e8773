"""The best JPEG that fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw

from generation import reencode
from generation.errors import ImageProblem, UnusableImageError
from generation.reencode import BEST_QUALITY, GOOD_ENOUGH, LEAST_BYTES, LEAST_QUALITY, fit_jpeg
from generation.reencode_process import ReencodingError, fit_jpeg_apart
from tests.generation.pictures import encoded, noise, saved


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Collect the quality of each encode."""
    qualities: list[int] = []
    encode = reencode._encode

    def counting(picture: Image.Image, quality: int, **options: object) -> object:
        qualities.append(quality)
        return encode(picture, quality, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(reencode, "_encode", counting)
    return qualities


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    return saved(tmp_path, encoded(noise(640, 480), "PNG"))


def size_at(picture: Path, quality: int) -> int:
    with Image.open(picture) as opened:
        return len(encoded(opened, "JPEG", quality=quality, optimize=True))


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        assert image.format == "JPEG"
        return image


def test_a_picture_that_fits_keeps_the_best_quality_and_its_size(
    picture: Path, tmp_path: Path, encodes: list[int]
) -> None:
    fit = fit_jpeg(picture, tmp_path / "out.jpg", max_bytes=2_000_000)
    assert (fit.width, fit.height, fit.quality) == (640, 480, BEST_QUALITY)
    assert fit.size_bytes == (tmp_path / "out.jpg").stat().st_size
    assert encodes == [BEST_QUALITY]
    assert opened(tmp_path / "out.jpg").size == (640, 480)


@pytest.mark.parametrize("quality", range(LEAST_QUALITY, BEST_QUALITY, 5))
def test_quality_gives_way_just_as_far_as_it_must(
    picture: Path, tmp_path: Path, encodes: list[int], quality: int
) -> None:
    max_bytes = size_at(picture, quality)
    fit = fit_jpeg(picture, tmp_path / "out.jpg", max_bytes=max_bytes)
    assert (fit.width, fit.height) == (640, 480)
    assert fit.size_bytes <= max_bytes
    assert fit.quality == quality or fit.size_bytes >= max_bytes * GOOD_ENOUGH
    assert len(encodes) <= 8


def test_size_gives_way_only_when_quality_has(picture: Path, tmp_path: Path, encodes: list[int]) -> None:
    max_bytes = size_at(picture, LEAST_QUALITY) - 1
    fit = fit_jpeg(picture, tmp_path / "out.jpg", max_bytes=max_bytes)
    assert fit.size_bytes <= max_bytes
    assert fit.width < 640
    assert fit.width / fit.height == pytest.approx(4 / 3, rel=0.01)
    assert opened(tmp_path / "out.jpg").size == (fit.width, fit.height)
    assert len(encodes) <= 14


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "CMYK"])
def test_anything_fits_into_the_least_space(tmp_path: Path, mode: str) -> None:
    source = encoded(noise(2000, 1000, mode=mode), "JPEG" if mode == "CMYK" else "PNG")
    fit = fit_jpeg(saved(tmp_path, source), tmp_path / "out.jpg", max_bytes=LEAST_BYTES)
    assert fit.size_bytes <= LEAST_BYTES
    assert fit.width > 100


def test_pure_noise_is_no_trouble_for_the_encoder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = saved(tmp_path, encoded(noise(800, 800), "PNG"))
    fit = fit_jpeg(source, tmp_path / "out.jpg", max_bytes=800 * 800 * 3)
    assert fit.quality == BEST_QUALITY
    assert capfd.readouterr().err == ""


def test_transparent_parts_become_white(tmp_path: Path) -> None:
    image = Image.new("RGBA", (200, 100), (255, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((100, 0, 200, 100), fill=(0, 0, 255, 255))
    fit_jpeg(saved(tmp_path, encoded(image, "PNG")), tmp_path / "out.jpg", max_bytes=100_000)
    result = opened(tmp_path / "out.jpg")
    assert min(result.getpixel((40, 50))) > 250
    red, green, blue = result.getpixel((160, 50))
    assert red < 10
    assert green < 10
    assert blue > 245


def test_a_palette_with_a_transparent_colour_becomes_white_there(tmp_path: Path) -> None:
    image = Image.new("P", (100, 100), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    data = encoded(image, "PNG", transparency=0)
    fit_jpeg(saved(tmp_path, data), tmp_path / "out.jpg", max_bytes=100_000)
    assert min(opened(tmp_path / "out.jpg").getpixel((50, 50))) > 250


def test_a_picture_of_16_bits_keeps_its_brightness(tmp_path: Path) -> None:
    data = encoded(Image.new("I;16", (64, 64), 128 * 256), "PNG")
    fit_jpeg(saved(tmp_path, data), tmp_path / "out.jpg", max_bytes=100_000)
    assert opened(tmp_path / "out.jpg").convert("L").getpixel((30, 30)) == pytest.approx(128, abs=2)


def test_a_picture_that_lies_on_its_side_is_put_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn right
    source = saved(tmp_path, encoded(noise(300, 200), "JPEG", exif=exif))
    fit = fit_jpeg(source, tmp_path / "out.jpg", max_bytes=1_000_000)
    assert (fit.width, fit.height) == (200, 300)
    assert 0x0112 not in opened(tmp_path / "out.jpg").getexif()


def test_a_colour_profile_is_kept(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = saved(tmp_path, encoded(noise(300, 200), "PNG", icc_profile=profile))
    fit_jpeg(source, tmp_path / "out.jpg", max_bytes=1_000_000)
    assert opened(tmp_path / "out.jpg").info["icc_profile"] == profile


def test_a_profile_for_other_colours_is_dropped(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = saved(tmp_path, encoded(noise(300, 200, mode="L"), "PNG", icc_profile=profile))
    fit_jpeg(source, tmp_path / "out.jpg", max_bytes=1_000_000)
    assert "icc_profile" not in opened(tmp_path / "out.jpg").info


@pytest.mark.parametrize(
    ("cut", "problem"), [(slice(None, -100), ImageProblem.TRUNCATED), (slice(5, None), ImageProblem.NOT_AN_IMAGE)]
)
def test_what_is_no_whole_picture_leaves_nothing_behind(tmp_path: Path, cut: slice, problem: ImageProblem) -> None:
    source = saved(tmp_path, encoded(noise(300, 200), "PNG")[cut])
    with pytest.raises(UnusableImageError) as caught:
        fit_jpeg(source, tmp_path / "out.jpg", max_bytes=1_000_000)
    assert caught.value.problem is problem
    assert list(tmp_path.iterdir()) == [source]


def test_a_picture_with_a_damaged_middle_is_told_so(tmp_path: Path) -> None:
    data = bytearray(encoded(noise(300, 200), "PNG"))
    data[len(data) // 2 : len(data) // 2 + 50] = bytes(50)
    with pytest.raises(UnusableImageError):
        fit_jpeg(saved(tmp_path, bytes(data)), tmp_path / "out.jpg", max_bytes=1_000_000)


def test_too_little_space_is_an_error_of_the_caller(picture: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="max_bytes"):
        fit_jpeg(picture, tmp_path / "out.jpg", max_bytes=LEAST_BYTES - 1)


async def test_the_work_may_run_off_the_loop(picture: Path, tmp_path: Path) -> None:
    fit = await fit_jpeg_apart(picture, tmp_path / "out.jpg", max_bytes=60_000)
    assert fit.size_bytes <= 60_000
    assert opened(tmp_path / "out.jpg").size == (fit.width, fit.height)


async def test_process_of_its_own_says_what_is_wrong_with_a_picture(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(UnusableImageError):
        await fit_jpeg_apart(broken, tmp_path / "out.jpg", max_bytes=60_000)
    with pytest.raises(FileNotFoundError):
        await fit_jpeg_apart(tmp_path / "nothing.png", tmp_path / "out.jpg", max_bytes=60_000)


async def test_picture_that_needs_more_memory_than_it_may_take_ends_the_process_and_not_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.reencode_process.MOST_MEMORY_BYTES", 128 << 20)
    big = tmp_path / "big.png"
    Image.new("RGB", (6000, 6000), "teal").save(big)
    with pytest.raises(ReencodingError, match="MemoryError"):
        await fit_jpeg_apart(big, tmp_path / "out.jpg", max_bytes=60_000)
    assert not (tmp_path / "out.jpg").exists()
    assert not (tmp_path / "out.jpg").exists()
