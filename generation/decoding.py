"""Decoding pictures with Pillow. It is loaded with this module: an idle bot, which decodes none, holds 6 MB less."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import ImageFile, JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin

from generation.errors import ImageProblem, UnusableImageError
from generation.images import MAX_REFERENCE_BYTES, ImageFacts, ImageType, is_cut, measure

DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, struct.error, zlib.error)
"""What Pillow's decoders raise for damaged files."""


def inspect_reference(path: Path) -> ImageFacts:
    """Decode the whole file and return what it is. Blocks, for up to seconds, and may take 300 MB for a moment.

    Raises:
        UnusableImageError: with the first problem found; the name of the file plays no part.
    """
    facts = measure(path, max_bytes=MAX_REFERENCE_BYTES)
    try:
        with open_picture(path, facts) as image:
            if _has_frames(image, path):
                raise UnusableImageError(ImageProblem.ANIMATED)
            if isinstance(image, JpegImagePlugin.JpegImageFile):
                # The whole file is read all the same, with an eighth of the memory each way.
                image.draft(None, (max(1, facts.width // 8), max(1, facts.height // 8)))
            image.load()
    except DAMAGE as error:
        raise UnusableImageError(ImageProblem.TRUNCATED) from error
    if is_cut(path, facts.image_type):
        raise UnusableImageError(ImageProblem.TRUNCATED)
    return facts


_DECODERS = {
    ImageType.PNG: PngImagePlugin.PngImageFile,
    ImageType.JPEG: JpegImagePlugin.JpegImageFile,
    ImageType.WEBP: WebPImagePlugin.WebPImageFile,
}


def open_picture(path: Path, facts: ImageFacts) -> ImageFile.ImageFile:
    """Open a picture without decoding it, by its own decoder alone: `Image.open` tries others and warns of sizes.

    Raises:
        ValueError: the decoder would make another size of it than was measured, and checked.
        OSError, SyntaxError: it is damaged, as `DAMAGE`.
    """
    picture = _DECODERS[facts.image_type](path)
    if picture.size != (facts.width, facts.height):
        picture.close()
        raise ValueError(f"{picture.size} is not the size that was measured")
    return picture


def _has_frames(image: ImageFile.ImageFile, path: Path) -> bool:
    """Tell whether a file holds several pictures of equal standing: an animation, or the views of a stereo camera."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return bool(getattr(image, "is_animated", False))
    if "mp" not in image.info and "mpoffset" not in image.info:
        return False
    try:
        with MpoImagePlugin.MpoImageFile(path) as views:
            return _views_are_equal(views)
    except DAMAGE:  # the index of further pictures is broken; the first may be whole
        return False


def _views_are_equal(views: MpoImagePlugin.MpoImageFile) -> bool:
    """Photos of phones and cameras hold previews and gain maps too: smaller ones, which do no harm."""
    size = views.size
    for frame in range(1, views.n_frames):
        views.seek(frame)
        if views.size == size:
            return True
    return False
