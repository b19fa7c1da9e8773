"""What stands on the form that asks for an image, and what is said when it comes back too late."""

from __future__ import annotations

from cogs.plain_text import shortened, visible
from cogs.texts import NOTHING_SPENT, credits_of, references_of

FORM_TITLE = "Make an image"
FORM_PROMPT = "Prompt"
FORM_PROMPT_HINT = "What to draw, in your own words"
FORM_FILES = "Images to start from"
FORM_RATIO = "Width to height"
FORM_SIZE = "Size, file and price of one image"
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
MAX_TITLE_CHARS = 45
"""Discord's limit for the title of a form."""


def remix_title(name: str) -> str:
    """The head of the form that starts from somebody's image."""
    return shortened(f"Remix of {_owner(name)} image", MAX_TITLE_CHARS)


def remix_origin(name: str) -> str:
    """What the form starts from: "maya's image"."""
    return f"{shortened(_owner(name), 40)} image"


OWN_ORIGIN = "your image"
MESSAGE_TITLE = "Remix an image"


def message_origin(name: str) -> str:
    """What a form starts from that was opened on a message."""
    return f"{shortened(_owner(name), 30)} picture"


def _owner(name: str) -> str:
    shown = " ".join(visible(name).split())
    return f"{shown}'s" if shown else "somebody's"


def form_files_hint(*, held: int, places: int, origin: str | None) -> str:
    """Below the form's field for files; Discord allows 100 characters."""
    if not held:
        return f"PNG, JPEG or WebP, up to {places}; leave empty to draw from words alone"
    more = "one more" if places == 1 else f"up to {places} more"
    if origin is None:
        return f"{references_of(held).capitalize()} came with your command; here {more}: PNG, JPEG or WebP"
    return f"Starts from {origin}; here {more}: PNG, JPEG or WebP"


def form_kept_prompt(chars: int) -> str:
    """Below the field for a prompt that Discord's forms cannot show; it allows 100 characters."""
    return f"Leave it empty to keep the prompt of {chars:,} characters, or write a new one"


def ratio_label(ratio: str) -> str:
    """16:9 → "16:9 · wide screen"."""
    note = RATIO_NOTES.get(ratio)
    return ratio if note is None else f"{ratio} · {note}"


def resolution_choice(resolution: str, price: int) -> str:
    """4K, 24 → "4K · 24 credits"."""
    return f"{resolution} · {credits_of(price)}"


def size_choice(resolution: str, output_format: str, price: int) -> str:
    """4K, png, 24 → "4K · PNG · 24 credits"."""
    return f"{resolution} · {output_format.upper()} · {credits_of(price)}"


FORM_UNKNOWN = f"This form is too old to be sent. Open it anew. {NOTHING_SPENT}"
PROMPT_BACK = "What you wrote is in this file, so it is not lost. You can hand it back with `/imagine prompt_file:`."
