"""What a member typed, and what of it can be refused from the payload alone."""

from __future__ import annotations

from dataclasses import dataclass

from cogs import texts
from cogs.attached_file import AttachedFile
from cogs.errors import RefusalError
from generation.attachments import (
    MAX_PROMPT_FILE_BYTES,
    KeptReference,
    OwnImage,
    ReferenceSource,
    Upload,
)
from generation.errors import ImageProblem
from generation.images import MAX_REFERENCE_BYTES
from generation.intake import Wish
from generation.options import (
    MAX_REFERENCES,
    AspectRatio,
    GenerationRequest,
    OutputFormat,
    Resolution,
    says_nothing,
)
from storage.channel_settings import ChannelDefaults

READABLE_TYPES = {"image/png", "image/jpeg", "image/webp"}
UNDECLARED_TYPES = {None, "application/octet-stream"}
"""Discord declares what the file's name says; where that is nothing, the bytes decide later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a member chose with the command; None where they left it to what is usual in the channel."""

    prompt: str | None = None
    prompt_file: AttachedFile | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    output_format: str | None = None
    image_count: int | None = None
    spoiler: bool | None = None
    private: bool = False
    references: dict[int, AttachedFile]

    @property
    def needs_only_usual(self) -> bool:
        """Whether it says what to draw, and nothing has to be read from Discord for it."""
        return self.prompt is not None and self.prompt_file is None and not self.references

    def complete(self, usual: ChannelDefaults) -> Asked:
        """Return the ask with what is usual filled in, and what the product chooses where nobody says anything."""
        spoiler = usual.spoiler if self.spoiler is None else self.spoiler
        return Asked(
            prompt=self.prompt,
            prompt_file=self.prompt_file,
            aspect_ratio=AspectRatio(self.aspect_ratio or usual.aspect_ratio or AspectRatio.SQUARE),
            resolution=Resolution(self.resolution or usual.resolution or Resolution.ONE_K),
            output_format=OutputFormat(self.output_format or usual.output_format or OutputFormat.PNG),
            image_count=self.image_count or 1,
            spoiler=bool(spoiler),
            private=self.private,
            references=self.references,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for with one /imagine, by its options or its form, or with a button of an image.

    Attributes:
        private: for the member's eyes alone.
        starts_from: images of ours and references that are kept; they come before `references`.
        references: by the number of their option, 1 to 8, without the empty ones.
        parent_job_id: the image it is made from, None where it is made from none of ours.
    """

    prompt: str | None
    prompt_file: AttachedFile | None
    aspect_ratio: AspectRatio
    resolution: Resolution
    output_format: OutputFormat
    image_count: int
    spoiler: bool
    private: bool
    references: dict[int, AttachedFile]
    starts_from: tuple[OwnImage | KeptReference, ...] = ()
    parent_job_id: int | None = None

    @property
    def reference_count(self) -> int:
        """How many references it has in all."""
        return len(self.starts_from) + len(self.references)

    @property
    def has_prompt(self) -> bool:
        """Whether there is something to draw; without it the form asks for it."""
        return self.prompt is not None or self.prompt_file is not None

    @property
    def has_files(self) -> bool:
        """Whether something has to be read from Discord before the request is complete."""
        return bool(self.references) or self.prompt_file is not None

    def wish(self) -> Wish:
        """Return what can be checked of it already."""
        return Wish(resolution=self.resolution, image_count=self.image_count, prompt=self.prompt)

    def sources(self) -> tuple[ReferenceSource, ...]:
        """Return the references in prompt order."""
        return (*self.starts_from, *(_upload(number, file) for number, file in sorted(self.references.items())))

    def prompt_upload(self) -> Upload | None:
        """Return the prompt file, if there is one."""
        return None if self.prompt_file is None else _upload(0, self.prompt_file)

    def order(self, prompt: str) -> GenerationRequest:
        """Return the order with its final prompt; refuses an empty one.

        Raises:
            RefusalError: nothing is left of the prompt.
            InvalidRequestError: see `GenerationRequest`.
        """
        if says_nothing(prompt):
            raise RefusalError(texts.PROMPT_EMPTY)
        return GenerationRequest(
            prompt=prompt.strip(),
            aspect_ratio=self.aspect_ratio,
            resolution=self.resolution,
            output_format=self.output_format,
        )


def refuse_early(asked: Asked) -> None:
    """Raise RefusalError for all that the payload alone shows to be wrong; nothing public was said yet."""
    if asked.prompt is not None and asked.prompt_file is not None:
        raise RefusalError(texts.PROMPT_TWICE)
    if asked.prompt is not None and says_nothing(asked.prompt):
        raise RefusalError(texts.PROMPT_EMPTY)
    if asked.prompt_file is not None:
        if asked.prompt_file.size_bytes > MAX_PROMPT_FILE_BYTES:
            raise RefusalError(texts.prompt_too_long(None))
        if asked.prompt_file.size_bytes == 0:
            raise RefusalError(texts.PROMPT_EMPTY)
    if asked.reference_count > MAX_REFERENCES:
        raise RefusalError(texts.too_many_references(asked.reference_count))
    for number, file in sorted(asked.references.items()):
        problem = _declared_problem(file)
        if problem is not None:
            raise RefusalError(texts.unusable_reference(number, file.filename, problem))


def _declared_problem(file: AttachedFile) -> ImageProblem | None:
    if file.size_bytes > MAX_REFERENCE_BYTES:
        return ImageProblem.TOO_LARGE
    declared = None if file.content_type is None else file.content_type.partition(";")[0].strip().lower()
    if declared in READABLE_TYPES or declared in UNDECLARED_TYPES:
        return None
    return ImageProblem.UNSUPPORTED_TYPE if declared and declared.startswith("image/") else ImageProblem.NOT_AN_IMAGE


def _upload(number: int, file: AttachedFile) -> Upload:
    return Upload(attachment_id=file.id, url=file.url, position=number, name=file.filename)
