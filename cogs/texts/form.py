"""What stands on the form of /imagine, and what is said when it comes back too late."""

from __future__ import annotations

from cogs.texts import NOTHING_SPENT, credits_of, references_of

FORM_TITLE = "Make an image"
FORM_PROMPT = "Prompt"
FORM_PROMPT_HINT = "What to draw, in your own words"
FORM_FILES = "Images to start from"
FORM_RATIO = "Width to height"
FORM_RESOLUTION = "Size and price of one image"
FORM_COUNT = "How many"
RATIO_NOTES = {
    "1:1": "square",
    "2:3": "portrait",
    "3:2": "landscape",
    "9:16": "phone, upright",
    "16:9": "wide screen",
    "21:9": "cinema",
    "auto": "as the first image",
}


def form_files_hint(*, held: int, places: int) -> str:
    """Below the form's field for files; Discord allows 100 characters."""
    if not held:
        return f"PNG, JPEG or WebP, up to {places}; leave empty to draw from words alone"
    more = "one more" if places == 1 else f"up to {places} more"
    return f"{references_of(held).capitalize()} came with your command; here {more}: PNG, JPEG or WebP"


def ratio_label(ratio: str) -> str:
    """16:9 → "16:9 · wide screen"."""
    note = RATIO_NOTES.get(ratio)
    return ratio if note is None else f"{ratio} · {note}"


def resolution_choice(resolution: str, price: int) -> str:
    """4K, 24 → "4K · 24 credits"."""
    return f"{resolution} · {credits_of(price)}"


FORM_FILES_GONE = (
    "Plantain restarted while you wrote, and no longer has the images that came with your command. Use /imagine again"
    f" and attach them anew. {NOTHING_SPENT}"
)
PROMPT_BACK = "What you wrote is in this file, so it is not lost. You can hand it back with `/imagine prompt_file:`."
