"""Making the best JPEG of a picture that fits into so many bytes: quality gives way first, then size."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from generation.errors import ImageProblem, UnusableImageError
from generation.images import DAMAGE, inspect_result, off_loop, open_picture

BEST_QUALITY, LEAST_QUALITY = 95, 60
"""Over 95 a JPEG only grows; under 60 a smaller picture looks better than a coarser one."""

GOOD_ENOUGH = 0.96
"""A picture that fills this share of the space is as good as one that fills it all."""

LEAST_BYTES = 16 * 1024
"""Any picture fits into so many bytes, however small it has to become."""

FULL_COLOUR_FROM = 90
"""From this quality on colours keep the full resolution."""

_MORE_ENCODES = 4
_SHRINK_A_LITTLE_MORE = 0.97
_MAX_ICC_BYTES = 64 * 1024
_ICC_COLOURS = {"RGB": b"RGB ", "L": b"GRAY"}
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class JpegFit:
    """The JPEG that was made. Quality is on libjpeg's scale, 60 to 95."""

    width: int
    height: int
    quality: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Encoded:
    data: bytes
    quality: int


def fit_jpeg(source: Path, destination: Path, *, max_bytes: int) -> JpegFit:
    """Write the best JPEG of `source` with at most `max_bytes` bytes. Blocks for a second or two (4K, 2 GHz).

    Takes about 10 bytes of memory a pixel. Transparent parts become white. `destination` appears only when complete.

    Raises:
        UnusableImageError: `source` is no picture, or cut off.
        ValueError: `max_bytes` is under 16 KiB.
    """
    if max_bytes < LEAST_BYTES:
        raise ValueError(f"max_bytes {max_bytes}: at least {LEAST_BYTES} expected")
    picture, icc_profile = _read(source)
    encoded = _best_quality(picture, max_bytes, icc_profile)
    while len(encoded.data) > max_bytes:
        picture = _shrink(picture, math.sqrt(max_bytes / len(encoded.data)) * _SHRINK_A_LITTLE_MORE)
        encoded = _best_quality(picture, max_bytes, icc_profile)
    part = destination.with_name(destination.name + ".part")
    try:
        part.write_bytes(encoded.data)
        part.replace(destination)
    finally:
        part.unlink(missing_ok=True)
    return JpegFit(width=picture.width, height=picture.height, quality=encoded.quality, size_bytes=len(encoded.data))


async def fit_jpeg_off_loop(source: Path, destination: Path, *, max_bytes: int) -> JpegFit:
    """Do as `fit_jpeg` without holding up the loop; at most one image per core is worked on at a time."""
    return await off_loop(fit_jpeg, source, destination, max_bytes=max_bytes)


def _read(source: Path) -> tuple[Image.Image, bytes | None]:
    """Return the upright picture in a mode that JPEG has, and its colour profile where it still fits that mode."""
    facts = inspect_result(source)
    try:
        with open_picture(source, facts.image_type) as opened:
            icc_profile: object = opened.info.get("icc_profile")
            picture = _flatten(ImageOps.exif_transpose(opened))
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
    is_grey = picture.mode in {"1", "L"} or picture.mode.startswith("I")
    return picture.convert("L" if is_grey else "RGB")


def _shrink(picture: Image.Image, factor: float) -> Image.Image:
    width, height = (max(1, int(side * factor)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _best_quality(picture: Image.Image, max_bytes: int, icc_profile: bytes | None) -> _Encoded:
    """Return the best quality that fits, or the least one where even that does not."""
    over = _encode(picture, BEST_QUALITY, icc_profile)
    if len(over.data) <= max_bytes:
        return over
    best = _encode(picture, LEAST_QUALITY, icc_profile)
    if len(best.data) > max_bytes:
        return best
    for _ in range(_MORE_ENCODES):
        if best.quality + 1 == over.quality or len(best.data) >= max_bytes * GOOD_ENOUGH:
            break
        between = _encode(picture, _guess(best, over, max_bytes), icc_profile)
        if len(between.data) <= max_bytes:
            best = between
        else:
            over = between
    return best


def _guess(fits: _Encoded, over: _Encoded, max_bytes: int) -> int:
    """Return the quality that should just fit, strictly between the two: the logarithm of the size is nearly linear."""
    log_fits, log_over = math.log(len(fits.data)), math.log(len(over.data))
    share = (math.log(max_bytes) - log_fits) / (log_over - log_fits)
    guess = math.floor(fits.quality + share * (over.quality - fits.quality))
    return min(max(guess, fits.quality + 1), over.quality - 1)


def _encode(picture: Image.Image, quality: int, icc_profile: bytes | None) -> _Encoded:
    file = io.BytesIO()
    subsampling = "4:4:4" if quality >= FULL_COLOUR_FROM else "4:2:0"
    picture.save(file, "JPEG", quality=quality, optimize=True, subsampling=subsampling, icc_profile=icc_profile)
    return _Encoded(file.getvalue(), quality)
