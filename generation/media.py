"""The media folder: results and references by the hash of their bytes, and a place for files still coming in."""

from __future__ import annotations

import os
import shutil
import uuid
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from storage.durability import sync
from storage.removals import FileKind


class MediaStore:
    """Files that are never changed once they have their name. All folders are private to the bot's user."""

    def __init__(self, root: Path) -> None:
        self._results = root / "results"
        self._references = root / "references"
        self._thumbnails = root / "thumbnails"
        self._incoming = root / "incoming"
        self._held: Counter[Path] = Counter()
        self._lasting: set[str] = set()  # folders whose own name outlives a power cut; at most 256 of each kind

    def prepare(self) -> None:
        """Make the folders; remove what a crash left half-done. Blocks."""
        shutil.rmtree(self._incoming, ignore_errors=True)
        for folder in (self._results, self._references, self._thumbnails, self._incoming):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (self._results.parent, self._results.parent.parent):
            sync(folder)

    def is_writable(self) -> bool:
        """Tell whether a file can be written; folders that are gone are made anew. Blocks."""
        trial = self.incoming(".trial")
        try:
            for folder in (self._results, self._references, self._thumbnails, self._incoming):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            trial.write_bytes(b"trial")
            trial.unlink()
        except OSError:
            return False
        return True

    def incoming(self, suffix: str = "") -> Path:
        """Return a new path for a file that is not finished."""
        return self._incoming / f"{uuid.uuid4().hex}{suffix}"

    def result(self, sha256: str, image_type: str) -> Path:
        """Return where the result with that hash is, or would be."""
        return self._results / sha256[:2] / f"{sha256}.{image_type}"

    def reference(self, sha256: str, image_type: str) -> Path:
        """Return where the reference with that hash is, or would be."""
        return self._references / sha256[:2] / f"{sha256}.{image_type}"

    def thumbnail(self, sha256: str) -> Path:
        """Return where the small copy of the picture with that hash is, or would be."""
        return self._thumbnails / sha256[:2] / f"{sha256}.webp"

    def kept(self) -> Generator[list[tuple[FileKind, str, str]], None, None]:
        """Yield what lies in the folders of results and references, folder by folder: kind, hash, type. Blocks."""
        for kind, root in ((FileKind.RESULT, self._results), (FileKind.REFERENCE, self._references)):
            for folder in sorted(root.iterdir()):
                files = folder.iterdir() if folder.is_dir() else ()
                found = [(kind, path.stem, path.suffix[1:]) for path in files]
                if found:
                    yield found

    @contextmanager
    def holding(self, path: Path) -> Generator[None, None, None]:
        """Inside, a file that the database does not know of yet, or may just have forgotten, is not removed."""
        self._held[path] += 1
        try:
            yield
        finally:
            self._held[path] -= 1
            if not self._held[path]:
                del self._held[path]

    def is_held(self, path: Path) -> bool:
        """Return whether somebody is about to need a file."""
        return path in self._held

    def copy(self, source: Path, final: Path) -> None:
        """Give a file a second name without storing it twice, where the disk can do that. Blocks.

        Raises:
            FileNotFoundError: there is no such source.
        """
        if final.exists():
            return
        part = self.incoming(".copy")
        try:
            try:
                os.link(source, part)
            except FileNotFoundError:
                raise
            except OSError:  # a file system without links
                shutil.copyfile(source, part)
            self.adopt(part, final)
        finally:
            part.unlink(missing_ok=True)

    def adopt(self, incoming: Path, final: Path) -> None:
        """Give a finished file its name, so that a power cut leaves all of it or nothing. Blocks."""
        if str(final.parent) not in self._lasting or not final.parent.is_dir():
            final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync(final.parent.parent)
            self._lasting.add(str(final.parent))
        incoming.chmod(0o600)
        sync(incoming)
        incoming.replace(final)
        sync(final.parent)
