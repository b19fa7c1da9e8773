"""Images that were made, as others may see and use them: looking one up, deleting it, starring it.

ImageRefusalError
├── ImageUnknownError    there is no such image here, or its member was forgotten
├── ImageNotReadyError   it is not finished, or never came
├── ImageDeletedError    its picture was deleted
├── ImagePrivateError    it was asked for in private by somebody else
├── ImageNotYoursError   only its member or a moderator may do that
├── RemixNotAllowedError the guild lets members remix their own images only
├── OwnStarError         nobody stars an image of their own
└── NoGalleryError       the guild names no gallery
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from generation.clock import Clock
from generation.delivery import Delivery
from generation.errors import GenerationError
from storage import audit, deletions, guild_settings, history, jobs, lineage, references, reposts, requests, stars
from storage.audit import AuditKind
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings
from storage.history import Image
from storage.jobs import Job, JobState
from storage.references import Reference
from storage.requests import Request


class ImageRefusalError(GenerationError):
    """Something cannot be done with an image. Nothing was written."""


class ImageUnknownError(ImageRefusalError):
    """There is no such image here."""


class ImageNotReadyError(ImageRefusalError):
    """It is not finished, or never came."""


class ImageDeletedError(ImageRefusalError):
    """Its picture was deleted."""


class ImagePrivateError(ImageRefusalError):
    """It was asked for in private by somebody else."""


class ImageNotYoursError(ImageRefusalError):
    """Only its member or a moderator may do that."""


class RemixNotAllowedError(ImageRefusalError):
    """The guild lets members remix their own images only."""


class OwnStarError(ImageRefusalError):
    """Nobody stars an image of their own."""


class NoGalleryError(ImageRefusalError):
    """The guild names no gallery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks at an image, and with which rights. `guild_id` None: in direct messages with the bot."""

    user_id: int
    guild_id: int | None
    is_moderator: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Starred:
    """What came of pressing Star.

    Attributes:
        is_given: whether the member's star is there now.
        needed: how many the guild wants.
        in_gallery: whether it was brought into the gallery, by this star or an earlier one.
    """

    image: Image
    is_given: bool
    count: int
    needed: int
    in_gallery: bool


class ImageDesk:
    """Looks after images that were made. Rights are decided here, from what the viewer is."""

    def __init__(
        self,
        database: Database,
        delivery: Delivery,
        defaults: GuildSettings,
        clock: Clock,
        *,
        files_removed: Callable[[], None],
        gallery_changed: Callable[[], None],
    ) -> None:
        """Take what is called once a picture was deleted, and once one belongs in the gallery."""
        self._database = database
        self._delivery = delivery
        self._defaults = defaults
        self._clock = clock
        self._files_removed = files_removed
        self._gallery_changed = gallery_changed

    async def find(self, job_id: int, viewer: Viewer) -> Image:
        """Return an image with its picture.

        Raises:
            ImageRefusalError: see its kinds.
        """
        async with self._database.reading() as tx:
            return await _find(tx, job_id, viewer)

    async def record(self, job_id: int, viewer: Viewer) -> Image:
        """Return an image that was made, also one whose picture was deleted.

        Raises:
            ImageRefusalError: see its kinds.
        """
        async with self._database.reading() as tx:
            return await _find(tx, job_id, viewer, with_deleted=True)

    async def find_to_remix(self, job_id: int, viewer: Viewer) -> Image:
        """Return an image that the viewer may start from.

        Raises:
            ImageRefusalError: see its kinds.
        """
        async with self._database.reading() as tx:
            image = await _find(tx, job_id, viewer)
            await self._require_remix(tx, image.request, viewer)
        return image

    async def find_to_repeat(self, request_id: int, viewer: Viewer) -> tuple[Request, list[Reference], int | None]:
        """Return a request that the viewer may send again, with its references in order and its parent image.

        Raises:
            ImageRefusalError: see its kinds.
        """
        async with self._database.reading() as tx:
            request = await requests.get(tx, request_id)
            if request is None or request.forgotten or viewer.guild_id not in (None, request.account.guild_id):
                raise ImageUnknownError
            if request.private and request.account.user_id != viewer.user_id:
                raise ImagePrivateError
            await self._require_remix(tx, request, viewer)
            its_jobs = await jobs.of_request(tx, request_id)
            return request, await references.of_request(tx, request_id), its_jobs[0].parent_job_id

    async def on_card(self, request_id: int, viewer: Viewer) -> list[Image]:
        """Return the images of a request whose pictures are kept, by position.

        Raises:
            ImageRefusalError: there are none that the viewer may see.
        """
        async with self._database.reading() as tx:
            images = await history.of_ids(tx, [job.id for job in await jobs.of_request(tx, request_id)])
        for image in images:
            _require_seen(image, viewer)
        kept = [image for image in images if image.job.has_picture]
        if not images or any(image.request.forgotten for image in images):
            raise ImageUnknownError
        if not kept:
            raise ImageDeletedError if any(image.job.deleted_at for image in images) else ImageNotReadyError
        return kept

    async def guild_of(self, *, job_id: int | None = None, request_id: int | None = None) -> int | None:
        """Return the guild that an image or a request belongs to, None where there is no such one."""
        async with self._database.reading() as tx:
            if job_id is not None:
                job = await jobs.get(tx, job_id)
                return None if job is None else job.account.guild_id
            request = None if request_id is None else await requests.get(tx, request_id)
            return None if request is None else request.account.guild_id

    async def references(self, request_id: int) -> list[Reference]:
        """Return the references of a request in prompt order."""
        async with self._database.reading() as tx:
            return await references.of_request(tx, request_id)

    async def stars(self, request_id: int) -> dict[int, int]:
        """Return the stars of a request's images that have any, by job."""
        async with self._database.reading() as tx:
            return await stars.counts(tx, request_id)

    async def references_by_id(self, reference_ids: Sequence[int]) -> list[Reference]:
        """Return references in the order of their ids as given."""
        async with self._database.reading() as tx:
            return [await references.get(tx, reference_id) for reference_id in reference_ids]

    async def prompt_of(self, request_id: int) -> str:
        """Return the prompt of a request; "" where its member was forgotten meanwhile."""
        async with self._database.reading() as tx:
            request = await requests.get(tx, request_id)
        return "" if request is None or request.forgotten else request.prompt

    async def relatives(self, job_id: int) -> int:
        """Return how many images of the same family were made, without this one."""
        async with self._database.reading() as tx:
            return await lineage.child_count(tx, job_id)

    async def delete(self, job_id: int, viewer: Viewer) -> Image:
        """Delete the picture of an image; its record stays.

        Raises:
            ImageRefusalError: see its kinds.
        """
        now = self._clock.now()
        async with self._database.transaction() as tx:
            image = await _find(tx, job_id, viewer, may_moderate=True)
            _require_owner(image, viewer)
            await deletions.delete_picture(tx, image.job, actor_id=viewer.user_id, now=now)
            owner_id = image.request.account.user_id
            if owner_id != viewer.user_id:
                await audit.record(
                    tx,
                    guild_id=image.request.account.guild_id,
                    actor_id=viewer.user_id,
                    kind=AuditKind.IMAGE_DELETED,
                    target_id=owner_id,
                    job_id=job_id,
                    now=now,
                )
        self._delivery.request_changed(image.request.id)
        self._files_removed()
        return image

    async def find_to_delete(self, job_id: int, viewer: Viewer) -> Image:
        """Return an image that the viewer may delete.

        Raises:
            ImageRefusalError: see its kinds.
        """
        async with self._database.reading() as tx:
            image = await _find(tx, job_id, viewer, may_moderate=True)
        _require_owner(image, viewer)
        return image

    async def star(self, job_id: int, viewer: Viewer) -> Starred:
        """Give a star or take it back; with enough of them the image is shown in the gallery, once for ever.

        Raises:
            ImageRefusalError: see its kinds.
        """
        now = self._clock.now()
        async with self._database.transaction() as tx:
            image = await _find(tx, job_id, viewer)
            guild_id = image.request.account.guild_id
            settings = await guild_settings.load(tx, guild_id, self._defaults)
            if settings.gallery_channel_id is None or image.request.private:
                raise NoGalleryError
            if image.request.account.user_id == viewer.user_id:
                raise OwnStarError
            is_given = await stars.toggle(tx, job_id, viewer.user_id, now)
            count = await stars.count(tx, job_id)
            is_shown = False
            if is_given and count >= settings.star_threshold:
                channel_id = settings.gallery_channel_id
                is_shown = await stars.propose(tx, job_id, guild_id=guild_id, channel_id=channel_id, now=now)
            in_gallery = await stars.is_proposed(tx, job_id)
        if is_shown:
            self._gallery_changed()
        needed = settings.star_threshold
        return Starred(image=image, is_given=is_given, count=count, needed=needed, in_gallery=in_gallery)

    async def note_shown(self, image: Image, *, channel_id: int, message_id: int) -> None:
        """Remember a message that shows an image once more, so that it goes when the picture does."""
        async with self._database.transaction() as tx:
            await reposts.note(tx, image.job.id, channel_id=channel_id, message_id=message_id)

    async def show_stars(self, image: Image) -> None:
        """Let the card of an image show how many stars it has."""
        async with self._database.transaction() as tx:
            await requests.show_anew(tx, image.request.id)
        self._delivery.request_changed(image.request.id)

    async def _require_remix(self, tx: Transaction, request: Request, viewer: Viewer) -> None:
        settings = await guild_settings.load(tx, request.account.guild_id, self._defaults)
        if request.account.user_id != viewer.user_id and not settings.remix_others:
            raise RemixNotAllowedError


