"""Making a picture fit into Discord's upload limit: how long it takes, and how much is left of the picture."""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

from generation.reencode import fit_jpeg
from tests.benchmarks.table import RUNS, Row

LIMIT_BYTES = 10 * 1024**2
SIDE = 4096
PLAIN_QUALITY = 90

Pixels = np.ndarray[Any, np.dtype[np.float64]]


async def rows() -> list[Row]:
    """Fit a picture for each run, ours and plain Pillow in turn."""
    taken: list[tuple[float, float]] = []
    unlike: list[tuple[float, float]] = []
    sizes: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="plantain-bench-") as folder:
        for run in range(RUNS):
            source, fitted, plain = (Path(folder) / name for name in ("a.png", "fitted.jpg", "plain.jpg"))
            _draw(run).save(source)
            began_s = perf_counter()
            fit_jpeg(source, fitted, max_bytes=LIMIT_BYTES)
            fitted_s, began_s = perf_counter() - began_s, perf_counter()
            with Image.open(source) as picture:
                picture.convert("RGB").save(plain, "JPEG", quality=PLAIN_QUALITY)
            taken.append((fitted_s, perf_counter() - began_s))
            original = _grey(source)
            unlike.append((1 - similarity(original, _grey(fitted)), 1 - similarity(original, _grey(plain))))
            sizes.append((fitted.stat().st_size / 1024**2, plain.stat().st_size / 1024**2))
    beside = f"plain Pillow at quality {PLAIN_QUALITY}"
    return [
        _row("a 4K PNG to at most 10 MiB", "s", taken, beside),
        _row("what is lost of it (1 - SSIM)", "", unlike, beside, most_ratio=1.0),
        _row("size of what comes out", "MiB", sizes, beside, most=10.0),
    ]


def _row(what: str, unit: str, pairs: list[tuple[float, float]], beside: str, **goal: float) -> Row:
    return Row(
        what=what,
        unit=unit,
        ours=[ours for ours, _ in pairs],
        beside=[other for _, other in pairs],
        beside_name=beside,
        most=goal.get("most"),
        most_ratio=goal.get("most_ratio"),
    )


def _draw(seed: int) -> Image.Image:
    """Draw smooth colours, soft shapes and a grain that makes the PNG weigh about as much as the model's."""
    chance = np.random.default_rng(seed)
    across, down = np.meshgrid(np.linspace(0, 1, SIDE), np.linspace(0, 1, SIDE))
    layers = []
    for _ in range(3):
        waves = sum(
            np.sin(2 * np.pi * (across * chance.uniform(1, 9) + down * chance.uniform(1, 9)) + chance.uniform(0, 6))
            for _ in range(4)
        )
        layers.append(128 + 28 * waves)
    pixels = np.stack(layers, axis=2) + chance.normal(0, 1.6, (SIDE, SIDE, 1))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8), "RGB")


def _grey(path: Path) -> Pixels:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"), dtype=np.float64)


def similarity(one: Pixels, other: Pixels, *, window: int = 8) -> float:
    """Return the mean structural similarity (Wang et al. 2004) over windows that do not overlap; 1 for the same."""
    if one.shape != other.shape:
        resized = Image.fromarray(other.astype(np.uint8)).resize(one.shape[::-1], Image.Resampling.LANCZOS)
        other = np.asarray(resized, dtype=np.float64)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    a, b = _windows(one, window), _windows(other, window)
    mean_a, mean_b = a.mean(axis=2), b.mean(axis=2)
    variance_a, variance_b = a.var(axis=2), b.var(axis=2)
    together = ((a - mean_a[..., None]) * (b - mean_b[..., None])).mean(axis=2)
    above = (2 * mean_a * mean_b + c1) * (2 * together + c2)
    below = (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    return float((above / below).mean())


def _windows(pixels: Pixels, window: int) -> Pixels:
    height, width = (side // window for side in pixels.shape)
    cut = pixels[: height * window, : width * window]
    return cut.reshape(height, window, width, window).swapaxes(1, 2).reshape(height, width, window * window)
