"""What moderators are told of their server's queue."""

from __future__ import annotations

from cogs.plain_text import quoted
from cogs.texts import credits_of, images_of, moment
from generation.cancelling import Cancelled
from generation.queue_desk import QueuedRequest, QueueOverview

CANCEL = "Cancel"
REFRESH = "Refresh"
PAUSE = "Pause"
RESUME = "Resume"
CLEAR = "Clear …"
CLEAR_NOW = "Clear the queue"
NEWER, OLDER = "Previous", "Next"


def overview(shown: QueueOverview) -> str:
    """The head of the queue."""
    head = "### The queue is empty" if not shown.requests else f"### {images_of(shown.waiting_images)} waiting"
    lines = [head]
    if shown.is_paused:
        who = "" if shown.paused is None else f" by <@{shown.paused.actor_id}> {moment(shown.paused.created_at, 'R')}"
        lines.append(f"⏸️ **Paused{who}.** No image is begun; members' places are kept. **Resume** lets it go on.")
    if shown.images_under_way:
        are = "is" if shown.images_under_way == 1 else "are"
        lines.append(f"{images_of(shown.images_under_way)} {are} being made; those are paid for and go on in any case.")
    if not shown.requests:
        lines.append("Nobody waits for an image.")
    return "\n".join(lines)


def queued(one: QueuedRequest) -> str:
    """One request in the queue."""
    request = one.request
    place = f"**{one.place}.**" if one.place is not None else "▫️" if one.waiting else "🎨"
    prompt = quoted(" ".join(request.prompt.split()), limit=100)
    what = f"{images_of(request.image_count)}, {request.resolution}"
    if one.waiting:
        reserved = credits_of(sum(job.price for job in one.waiting))
        state = f"{len(one.waiting)} waiting ({reserved}) since {moment(request.created_at, 'R')}"
    else:
        state = f"being made since {moment(request.created_at, 'R')}"
    return f"{place} <@{request.account.user_id}> “{prompt}”\n-# {what} · {state}"


def page_of(page: int, pages: int) -> str:
    """Which page is shown."""
    return f"-# Page {page + 1} of {pages}"


def paused(*, is_new: bool) -> str:
    """The queue was paused."""
    if not is_new:
        return "☑️ The queue was paused already; nothing was changed."
    return "✅ Paused. Members may still ask; their images wait and their cards say why."


def resumed(*, is_new: bool) -> str:
    """The queue goes on."""
    return "✅ The queue goes on." if is_new else "☑️ The queue was not paused; nothing was changed."


def cancelled(user_id: int | None, done: Cancelled) -> str:
    """A moderator cancelled somebody's images."""
    if not done.images:
        return "☑️ It is too late to cancel that: it is being made, or done. Nothing was changed."
    whose = "" if user_id is None else f" of <@{user_id}>"
    back = credits_of(done.amount)
    return f"✅ Cancelled {images_of(done.images)}{whose}; {back} went back. The card says so too."


def ask_to_clear(shown: QueueOverview) -> str:
    """Is the moderator sure?"""
    members = len({one.request.account.user_id for one in shown.requests if one.waiting})
    whose = "1 member" if members == 1 else f"{members} members"
    return (
        f"**Clear the queue?** {images_of(shown.waiting_images).capitalize()} of {whose} would be cancelled and"
        f" {credits_of(shown.waiting_amount)} go back. Images being made go on. This cannot be undone."
    )


def cleared(done: Cancelled) -> str:
    """The queue was cleared."""
    if not done.images:
        return "☑️ Nothing was waiting any more, so nothing was cancelled."
    whose = "1 member" if done.members == 1 else f"{done.members} members"
    return f"✅ Cancelled {images_of(done.images)} of {whose}; {credits_of(done.amount)} went back."


NOTHING_TO_CLEAR = "Nothing waits, so there is nothing to clear."
KEEP = "Keep it"
NOT_OF_THIS_SERVER = "That request belongs to another server. Nothing was changed."
