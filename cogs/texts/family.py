"""What is said of a family of images, and what its picture tells in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from cogs.plain_text import shortened, visible
from cogs.texts import images_of
from cogs.texts.setting_values import MONTHS
from generation.family import FamilyPage
from storage.history import Image

EARLIER, LATER = "Earlier", "Later"
SOMEBODY = "somebody"
HIDDEN = "hidden"
DELETED = "deleted"
NO_PICTURE = "no picture"
MAX_NAMES = 12


def head(shown: FamilyPage, *, is_viewed_here: bool, members: int, hidden: int) -> str:
    """Above the picture."""
    if shown.size == 1:
        return "### Family\nThis image stands alone so far: it was made from none, and none was made from it."
    who = "1 member" if members == 1 else f"{members} members"
    lines = [
        "### Family",
        f"{images_of(shown.size).capitalize()}, each made from the one its line comes from."
        + (f" Those shown here are by {who}." if shown.pages > 1 else f" They are by {who}."),
    ]
    if is_viewed_here:
        lines.append(f"This one, in the yellow frame, is number {shown.generations} in its line.")
    if hidden:
        verb = "is" if hidden == 1 else "are"
        lines.append(
            f"-# {images_of(hidden).capitalize()} {verb} hidden: private, or in a channel that you cannot see."
        )
    if shown.pages > 1:
        lines.append(f"-# Page {shown.page + 1} of {shown.pages}, the oldest first")
    return "\n".join(lines)


def when(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """26 Nov 14:05, with the year where it is not this one."""
    there = moment.astimezone(zone)
    year = "" if there.year == now.astimezone(zone).year else f" {there.year}"
    return f"{there.day} {MONTHS[there.month - 1][:3]}{year} {there:%H:%M}"


def alt_text(images: Sequence[Image], names: Sequence[str]) -> str:
    """Tell the tree in words; Discord allows 1,024 characters."""
    numbers = {image.job.id: number for number, image in enumerate(images, start=1)}
    parts: list[str] = []
    for image, name in zip(images, names, strict=True):
        parent = numbers.get(image.job.parent_job_id or 0)
        origin = "" if parent is None else f" from {parent}"
        parts.append(f"{numbers[image.job.id]} by {visible(name)}{origin}")
    return shortened(f"A family tree of {images_of(len(images))}: {'; '.join(parts)}", 1024)
