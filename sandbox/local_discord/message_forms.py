"""The bodies that create and edit messages, and Discord's rules about them."""

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.json_values import JsonObject, as_object, objects_in
from sandbox.local_discord.components import check_message_components
from sandbox.local_discord.errors import FormErrors, Path
from sandbox.local_discord.forms import (
    Check,
    anything,
    array,
    boolean,
    integer,
    nullable,
    number,
    one_of,
    record,
    snowflake,
    text,
    timestamp,
    url,
)
from sandbox.local_discord.world import MessageFlag

MAX_CONTENT = 2000
MAX_ATTACHMENTS = 10
MAX_EMBED_TEXT = 6000

_WEB = ("http", "https")
_EMBED_MEDIA = record({"url": nullable(url(2048)), "proxy_url": anything(), "width": anything(), "height": anything()})
_EMBED_FIELDS = record(
    {
        "type": nullable(text(0, 20)),
        "url": nullable(url(2048, schemes=_WEB)),
        "title": nullable(text(0, 256)),
        "color": nullable(integer(0, 0xFFFFFF)),
        "flags": anything(),  # discord.py 2.7.1 sends it with every embed; the document does not have it
        "timestamp": nullable(timestamp()),
        "description": nullable(text(0, 4096)),
        "author": nullable(
            record(
                {
                    "name": text(1, 256),
                    "url": nullable(url(2048, schemes=_WEB)),
                    "icon_url": nullable(url(2048)),
                    "proxy_icon_url": anything(),
                },
                required=("name",),
            )
        ),
        "image": nullable(_EMBED_MEDIA),
        "thumbnail": nullable(_EMBED_MEDIA),
        "footer": nullable(
            record(
                {"text": text(1, 2048), "icon_url": nullable(url(2048)), "proxy_icon_url": anything()},
                required=("text",),
            )
        ),
        "fields": nullable(
            array(
                record(
                    {"name": text(1, 256), "value": text(1, 1024), "inline": nullable(boolean())},
                    required=("name", "value"),
                ),
                maximum=25,
            )
        ),
        "provider": anything(),
        "video": anything(),
    }
)


def _embed(errors: FormErrors, path: Path, value: Any) -> None:
    """An embed that shows something."""
    _EMBED_FIELDS(errors, path, value)
    body = as_object(value)
    if body is not None and not any(body.get(name) for name in _SHOWN_OF_EMBEDS):
        errors.add((*path, "description"), "BASE_TYPE_REQUIRED", "This field is required")


_SHOWN_OF_EMBEDS = ("title", "description", "author", "image", "thumbnail", "footer", "fields", "video", "provider")
_ALLOWED_MENTIONS = record(
    {
        "parse": nullable(array(one_of(("users", "roles", "everyone")), distinct=True)),
        "users": nullable(array(snowflake(), maximum=100, distinct=True)),
        "roles": nullable(array(snowflake(), maximum=100, distinct=True)),
        "replied_user": nullable(boolean()),
    }
)
# An attachment that stays may be sent back as it came, so what Discord itself put there is taken too.
_ATTACHMENT = record(
    {
        "id": snowflake(),
        "filename": nullable(text(1, 1024)),
        "description": nullable(text(0, 1024)),
        "title": nullable(text(0, 1024)),
        "duration_secs": nullable(number()),
        "waveform": nullable(text(0, 400)),
        "is_spoiler": nullable(boolean()),
        "is_remix": nullable(boolean()),
        **dict.fromkeys(
            ("size", "url", "proxy_url", "spoiler", "width", "height", "content_type", "flags", "ephemeral"), anything()
        ),
    },
    required=("id",),
)
_REFERENCE = record(
    {
        "type": nullable(one_of((0,))),
        "message_id": snowflake(),
        "channel_id": nullable(snowflake()),
        "guild_id": nullable(snowflake()),
        "fail_if_not_exists": nullable(boolean()),
    },
    required=("message_id",),
)


def _nonce(errors: FormErrors, path: Path, value: Any) -> None:
    if isinstance(value, str):
        text(0, 25)(errors, path, value)
    else:
        integer(-(2**63), 2**63 - 1)(errors, path, value)