async def _find(
    tx: Transaction, job_id: int, viewer: Viewer, *, with_deleted: bool = False, may_moderate: bool = False
) -> Image:
    found = await history.of_ids(tx, [job_id])
    if not found:
        raise ImageUnknownError
    image = found[0]
    _require_seen(image, viewer, may_moderate=may_moderate)
    if image.job.result is None:
        raise ImageNotReadyError
    if image.job.deleted_at is not None and not with_deleted:
        raise ImageDeletedError
    return image


def _require_seen(image: Image, viewer: Viewer, *, may_moderate: bool = False) -> None:
    """A moderator may delete a private image, for instance one that was reported, but not look at it."""
    request = image.request
    if request.forgotten or viewer.guild_id not in (None, request.account.guild_id):
        raise ImageUnknownError
    moderates = may_moderate and viewer.is_moderator
    if request.private and request.account.user_id != viewer.user_id and not moderates:
        raise ImagePrivateError


def _require_owner(image: Image, viewer: Viewer) -> None:
    if image.request.account.user_id != viewer.user_id and not viewer.is_moderator:
        raise ImageNotYoursError


def is_shareable(job: Job) -> bool:
    """Return whether an image is finished and its picture kept."""
    return job.has_picture and job.state in (JobState.DELIVERED, JobState.UNDELIVERED)
