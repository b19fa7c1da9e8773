"""What cards say, and what replies to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cogs.plain_text import quoted, shortened, visible
from cogs.texts import credits_of, images_of, megabytes, moment, references_of
from generation.errors import FailureKind
from generation.forecast import Standstill
from generation.options import says_nothing

PROMPT_INVISIBLE = "*The prompt has only characters that cannot be seen.*"


def prompt_on_card(prompt: str) -> str:
    """Return at most 1,000 characters of a prompt for the card, and how long it really is where that is more.

    Never nothing: prompts were once taken of which nothing can be seen, and Discord refuses an empty text.
    """
    if says_nothing(prompt):
        return PROMPT_INVISIBLE
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
