"""Taking out of a picture what tells about who took it: place, camera, names, comments, and what hides behind it.

Nothing is decoded: what makes the pixels is copied byte for byte. Only the orientation is kept, as the picture would
lie on its side without it.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import struct
import zlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from generation.errors import ImageProblem, UnusableImageError
from generation.images import ImageType

Piece = bytes | tuple[int, int]
"""Bytes of our own, or a range (from, to) of the file."""

WRITTEN_AT_ONCE = 1024 * 1024
_ORIENTATION_TAG = 0x0112
_EXIF_MARK = b"Exif\0\0"

# JPEG markers that stay: frames, tables, scans, restarts; application segments are looked at one by one.
_JPEG_KEPT = {*range(0xC0, 0xD0), *range(0xDA, 0xE0)}
_JFIF_BYTES = 18
"""Of a JFIF segment without a preview, its marker included."""
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_FILLING = re.compile(rb"\xff+")
_JPEG_ALONE = {0x01, *range(0xD0, 0xD8)}
_PNG_KEPT = {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"}
_WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"}
_WEBP_EXIF, _WEBP_XMP = 0x08, 0x04


@dataclass(frozen=True, slots=True)
class StrippedFile:
    """What was written."""

    sha256: str
    size_bytes: int


def strip_metadata(source: Path, destination: Path, image_type: ImageType) -> StrippedFile | None:
    """Write the picture alone to `destination`; return None, and write nothing, where there is nothing else in it.

    Blocks. The pixels, their colour profile, transparency and orientation are the same before and after.

    Raises:
        UnusableImageError: the parts of the file do not fit together; nothing was written.
    """
    try:
        with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            pieces = list(_joined(_PARSERS[image_type](data)))
            return None if pieces == [(0, len(data))] else _write(data, pieces, destination)
    except (IndexError, struct.error, ValueError) as error:  # ValueError: also for an empty file
        raise UnusableImageError(ImageProblem.TRUNCATED) from error


def _jpeg(data: mmap.mmap) -> Generator[Piece, None, None]:
    yield (0, 2)
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError("no marker")
        marker = data[position + 1]
        if marker == 0xFF:
            position = _filled_until(data, position)
        elif marker == 0xD9:
            yield (position, position + 2)
            return
        elif marker in _JPEG_ALONE:
            yield (position, position + 2)
            position += 2
        else:
            end = position + 2 + int.from_bytes(data[position + 2 : position + 4])
            if end > len(data) or end < position + 4:
                raise ValueError("a segment goes on behind the end")
            if marker == 0xDA:
                end = _end_of_scan(data, end)
            yield from _jpeg_segment(data, marker, position, end)
            position = end


def _filled_until(data: mmap.mmap, position: int) -> int:
    """Return where the last 0xFF of a row of them is: all before it are filling bytes."""
    row = _FILLING.match(data, position)
    assert row is not None
    return row.end() - 1


def _jpeg_segment(data: mmap.mmap, marker: int, start: int, end: int) -> Generator[Piece, None, None]:
    content = data[start + 4 : min(end, start + 18)]
    is_application = (marker == 0xE2 and content.startswith(b"ICC_PROFILE\0")) or (
        marker == 0xEE and content.startswith(b"Adobe")
    )
    if marker in _JPEG_KEPT or is_application:
        yield (start, end)
    elif marker == 0xE0 and content.startswith(b"JFIF\0") and len(content) >= 12:
        if end - start == _JFIF_BYTES:
            yield (start, end)
        else:  # a preview follows, which may show what was cut away since
            yield b"\xff\xe0" + struct.pack(">H", _JFIF_BYTES - 2) + content[:12] + b"\0\0"
    elif marker == 0xE1 and content.startswith(_EXIF_MARK):
        orientation = _orientation(data[start + 10 : end])
        if orientation > 1:
            exif = _EXIF_MARK + _exif(orientation)
            ours = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
            yield (start, end) if data[start:end] == ours else ours


def _end_of_scan(data: mmap.mmap, position: int) -> int:
    """Return where the next marker after the pixels of a scan is; 0xFF before 0 or a restart is part of them."""
    marker = _MARKER.search(data, position)
    if marker is None:
        raise ValueError("no end")
    return marker.start()


def _png(data: mmap.mmap) -> Generator[Piece, None, None]:
    yield (0, 8)
    position = 8
    while True:
        (length,) = struct.unpack(">I", data[position : position + 4])
        kind, end = data[position + 4 : position + 8], position + 12 + length
        if end > len(data):
            raise ValueError("a chunk goes on behind the end")
        is_critical = not kind[0] & 0x20
        if is_critical or kind in _PNG_KEPT:
            yield (position, end)
        elif kind == b"eXIf":
            orientation = _orientation(data[position + 8 : end - 4])
            if orientation > 1:
                ours = _png_chunk(b"eXIf", _exif(orientation))
                yield (position, end) if data[position:end] == ours else ours
        if kind == b"IEND":
            return
        position = end


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _webp(data: mmap.mmap) -> Generator[Piece, None, None]:
    chunks: list[tuple[bytes, Piece]] = []
    stop = 8 + struct.unpack("<I", data[4:8])[0]
    if stop > len(data):
        raise ValueError("the file is shorter than it says")
    position, exif = 12, False
    while position + 8 <= stop:
        kind = data[position : position + 4]
        (length,) = struct.unpack("<I", data[position + 4 : position + 8])
        end = position + 8 + length + length % 2
        if end > len(data):
            raise ValueError("a chunk goes on behind the end")
        if kind in _WEBP_KEPT:
            chunks.append((kind, (position, end)))
        elif kind == b"EXIF" and not exif:
            content = data[position + 8 : position + 8 + length]
            orientation = _orientation(content.removeprefix(_EXIF_MARK))
            if orientation > 1:
                exif = True
                ours = b"EXIF" + struct.pack("<I", len(_exif(orientation))) + _exif(orientation)
                chunks.append((kind, (position, end) if data[position:end] == ours else ours))
        position = end
    size = 4 + sum(_length(piece) for _, piece in chunks)
    head = b"RIFF" + struct.pack("<I", size) + b"WEBP"
    yield (0, 12) if data[:12] == head else head
    for kind, piece in chunks:
        yield _with_flags(data, piece, exif=exif) if kind == b"VP8X" and isinstance(piece, tuple) else piece


def _with_flags(data: mmap.mmap, piece: tuple[int, int], *, exif: bool) -> Piece:
    """Return the chunk that announces the others, true again."""
    start, end = piece
    flags = data[start + 8] & ~(_WEBP_EXIF | _WEBP_XMP) | (_WEBP_EXIF if exif else 0)
    if flags == data[start + 8]:
        return piece
    return data[start : start + 8] + bytes([flags]) + data[start + 9 : end]


_PARSERS = {ImageType.JPEG: _jpeg, ImageType.PNG: _png, ImageType.WEBP: _webp}


def _orientation(tiff: bytes) -> int:
    """Return what the first directory of some EXIF data says, 1 (upright) where it says nothing usable."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    try:
        if order is None:
            return 1
        (at,) = struct.unpack(f"{order}I", tiff[4:8])
        (count,) = struct.unpack(f"{order}H", tiff[at : at + 2])
        for start in range(at + 2, min(at + 2 + 12 * count, len(tiff) - 11), 12):
            tag, kind, length = struct.unpack(f"{order}HHI", tiff[start : start + 8])
            if tag == _ORIENTATION_TAG and kind == 3 and length == 1:
                (found,) = struct.unpack(f"{order}H", tiff[start + 8 : start + 10])
                return found if 1 <= found <= 8 else 1
    except struct.error:
        pass
    return 1


