"""Every sentence that users see, as functions of typed values, so that another language touches no cog.

Each says what happened, what it cost or did not cost, and what to do now.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from cogs.plain_text import quoted
from generation.errors import ImageProblem
from generation.images import MAX_PIXELS
from generation.options import MAX_PROMPT_CHARS, MAX_REFERENCES
from storage.requests import Request

NOTHING_SPENT = "Nothing was charged."


def credits_of(amount: int) -> str:
    """18 → "18 credits"."""
    return f"{amount:,} credit{'' if amount == 1 else 's'}"


def images_of(count: int) -> str:
    """4 → "4 images"."""
    return f"{count} image{'' if count == 1 else 's'}"


def references_of(count: int) -> str:
    """2 → "2 references"."""
    return f"{count} reference{'' if count == 1 else 's'}"


def moment(when: datetime, style: str) -> str:
    """Return a Discord timestamp, shown in each reader's own time zone. Style "R" counts down, "f" is date and time."""
    return f"<t:{int(when.timestamp())}:{style}>"


def card_link(request: Request) -> str | None:
    """Return the address of a card, None where there is none that others can see."""
    card = request.card_in_guild
    return card and f"https://discord.com/channels/{request.account.guild_id}/{card.channel_id}/{card.message_id}"


def megabytes(size_bytes: int) -> str:
    """20971520 → "20 MB" (of 1024 × 1024 bytes, as Discord counts them)."""
    size = size_bytes / (1024 * 1024)
    return f"{size:.1f}".removesuffix(".0") + " MB"


def duration(seconds: float) -> str:
    """75 → "1 min 15 s"."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


# Answers to commands and buttons


def cancel_done(returned: int) -> str:
    """The private answer to Cancel."""
    return f"Cancelled. {credits_of(returned).capitalize()} went back."


TOO_LATE_TO_CANCEL = "It is too late to cancel: the image service is already drawing. The card shows the result soon."
NOTHING_LEFT_TO_CANCEL = "Nothing of this is waiting any more. The card shows what became of it."
NOT_YOURS_TO_CANCEL = "Only the member who asked for this, or a moderator, can cancel it."
CARD_UNKNOWN = "This card is not known here any more, so its buttons do nothing. Use /imagine to make a new image."


PROMPT_TWICE = f"Use either `prompt` or `prompt_file`, not both. {NOTHING_SPENT}"
PROMPT_EMPTY = f"The prompt is empty. Describe the picture you want and send it again. {NOTHING_SPENT}"


def prompt_too_long(length: int | None) -> str:
    """The prompt is over the provider's limit; None where it is so long that nobody counted."""
    has = "is far longer" if length is None else f"has {length:,} characters"
    return f"The prompt {has}; {MAX_PROMPT_CHARS:,} are allowed. Shorten it and send it again. {NOTHING_SPENT}"


PROMPT_NOT_UTF8 = (
    f"The prompt file is not plain UTF-8 text. Save it as a .txt file in UTF-8 and send it again. {NOTHING_SPENT}"
)
UPLOAD_GONE = (
    f"One of the files could not be read from Discord. Attach it again and send the command anew. {NOTHING_SPENT}"
)

IMAGE_PROBLEMS: dict[ImageProblem, str] = {
    ImageProblem.NOT_AN_IMAGE: "is not an image. Use a PNG, JPEG or WebP picture",
    ImageProblem.UNSUPPORTED_TYPE: "is of a kind the image service cannot read. Save it as PNG, JPEG or WebP",
    ImageProblem.TOO_LARGE: "is over 30 MB. Save a smaller copy",
    ImageProblem.TRUNCATED: "is damaged or incomplete. Open it, save it anew",
    ImageProblem.ANIMATED: "is animated. Use a still picture",
    ImageProblem.TOO_MANY_PIXELS: f"has too many pixels. Scale it down to at most {MAX_PIXELS // 1_000_000} million",
    ImageProblem.TOO_FEW_PIXELS: "is too small to be of use. Use a larger picture",
}


def unusable_reference(position: int, name: str, problem: ImageProblem) -> str:
    """A reference that cannot be used, and why."""
    return (
        f"`reference{position}` ({quoted(name, limit=80)}) {IMAGE_PROBLEMS[problem]} and send the command again."
        f" {NOTHING_SPENT}"
    )


def too_many_references(found: int) -> str:
    """More images to start from than the provider takes."""
    return (
        f"That makes {found} references; {MAX_REFERENCES} are allowed. Leave some out and send it again."
        f" {NOTHING_SPENT}"
    )


def may_not_post(missing: Sequence[str]) -> str:
    """The bot lacks rights in the channel."""
    return (
        f"Plantain may not post images in this channel: it needs {' and '.join(missing)}. Use another channel, or ask"
        f" a moderator to allow it here. {NOTHING_SPENT}"
    )


VIEW_CHANNEL = "**View Channel**"
SEND_MESSAGES = "**Send Messages**"
SEND_IN_THREADS = "**Send Messages in Threads**"
ATTACH_FILES = "**Attach Files**"

MODERATORS_ONLY = (
    "Only moderators of this server can use this: members with **Manage Server**, or with a role that the server named"
    " in `/settings`. Nothing was changed."
)
OPERATOR_ONLY = "Only the operator, who runs Plantain, can use this. Nothing was changed."


def channel_not_allowed(allowed: Collection[int]) -> str:
    """Images are asked for elsewhere."""
    return f"This server makes images in {_some_of([f'<#{channel}>' for channel in sorted(allowed)])}. {NOTHING_SPENT}"


def role_needed(allowed: Collection[int]) -> str:
    """Only some roles may ask."""
    roles = _some_of([f"<@&{role}>" for role in sorted(allowed)])
    return f"Here only members with {roles} can make images. Ask a moderator about it. {NOTHING_SPENT}"


def resolution_too_high(highest: str) -> str:
    """The guild allows smaller images only."""
    return f"This server allows images up to {highest}. Choose {highest} or less and send it again. {NOTHING_SPENT}"


def too_many_images(largest: int) -> str:
    """The guild allows fewer images at a time."""
    return f"This server allows {images_of(largest)} at a time. Ask for fewer and send it again. {NOTHING_SPENT}"


def _some_of(names: Sequence[str]) -> str:
    """Join a few names with "or"; more than eight are cut."""
    shown = list(names[:8]) + (["others"] if len(names) > 8 else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


OUT_OF_ORDER = (
    "Plantain's machine is in trouble and takes nothing new right now. Nothing was charged, and what you asked for"
    " before is kept. Its operator is told; try again in a while."
)
ANSWER_LOST = (
    "Discord did not take my answer. What you asked for may have been done all the same: look before you ask again."
)
SHUTTING_DOWN = f"Plantain is about to restart. Try again in a minute. {NOTHING_SPENT}"
SERVERS_ONLY = "Plantain works in servers only: credits belong to a server. Use the command there."


def unexpected(reference_number: str) -> str:
    """Something broke that nobody foresaw."""
    return (
        f"Something went wrong on our side. {NOTHING_SPENT} Try again; if it happens once more, tell a moderator"
        f" this number: **{reference_number}**."
    )
