"""What is kept of a member's picture tells nothing about the member, and shows the same."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps, PngImagePlugin

from generation.decoding import inspect_reference
from generation.errors import UnusableImageError
from generation.images import ImageType
from generation.metadata import strip_metadata

TYPES = {"JPEG": ImageType.JPEG, "PNG": ImageType.PNG, "WEBP": ImageType.WEBP}
SECRETS = (b"Maya's phone", b"secret comment", b"rdf:Description of Maya", b"PK\x03\x04 hidden archive")
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def picture() -> Image.Image:
    image = Image.linear_gradient("L").resize((96, 64))
    return Image.merge("RGB", (image, image.rotate(90).resize((96, 64)), Image.new("L", (96, 64), 90)))


def telltale(kind: str, orientation: int, **options: Any) -> bytes:
    """Return a picture full of what should not be kept, with an archive behind its end."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "Maya's phone"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    out, more = BytesIO(), {}
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Author", "Maya's phone")
        info.add_itxt("XML:com.adobe.xmp", "rdf:Description of Maya", zip=False)
        more["pnginfo"] = info
    elif kind == "JPEG":
        more |= {"comment": b"secret comment", "xmp": b"rdf:Description of Maya"}
    else:
        more["xmp"] = b"rdf:Description of Maya"
    picture().save(out, kind, exif=exif, icc_profile=PROFILE, **more, **options)
    return out.getvalue() + b"PK\x03\x04 hidden archive"


def stripped(tmp_path: Path, content: bytes, kind: str) -> bytes:
    source, destination = tmp_path / "source", tmp_path / "destination"
    source.write_bytes(content)
    done = strip_metadata(source, destination, TYPES[kind])
    if done is None:
        return content
    assert done.size_bytes == destination.stat().st_size
    return destination.read_bytes()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_nothing_about_the_member_is_kept_and_the_picture_lies_as_before(
    tmp_path: Path, kind: str, orientation: int
) -> None:
    content = telltale(kind, orientation)
    assert sum(secret in content for secret in SECRETS) >= 3
    left = stripped(tmp_path, content, kind)
    assert not [secret for secret in SECRETS if secret in left]
    assert b"GPS" not in left
    with Image.open(BytesIO(content)) as before, Image.open(BytesIO(left)) as after:
        assert after.info.get("icc_profile") == PROFILE
        assert dict(after.getexif()) == ({0x0112: orientation} if orientation > 1 else {})
        upright = [ImageOps.exif_transpose(image).convert("RGB") for image in (before, after)]
    assert upright[0].size == upright[1].size
    assert upright[0].tobytes() == upright[1].tobytes()
    path = tmp_path / "destination"
    assert inspect_reference(path).size_bytes == len(left)
    assert strip_metadata(path, tmp_path / "again", TYPES[kind]) is None, "what is clean stays as it is"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"progressive": True}),
        ("JPEG", {"restart_marker_blocks": 2}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_plain_picture_is_left_as_it_is(tmp_path: Path, kind: str, options: dict[str, Any]) -> None:
    out = BytesIO()
    picture().save(out, kind, **options)
    (tmp_path / "source").write_bytes(out.getvalue())
    assert strip_metadata(tmp_path / "source", tmp_path / "destination", TYPES[kind]) is None
    assert not (tmp_path / "destination").exists()


def test_preview_that_may_show_what_was_cut_away_is_not_kept(tmp_path: Path) -> None:
    out = BytesIO()
    picture().save(out, "JPEG")
    plain = out.getvalue()
    assert plain[2:4] == b"\xff\xe0"
    with_preview = plain[:4] + (16 + 12).to_bytes(2) + plain[6:18] + bytes([2, 2]) + b"preview here" + plain[20:]
    assert stripped(tmp_path, with_preview, "JPEG") == plain


def test_filling_bytes_are_no_part_of_what_is_kept(tmp_path: Path) -> None:
    plain = BytesIO()
    picture().save(plain, "JPEG")
    data = plain.getvalue()
    assert stripped(tmp_path, data[:2] + b"\xff" * 1000 + data[2:], "JPEG") == stripped(tmp_path, data, "JPEG")
    filled = stripped(tmp_path, data[:-2] + b"\xff" * 1000 + data[-2:], "JPEG")
    assert Image.open(BytesIO(filled)).tobytes() == Image.open(BytesIO(data)).tobytes()


def test_transparency_and_sixteen_bits_are_kept(tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "Maya's phone")
    for image in (Image.new("RGBA", (32, 32), (1, 2, 3, 40)), Image.new("I;16", (32, 32), 40_000)):
        out = BytesIO()
        image.save(out, "PNG", pnginfo=info)
        left = Image.open(BytesIO(stripped(tmp_path, out.getvalue(), "PNG")))
        assert (left.mode, left.getpixel((3, 3))) == (image.mode, image.getpixel((3, 3)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(sorted(TYPES)))
def test_damaged_files_are_refused_or_stripped_and_never_hang(tmp_path: Path, data: st.DataObject, kind: str) -> None:
    content = bytearray(telltale(kind, 6))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(13, len(content)))])
    began_s = perf_counter()
    try:
        left = stripped(tmp_path, cut, kind)
    except UnusableImageError:
        left = b""
    assert perf_counter() - began_s < 1
    assert len(left) <= len(cut) + 64
