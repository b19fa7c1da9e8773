"""What must not grow: the second quarter of a soak against its last."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from tests.soak.samples import Sample

MOST_WAL_BYTES = 16 * 1024**2
RSS_FACTOR = 1.1
OBJECTS_AN_IMAGE, UNEVEN_OBJECTS = 0.25, 250
"""Far below one object that is kept for every image, and what caches make of it."""

BYTES_AN_IMAGE_FACTOR = 1.2
UNEVEN_BYTES = 64 * 1024
"""The file grows by pages, and the index of prompts is merged now and then."""

SLOWER_FACTOR, SLOWER_MS = 1.5, 1.0


def growth(samples: Sequence[Sample]) -> list[str]:
    """Return what grew, in a sentence each."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    found: list[str] = []
    for name in ("workers", "files"):
        before, after = (sorted({getattr(sample, name) for sample in part}) for part in (early, late))
        if before != after:
            found.append(f"{name} of the idle process: {before} became {after}")
    before_rss, after_rss = (median(sample.rss_bytes for sample in part) for part in (early, late))
    if after_rss > before_rss * RSS_FACTOR:
        found.append(f"memory: {before_rss / 1e6:.1f} MB became {after_rss / 1e6:.1f} MB")
    before_objects, after_objects = (median(sample.objects for sample in part) for part in (early, late))
    made = median(sample.images for sample in late) - median(sample.images for sample in early)
    if after_objects > before_objects + OBJECTS_AN_IMAGE * made + UNEVEN_OBJECTS:
        found.append(f"objects: {before_objects:.0f} became {after_objects:.0f} over {made:.0f} images")
    before_size, after_size = bytes_an_image(samples)
    uneven = UNEVEN_BYTES / (samples[-1].images - samples[-quarter - 1].images)
    if after_size > before_size * BYTES_AN_IMAGE_FACTOR + uneven:
        found.append(f"database: {before_size:.0f} bytes an image became {after_size:.0f}")
    found += [
        f"write-ahead log: {sample.wal_bytes / 1e6:.1f} MB at second {sample.at_s:.0f}"
        for sample in samples
        if sample.wal_bytes >= MOST_WAL_BYTES
    ]
    return found


def slower(samples: Sequence[Sample]) -> list[str]:
    """Return the queries that became slower, in a sentence each."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    found: list[str] = []
    for name in samples[0].medians_ms:
        before_ms, after_ms = (median(sample.medians_ms[name] for sample in part) for part in (early, late))
        if after_ms > before_ms * SLOWER_FACTOR + SLOWER_MS:
            found.append(f"{name}: {before_ms:.2f} ms became {after_ms:.2f} ms")
    return found


def bytes_an_image(samples: Sequence[Sample]) -> tuple[float, float]:
    """Return by how much the database grew for each image, in the second quarter and in the last."""
    quarter = len(samples) // 4
    edges = (samples[quarter - 1], samples[2 * quarter - 1]), (samples[-quarter - 1], samples[-1])
    early, late = (
        (after.database_bytes - before.database_bytes) / max(1, after.images - before.images) for before, after in edges
    )
    return early, late


def rows_that_stay(samples: Sequence[Sample]) -> list[str]:
    """Return the tables that grew from the middle to the end, with their rows then."""
    middle, end = samples[len(samples) // 2 - 1], samples[-1]
    return [
        f"{name}: {middle.rows.get(name, 0)} rows in the middle, {rows} at the end"
        for name, rows in end.rows.items()
        if rows > middle.rows.get(name, 0) * 1.1 + 5
    ]
