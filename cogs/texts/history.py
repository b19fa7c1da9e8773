"""What stands on the pages of /history, on its form, and what an export says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from cogs import texts
from cogs.excerpts import excerpt, plain_excerpt
from cogs.plain_text import quoted, shortened
from cogs.texts import card as card_texts
from cogs.texts import images as image_texts
from cogs.texts import megabytes, moment
from storage.history import Image, Only
from storage.jobs import JobState

PICK = "Pick an image to show, remix, fetch or delete it"
NEWER = "← Newer"
OLDER = "Older →"
FILTER = "Filter …"
CLEAR = "Clear filter"
BACK = "← Back to the list"

# A page

ONLY = {
    Only.ALL: "all images",
    Only.REMIXES: "remixes only",
    Only.UNDELIVERED: "images that could not be posted",
}
_LINE_CHARS = 80


def head(*, user_id: int, is_own: bool, which: Sequence[str], is_search: bool) -> str:
    """Whose images they are, and which of them."""
    title = "### Your images" if is_own else f"### Images of <@{user_id}>"
    order = "the best of the newest hits first" if is_search else "the newest first"
    lines = [title, "-# " + " · ".join([*which, order])]
    if not is_own:
        lines.append("-# Images made in private are left out.")
    return "\n".join(lines)


def which(words: str | None, resolution: str | None, since: date | None, until: date | None, only: Only) -> list[str]:
    """Say a filter in words; [] where it leaves nothing out."""
    parts = [] if words is None else [f"with **{quoted(' '.join(words.split()), limit=100)}**"]
    if resolution is not None:
        parts.append(resolution)
    if since is not None and since == until:
        parts.append(f"on {day(since)}")
    else:
        parts += [] if since is None else [f"from {day(since)}"]
        parts += [] if until is None else [f"to {day(until)}"]
    return parts if only is Only.ALL else [*parts, ONLY[only]]


def day(when: date) -> str:
    """26 November 2026."""
    return f"{when.day} {when:%B %Y}"


def line(number: int, image: Image) -> str:
    """One image of the list: its number, its prompt in short, what it is and when it was asked for."""
    prompt = excerpt(image.request.prompt, image.marked, limit=_LINE_CHARS)
    facts = [prompt, image.request.resolution, moment(image.request.created_at, "R"), *_marks(image)]
    return f"**{number}** " + " · ".join(facts)


def _marks(image: Image) -> list[str]:
    request, job = image.request, image.job
    marks = [f"{job.position} of {request.image_count}"] if request.image_count > 1 else []
    if job.parent_job_id is not None:
        marks.append("🔁 remix")
    if request.private:
        marks.append("🔒 private")
    if job.deleted_at is not None:
        marks.append("🗑️ deleted")
    elif job.state is JobState.UNDELIVERED:
        marks.append("📦 not posted")
    return marks


def alt_text(number: int, image: Image, described: str) -> str:
    """Describe a small picture to people who do not see it; Discord allows 1,024 characters."""
    what = described if image.job.has_picture else "The picture is not kept any more"
    return shortened(f"{number}. {what}", 1024)


def option(number: int, image: Image) -> str:
    """An image in the select; Discord allows 100 characters."""
    return f"{number} · {plain_excerpt(image.request.prompt, limit=_LINE_CHARS)}"


def option_details(image: Image) -> str:
    """The small line of an image in the select."""
    request = image.request
    ratio = request.aspect_ratio
    facts = [request.resolution, ratio, day(request.created_at.date())]
    return " · ".join(facts + (["deleted"] if image.job.deleted_at is not None else []))


NOTHING_OF_YOURS = "Nothing yet. Make the first one with `/imagine`; every image you make is kept here."
NOTHING_OF_THEIRS = "Nothing yet."
NO_HITS = "No image fits this filter. Change it, or clear it to see all of them. Nothing was changed."

# One image


def picked(image: Image) -> str:
    """Above an image that was picked."""
    request = image.request
    prompt = card_texts.prompt_on_card(request.prompt)
    marks = "".join(f" · {mark}" for mark in _marks(image))
    return f"{prompt}\n-# asked for {moment(request.created_at, 'f')}{marks}"


def picked_footer(image: Image, *, is_smaller: bool) -> str:
    """Below an image that was picked."""
    footer = card_texts.card_footer(user_id=image.request.account.user_id, facts=image_texts.options_of(image))
    return f"{footer}\n{SHOWN_SMALLER}" if is_smaller else footer


SHOWN_SMALLER = f"-# Shown as a smaller JPEG. **{image_texts.ORIGINAL}** hands out the untouched file."
PICTURE_GONE = "🗑️ The picture was deleted; this record of it stays."
FILE_MISSING = "The file of this picture is missing, and the image service did not hand it out again."

# The form of the filter

FORM_TITLE = "Which images"
FORM_WORDS = "Words of the prompt"
FORM_WORDS_HINT = 'Whole words; fox* also finds foxes, "red fox" finds both side by side'
FORM_RESOLUTION = "Size"
ANY_RESOLUTION = "Any size"
FORM_SINCE = "From day"
FORM_UNTIL = "To day"
FORM_DAY_HINT = "2026-11-01, 3 days, yesterday, last week, november; empty for any"
FORM_ONLY = "Show"

# Answers

TOO_OLD = "This page of the history is too old, or not yours. Use `/history show` again. Nothing was changed."
OUTDATED = "This button is from another version of Plantain. Use `/history show` again. Nothing was changed."
MODERATORS_SEE_OTHERS = f"{texts.MODERATORS_ONLY} Leave `member` out to see your own images."


def not_a_day(typed: str) -> str:
    """A date that cannot be read."""
    return (
        f"{quoted(typed, limit=60)} is no day that Plantain can read. Type it as `2026-11-01`, `5 nov`, `yesterday`,"
        " `3 days`, `last week`, `november` or `2025`. Nothing was changed."
    )


def days_crossed(since: date, until: date) -> str:
    """The first day comes after the last."""
    return (
        f"{day(since)} comes after {day(until)}, so there is nothing between. Swap the two, or leave one out."
        " Nothing was changed."
    )


def suggested_day(words: str, when: date, *, is_last: bool) -> str:
    """A day that autocomplete offers; Discord allows 100 characters."""
    return f"{words} · {'to' if is_last else 'from'} {day(when)}"


# The export

NOTHING_TO_EXPORT = "There is no image of yours to export here. Make one with `/imagine`. Nothing was charged."
NOTHING_BEHIND = "There is no image of yours behind that number. Leave `after` out to export all. Nothing was charged."
EXPORT_UNDER_WAY = "An export of your images is under way already. Wait until it is through, then start another one."
PARAMETERS = "parameters.json"
JOIN_FILE = "README.txt"


def export_begins(images: int, size_bytes: int, limit_bytes: int) -> str:
    """While the parts are made and sent."""
    return (
        f"📦 **Your export: {_images(images)}, {megabytes(size_bytes)}.** It comes as ZIP files of at most"
        f" {megabytes(limit_bytes)} each, which open by themselves, each with `{PARAMETERS}`."
    )


def export_part(number: int, first: int, last: int, images: int) -> str:
    """With each ZIP: which images are in it."""
    which = f"image {first:,}" if first == last else f"images {first:,} to {last:,}"
    return f"Part {number:,}: {which} of {images:,}"


def export_done(images: int, size_bytes: int, parts: int) -> str:
    """Everything was sent."""
    return f"☑️ **That is all: {_images(images)}, {megabytes(size_bytes)} in {_parts(parts)}.**{_PUT_TOGETHER}"


_PUT_TOGETHER = (
    f"\nUnpack them into one folder. A picture larger than a part lies in several; `{JOIN_FILE}` says how to join it."
)
EXPORT_GOES_ON_BY_DM = "📬 The rest of your export comes by direct message."


def export_goes_on(images: int, parts: int) -> str:
    """The first direct message of an export."""
    return (
        f"📬 **Your export goes on here.** {_parts(parts).capitalize()} came in the server; {_images(images)} are left."
    )


def export_stops(sent: int, images: int, after: int) -> str:
    """So many parts are enough for one command."""
    return (
        f"⏸️ **{sent:,} of {_images(images)} are through.** That is as much as one export sends. Go on with"
        f" `/history export after:{after}`."
    )


def export_no_dms(sent: int, images: int, after: int) -> str:
    """The rest would come by direct message, which the member does not take."""
    return (
        f"⏸️ **{sent:,} of {_images(images)} are through.** The rest would come by direct message, but yours are"
        f" closed to Plantain. Go on with `/history export after:{after}`."
    )


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"


def _parts(count: int) -> str:
    return f"{count:,} part{'' if count == 1 else 's'}"


def join_readme(name: str) -> str:
    """How to join the pieces of a picture; `name` holds no quotation marks."""
    return (
        f"{name}\n\nThis picture is larger than what Discord takes at once, so it lies in several ZIP files of this\n"
        f"export, as {name}.001, .002 and so on. Unpack all of them into one folder and join the pieces there.\n"
        f'The result is the untouched original.\n\nLinux, macOS:\n    cat "{name}".0* > "{name}"\n\n'
        f'Windows (Command Prompt):\n    copy /b "{name}.0*" "{name}"\n'
    )


def archive_name(number: int, when: datetime) -> str:
    """The file name of a part."""
    return f"plantain-{when:%Y-%m-%d}-part-{number:03}.zip"
