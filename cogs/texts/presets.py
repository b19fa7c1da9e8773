"""What is said of presets."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.plain_text import quoted, shortened
from cogs.texts import NOTHING_SPENT, credits_of, images_of, megabytes, references_of
from generation.options import MAX_PROMPT_CHARS, MAX_REFERENCES
from generation.preset_blanks import blanks_of
from generation.preset_desk import (
    MAX_BLANK_CHARS,
    MAX_BLANKS,
    MAX_NAME_CHARS,
    BlankNameError,
    PresetError,
    PresetImagesGoneError,
    PresetImagesLargeError,
    PresetNameError,
    PresetOfGuildError,
    PresetPromptError,
    TooManyBlanksError,
)
from storage.presets import GUILDS_OWN, NewPreset, Preset

OPTIONS = {
    "name": "What to call it, up to 32 characters",
    "prompt": "The prompt, with blanks such as {subject}; leave it out for a form with more room",
    "prompt_file": "A .txt file with a longer prompt, up to 10,000 characters",
    "aspect_ratio": "Width to height; leave it out for what is usual",
    "resolution": "How large; leave it out for what is usual",
    "output_format": "The kind of file; leave it out for what is usual",
    "count": "How many images",
    "for_server": "For everybody in this server (moderators only)",
    **{f"reference{number}": f"An image it starts from, number {number}" for number in range(1, 9)},
}
USE_OPTIONS = {
    "name": "Which preset; what it costs stands beside its name",
    "aspect_ratio": "Another width to height than the preset's",
    "resolution": "Another size than the preset's, and what one image costs",
    "output_format": "Another kind of file than the preset's",
    "count": "How many images, 1 to 4",
    "spoiler": "Hide the images until somebody clicks them",
    "private": "Only you see the card and the images; moderators may read the prompt",
}
DELETE_FOR_SERVER = "The server's preset of that name (moderators only)"
SAVE_TITLE = "A preset"
SAVE_PROMPT = "Prompt"
SAVE_PROMPT_HINT = "Blanks such as {subject} are asked for each time it is used"
SAVE_FILES = "Images it starts from"
NEWER, OLDER = "Previous", "Next"
MAX_TITLE_CHARS = 45


def save_files_hint(places: int) -> str:
    """Below the field for images; Discord allows 100 characters."""
    return f"PNG, JPEG or WebP, up to {places}; leave it empty for {'none' if places == MAX_REFERENCES else 'no more'}"


def fill_title(name: str, cost: int) -> str:
    """The head of the form that asks for the blanks: what it is, and what sending it costs."""
    price = f" · {credits_of(cost)}"
    return shortened(name, MAX_TITLE_CHARS - len(price)) + price


def blank_hint(number: int, of: int) -> str:
    """Below the field of a blank."""
    return "Goes into the prompt in its place" if of == 1 else f"Blank {number} of {of} in the prompt"


def saved(new: NewPreset, *, replaced: Preset | None, references: int) -> str:
    """A preset is kept."""
    whose = "for everybody in this server" if new.user_id == GUILDS_OWN else "for you"
    did = "saved" if replaced is None else "replaced"
    sentences = [f"✅ Preset **{quoted(new.name, limit=32)}** {did}, {whose}."]
    if replaced is not None and replaced.prompt != new.prompt:
        sentences.append("The prompt it had before is in the file.")
    blanks = blanks_of(new.prompt)
    if blanks:
        sentences.append(f"It asks for {_named(blanks)}.")
    if references:
        sentences.append(f"It starts from {references_of(references)}.")
    sentences.append("Use it with `/preset use` or `/imagine preset:`. Saving costs nothing.")
    return " ".join(sentences)


def deleted(preset: Preset) -> str:
    """A preset is gone; its prompt comes back with the answer."""
    return f"🗑️ Preset **{quoted(preset.name, limit=32)}** is deleted. Its prompt, should you want it again:"


def listed(presets: Sequence[tuple[Preset, int]], *, page: int, pages: int) -> str:
    """A page of the presets a member may use, each with what it costs here."""
    lines: list[str] = ["### Presets"]
    for preset, cost in presets:
        facts = ["the server's" if preset.is_guilds else "yours", *_options(preset), credits_of(cost)]
        lines.append(f"**{quoted(preset.name, limit=32)}** · {' · '.join(facts)}")
        blanks = blanks_of(preset.prompt)
        if blanks:
            lines.append(f"-# Asks for {_named(blanks, limit=60)}")
        if preset.lost_references:
            lines.append(f"-# ⚠️ {references_of(preset.lost_references).capitalize()} gone: save it anew to use it")
        lines.append(f"-# {quoted(' '.join(preset.prompt.split()), limit=120)}")
    if pages > 1:
        lines.append(f"-# Page {page + 1} of {pages}")
    return "\n".join(lines)


def _options(preset: Preset) -> list[str]:
    chosen = [preset.aspect_ratio, preset.resolution, (preset.output_format or "").upper()]
    facts = [option for option in chosen if option]
    if preset.image_count:
        facts.append(images_of(preset.image_count))
    if preset.reference_count:
        facts.append(references_of(preset.reference_count))
    return facts


def _named(blanks: Sequence[str], *, limit: int = MAX_BLANKS * MAX_BLANK_CHARS) -> str:
    """Return the blanks in bold; of more than `limit` characters the rest are counted."""
    shown = 0
    while shown < len(blanks) and sum(map(len, blanks[: shown + 1])) <= limit:
        shown += 1
    names = [f"**{quoted(blank, limit=MAX_BLANK_CHARS)}**" for blank in blanks[:shown]]
    return ", ".join([*names, f"{len(blanks) - shown} more"] if shown < len(blanks) else names)


NONE_YET = (
    "You have no presets yet, and neither has this server. Save one with `/preset save`: a prompt with blanks such as"
    " {subject}, options, and images to start from."
)


def choice(preset: Preset, *, cost: int | None) -> str:
    """A preset among the suggestions, None where nothing is spent; Discord allows 100 characters."""
    whose = " (server)" if preset.is_guilds else ""
    price = "" if cost is None else f" · {credits_of(cost)}"
    return shortened(f"{preset.name}{whose}{price}: {' '.join(preset.prompt.split())}", 100)


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
        case PresetImagesLargeError():
            return (
                f"Your presets' images would take {megabytes(error.size_bytes)}; {megabytes(error.most_bytes)} is the"
                f" most. Use smaller copies, or delete a preset with images first. {NOTHING_SPENT}"
            )
        case PresetImagesGoneError():
            return (
                "An image that this preset starts from is not kept any more. Save it anew with `/preset save`, or use"
                f" `/imagine`. {NOTHING_SPENT}"
            )
        case PresetOfGuildError():
            return (
                "You have no preset of that name; this server has. Moderators delete it with `for_server:True`."
                " Nothing was changed."
            )
        case _:
            return f"There is no preset of that name here. `/preset list` shows yours and the server's. {NOTHING_SPENT}"


def too_many(most: int) -> str:
    """No room for another preset."""
    return (
        f"There are {most} presets already, which is the most. Delete one with `/preset delete` first. {NOTHING_SPENT}"
    )


WORDS_AND_FILE = f"With a preset, use `prompt` rather than `prompt_file`. {NOTHING_SPENT}"


def words_too_long(found: int, most: int) -> str:
    """What was typed besides a preset with several blanks does not fit into the field of the first."""
    return (
        f"This preset has several blanks, so your prompt goes into the first field of a form, which takes {most:,}"
        f" characters; yours has {found:,}. Leave `prompt` out and fill in the form. {NOTHING_SPENT}"
    )
