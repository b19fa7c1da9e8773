"""Making the best JPEG of a picture that fits into so many bytes: quality gives way first, then size."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image, ImageOps

from generation.decoding import DAMAGE, open_picture
from generation.errors import ImageProblem, UnusableImageError
from generation.images import JpegFit, inspect_result

BEST_QUALITY, LEAST_QUALITY = 95, 60
"""Over 95 a JPEG only grows; under 60 a smaller picture looks better than a coarser one."""

GOOD_ENOUGH = 0.98
"""A picture that fills this share of the space is as good as one that fills it all."""

LEAST_BYTES = 16 * 1024
"""Any picture fits into so many bytes, however small it has to become."""

_MORE_ENCODES = 5
_SHRINK_A_LITTLE_MORE = 0.97
_MAX_ICC_BYTES = 64 * 1024
_ICC_COLOURS = {"RGB": b"RGB ", "L": b"GRAY"}
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class _Encoded:
    data: bytes
    quality: int


def fit_jpeg(source: Path, destination: Path, *, max_bytes: int) -> JpegFit:
    """Write the best JPEG of `source` with at most `max_bytes` bytes. Blocks for a second or two (4K, 2 GHz).

    Takes about 10 bytes of memory a pixel. Transparent parts become white.

    Raises:
        UnusableImageError: `source` is no picture, or cut off.
        ValueError: `max_bytes` is under 16 KiB.
    """
    if max_bytes < LEAST_BYTES:
        raise ValueError(f"max_bytes {max_bytes}: at least {LEAST_BYTES} expected")
    picture, icc_profile = _read(source)
    encoded = _best_quality(picture, max_bytes, icc_profile)
    while len(encoded.data) > max_bytes:
        _shrink(picture, math.sqrt(max_bytes / len(encoded.data)) * _SHRINK_A_LITTLE_MORE)
        encoded = _best_quality(picture, max_bytes, icc_profile)
    destination.write_bytes(encoded.data)
    return JpegFit(width=picture.width, height=picture.height, quality=encoded.quality, size_bytes=len(encoded.data))


def _read(source: Path) -> tuple[Image.Image, bytes | None]:
    """Return the upright picture in a mode that JPEG has, and its colour profile where it still fits that mode."""
    facts = inspect_result(source)
    try:
        with open_picture(source, facts) as opened:
            icc_profile: object = opened.info.get("icc_profile")
            ImageOps.exif_transpose(opened, in_place=True)  # else a copy is made even of one that is upright
            opened.load()
            picture = _flatten(opened)
    except DAMAGE as error:
        raise UnusableImageError(ImageProblem.TRUNCATED) from error
    if not isinstance(icc_profile, bytes) or len(icc_profile) > _MAX_ICC_BYTES:
        return picture, None
    return picture, icc_profile if icc_profile[16:20] == _ICC_COLOURS[picture.mode] else None


def _flatten(picture: Image.Image) -> Image.Image:
    if picture.has_transparency_data:
        with_alpha = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, _WHITE)
        white.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return white
    if picture.mode.startswith("I"):  # 16 bits of grey; a mere conversion would cut off all that is over 255
        scaled = picture.point(lambda value: value * (1 / 256))  # pyright: ignore[reportUnknownMemberType] # NumPy's
        return scaled.convert("L")
    mode = "L" if picture.mode in {"1", "L"} else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _shrink(picture: Image.Image, factor: float) -> None:
    width, height = (max(1.0, side * factor) for side in picture.size)
    picture.thumbnail((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _best_quality(picture: Image.Image, max_bytes: int, icc_profile: bytes | None) -> _Encoded:
    """Return the best quality that fits, or the least one where even that does not."""
    encode = partial(_encode, picture, max_bytes=max_bytes, icc_profile=icc_profile)
    in_full_colour = encode(BEST_QUALITY, subsampling="4:4:4")
    if len(in_full_colour.data) <= max_bytes:
        return in_full_colour
    over, best = encode(BEST_QUALITY), encode(LEAST_QUALITY)
    if len(over.data) <= max_bytes:
        return over
    if len(best.data) > max_bytes:
        return best
    for _ in range(_MORE_ENCODES):
        if best.quality + 1 == over.quality or len(best.data) >= max_bytes * GOOD_ENOUGH:
            break
        between = encode(_guess(best, over, max_bytes))
        if len(between.data) <= max_bytes:
            best = between
        else:
            over = between
    return best


def _guess(fits: _Encoded, over: _Encoded, max_bytes: int) -> int:
    """Return the quality that should just fit, strictly between the two: the logarithm of the size is nearly linear."""
    log_fits, log_over = math.log(len(fits.data)), math.log(len(over.data))
    share = (math.log(max_bytes) - log_fits) / (log_over - log_fits)
    guess = round(fits.quality + share * (over.quality - fits.quality))
    return min(max(guess, fits.quality + 1), over.quality - 1)


def _encode(
    picture: Image.Image, quality: int, *, max_bytes: int, icc_profile: bytes | None, subsampling: str = "4:2:0"
) -> _Encoded:
    def encode(*, optimize: bool) -> bytes:
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality, subsampling=subsampling, optimize=optimize, icc_profile=icc_profile)
        return file.getvalue()

    data = encode(optimize=False)
    # Optimizing saves 5-30 %. Pillow gives it one buffer of a byte per pixel and fails where the file does not fit in.
    if len(data) <= min(2 * max_bytes, picture.width * picture.height):
        data = encode(optimize=True)
    return _Encoded(data, quality)
