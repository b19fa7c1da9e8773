"""What a file is, by its first and last bytes: the type and the pixels. Nothing is decoded here."""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from generation.errors import ImageProblem, UnusableImageError

MAX_REFERENCE_BYTES = 30 * 1024 * 1024
"""The provider's limit for one reference (its documentation, 2026-01)."""

MAX_PIXELS = 8192 * 8192
"""Ours: the largest phone photos in use have 64 million pixels; far more is an attack or a mistake."""

MAX_SIDE = 16_384
MIN_SIDE = 16
HEADER_BYTES = 512
"""So many of the first bytes of a file say what it is."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_SEGMENTS = 10_000
"""Before the pixels of a JPEG; photos have a few dozen."""

_FILLING = re.compile(rb"\0*\xff+")
_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""Markers of the JPEG segments that tell the size."""

_MISREAD = (ValueError, IndexError, struct.error)


class ImageType(StrEnum):
    """The types that the provider takes and makes."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"

    @property
    def content_type(self) -> str:
        """Return the media type, for HTTP."""
        return f"image/{self}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """What a file turned out to be. Pixels are as stored: before any rotation that its metadata asks for."""

    image_type: ImageType
    width: int
    height: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegFit:
    """A JPEG that was made of a larger file. Quality is on libjpeg's scale, 60 to 95."""

    width: int
    height: int
    quality: int
    size_bytes: int


def sniff(header: bytes) -> ImageType | None:
    """Return the type that the first bytes of a file show, or None where it is none that we use."""
    if header.startswith(_PNG_SIGNATURE):
        return ImageType.PNG
    if header.startswith(b"\xff\xd8\xff"):
        return ImageType.JPEG
    if header[:4] == b"RIFF" and header[8:12] == b"WEBP":
        return ImageType.WEBP
    return None


def inspect_result(path: Path) -> ImageFacts:
    """Return what a downloaded result is. Its end is looked at, its pixels are not decoded. Blocks.

    Raises:
        UnusableImageError: not an image, or cut off.
    """
    facts = measure(path, max_bytes=None)
    if is_cut(path, facts.image_type):
        raise UnusableImageError(ImageProblem.TRUNCATED)
    return facts


def measure(path: Path, *, max_bytes: int | None) -> ImageFacts:
    """Read size, type and pixels before anything is decoded, so that nothing huge ever is. Blocks.

    Raises:
        UnusableImageError: it is no picture that we use, or too large, or too small.
    """
    size_bytes = path.stat().st_size
    if max_bytes is not None and size_bytes > max_bytes:
        raise UnusableImageError(ImageProblem.TOO_LARGE, size_bytes=size_bytes)
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    image_type = sniff(header)
    if image_type is None:
        found_type = _other_type(header)
        problem = ImageProblem.NOT_AN_IMAGE if found_type is None else ImageProblem.UNSUPPORTED_TYPE
        raise UnusableImageError(problem, found_type=found_type)
    try:
        width, height = _size(path, header, image_type)
    except _MISREAD as error:
        raise UnusableImageError(ImageProblem.TRUNCATED) from error
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise UnusableImageError(ImageProblem.TOO_MANY_PIXELS, width=width, height=height)
    if min(width, height) < MIN_SIDE:
        raise UnusableImageError(ImageProblem.TOO_FEW_PIXELS, width=width, height=height)
    return ImageFacts(image_type=image_type, width=width, height=height, size_bytes=size_bytes)


def _size(path: Path, header: bytes, image_type: ImageType) -> tuple[int, int]:
    """Return width and height, by hand: Pillow's WebP takes memory for the whole picture to open it."""
    match image_type:
        case ImageType.PNG:
            if header[12:16] != b"IHDR":
                raise ValueError("no IHDR")
            return struct.unpack(">II", header[16:24])
        case ImageType.WEBP:
            return _webp_size(header)
        case ImageType.JPEG:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _jpeg_size(data)


def _webp_size(header: bytes) -> tuple[int, int]:
    match header[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", header[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack("<I", header[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            padded = header[24:27] + b"\0" + header[27:30] + b"\0"
            width, height = struct.unpack("<II", padded)
            return width + 1, height + 1
        case _:
            raise ValueError("no WebP picture")


def is_cut(path: Path, image_type: ImageType) -> bool:
    """Tell whether the mark at the end of a whole picture is missing. Something foreign may follow it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        match image_type:
            case ImageType.PNG:
                return data.rfind(b"IEND\xae\x42\x60\x82") == -1
            case ImageType.JPEG:
                return data.find(b"\xff\xd9", _start_of_scan(data)) == -1
            case ImageType.WEBP:
                return struct.unpack("<I", data[4:8])[0] + 8 > len(data)


def _jpeg_size(data: mmap.mmap) -> tuple[int, int]:
    for marker, position in _segments(data):
        if marker in _SIZES:
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
    raise ValueError("no size before the pixels")


def _start_of_scan(data: mmap.mmap) -> int:
    """Return where the pixels of a JPEG begin: a preview in the metadata before them has an end mark of its own."""
    end = 2
    for marker, position in _segments(data):
        end = position
        if marker == 0xDA:
            break
    return end


def _segments(data: mmap.mmap) -> Generator[tuple[int, int], None, None]:
    """Give the marker and the position of each segment of a JPEG, up to its pixels."""
    position = 2
    for _ in range(MOST_SEGMENTS):
        filling = _FILLING.match(data, position)  # any number of filling bytes, and with some writers zeros before them
        if filling is None or filling.end() + 3 > len(data):
            return
        marker, position = data[filling.end()], filling.end() - 1
        yield marker, position
        if marker == 0xDA:
            return
        position += 2 + int.from_bytes(data[position + 2 : position + 4])


_OTHER_TYPES = (
    ("GIF", re.compile(rb"GIF8[79]a")),
    ("BMP", re.compile(rb"BM.{4}\0\0\0\0", re.DOTALL)),
    ("TIFF", re.compile(rb"II[\x2a\x2b]\0|MM\0[\x2a\x2b]")),
    ("AVIF", re.compile(rb".{4}ftypavi[fs]", re.DOTALL)),
    ("HEIC", re.compile(rb".{4}ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL)),
    ("JPEG XL", re.compile(rb"\xff\x0a|\0\0\0\x0cJXL ")),
    ("JPEG 2000", re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51")),
    ("PSD", re.compile(rb"8BPS")),
    ("ICO", re.compile(rb"\0\0[\1\2]\0[^\0]\0")),
    ("PDF", re.compile(rb"%PDF-")),
    ("SVG", re.compile(rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*|<!DOCTYPE svg|<svg)", re.DOTALL | re.IGNORECASE)),
)


def _other_type(header: bytes) -> str | None:
    """Return the name of a picture type that the provider does not take, or None."""
    return next((name for name, pattern in _OTHER_TYPES if pattern.match(header)), None)