# Nobody in the sandbox has the subscription that Discord's other numbers (4000) need.
_SHARED: Mapping[str, Check] = {
    "content": nullable(text(0, MAX_CONTENT)),
    "embeds": nullable(array(_embed, maximum=10)),
    "allowed_mentions": nullable(_ALLOWED_MENTIONS),
    "components": anything(),
    "attachments": nullable(array(_ATTACHMENT, maximum=MAX_ATTACHMENTS)),
    "flags": nullable(integer(0, 2**31 - 1)),
    "tts": nullable(boolean()),
}
CREATE: Check = record(
    {
        **_SHARED,
        "message_reference": nullable(_REFERENCE),
        "nonce": nullable(_nonce),
        "enforce_nonce": nullable(boolean()),
    }
)
# discord.js 14 sends the two with every response and edit; Discord overlooks them here.
INTERACTION_CREATE: Check = record({**_SHARED, "nonce": anything(), "enforce_nonce": anything()})
EDIT: Check = INTERACTION_CREATE

# Plain numbers: inverting an IntFlag would forget the bits that have no name.
POSTABLE_FLAGS = int(MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS | MessageFlag.COMPONENTS_V2)


def check_flags(errors: FormErrors, body: JsonObject, allowed: int) -> None:
    """Add an error for each flag the route does not take."""
    flags = body.get("flags")
    if isinstance(flags, int) and flags & ~allowed:
        errors.add(("flags",), "MESSAGE_FLAGS_INVALID", f"Flags {flags & ~allowed} cannot be set here.")


def check_layout(errors: FormErrors, body: JsonObject, *, v2: bool) -> None:
    """Add errors for components, and for what may not stand beside Components V2."""
    if body.get("components") is not None:
        check_message_components(errors, body["components"], v2=v2)
    for name in ("content", "embeds"):
        if v2 and body.get(name):
            message = f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            errors.add((name,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", message)


def check_allowed_mentions(errors: FormErrors, body: JsonObject) -> None:
    """Add an error where a kind is both parsed and listed."""
    allowed = as_object(body.get("allowed_mentions")) or {}
    for kind in ("users", "roles"):
        if allowed.get(kind) and kind in (allowed.get("parse") or ()):
            message = f'"parse:["{kind}"]" and "{kind}: [ids...]" are mutually exclusive.'
            errors.add(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def check_embed_text(errors: FormErrors, body: JsonObject) -> None:
    """Add an error where all embeds together hold too much text."""
    total = 0
    for embed in objects_in(body.get("embeds")):
        texts = [embed.get("title"), embed.get("description")]
        texts += [
            (as_object(embed.get(part)) or {}).get(name) for part, name in (("author", "name"), ("footer", "text"))
        ]
        for field in objects_in(embed.get("fields")):
            texts += [field.get("name"), field.get("value")]
        total += sum(len(str(entry)) for entry in texts if entry is not None)
    if total > MAX_EMBED_TEXT:
        message = f"Embed size exceeds maximum size of {MAX_EMBED_TEXT}"
        errors.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", message)


def check_attachment_entries(
    errors: FormErrors, body: JsonObject, *, uploaded: Collection[int], kept: Collection[int]
) -> None:
    """Add errors for entries that name neither an upload nor a file of the message, and for uploads left out."""
    if body.get("attachments") is None:
        return
    named: set[int] = set()
    for index, entry in enumerate(objects_in(body["attachments"])):
        attachment_id = str(entry.get("id"))
        if attachment_id.isdigit():
            named.add(int(attachment_id))
            if int(attachment_id) not in uploaded and int(attachment_id) not in kept:
                message = f"Attachment data {attachment_id} cannot be found"
                errors.add(("attachments", index, "id"), "ATTACHMENT_NOT_FOUND", message)
    for index in sorted(set(uploaded) - named):
        message = f"files[{index}] is not among the attachments"
        errors.add(("attachments",), "ATTACHMENT_NOT_LISTED", message)
