"""What is said of images that were made: the labels of their buttons, and the answers to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cogs.plain_text import visible
from cogs.texts import NOTHING_SPENT, card_link, credits_of, duration, images_of, megabytes, moment, references_of
from generation.options import AspectRatio
from storage.history import Image
from storage.references import Reference
from storage.requests import Request

ORIGINAL = "Original"
INFO = "Info"
FAMILY = "Family"
DELETE = "Delete"
SHOW = "Show again here"


def remix(price: int) -> str:
    """Open the form that starts from an image."""
    return f"Remix · {credits_of(price)}"


def again(price: int) -> str:
    """Send the same request once more."""
    return f"Again · {credits_of(price)}"


def upscale(price: int) -> str:
    """Ask for the same picture at 4K."""
    return f"4K · {credits_of(price)}"


def star(count: int) -> str:
    """Stars of a card with several images."""
    return f"★ {count}" if count else "☆ Star"


def image_number(position: int) -> str:
    """One of several images."""
    return f"Image {position}"


# Picking one of several

_WHAT_FOR = {
    "remix": "remix",
    "4k": "make at 4K",
    "original": "get as it was made",
    "info": "know more about",
    "family": "see the family of",
    "star": "give a star",
    "delete": "delete",
}


def pick(act: str) -> str:
    """Above the images of a card, to pick one."""
    return f"**Which image do you want to {_WHAT_FOR.get(act, 'use')}?**"


def pick_from_message(count: int) -> str:
    """Above the pictures of somebody's message, to pick one."""
    return f"**Which of these {count} pictures do you want to remix?**"


def picture_of_message(place: int) -> str:
    """Describe one of a message's pictures to people who do not see it."""
    return f"Picture {place} of the message"


