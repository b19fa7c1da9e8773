"""Messages come into being, change and go, under Discord's rules for their content."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.json_values import JsonObject, objects_in
from sandbox.local_discord.broadcast import Broadcast
from sandbox.local_discord.cdn import Cdn, ReceivedFile, public_filename
from sandbox.local_discord.clock import Clock
from sandbox.local_discord.components import (
    ATTACHMENT_SCHEME,
    check_attachment_references,
    displayed_text,
    media_of,
    with_numeric_ids,
)
from sandbox.local_discord.errors import ApiError, FormErrors
from sandbox.local_discord.forms import Check
from sandbox.local_discord.mentions import mentions_in
from sandbox.local_discord.message_forms import (
    EDIT,
    MAX_ATTACHMENTS,
    POSTABLE_FLAGS,
    check_allowed_mentions,
    check_attachment_entries,
    check_embed_text,
    check_flags,
    check_layout,
)
from sandbox.local_discord.permissions import Permission, channel_permissions
from sandbox.local_discord.world import Attachment, Channel, Message, MessageFlag, User, World

LATE_AFTER_S = 3600.0
LATE_EDITS_PER_HOUR = 5  # Discord has such a cap (30046) but does not say the number

DEFAULT = 0
REPLY = 19
CHAT_INPUT_COMMAND = 20
CONTEXT_MENU_COMMAND = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of the request; `index` is the n of its part's name, files[n]."""

    index: int
    file: ReceivedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request that makes or changes a message: its body, its files, and what one file may weigh."""

    body: JsonObject
    uploads: Sequence[Upload]
    file_limit_bytes: int

    def described(self) -> dict[int, JsonObject]:
        """Return the body's `attachments` by id, which is an upload's index or the id of a file that stays."""
        return {int(entry["id"]): entry for entry in objects_in(self.body.get("attachments"))}

    def filename(self, upload: Upload) -> str:
        """Return the name a file is to have: the one in its entry goes before the one of its part."""
        return str(self.described().get(upload.index, {}).get("filename") or upload.file.filename)


@dataclass(frozen=True, slots=True, kw_only=True)
class _AfterEdit:
    """What a message will be once an edit is done."""

    flags: int
    content: str
    embeds: list[JsonObject]
    components: list[JsonObject]
    remaining: list[Attachment]

    def shows_something(self, *, uploads: int) -> bool:
        files = (self.remaining or uploads) and not self.flags & MessageFlag.COMPONENTS_V2
        return bool(self.content.strip() or self.embeds or self.components or files)


class Messages:
    """Applies the rules, keeps the world's messages and tells everybody."""

    def __init__(self, world: World, cdn: Cdn, clock: Clock, broadcast: Broadcast) -> None:
        self._world = world
        self._cdn = cdn
        self._clock = clock
        self._broadcast = broadcast

    async def create(
        self, channel: Channel, incoming: Incoming, *, form: Check, draft: Message, flags_allowed: int = POSTABLE_FLAGS
    ) -> Message:
        """Fill the draft from the request, put it in the channel and return it; raises `ApiError`."""
        body = incoming.body
        v2 = bool(_flags_of(body) & MessageFlag.COMPONENTS_V2)
        self._check(incoming, form=form, v2=v2, flags_allowed=flags_allowed, kept=())
        draft.flags |= _flags_of(body)
        draft.content = body.get("content") or ""
        draft.embeds = copy.deepcopy(body.get("embeds") or [])
        components = copy.deepcopy(body.get("components") or [])
        if not (draft.content.strip() or draft.embeds or components or (incoming.uploads and not v2)):
            raise ApiError(50006)
        draft.attachments = await self._attachments(channel, incoming)
        self._set_components(draft, components)
        self._set_mentions(channel, draft, body)
        self.publish(channel, draft)
        return draft

    def publish(self, channel: Channel, message: Message) -> None:
        """Put a finished message into the channel and show it."""
        channel.messages[message.id] = message
        self._broadcast.message_created(message)

    async def edit(self, message: Message, incoming: Incoming) -> Message:
        """Change what the request names and return the message; raises `ApiError` with nothing changed."""
        channel = self._world.channel(message.channel_id)
        after = self._checked_edit(message, incoming)
        self._count_late_edit(message)
        filled_in = message.loading
        removed = [attachment for attachment in message.attachments if attachment not in after.remaining]
        message.attachments = after.remaining + await self._attachments(channel, incoming)
        message.flags = after.flags & ~int(MessageFlag.LOADING)
        message.content, message.embeds = after.content, after.embeds
        self._set_components(message, after.components)
        self._set_mentions(channel, message, incoming.body)
        if not filled_in:  # what replaces "thinking" is the answer itself and not a change of it
            message.edited_at_s = self._clock.now()
        for attachment in removed:
            self._cdn.forget(attachment)
        self._broadcast.message_updated(message)
        return message

    def _checked_edit(self, message: Message, incoming: Incoming) -> _AfterEdit:
        """Return what the message will be; raises `ApiError`."""
        body = incoming.body
        kept = [attachment.id for attachment in message.attachments]
        flags = message.flags | (_flags_of(body) & ~int(MessageFlag.EPHEMERAL))
        v2 = bool(flags & MessageFlag.COMPONENTS_V2)
        # What stays of a classic message may not stand beside Components V2 either.
        stays: JsonObject = {"content": message.content, "embeds": message.embeds} if v2 else {}
        checked = Incoming(body={**stays, **body}, uploads=incoming.uploads, file_limit_bytes=incoming.file_limit_bytes)
        self._check(checked, form=EDIT, v2=v2, flags_allowed=POSTABLE_FLAGS | int(MessageFlag.EPHEMERAL), kept=kept)
        after = _AfterEdit(
            flags=flags,
            content=(body["content"] or "") if "content" in body else message.content,
            embeds=copy.deepcopy((body["embeds"] or []) if "embeds" in body else message.embeds),
            components=copy.deepcopy((body["components"] or []) if "components" in body else message.components),
            remaining=self._remaining(message, body),
        )
        self._check_files(after, incoming)
        if not after.shows_something(uploads=len(incoming.uploads)):
            raise ApiError(50006)
        return after

    def delete(self, message: Message) -> None:
        """Remove the message and its files."""
        channel = self._world.channel(message.channel_id)
        channel.messages.pop(message.id, None)
        for attachment in message.attachments:
            self._cdn.forget(attachment)
        self._broadcast.message_deleted(channel, message)

    def hide(self, channel: Channel, message: Message) -> None:
        """Take an ephemeral message from its one reader's sight."""
        self._broadcast.message_deleted(channel, message)

    def say(
        self,
        user: User,
        channel: Channel,
        content: str,
        files: Sequence[Attachment],
        *,
        reply_to: Message | None = None,
    ) -> Message:
        """Post a member's own message; the files stop being ephemeral."""
        for attachment in files:
            self._cdn.move(attachment, channel_id=channel.id)
        reference: JsonObject | None = None
        if reply_to is not None:
            reference = {"type": 0, "message_id": str(reply_to.id), "channel_id": str(channel.id)}
            if channel.guild_id is not None:
                reference["guild_id"] = str(channel.guild_id)
        message = Message(
            id=self._world.snowflakes.next(),
            channel_id=channel.id,
            author_id=user.id,
            created_at_s=self._clock.now(),
            type=DEFAULT if reference is None else REPLY,
            content=content,
            attachments=list(files),
            reference=reference,
        )
        self._set_mentions(channel, message, {})
        self.publish(channel, message)
        return message

    def _check(self, incoming: Incoming, *, form: Check, v2: bool, flags_allowed: int, kept: Sequence[int]) -> None:
        errors, body = FormErrors(), incoming.body
        form(errors, (), body)
        errors.raise_if_any()
        check_flags(errors, body, flags_allowed)
        check_layout(errors, body, v2=v2)
        check_allowed_mentions(errors, body)
        check_embed_text(errors, body)
        uploaded = [upload.index for upload in incoming.uploads]
        check_attachment_entries(errors, body, uploaded=uploaded, kept=kept)
        if len(uploaded) > MAX_ATTACHMENTS:
            message = f"Must be {MAX_ATTACHMENTS} or fewer in length."
            errors.add(("attachments",), "BASE_TYPE_MAX_LENGTH", message)
        errors.raise_if_any()
        if any(upload.file.size_bytes > incoming.file_limit_bytes for upload in incoming.uploads):
            raise ApiError(40005)
        if not kept:
            check_attachment_references(errors, body.get("components"), _upload_names(incoming))
            errors.raise_if_any()

    def _remaining(self, message: Message, body: JsonObject) -> list[Attachment]:
        """Return the files that stay, in the order the request gives."""
        if "attachments" not in body:
            return list(message.attachments)
        listed = {int(entry["id"]): entry for entry in objects_in(body["attachments"])}
        by_id = {attachment.id: attachment for attachment in message.attachments}
        remaining = [by_id[attachment_id] for attachment_id in listed if attachment_id in by_id]
        for attachment in remaining:
            if "description" in listed[attachment.id]:
                attachment.description = listed[attachment.id]["description"]
        return remaining

    def _check_files(self, after: _AfterEdit, incoming: Incoming) -> None:
        """Refuse an edit that leaves too many files, or components that show a file it takes away."""
        errors = FormErrors()
        if len(after.remaining) + len(incoming.uploads) > MAX_ATTACHMENTS:
            errors.add(("attachments",), "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_ATTACHMENTS} or fewer in length.")
        names = _upload_names(incoming) | {attachment.filename for attachment in after.remaining}
        check_attachment_references(errors, after.components, names)
        errors.raise_if_any()

    def _count_late_edit(self, message: Message) -> None:
        now = self._clock.now()
        if now - message.created_at_s < LATE_AFTER_S:
            return
        message.late_edits_at_s = [at for at in message.late_edits_at_s if now - at < LATE_AFTER_S]
        if len(message.late_edits_at_s) >= LATE_EDITS_PER_HOUR:
            raise ApiError(30046, retry_after_s=message.late_edits_at_s[0] + LATE_AFTER_S - now)
        message.late_edits_at_s.append(now)

    async def _attachments(self, channel: Channel, incoming: Incoming) -> list[Attachment]:
        described = incoming.described()
        made: list[Attachment] = []
        for upload in sorted(incoming.uploads, key=lambda upload: upload.index):
            entry = described.get(upload.index, {})
            file = ReceivedFile(
                filename=incoming.filename(upload),
                path=upload.file.path,
                size_bytes=upload.file.size_bytes,
            )
            attachment = await self._cdn.attach(file, channel_id=channel.id)
            attachment.description = entry.get("description")
            made.append(attachment)
        return made

    def _set_components(self, message: Message, components: list[JsonObject]) -> None:
        """Keep the components, each picture bound to the file it names."""
        by_name = {attachment.filename: attachment.id for attachment in message.attachments}
        for _, media in media_of(components):
            address = str(media["url"])
            if address.startswith(ATTACHMENT_SCHEME):
                media["attachment_id"] = str(by_name[address.removeprefix(ATTACHMENT_SCHEME)])
            elif (known := self._cdn.attachment_at(address)) is not None:
                media["attachment_id"] = str(known.id)
        message.components = with_numeric_ids(components)

    def _set_mentions(self, channel: Channel, message: Message, body: JsonObject) -> None:
        replied_user_id = None
        if message.reference is not None:
            target = channel.messages.get(int(message.reference["message_id"]))
            replied_user_id = None if target is None else target.author_id
        text = f"{message.content}\n{displayed_text(message.components)}"
        found = mentions_in(text, body.get("allowed_mentions"), replied_user_id=replied_user_id)
        message.mention_ids = [user_id for user_id in found.user_ids if user_id in self._world.users]
        guild = self._world.guild_of(channel)
        message.mention_role_ids = [role_id for role_id in found.role_ids if guild and role_id in guild.roles]
        author = guild.members.get(message.author_id) if guild else None
        may_ping_everyone = (
            guild is not None
            and author is not None
            and bool(channel_permissions(guild, author, channel) & Permission.MENTION_EVERYONE)
        )
        message.mention_everyone = found.everyone and may_ping_everyone


def _flags_of(body: JsonObject) -> int:
    """Return the flags, 0 where they are absent or not a number; the form says the rest."""
    flags = body.get("flags")
    return flags if isinstance(flags, int) else 0


def _upload_names(incoming: Incoming) -> set[str]:
    return {public_filename(incoming.filename(upload)) for upload in incoming.uploads}
