"""Every sentence that users see, as functions of typed values, so that another language touches no cog.

Each says what happened, what it cost or did not cost, and what to do now.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from cogs.plain_text import quoted, shortened, visible
from generation.errors import FailureKind, ImageProblem
from generation.forecast import Standstill
from generation.images import MAX_PIXELS
from generation.options import MAX_PROMPT_CHARS, MAX_REFERENCES

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


# The card


def prompt_on_card(prompt: str) -> str:
    """Return at most 1,000 characters of a prompt for the card, and how long it really is where that is more."""
    shown = quoted(prompt, limit=1000)
    return shown if len(visible(prompt)) <= 1000 else f"{shown}\n-# {len(prompt):,} characters in all"


def alt_text(prompt: str, *, position: int, count: int) -> str:
    """Describe a picture to people who do not see it; Discord allows 1,024 characters."""
    which = "Image" if count == 1 else f"Image {position} of {count}"
    return shortened(f"{which} made from the prompt: {visible(prompt)}", 1024)


def references_alt_text(count: int) -> str:
    """Describe the small pictures of what a request starts from."""
    return f"Made from {'this picture' if count == 1 else f'these {count} pictures'}"


def reading(reference_count: int, has_file: bool) -> str:
    """The card while what came with the command is being read."""
    parts = [references_of(reference_count)] if reference_count else []
    if has_file:
        parts.append("the prompt file")
    return f"📎 **Reading {' and '.join(parts)}** …"


def queued(place: int | None, ready_at: datetime) -> str:
    """The card while nothing has begun; without a place its references are on their way to the provider."""
    if place is None:
        return f"⏳ **Starting** · expected {moment(ready_at, 'R')}"
    where = "next in line" if place == 1 else f"place {place} in line"
    return f"⏳ **Queued**, {where} · expected {moment(ready_at, 'R')}"


def held(by: Standstill) -> str:
    """The card while nothing is begun."""
    if by is Standstill.MODERATORS:
        return "⏸️ **Paused by this server's moderators.** Your place is kept; this goes on when they let it."
    return "⏸️ **Waiting for the image service.** It takes no work right now. Your place is kept; this starts by itself."


def drawing(done: int, count: int, ready_at: datetime, held: Standstill | None) -> str:
    """The card while at least one image is being made; `held`: why those that wait, if any, are not begun."""
    progress = f", {done} of {count} ready" if count > 1 else ""
    match held:
        case Standstill.MODERATORS:
            return f"🎨 **Drawing**{progress}. This server's moderators paused the rest; its place is kept."
        case Standstill.PROVIDER:
            return f"🎨 **Drawing**{progress}. The rest waits for the image service and starts by itself."
        case None:
            return f"🎨 **Drawing**{progress} · expected {moment(ready_at, 'R')}"


def uncertain(until: datetime) -> str:
    """The card while nobody knows whether the provider heard us."""
    return (
        f"❔ **The image service did not answer.** If nothing turns up, your credits are back {moment(until, 'R')};"
        " you need not do anything."
    )


def fetching() -> str:
    """The card while finished pictures are on their way."""
    return "📥 **Ready**, fetching the picture …"


def cancelled(count: int, refunded: int) -> str:
    """Images that their member took back."""
    return f"🚫 **Cancelled** ({images_of(count)}). {credits_of(refunded).capitalize()} went back."


def undelivered(count: int) -> str:
    """Pictures that are kept but could not be shown here."""
    return f"📦 {images_of(count).capitalize()} could not be posted here. Nothing is lost: `/history` has it."


def failed(kind: str, *, position: int, count: int, refunded: int) -> str:
    """One image that did not come, why, and what to do."""
    which = "**This image was not made.**" if count == 1 else f"**Image {position} was not made.**"
    reason, advice = FAILURES.get(kind, FAILURES[FailureKind.PROVIDER_ERROR])
    return f"⚠️ {which} {reason} {credits_of(refunded).capitalize()} went back. {advice}"


FAILURES: dict[str, tuple[str, str]] = {
    FailureKind.REFUSED_CONTENT: (
        "The image service's content rules refused the prompt or a reference.",
        "Change the wording or the reference and try again.",
    ),
    FailureKind.REFUSED_BY_MODEL: (
        "The model found no picture to draw for this prompt.",
        "Describe the picture in other words and try again.",
    ),
    FailureKind.REFERENCE_UNREADABLE: (
        "The image service could not read a reference.",
        "Save the image anew as PNG or JPEG and try again with that file.",
    ),
    FailureKind.REFERENCE_MISSING: (
        "The bot lost a reference before it could be used.",
        "Attach the image once more and try again.",
    ),
    FailureKind.INVALID_REQUEST: (
        "The image service did not accept these options.",
        "Try again with other options; if that fails too, tell a moderator.",
    ),
    FailureKind.OVERLOADED: ("The image service has too much to do right now.", "Try again in a few minutes."),
    FailureKind.PROVIDER_ERROR: ("The image service had a fault of its own.", "Try again in a few minutes."),
    FailureKind.DEADLINE: ("The image service took too long, so we stopped waiting.", "Try again when you like."),
    FailureKind.NO_RESULT: ("The image service said it was done but gave no picture.", "Try again when you like."),
    FailureKind.LOST_ANSWER: ("The image service never answered.", "Try again when you like."),
    FailureKind.VANISHED: ("The image service lost track of it.", "Try again when you like."),
    FailureKind.RESTORED: (
        "The bot was set back to a backup, and it is not known what became of this image.",
        "Try again when you like.",
    ),
    FailureKind.FEATURE_OFF: ("The image service has switched this off for now.", "Try again later."),
}


def result_lost(*, position: int, count: int, given_back: int) -> str:
    """A finished picture that the provider, or our own disk, lost before the card showed it."""
    which = "The picture" if count == 1 else f"Picture {position}"
    return (
        f"⚠️ {which} was made, but it was lost before it could be shown here."
        f" You got {credits_of(given_back)} back. Try again when you like."
    )


def shown_smaller(*, position: int, count: int, original_bytes: int, limit_bytes: int, size: tuple[int, int]) -> str:
    """Why the card shows a JPEG in place of the original."""
    which = "Shown" if count == 1 else f"Image {position} is shown"
    return (
        f"-# {which} as a JPEG of {size[0]} × {size[1]}: the original has {megabytes(original_bytes)},"
        f" this server takes {megabytes(limit_bytes)}. The original is kept."
    )


def card_footer(*, user_id: int, facts: Sequence[str]) -> str:
    """The small line under a card: whose it is, and all that was chosen."""
    return "-# " + " · ".join([f"<@{user_id}>", *facts])


def cost_so_far(*, spent: int, reserved: int) -> str:
    """What a request cost and what is still held for it."""
    if reserved and spent:
        return f"{credits_of(spent)} spent, {reserved} reserved"
    return f"{credits_of(reserved)} reserved" if reserved else credits_of(spent)


CANCEL = "Cancel"
PROMPT_HIDDEN = "*The prompt cannot be shown here: this server's AutoMod blocks it.*"
RESTARTED_WHILE_READING = (
    "🔁 **Plantain restarted while it read the files of this request.** Nothing was charged. Please send it again."
)
READING_BROKE_OFF = (
    "🔁 **Nothing came of this request: Discord was out of reach.** Nothing was charged. Please send it again."
)


def finished(user_id: int, *, made: int, count: int) -> str:
    """The reply that mentions the member at the end."""
    if made == count:
        return f"<@{user_id}> your {'image is' if count == 1 else f'{count} images are'} ready."
    if made:
        verb = "is" if made == 1 else "are"
        return f"<@{user_id}> {made} of your {count} images {verb} ready; the card says what became of the rest."
    return f"<@{user_id}> your {'image' if count == 1 else 'images'} could not be made; the card says why."


# Answers to commands and buttons


def cancel_done(returned: int) -> str:
    """The private answer to Cancel."""
    return f"Cancelled. {credits_of(returned).capitalize()} went back."


NOTHING_TO_CANCEL = "It is too late to cancel: the image service is already drawing. The card shows the result soon."
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
