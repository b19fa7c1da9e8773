"""What is said before and after somebody is forgotten."""

from __future__ import annotations

from cogs.texts import images_of
from storage.forgetting import Held

BEGIN = "Forget me …"
CONFIRM = "Yes, erase everything"
KEEP = "Keep everything"


def ask(held: Held) -> str:
    """The first question: what goes, and what stays."""
    presets = "1 preset" if held.presets == 1 else f"{held.presets:,} presets"
    requests = "1 request" if held.requests == 1 else f"{held.requests:,} requests"
    return (
        "### Forget me\n"
        f"Plantain holds **{requests}**, **{images_of(held.images)}** and **{presets}** of yours, over all servers.\n"
        "**Erased:** your prompts, images, references, stars and presets, also those you saved for a server, with the"
        " cards that show them.\n"
        "**Stays:** lines of the ledger, without your name; images that others made, also from yours; what others"
        " saved; your credits; rules that moderators set for you.\n"
        "It cannot be undone. `/history export` saves your images first, in each server."
    )


ASK_AGAIN = (
    "**Are you sure?** All your prompts, images, references and presets are erased, for good, in every server. Nobody"
    " can bring them back."
)
NOTHING_HELD = "Plantain holds no prompts, images or presets of yours, so there is nothing to forget."
KEPT = "☑️ Nothing was erased."
DONE = (
    "✅ **You are forgotten.** Your prompts, images, references and presets are being erased now; your cards disappear"
    " within minutes. What you ask for from now on is yours anew."
)
NOT_YOURS = "This question was put to somebody else. Use `/forget-me` yourself. Nothing was erased."


def still_working(images: int) -> str:
    """Images are waiting or being made."""
    are = "is" if images == 1 else "are"
    return (
        f"{images_of(images).capitalize()} of yours {are} waiting or being made. Cancel them on their cards, or wait"
        " until they are finished, and use `/forget-me` again. Nothing was erased."
    )
