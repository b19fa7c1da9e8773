"""Reading what a request starts from. Uploads are read at once: Discord deletes them, and only their bytes say what
they are. Images of ours and references that are kept are there already."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from generation.errors import GenerationError, ImageProblem, UnusableImageError
from generation.images import MAX_REFERENCE_BYTES, ImageFacts
from generation.media import MediaStore
from generation.metadata import StrippedFile, strip_metadata
from generation.options import MAX_PROMPT_CHARS
from generation.results import ResultFetcher
from generation.threads import in_thread, off_loop
from generation.upload_fetching import UploadFetcher
from storage import references
from storage.database import Database
from storage.jobs import Job, ResultFile
from storage.references import NewReference, Reference

MAX_PROMPT_FILE_BYTES = MAX_PROMPT_CHARS * 4 + 3
"""10,000 characters of four bytes each, and a byte order mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that a member attached.

    Attributes:
        position: 1 to 8 for a reference, as the member sees it named.
        name: as the member named it; says nothing about the bytes.
    """

    attachment_id: int
    url: str
    position: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnImage:
    """An image of ours that a request starts from; its untouched file. `job`: one that has a picture."""

    position: int
    job: Job

    @property
    def result(self) -> ResultFile:
        """The picture."""
        assert self.job.result is not None
        return self.job.result


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReference:
    """A reference that an earlier request or a preset used."""

    position: int
    reference: Reference


ReferenceSource = Upload | OwnImage | KeptReference


class ReferenceNotKeptError(GenerationError):
    """The file of an image or a reference is not kept any more."""


class UnusableReferenceError(GenerationError):
    """A reference is not a picture that the provider can use."""

    def __init__(self, problem: ImageProblem, *, position: int, name: str) -> None:
        super().__init__(f"reference {position}: {problem}")
        self.position = position
        self.name = name
        self.problem = problem


class PromptFileProblem(StrEnum):
    """What is wrong with a prompt file."""

    NOT_UTF8 = "not_utf8"
    TOO_LONG = "too_long"


class PromptFileError(GenerationError):
    """A prompt file cannot be used."""

    def __init__(self, problem: PromptFileProblem) -> None:
        super().__init__(problem)
        self.problem = problem


class AttachmentReader:
    """Reads members' uploads: references into the media folder, prompt files into text."""

    def __init__(
        self,
        uploads: UploadFetcher,
        results: ResultFetcher,
        database: Database,
        media: MediaStore,
    ) -> None:
        self._uploads = uploads
        self._results = results
        self._database = database
        self._media = media

    async def is_at_hand(self, source: OwnImage | KeptReference) -> bool:
        """Return whether it can be read at once: a picture whose file our disk lost has to be fetched again first."""
        if isinstance(source, KeptReference):
            return True
        path = self._media.result(source.result.sha256, source.result.image_type)
        return await asyncio.to_thread(path.exists)

    @asynccontextmanager
    async def references(self, sources: Sequence[ReferenceSource]) -> AsyncGenerator[tuple[NewReference, ...], None]:
        """Read all references at the same time; give them in their order. What no request needs at the end is removed.

        Raises:
            UnusableReferenceError: the first that cannot be used.
            UploadGoneError: Discord did not hand one out.
            PictureMissingError: an image of ours is gone, and could not be fetched again.
            ReferenceNotKeptError: a reference of ours is gone.
        """
        stored: list[NewReference] = []
        held = ExitStack()
        readings = [asyncio.ensure_future(self._reference(source, stored, held)) for source in sources]
        try:
            yield tuple(await asyncio.gather(*readings))
        finally:
            for reading in readings:
                reading.cancel()
            await asyncio.gather(*readings, return_exceptions=True)
            held.close()
            for reference in stored:
                await self._let_go(reference)

    async def prompt(self, upload: Upload) -> str:
        """Read a prompt file; return its text without surrounding white space.

        Raises:
            PromptFileError: not UTF-8, or over 10,000 characters.
            UploadGoneError: Discord did not hand it out.
        """
        path = self._media.incoming(".txt")
        try:
            size_bytes, _ = await self._uploads.fetch(upload.url, path, max_bytes=MAX_PROMPT_FILE_BYTES)
            if size_bytes > MAX_PROMPT_FILE_BYTES:
                raise PromptFileError(PromptFileProblem.TOO_LONG)
            text = (await asyncio.to_thread(path.read_bytes)).decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            raise PromptFileError(PromptFileProblem.NOT_UTF8) from None
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        if "\0" in text:  # UTF-16 of plain English is valid UTF-8 full of zeros
            raise PromptFileError(PromptFileProblem.NOT_UTF8)
        if len(text) > MAX_PROMPT_CHARS:
            raise PromptFileError(PromptFileProblem.TOO_LONG)
        return text

    async def _reference(self, source: ReferenceSource, stored: list[NewReference], held: ExitStack) -> NewReference:
        match source:
            case Upload():
                return await self._uploaded(source, stored, held)
            case OwnImage():
                return await self._own_image(source, stored, held)
            case KeptReference():
                return await self._kept(source.reference, held)

    async def _uploaded(self, upload: Upload, stored: list[NewReference], held: ExitStack) -> NewReference:
        incoming = (self._media.incoming(".reference"), self._media.incoming(".stripped"))
        path, stripped_path = incoming
        try:
            size_bytes, sha256 = await self._uploads.fetch(upload.url, path, max_bytes=MAX_REFERENCE_BYTES)
            if size_bytes > MAX_REFERENCE_BYTES:
                raise UnusableReferenceError(ImageProblem.TOO_LARGE, position=upload.position, name=upload.name)
            facts = await _inspect(upload, path)
            if stripped := await _strip(upload, path, stripped_path, facts):
                path, sha256, size_bytes = stripped_path, stripped.sha256, stripped.size_bytes
            reference = NewReference(
                sha256=sha256,
                image_type=facts.image_type,
                size_bytes=size_bytes,
                width=facts.width,
                height=facts.height,
                attachment_id=upload.attachment_id,
            )
            final = self._media.reference(sha256, facts.image_type)
            held.enter_context(self._media.holding(final))
            stored.append(reference)
            await in_thread(self._media.adopt, path, final)
            return reference
        finally:
            for left in incoming:
                await asyncio.to_thread(left.unlink, missing_ok=True)

    async def _own_image(self, image: OwnImage, stored: list[NewReference], held: ExitStack) -> NewReference:
        result = image.result
        if result.size_bytes > MAX_REFERENCE_BYTES:
            raise UnusableReferenceError(ImageProblem.TOO_LARGE, position=image.position, name="")
        final = self._media.reference(result.sha256, result.image_type)
        reference = NewReference(
            sha256=result.sha256,
            image_type=result.image_type,
            size_bytes=result.size_bytes,
            width=result.width,
            height=result.height,
            source_job_id=image.job.id,
        )
        await self._results.see_to_file(image.job)
        held.enter_context(self._media.holding(final))
        stored.append(reference)
        try:
            await in_thread(self._media.copy, self._media.result(result.sha256, result.image_type), final)
        except FileNotFoundError:
            raise ReferenceNotKeptError from None
        return reference

    async def _kept(self, reference: Reference, held: ExitStack) -> NewReference:
        final = self._media.reference(reference.sha256, reference.image_type)
        held.enter_context(self._media.holding(final))
        if not await asyncio.to_thread(final.exists):
            raise ReferenceNotKeptError
        return NewReference(
            sha256=reference.sha256,
            image_type=reference.image_type,
            size_bytes=reference.size_bytes,
            width=reference.width,
            height=reference.height,
            source_job_id=reference.source_job_id,
        )

    async def _let_go(self, reference: NewReference) -> None:
        """Remove a file that was read for nothing, unless another request has it or is about to."""
        path = self._media.reference(reference.sha256, reference.image_type)
        if self._media.is_held(path):
            return
        async with self._database.reading() as tx:
            if await references.is_known(tx, reference.sha256):
                return
        if not self._media.is_held(path):
            await asyncio.to_thread(path.unlink, missing_ok=True)


async def _inspect(upload: Upload, path: Path) -> ImageFacts:
    try:
        return await off_loop(_decode, path)
    except UnusableImageError as error:
        raise UnusableReferenceError(error.problem, position=upload.position, name=upload.name) from error


def _decode(path: Path) -> ImageFacts:
    from generation.decoding import inspect_reference  # see there

    return inspect_reference(path)


async def _strip(upload: Upload, path: Path, destination: Path, facts: ImageFacts) -> StrippedFile | None:
    """Take out what tells about the member, before anything is kept or handed on."""
    try:
        return await off_loop(strip_metadata, path, destination, facts.image_type)
    except UnusableImageError as error:
        raise UnusableReferenceError(error.problem, position=upload.position, name=upload.name) from error
