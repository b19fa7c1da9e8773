"""What outlives a power cut: bytes, and names in folders, that were synced."""

from __future__ import annotations

import os
from pathlib import Path


def sync(path: Path) -> None:
    """See that what a file holds, or the names in a folder, outlive a power cut. Blocks."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
