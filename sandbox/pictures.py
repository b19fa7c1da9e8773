"""Pictures of exactly the size that was asked for, drawn from the prompt and the references, so that one sees both."""

from __future__ import annotations

import colorsys
import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont, ImageOps, UnidentifiedImageError

# The model maker's table; 2K and 4K are exactly 2 and 4 times as wide and high.
PIXELS_1K: Mapping[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
}
FACTORS = {"1K": 1, "2K": 2, "4K": 4}
WHITE = (255, 255, 255)
LARGEST_WORDS_PX, SMALLEST_WORDS_PX = 76, 15
TILE_PX = 384


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOrder:
    """What to draw.

    Attributes:
        width, height: of the finished picture, in pixels.
        output_format: "png" or "jpg".
        references: pictures to show as a strip, at most 8.
        caption: the small line at the bottom.
        seed: sets apart pictures of the same prompt.
        size_mb: about how large a PNG has to be, through noise; None for as small as it comes.
    """

    prompt: str
    width: int
    height: int
    output_format: str
    references: tuple[Path, ...] = ()
    caption: str = ""
    seed: int = 0
    size_mb: float | None = None


def pixels(aspect_ratio: str, resolution: str, references: tuple[Path, ...]) -> tuple[int, int]:
    """Return (width, height); `auto` follows the first reference, and is square without one."""
    if aspect_ratio == "auto":
        aspect_ratio = nearest_ratio(references[0]) if references else "1:1"
    width, height = PIXELS_1K[aspect_ratio]
    return width * FACTORS[resolution], height * FACTORS[resolution]


def nearest_ratio(path: Path) -> str:
    """Return the aspect ratio offered that is closest to a picture's own."""
    with Image.open(path) as picture:
        wanted = math.log(picture.width / picture.height)
    return min(PIXELS_1K, key=lambda name: abs(math.log(PIXELS_1K[name][0] / PIXELS_1K[name][1]) - wanted))


