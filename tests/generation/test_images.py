"""What can serve as a reference, judged by its bytes."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image

from generation.decoding import inspect_reference
from generation.errors import ImageProblem, UnusableImageError
from generation.images import (
    HEADER_BYTES,
    MAX_REFERENCE_BYTES,
    ImageFacts,
    ImageType,
    inspect_result,
    sniff,
)
from generation.threads import off_loop
from tests.generation.pictures import animation, encoded, noise, saved


def jpeg_with_preview() -> bytes:
    """Return a JPEG that holds another whole one in its metadata, as cameras write them."""
    preview = b"Exif\0\0" + encoded(noise(32, 32), "JPEG")
    data = encoded(noise(90, 60), "JPEG")
    return data[:2] + b"\xff\xe5" + struct.pack(">H", len(preview) + 2) + preview + data[2:]


GOOD = {
    "png": (encoded(noise(90, 60), "PNG"), ImageType.PNG),
    "png with alpha": (encoded(noise(90, 60, mode="RGBA"), "PNG"), ImageType.PNG),
    "png of a palette": (encoded(noise(90, 60).quantize(16), "PNG"), ImageType.PNG),
    "interlaced-size grey png": (encoded(noise(90, 60, mode="L"), "PNG", optimize=True), ImageType.PNG),
    "jpeg": (encoded(noise(90, 60), "JPEG"), ImageType.JPEG),
    "progressive jpeg": (encoded(noise(90, 60), "JPEG", progressive=True), ImageType.JPEG),
    "jpeg with a preview inside": (jpeg_with_preview(), ImageType.JPEG),
    "grey jpeg": (encoded(noise(90, 60, mode="L"), "JPEG"), ImageType.JPEG),
    "cmyk jpeg": (encoded(noise(90, 60, mode="CMYK"), "JPEG"), ImageType.JPEG),
    "jpeg with a film behind it": (encoded(noise(90, 60), "JPEG") + b"ftyp" * 5000, ImageType.JPEG),
    "webp": (encoded(noise(90, 60), "WEBP"), ImageType.WEBP),
    "lossless webp": (encoded(noise(90, 60), "WEBP", lossless=True), ImageType.WEBP),
    "webp with alpha": (encoded(noise(90, 60, mode="RGBA"), "WEBP"), ImageType.WEBP),
    "apng of one frame": (encoded(noise(90, 60), "PNG", save_all=True), ImageType.PNG),
}
"""All are 90 by 60 pixels."""


def problem_of(path: Path) -> ImageProblem:
    with pytest.raises(UnusableImageError) as caught:
        inspect_reference(path)
    return caught.value.problem


def png_claiming(width: int, height: int) -> bytes:
    """Return a PNG whose header names a size that its few bytes of data do not fill."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def webp_claiming(width: int, height: int) -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (width - 1).to_bytes(3, "little")
    body += (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


@pytest.mark.parametrize("name", GOOD)
def test_a_whole_still_picture_is_taken_whatever_its_name(tmp_path: Path, name: str) -> None:
    data, image_type = GOOD[name]
    path = saved(tmp_path, data, "holiday.gif.txt")
    assert inspect_reference(path) == ImageFacts(image_type=image_type, width=90, height=60, size_bytes=len(data))
    assert inspect_result(path) == inspect_reference(path)


@pytest.mark.parametrize("name", [name for name in GOOD if "behind" not in name])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_a_picture_that_was_cut_is_truncated_wherever_the_cut_is(tmp_path: Path, name: str, share: float) -> None:
    data, _ = GOOD[name]
    assert problem_of(saved(tmp_path, data[: int(len(data) * share)])) is ImageProblem.TRUNCATED


@pytest.mark.parametrize("name", ["png", "jpeg", "jpeg with a preview inside", "webp", "lossless webp"])
@pytest.mark.parametrize("missing", [1, 2, 5, 12])
def test_even_the_last_bytes_are_missed(tmp_path: Path, name: str, missing: int) -> None:
    data, _ = GOOD[name]
    path = saved(tmp_path, data[:-missing])
    assert problem_of(path) is ImageProblem.TRUNCATED


def test_damage_in_the_middle_is_found_where_there_are_checksums(tmp_path: Path) -> None:
    data, _ = GOOD["png"]
    middle = len(data) // 2
    damaged = data[:middle] + bytes(byte ^ 0x55 for byte in data[middle : middle + 200]) + data[middle + 200 :]
    assert problem_of(saved(tmp_path, damaged)) is ImageProblem.TRUNCATED


@pytest.mark.parametrize(
    "data", [b"", b"hello, I am no picture" * 10, b"\x89PN", b"\xff\xd8", b"MZ\x90\0" * 50, b"RIFF\x10\0\0\0WAVEfmt "]
)
def test_what_is_no_picture_is_told_so(tmp_path: Path, data: bytes) -> None:
    assert problem_of(saved(tmp_path, data, "innocent.png")) is ImageProblem.NOT_AN_IMAGE


@pytest.mark.parametrize("header", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\x10\0\0\0WEBP"])
def test_a_mere_beginning_is_a_truncated_picture(tmp_path: Path, header: bytes) -> None:
    assert problem_of(saved(tmp_path, header)) is ImageProblem.TRUNCATED


@pytest.mark.parametrize(
    ("data", "found_type"),
    [
        (animation("GIF"), "GIF"),
        (encoded(noise(64, 64), "GIF"), "GIF"),
        (encoded(noise(64, 64), "BMP"), "BMP"),
        (encoded(noise(64, 64), "TIFF"), "TIFF"),
        (encoded(noise(64, 64), "AVIF"), "AVIF"),
        (encoded(noise(64, 64), "JPEG2000"), "JPEG 2000"),
        (encoded(noise(64, 64), "ICO"), "ICO"),
        (encoded(noise(64, 64), "PDF"), "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "HEIC"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b'<svg width="10" height="10"/>', "SVG"),
        (b"8BPS\0\1" + bytes(100), "PSD"),
    ],
)
def test_other_kinds_of_pictures_are_named(tmp_path: Path, data: bytes, found_type: str) -> None:
    with pytest.raises(UnusableImageError) as caught:
        inspect_reference(saved(tmp_path, data, "renamed.png"))
    assert (caught.value.problem, caught.value.found_type) == (ImageProblem.UNSUPPORTED_TYPE, found_type)


@pytest.mark.parametrize("data", [animation("PNG"), animation("PNG", default_image=True), animation("WEBP")])
def test_an_animation_is_not_taken(tmp_path: Path, data: bytes) -> None:
    assert problem_of(saved(tmp_path, data)) is ImageProblem.ANIMATED


def test_a_jpeg_of_several_equal_views_is_not_taken(tmp_path: Path) -> None:
    data = encoded(noise(64, 64), "MPO", save_all=True, append_images=[noise(64, 64)])
    assert problem_of(saved(tmp_path, data)) is ImageProblem.ANIMATED


def test_a_photo_with_a_preview_behind_it_is_taken(tmp_path: Path) -> None:
    data = encoded(noise(64, 64), "MPO", save_all=True, append_images=[noise(32, 32)])
    assert inspect_reference(saved(tmp_path, data)).width == 64


def test_a_file_over_30_mb_is_too_large_and_not_even_opened(tmp_path: Path) -> None:
    path = saved(tmp_path, GOOD["jpeg"][0])
    with path.open("r+b") as file:
        file.truncate(MAX_REFERENCE_BYTES + 1)
    with pytest.raises(UnusableImageError) as caught:
        inspect_reference(path)
    assert (caught.value.problem, caught.value.size_bytes) == (ImageProblem.TOO_LARGE, MAX_REFERENCE_BYTES + 1)


def test_a_file_of_just_30_mb_is_taken(tmp_path: Path) -> None:
    path = saved(tmp_path, GOOD["jpeg"][0])
    with path.open("r+b") as file:
        file.truncate(MAX_REFERENCE_BYTES)
    assert inspect_reference(path).size_bytes == MAX_REFERENCE_BYTES


@pytest.mark.parametrize(
    "data",
    [
        png_claiming(60_000, 60_000),
        png_claiming(16_385, 20),
        png_claiming(20, 16_385),
        png_claiming(8_193, 8_192),
        png_claiming(2**31 - 1, 2**31 - 1),
        webp_claiming(2**24, 2**24),
        encoded(Image.new("1", (16_400, 20)), "JPEG"),
    ],
)
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", explode)
    with pytest.raises(UnusableImageError) as caught:
        inspect_reference(saved(tmp_path, data))
    assert caught.value.problem is ImageProblem.TOO_MANY_PIXELS
    assert caught.value.width is not None


@pytest.mark.parametrize("size", [(1, 1), (15, 500), (500, 15)])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_speck_is_too_small(tmp_path: Path, form: str, size: tuple[int, int]) -> None:
    assert problem_of(saved(tmp_path, encoded(Image.new("RGB", size), form))) is ImageProblem.TOO_FEW_PIXELS


def test_a_small_but_visible_picture_is_taken(tmp_path: Path) -> None:
    assert inspect_reference(saved(tmp_path, encoded(Image.new("RGB", (16, 16)), "PNG"))).height == 16


@pytest.mark.parametrize("name", GOOD)
def test_the_type_shows_in_the_first_bytes(name: str) -> None:
    data, image_type = GOOD[name]
    assert sniff(data[:HEADER_BYTES]) is image_type
    assert sniff(data[1:HEADER_BYTES]) is None


@pytest.mark.parametrize("image_type", ImageType)
def test_types_have_media_types(image_type: ImageType) -> None:
    assert image_type.content_type == f"image/{image_type.value}"


@pytest.mark.parametrize("name", ["png", "jpeg", "jpeg with a preview inside", "webp"])
def test_a_result_that_was_cut_is_found_without_being_named_whole(tmp_path: Path, name: str) -> None:
    data, _ = GOOD[name]
    with pytest.raises(UnusableImageError) as caught:
        inspect_result(saved(tmp_path, data[: len(data) * 2 // 3]))
    assert caught.value.problem is ImageProblem.TRUNCATED


def test_second_size_that_only_the_decoder_believes_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    jpeg, png = GOOD["jpeg"][0], GOOD["png"][0]
    start = jpeg.index(b"\xff\xc0")
    end = start + 2 + int.from_bytes(jpeg[start + 2 : start + 4])
    huge = jpeg[start : start + 5] + struct.pack(">HH", 60_000, 60_000) + jpeg[start + 9 : end]
    for data in (jpeg[:end] + huge + jpeg[end:], png[:33] + png_claiming(60_000, 60_000)[8:33] + png[33:]):
        path = saved(tmp_path, data)
        assert (inspect_result(path).width, inspect_result(path).height) == (90, 60)
        assert problem_of(path) is ImageProblem.TRUNCATED


def test_any_number_of_filling_bytes_may_stand_before_a_marker(tmp_path: Path) -> None:
    data = GOOD["jpeg"][0]
    path = saved(tmp_path, data[:2] + b"\xff" * 1_000_000 + data[2:])
    assert (inspect_result(path).width, inspect_result(path).height) == (90, 60)


def test_jpeg_of_segments_without_end_is_no_picture(tmp_path: Path) -> None:
    data = GOOD["jpeg"][0]
    assert problem_of(saved(tmp_path, data[:2] + b"\xff\xe5\0\2" * 50_000 + data[2:])) is ImageProblem.TRUNCATED


async def test_image_work_runs_off_the_loop_and_raises_on_it(tmp_path: Path) -> None:
    facts = await off_loop(inspect_reference, saved(tmp_path, GOOD["png"][0]))
    assert facts.width == 90
    with pytest.raises(UnusableImageError):
        await off_loop(inspect_reference, saved(tmp_path, b"nothing"))
