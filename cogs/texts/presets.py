"""What is said of presets."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.plain_text import quoted, shortened
from cogs.texts import NOTHING_SPENT, credits_of, images_of, references_of
from generation.options import MAX_PROMPT_CHARS
from generation.preset_desk import (
    MAX_BLANK_CHARS,
    MAX_BLANKS,
    MAX_NAME_CHARS,
    BlankNameError,
    PresetError,
    PresetNameError,
    PresetPromptError,
    TooManyBlanksError,
    blanks_of,
)
from storage.presets import Preset

OPTIONS = {
    "name": "What to call it, up to 32 characters",
    "prompt": "The prompt, with blanks such as {subject}; leave it out for a form with more room",
    "aspect_ratio": "Width to height; leave it out for what is usual",
    "resolution": "How large; leave it out for what is usual",
    "output_format": "The kind of file; leave it out for what is usual",
    "count": "How many images",
    "for_server": "For everybody in this server (moderators only)",
    **{f"reference{number}": f"An image it starts from, number {number}" for number in range(1, 9)},
}
USE_OPTIONS = {
    "name": "Which preset",
    "aspect_ratio": "Another width to height than the preset's",
    "resolution": "Another size than the preset's",
    "count": "How many images, 1 to 4",
    "spoiler": "Hide the images until somebody clicks them",
    "private": "Only you see the card and the images (usually everybody does)",
}
SAVE_TITLE = "A preset"
SAVE_PROMPT = "Prompt"
SAVE_PROMPT_HINT = "Blanks such as {subject} are asked for each time it is used"
SAVE_FILES = "Images it starts from"
SAVE_FILES_HINT = "PNG, JPEG or WebP, up to 8; leave empty for none"
NEWER, OLDER = "Previous", "Next"
MAX_TITLE_CHARS = 45


def fill_title(name: str, cost: int) -> str:
    """The head of the form that asks for the blanks: what it is, and what sending it costs."""
    price = f" · {credits_of(cost)}"
    return shortened(name, MAX_TITLE_CHARS - len(price)) + price


def blank_hint(number: int, of: int) -> str:
    """Below the field of a blank."""
    return "Goes into the prompt in its place" if of == 1 else f"Blank {number} of {of} in the prompt"


def saved(preset_name: str, prompt: str, *, replaced: bool, references: int, of_guild: bool) -> str:
    """A preset is kept."""
    whose = "for everybody in this server" if of_guild else "for you"
    did = "replaced" if replaced else "saved"
    blanks = blanks_of(prompt)
    facts: list[str] = []
    if blanks:
        facts.append("It asks for " + ", ".join(f"**{quoted(blank, limit=40)}**" for blank in blanks) + ".")
    if references:
        facts.append(f"It starts from {references_of(references)}.")
    return (
        f"✅ Preset **{quoted(preset_name, limit=32)}** {did}, {whose}. {' '.join(facts)}"
        " Use it with `/preset use` or `/imagine preset:`. Saving costs nothing."
    )


def deleted(preset: Preset) -> str:
    """A preset is gone; its prompt comes back with the answer."""
    return f"🗑️ Preset **{quoted(preset.name, limit=32)}** is deleted. Its prompt, should you want it again:"


def listed(presets: Sequence[Preset], *, page: int, pages: int) -> str:
    """A page of the presets a member may use."""
    lines: list[str] = ["### Presets"]
    for preset in presets:
        options = [
            option
            for option in (preset.aspect_ratio, preset.resolution, (preset.output_format or "").upper())
            if option
        ]
        if preset.image_count:
            options.append(images_of(preset.image_count))
        if preset.reference_count:
            options.append(references_of(preset.reference_count))
        whose = "the server's" if preset.is_guilds else "yours"
        prompt = quoted(" ".join(preset.prompt.split()), limit=160)
        lines.append(f"**{quoted(preset.name, limit=32)}** · {' · '.join([whose, *options])}\n-# {prompt}")
    if pages > 1:
        lines.append(f"-# Page {page + 1} of {pages}")
    return "\n".join(lines)


NONE_YET = (
    "You have no presets yet, and neither has this server. Save one with `/preset save`: a prompt with blanks such as"
    " {subject}, options, and images to start from."
)


def choice(preset: Preset) -> str:
    """A preset among the suggestions; Discord allows 100 characters."""
    whose = " (server)" if preset.is_guilds else ""
    return shortened(f"{preset.name}{whose}: {' '.join(preset.prompt.split())}", 100)


def refusal(error: PresetError) -> str:
    """Why a preset cannot be kept or used."""
    match error:
        case PresetNameError():
            return f"A preset's name has 1 to {MAX_NAME_CHARS} characters. Choose another one. {NOTHING_SPENT}"
        case PresetPromptError():
            return f"A preset's prompt has 1 to {MAX_PROMPT_CHARS:,} characters. Write another one. {NOTHING_SPENT}"
        case TooManyBlanksError():
            return (
                f"That prompt has {error.found} blanks; a form of Discord's has room for {MAX_BLANKS}. Use fewer."
                f" {NOTHING_SPENT}"
            )
        case BlankNameError():
            return f"A blank's name has at most {MAX_BLANK_CHARS} characters. Shorten it. {NOTHING_SPENT}"
        case _:
            return f"There is no preset of that name here. `/preset list` shows yours and the server's. {NOTHING_SPENT}"


def too_many(most: int) -> str:
    """No room for another preset."""
    return (
        f"There are {most} presets already, which is the most. Delete one with `/preset delete` first. {NOTHING_SPENT}"
    )


WORDS_AND_FILE = f"With a preset, use `prompt` rather than `prompt_file`. {NOTHING_SPENT}"