def _exif(orientation: int) -> bytes:
    """Return EXIF data with an orientation and nothing else."""
    entry = struct.pack(">HHIHH", _ORIENTATION_TAG, 3, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 0)


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece[1] - piece[0]


def _joined(pieces: Generator[Piece, None, None]) -> Generator[Piece, None, None]:
    """Put ranges that follow each other together."""
    last: tuple[int, int] | None = None
    for piece in pieces:
        if isinstance(piece, tuple) and last is not None and last[1] == piece[0]:
            last = (last[0], piece[1])
            continue
        if last is not None:
            yield last
        last = piece if isinstance(piece, tuple) else None
        if isinstance(piece, bytes):
            yield piece
    if last is not None:
        yield last


def _write(data: mmap.mmap, pieces: Sequence[Piece], destination: Path) -> StrippedFile:
    digest, size_bytes = hashlib.sha256(), 0
    with os.fdopen(os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for piece in pieces:
            for part in [piece] if isinstance(piece, bytes) else _parts(data, *piece):
                digest.update(part)
                file.write(part)
                size_bytes += len(part)
    return StrippedFile(digest.hexdigest(), size_bytes)


def _parts(data: mmap.mmap, start: int, end: int) -> Generator[bytes, None, None]:
    for at in range(start, end, WRITTEN_AT_ONCE):
        yield data[at : min(end, at + WRITTEN_AT_ONCE)]
