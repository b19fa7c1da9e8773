"""Keeping the media folder small: files that nothing needs any more are removed, now and once an hour."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from generation.clock import Clock, wait_until_set
from generation.media import MediaStore
from storage import references, removals
from storage.database import Database
from storage.removals import FileKind, FileToRemove

log = logging.getLogger(__name__)

LOOK_EVERY_S = 3600.0
AT_ONCE = 100
LOOKED_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long references are kept that nothing needs.

    Attributes:
        unused_for: since a request last named them.
        most_bytes: the room they may take together; over it the longest unused go first.
    """

    unused_for: timedelta = timedelta(days=365)
    most_bytes: int = 20 * 1024**3


class MediaKeeper:
    """Removes references by the operator's retention, and files that were deleted or forgotten.

    What an unfinished image or a preset needs is never removed; pictures that members made stay until they delete them.
    """

    def __init__(self, database: Database, media: MediaStore, retention: Retention, clock: Clock) -> None:
        self._database = database
        self._media = media
        self._retention = retention
        self._clock = clock
        self._due = asyncio.Event()

    def wake(self) -> None:
        """Remove soon what was deleted just now."""
        self._due.set()

    async def work(self) -> None:
        """Remove what may go, for ever; at first also what a crash left before the database knew of it."""
        try:
            await self._remove_strays()
        except Exception:  # a worker's loop: see below
            log.exception("The media folder could not be looked through")
        while True:
            self._due.clear()
            try:
                await self.tidy()
            except Exception:  # a worker's loop: a full disk or a bug must not end it
                log.exception("The media folder could not be tidied")
            await wait_until_set(self._due, timeout_s=LOOK_EVERY_S, clock=self._clock)

    async def tidy(self) -> None:
        """Remove all that may go now."""
        while await self._let_go_of_old_references():
            pass
        while await self._let_go_of_too_many():
            pass
        while await self._remove_files():
            pass

    async def _let_go_of_old_references(self) -> bool:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            old = await references.removable(tx, unused_since=now - self._retention.unused_for, limit=AT_ONCE)
            for reference in old:
                await references.let_go(tx, reference, now)
        return len(old) == AT_ONCE

    async def _let_go_of_too_many(self) -> bool:
        async with self._database.transaction() as tx:
            over = await references.kept_bytes(tx) - self._retention.most_bytes
            longest_unused = await references.removable(tx, unused_since=None, limit=AT_ONCE) if over > 0 else []
            for reference in longest_unused:
                if over <= 0:
                    return False
                await references.let_go(tx, reference, self._clock.now())
                over -= reference.size_bytes
        return over > 0 and bool(longest_unused)

    async def _remove_strays(self) -> None:
        """Give every file that nothing names to the removal, which looks again before it acts."""
        folders = self._media.kept()
        while (found := await asyncio.to_thread(next, folders, None)) is not None:
            for start in range(0, len(found), LOOKED_UP_AT_ONCE):
                await self._note_strays(found[start : start + LOOKED_UP_AT_ONCE])

    async def _note_strays(self, found: list[tuple[FileKind, str, str]]) -> None:
        kind = found[0][0]
        async with self._database.reading() as tx:
            unknown = await removals.strangers(tx, kind, [sha256 for _, sha256, _ in found])
        if not unknown:
            return
        log.info("%d files of %ss belong to nothing and are removed", len(unknown), kind)
        async with self._database.transaction() as tx:
            for _, sha256, image_type in found:
                if sha256 in unknown:
                    await removals.add_file(tx, kind, sha256, image_type)

    async def _remove_files(self) -> bool:
        async with self._database.reading() as tx:
            files = await removals.files(tx, limit=AT_ONCE)
        for file in files:
            await self._remove(file)
        return len(files) == AT_ONCE

    async def _remove(self, file: FileToRemove) -> None:
        """Remove one file. The last look and the removal are one step of the loop, so nobody comes in between."""
        path = self._path(file)
        async with self._database.transaction() as tx:
            if not (await removals.is_needed_again(tx, file) or self._media.is_held(path)):
                path.unlink(missing_ok=True)
                if not await removals.has_picture(tx, file.sha256):
                    self._media.thumbnail(file.sha256).unlink(missing_ok=True)
            await removals.close_file(tx, file)

    def _path(self, file: FileToRemove) -> Path:
        if file.kind is FileKind.RESULT:
            return self._media.result(file.sha256, file.image_type)
        return self._media.reference(file.sha256, file.image_type)
