"""Keeping the media folder small: what nothing needs goes, what somebody needs stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from generation.media import MediaStore
from generation.media_keeper import MediaKeeper, Retention
from storage import jobs, presets, references, removals, requests
from storage.database import Database, Transaction
from storage.presets import NewPreset
from storage.references import NewReference
from storage.removals import FileKind
from tests.conftest import HandClock
from tests.storage.books import MAYA, new_request


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    store = MediaStore(tmp_path / "media")
    store.prepare()
    return store


def keeper_of(database: Database, media: MediaStore, clock: HandClock, **retention: object) -> MediaKeeper:
    return MediaKeeper(database, media, Retention(**retention), clock)  # type: ignore[arg-type]


def place(media: MediaStore, letter: str) -> NewReference:
    """Put a reference's file of 100 bytes, and its small copy, where they belong."""
    new = NewReference(sha256=letter * 64, image_type="png", size_bytes=100, width=64, height=64)
    for path in (media.reference(new.sha256, "png"), media.thumbnail(new.sha256)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 100)
    return new


async def used(
    tx: Transaction, number: int, clock: HandClock, *uploads: NewReference, state: str = "cancelled"
) -> None:
    """Store a request with references and one job."""
    request_id = (await requests.insert(tx, new_request(MAYA, number), clock.now())).id
    await references.attach(tx, request_id, uploads, clock.now())
    job_id = (await jobs.insert(tx, MAYA, request_id=request_id, position=1, price=18, now=clock.now())).id
    await tx.execute("UPDATE job SET state = ? WHERE id = ?", (state, job_id))


def left(media: MediaStore, letters: str) -> str:
    """Return which of these references still have their file; the small copy goes with it."""
    kept = "".join(letter for letter in letters if media.reference(letter * 64, "png").exists())
    assert kept == "".join(letter for letter in letters if media.thumbnail(letter * 64).exists())
    return kept


async def test_old_references_go_but_none_that_waiting_images_or_presets_need(
    database: Database, media: MediaStore, clock: HandClock
) -> None:
    new = NewPreset(
        guild_id=1, user_id=1, name="x", prompt="x", aspect_ratio=None, resolution=None, output_format=None,
        image_count=None,
    )  # fmt: skip
    async with database.transaction() as tx:
        await used(tx, 1, clock, place(media, "a"), place(media, "b"))
        await used(tx, 2, clock, place(media, "b"), place(media, "c"), state="queued")
        await presets.save(tx, new, [place(media, "d")], most=9, actor_id=1, now=clock.now())
    await clock.advance(timedelta(days=30).total_seconds())
    async with database.transaction() as tx:
        await used(tx, 3, clock, place(media, "e"))
    keeper = keeper_of(database, media, clock, unused_for=timedelta(days=20))
    await keeper.tidy()
    assert left(media, "abcde") == "bcde"
    async with database.transaction() as tx:
        await tx.execute("UPDATE job SET state = 'cancelled'")
    await keeper.tidy()
    assert left(media, "abcde") == "de"


async def test_over_the_limit_the_longest_unused_go_first(
    database: Database, media: MediaStore, clock: HandClock
) -> None:
    for number, letter in enumerate("abcd"):
        async with database.transaction() as tx:
            await used(tx, number, clock, place(media, letter))
        await clock.advance(60)
    await keeper_of(database, media, clock, most_bytes=250).tidy()
    assert left(media, "abcd") == "cd"


async def test_file_that_somebody_is_about_to_use_or_came_to_need_again_stays(
    database: Database, media: MediaStore, clock: HandClock
) -> None:
    async with database.transaction() as tx:
        await used(tx, 1, clock, place(media, "a"), place(media, "b"), place(media, "c"))
        for letter in "ab":
            await removals.add_file(tx, FileKind.REFERENCE, letter * 64, "png")
        await tx.execute("UPDATE reference SET removed_at = 1 WHERE sha256 <> ?", ("b" * 64,))
        await removals.add_file(tx, FileKind.REFERENCE, "c" * 64, "png")
    with media.holding(media.reference("a" * 64, "png")):
        await keeper_of(database, media, clock).tidy()
    assert left(media, "abc") == "ab"


async def test_files_that_a_crash_left_before_the_database_knew_them_are_removed_at_the_start(
    database: Database, media: MediaStore, clock: HandClock
) -> None:
    known, stray = place(media, "a"), place(media, "b")
    async with database.transaction() as tx:
        await used(tx, 1, clock, known)
    unknown_result, held = media.result("c" * 64, "png"), media.result("d" * 64, "png")
    for path in (unknown_result, held):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    with media.holding(held):  # its download is just being noted
        worker = asyncio.create_task(keeper_of(database, media, clock).work())
        await clock.until_waited_for(worker)
    worker.cancel()
    assert left(media, "ab") == "a"
    assert not media.reference(stray.sha256, "png").exists()
    assert not unknown_result.exists()
    assert held.exists()