# Info


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where an image comes from, as far as the viewer may see it.

    Attributes:
        parent, root: the images it was made from, None where there are none or they may not be seen.
        has_parent: whether it was made from an image of ours at all.
        relatives: how many other images belong to the family.
    """

    parent: Image | None
    root: Image | None
    has_parent: bool
    relatives: int


def info(image: Image, lineage: Lineage, references: Sequence[Reference]) -> str:
    """All that is known of an image but its prompt."""
    request, job = image.request, image.job
    which = "" if request.image_count == 1 else f" {job.position} of {request.image_count}"
    ratio = "auto" if request.aspect_ratio == AspectRatio.AUTO else request.aspect_ratio
    options = [ratio, request.resolution, request.output_format.upper(), images_of(request.image_count)]
    if request.spoiler:
        options.append("spoiler")
    if request.private:
        options.append("private")
    lines = [
        f"### Image{which}",
        f"**By** <@{request.account.user_id}>{_where(request)}",
        f"**Asked for** {moment(request.created_at, 'f')}{_took(image)}",
        f"**Options** {' · '.join(options)}",
        f"**Cost** {credits_of(job.price)}",
        _picture(image),
        *([f"**References** {_references(references)}"] if references else []),
        *_lineage(lineage),
    ]
    return "\n".join(lines)


def _took(image: Image) -> str:
    if image.job.delivering_at is None:
        return ""
    took = duration((image.job.delivering_at - image.request.created_at).total_seconds())
    return f" · ready after {took}"


def _where(request: Request) -> str:
    if request.private:
        return " · in private"
    return _its_card(request)


def _its_card(request: Request) -> str:
    address = card_link(request)
    return "" if address is None else f" · [its card]({address})"


def _picture(image: Image) -> str:
    job = image.job
    if job.deleted_at is not None:
        whom = "its member" if job.deleted_by == image.request.account.user_id else "a moderator"
        return f"**Picture** deleted by {whom} {moment(job.deleted_at, 'R')}"
    if job.result is None:
        return "**Picture** not there yet"
    result = job.result
    kind = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP"}[result.image_type]
    return f"**Picture** {result.width} × {result.height}, {kind}, {megabytes(result.size_bytes)}"


def _references(references: Sequence[Reference]) -> str:
    ours = sum(reference.source_job_id is not None for reference in references)
    gone = sum(not reference.is_kept for reference in references)
    notes = [f"{ours} made with Plantain"] if ours else []
    if gone:
        notes.append(f"{gone} not kept any more")
    return references_of(len(references)) + (f" ({', '.join(notes)})" if notes else "")


def _lineage(lineage: Lineage) -> list[str]:
    lines: list[str] = []
    if lineage.has_parent:
        lines.append(f"**Made from** {_relative(lineage.parent)}")
        if lineage.root is not None and (lineage.parent is None or lineage.root.job.id != lineage.parent.job.id):
            lines.append(f"**First of the family** {_relative(lineage.root)}")
    if lineage.relatives:
        others = "1 other image" if lineage.relatives == 1 else f"{lineage.relatives:,} other images"
        lines.append(f"**Family** {others}; **{FAMILY}** draws them")
    return lines


def _relative(image: Image | None) -> str:
    if image is None:
        return "an image that you cannot see"
    request = image.request
    return f"an image of <@{request.account.user_id}>, {moment(request.created_at, 'R')}{_its_card(request)}"


PROMPT_HEAD = "**Prompt**"
PROMPT_IN_FILE = "**Prompt** in the file below"
PROMPT_FILE_NAME = "prompt.txt"


def copyable(prompt: str) -> str | None:
    """Return a prompt as a block that can be copied as it is, None where only a file can hold it."""
    fits = len(prompt) <= 2500 and "```" not in prompt and visible(prompt) == prompt.strip()
    return f"{PROMPT_HEAD}\n```\n{prompt}\n```" if fits else None


# Original


def original(image: Image) -> str:
    """Above the untouched file."""
    return f"**The original**, untouched. {_picture(image).removeprefix('**Picture** ')}"


def original_link(image: Image, until: datetime) -> str:
    """The file is too large for this place, but the provider still has it."""
    assert image.job.result is not None
    return (
        f"**The original** has {megabytes(image.job.result.size_bytes)}, more than Discord takes here. Fetch it"
        f" with the button below; the link ends {moment(until, 'R')}."
    )


FETCH = "Fetch the original"


def original_smaller(image: Image) -> str:
    """The file is too large for this place, and nobody else has it."""
    assert image.job.result is not None
    return (
        f"**The original** has {megabytes(image.job.result.size_bytes)}, more than Discord takes here, so this is the"
        " best JPEG that fits. Whoever made the image gets the untouched file with `/history export`."
    )


# Showing again


def options_of(image: Image) -> list[str]:
    """What was chosen for an image, and what it cost."""
    request = image.request
    return [
        request.aspect_ratio,
        request.resolution,
        request.output_format.upper(),
        *([references_of(request.reference_count)] if request.reference_count else []),
        credits_of(image.job.price),
    ]


def shown_again(image: Image, *, by_user_id: int) -> str:
    """Above an image that a member shows once more."""
    request = image.request
    whose = "" if request.account.user_id == by_user_id else f", made by <@{request.account.user_id}>"
    return f"-# <@{by_user_id}> shows this again{whose} · {moment(request.created_at, 'd')}"


# Deleting


def ask_to_delete(image: Image, *, is_own: bool) -> str:
    """Is the member sure?"""
    whose = "your image" if is_own else f"this image of <@{image.request.account.user_id}>"
    return (
        f"**Delete {whose}?** The picture goes from its card, from the gallery and from our disk, for good. The record"
        f" (prompt, options, cost) stays. {credits_of(image.job.price).capitalize()} do not come back."
    )


DELETE_NOW = "Delete the picture"
KEEP = "Keep it"
DELETED = "🗑️ Deleted. The picture is gone; the record stays in `/history`."
KEPT = "☑️ Kept. Nothing was changed."


def deleted_on_card(position: int, count: int, *, by_member: bool) -> str:
    """What a card says in place of a picture."""
    which = "The picture" if count == 1 else f"Picture {position}"
    return f"🗑️ {which} was deleted by {'its member' if by_member else 'a moderator'}."


# Refusals

UNKNOWN = f"This image is not known in this server, or its member wanted to be forgotten. {NOTHING_SPENT}"
NOT_READY = f"This image is not finished, so there is nothing to use yet. Look at its card. {NOTHING_SPENT}"
GONE = f"The picture was deleted, so it cannot be used any more. {NOTHING_SPENT}"
PICTURE_LOST = (
    "The file of this picture was lost, and the image service has it no more. **Again** makes a new one."
    f" {NOTHING_SPENT}"
)
PICTURE_MISSING = (
    f"The file of this picture is missing and cannot be fetched again right now. Try in a few minutes. {NOTHING_SPENT}"
)
PRIVATE = f"This image was made in private, so only its member can use it. {NOTHING_SPENT}"
NOT_YOURS = "Only the member who made this image, or a moderator, can delete it. Nothing was changed."
ONLY_OWN = f"In this server members remix their own images only. Make one with `/imagine`. {NOTHING_SPENT}"
OWN_STAR = "That is your own image; stars come from others. Nothing was changed."
NO_GALLERY = "This server has no gallery for starred images. Moderators can name one with `/settings`."
REFERENCE_NOT_KEPT = (
    "The images this was made from are not kept any more, so it cannot be made again as it was. Use **Remix** or"
    f" `/imagine` with new ones. {NOTHING_SPENT}"
)
IS_4K_ALREADY = f"This image is 4K already. {NOTHING_SPENT}"
OUTDATED = f"This button is from another version of Plantain. Use `/history` to find the image. {NOTHING_SPENT}"


def price_changed(*, was: int, now: int) -> str:
    """The price on an old button is not today's."""
    return (
        f"The price changed: this costs {credits_of(now)} now, not {credits_of(was)}. {NOTHING_SPENT} Press to go on."
    )


# The Apps menu

MENU_REMIX = "Remix image"
MENU_INFO = "Image info"
NO_PICTURES = f"That message holds no picture that can be remixed. Choose one with a PNG, JPEG or WebP. {NOTHING_SPENT}"
NOT_OURS = "That message shows no image made with Plantain, so there is nothing to tell about it."
CHOICE_GONE = f"That choice is too old. Use Apps → Remix image on the message again. {NOTHING_SPENT}"
