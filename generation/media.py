"""The media folder: results and references by the hash of their bytes, and a place for files still coming in."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path


class MediaStore:
    """Files that are never changed once they have their name. All folders are private to the bot's user."""

    def __init__(self, root: Path) -> None:
        self._results = root / "results"
        self._references = root / "references"
        self._incoming = root / "incoming"

    def prepare(self) -> None:
        """Make the folders; remove what a crash left half-done. Blocks."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        for folder in (self._results, self._references, self._incoming):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def incoming(self, suffix: str = "") -> Path:
        """Return a new path for a file that is not finished."""
        return self._incoming / f"{uuid.uuid4().hex}{suffix}"

    def result(self, sha256: str, image_type: str) -> Path:
        """Return where the result with that hash is, or would be."""
        return self._results / sha256[:2] / f"{sha256}.{image_type}"

    def reference(self, sha256: str, image_type: str) -> Path:
        """Return where the reference with that hash is, or would be."""
        return self._references / sha256[:2] / f"{sha256}.{image_type}"

    def adopt(self, incoming: Path, final: Path) -> None:
        """Give a finished file its name, so that a power cut leaves all of it or nothing. Blocks."""
        final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        incoming.chmod(0o600)
        incoming.replace(final)
        folder = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
