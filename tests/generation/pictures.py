"""Pictures of every kind, made for tests."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image


def noise(width: int, height: int, *, mode: str = "RGB") -> Image.Image:
    """Return a picture that does not compress well."""
    bands = [
        Image.effect_noise((width, height), 60 + 10 * band) for band in range(len(Image.new(mode, (1, 1)).getbands()))
    ]
    return bands[0] if mode == "L" else Image.merge(mode, bands)


def encoded(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def animation(form: str, **options: Any) -> bytes:
    first, *others = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    return encoded(first, form, save_all=True, append_images=others, duration=50, **options)


def saved(folder: Path, data: bytes, name: str = "picture.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