def draw(order: PictureOrder) -> bytes:
    """Return the file. Blocks; drawn at the size of 1K and enlarged, so that 4K does not take long."""
    factor = max(1, round(max(order.width, order.height) / 1600))
    size = (order.width // factor, order.height // factor)
    picture = _scene(order, size)
    _write(picture, order)
    if factor > 1:
        picture = _enlarged(picture, (order.width, order.height))
    out = BytesIO()
    if order.output_format == "jpg":
        picture.save(out, "JPEG", quality=92)
    elif order.size_mb is None:
        picture.save(out, "PNG", compress_level=1)
    else:
        _save_large(picture, order.size_mb, out)
    return out.getvalue()


def _enlarged(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture.resize(size, Image.Resampling.BICUBIC)  # pyright: ignore[reportUnknownMemberType]  # names numpy


def _scene(order: PictureOrder, size: tuple[int, int]) -> Image.Image:
    """Paint hills under a sky with a sun, all colours from the prompt."""
    digest = hashlib.sha256(order.prompt.encode()).digest()
    chance = random.Random(digest + str(order.seed).encode())  # noqa: S311 (a picture, not a secret)
    hue = digest[0] / 255 + chance.uniform(-0.05, 0.05)  # pictures of one prompt are alike, and not the same
    width, height = size
    top, bottom = _rgb(hue, 0.62, 0.42), _rgb(hue + 0.09, 0.50, 0.95)
    scene = ImageOps.colorize(_enlarged(Image.linear_gradient("L"), size), top, bottom)
    _add_sun(scene, chance, _rgb(hue + 0.12, 0.25, 1.0))
    layers = 5
    for layer in range(layers):
        depth = (layer + 1) / layers
        colour = _rgb(hue + 0.33 + 0.05 * layer, 0.35 + 0.3 * depth, 0.75 - 0.5 * depth)
        level = height * (0.42 + 0.13 * layer)
        ImageDraw.Draw(scene).polygon(
            _ridge(chance, width, height, level, height * (0.10 - 0.012 * layer)), fill=colour
        )
    return scene


def _add_sun(scene: Image.Image, chance: random.Random, colour: tuple[int, int, int]) -> None:
    width, height = scene.size
    radius = min(width, height) * chance.uniform(0.09, 0.16)
    x, y = width * chance.uniform(0.2, 0.8), height * chance.uniform(0.14, 0.34)
    glow = Image.new("L", scene.size, 0)
    ImageDraw.Draw(glow).ellipse((x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius), fill=110)
    scene.paste(colour, mask=glow.filter(ImageFilter.GaussianBlur(radius)))
    ImageDraw.Draw(scene).ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _ridge(chance: random.Random, width: int, height: int, level: float, swing: float) -> list[tuple[float, float]]:
    waves = [(chance.uniform(0.6, 3.2), chance.uniform(0, math.tau), chance.uniform(0.3, 1)) for _ in range(3)]
    steps = 96
    line = [
        (
            width * step / steps,
            level
            + swing * sum(share * math.sin(speed * math.tau * step / steps + turn) for speed, turn, share in waves),
        )
        for step in range(steps + 1)
    ]
    return [*line, (width, height), (0, height)]


def _write(picture: Image.Image, order: PictureOrder) -> None:
    """Put the references, the words of the prompt and the caption on the picture."""
    width, height = picture.size
    margin = round(min(width, height) * 0.06)
    bottom = height - margin
    if order.caption:
        font = ImageFont.load_default(size=22)
        _say(picture, (margin, bottom - 22), order.caption, font)
        bottom -= 22 + margin // 2
    if order.references:
        bottom = _add_references(picture, order.references, margin, bottom) - margin // 2
    words, font = _fitting(order.prompt, width - 2 * margin, bottom - margin)
    box = ImageDraw.Draw(picture).multiline_textbbox((0, 0), words, font=font, spacing=8)
    _say(picture, (margin, round(max(margin, bottom - box[3]))), words, font)


def _say(
    picture: Image.Image, place: tuple[int, int], words: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> None:
    """Write white on a soft shadow: legible on any ground."""
    shadow = Image.new("L", picture.size, 0)
    # Pillow sets outlined lines twice the outline further apart.
    ImageDraw.Draw(shadow).multiline_text(place, words, fill=190, font=font, spacing=8 - 2 * 3, stroke_width=3)
    picture.paste((10, 14, 18), mask=shadow.filter(ImageFilter.GaussianBlur(3)))
    ImageDraw.Draw(picture).multiline_text(place, words, fill=WHITE, font=font, spacing=8)


def _fitting(prompt: str, width: int, height: int) -> tuple[str, ImageFont.FreeTypeFont | ImageFont.ImageFont]:
    """Return the prompt wrapped, as large as fits; a very long one ends with an ellipsis."""
    pen = ImageDraw.Draw(Image.new("L", (1, 1)))
    text = " ".join(prompt.split()) or " "
    for size in range(LARGEST_WORDS_PX, SMALLEST_WORDS_PX - 1, -6):
        font = ImageFont.load_default(size=size)
        per_line = max(4, int(width / max(1.0, font.getlength("abcdefghijklmnop etaoin") / 23)))
        rows = max(1, height // (size + 14))
        shortened = text if len(text) < per_line * rows else f"{text[: per_line * rows - 1]}…"
        lines = _wrapped(shortened, width, font)
        box = pen.multiline_textbbox((0, 0), "\n".join(lines), font=font, spacing=8)
        if box[3] <= height * 0.6 and len(shortened) == len(text):
            return "\n".join(lines), font
    font = ImageFont.load_default(size=SMALLEST_WORDS_PX)
    lines = _wrapped(text[: height * 10], width, font)
    line_px = pen.multiline_textbbox((0, 0), "a\n" * 10, font=font, spacing=8)[3] / 10
    rows = max(1, int(height * 0.8 / line_px))
    if len(lines) > rows:
        lines = [*lines[: rows - 1], f"{lines[rows - 1]} …"]
    return "\n".join(lines), font


def _wrapped(text: str, width: int, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    lines: list[str] = [""]
    for word in text.split(" "):
        candidate = f"{lines[-1]} {word}".strip()
        if font.getlength(candidate) <= width or not lines[-1]:
            lines[-1] = candidate
        else:
            lines.append(word)
        while font.getlength(lines[-1]) > width:  # a word longer than a line
            cut = max(1, int(len(lines[-1]) * width / font.getlength(lines[-1])) - 1)
            lines[-1:] = [lines[-1][:cut], lines[-1][cut:]]
    return lines


def _add_references(picture: Image.Image, references: tuple[Path, ...], margin: int, bottom: int) -> int:
    """Show each reference as a small framed picture; return the upper edge of the strip."""
    gap = margin // 4
    side = min((picture.width - 2 * margin - 7 * gap) // 8, picture.height // 6)
    for number, path in enumerate(references[:8]):
        try:
            with Image.open(path) as reference:
                small = ImageOps.fit(reference.convert("RGB"), (side - 6, side - 6))
        except (UnidentifiedImageError, OSError):
            continue
        framed = ImageOps.expand(small, border=3, fill=WHITE)
        picture.paste(framed, (margin + number * (side + gap), bottom - side))
    return bottom - side


def _save_large(picture: Image.Image, size_mb: float, out: BytesIO) -> None:
    """Save a PNG of about that size: noise does not compress, so more of it makes a larger file."""
    share = TILE_PX * TILE_PX / (picture.width * picture.height)
    tile, wanted_bytes = picture.crop((0, 0, TILE_PX, TILE_PX)), size_mb * 1024 * 1024 * share
    low, high = 0, 255
    while low < high:
        middle = (low + high) // 2
        trial = BytesIO()
        _with_noise(tile, middle).save(trial, "PNG", compress_level=1)
        low, high = (middle + 1, high) if trial.tell() < wanted_bytes else (low, middle)
    _with_noise(picture, low).save(out, "PNG", compress_level=1)


def _with_noise(picture: Image.Image, levels: int) -> Image.Image:
    noise = Image.merge("RGB", [Image.effect_noise(picture.size, 100) for _ in range(3)])
    faint = noise.point([value * 7919 % (levels + 1) for value in range(256)] * 3)  # pyright: ignore[reportUnknownMemberType]  # Pillow's types name numpy
    return ImageChops.add(picture, faint, 1, -levels // 2)


def _rgb(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(1, max(0, saturation)), min(1, max(0, value)))
    return round(red * 255), round(green * 255), round(blue * 255)
