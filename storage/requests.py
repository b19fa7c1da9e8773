"""Requests: one ask of one member, and the card that shows it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Self

from storage.accounts import Account
from storage.database import Transaction
from storage.errors import DuplicateRequestError
from storage.id_floors import next_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """What is stored of an ask that was accepted. Options are the provider's own words."""

    account: Account
    channel_id: int
    interaction_id: int
    prompt: str
    aspect_ratio: str
    resolution: str
    output_format: str
    image_count: int
    spoiler: bool
    notice_needed: bool
    card: CardPlace | None = None
    answer_token: str | None = field(default=None, repr=False)
    member_name: str = ""
    private: bool = False
    direct: bool = False
    parent_channel_id: int | None = None
    private_thread: bool = False


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a card is: a message in a channel, which may be a direct message's.

    Attributes:
        token: of the interaction that a private card answers: for 15 minutes the only way to edit it; else None.
    """

    channel_id: int
    message_id: int
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ReferenceSheet:
    """The small pictures of the references as they hang on the card. Id 0: they cannot be shown."""

    attachment_id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A stored request; what has a default is so when it is accepted.

    Attributes:
        member_name: as the guild showed it when it was asked for; "" where that is not known.
        private: whether only its member may see it.
        direct: whether it was asked for in direct messages with the bot.
        parent_channel_id: of the thread or forum post it was asked in, else None.
        sheet: None until the card shows the references, and where it has none.
        forgotten: whether its member wanted to be forgotten; the prompt is gone then.
        answer_token: of the interaction that a private card answers, while it may be edited with it.
        card: None until it was posted.
        cards_posted: how many times a card had to be posted by hand; makes the next one's nonce.
        revision: counts what the card has to show; the card is true where `shown_revision` equals it.
        notice_attempted_at: when its member was first told that it is finished, or None.
        notice_needed: whether the member still has to be told.
    """

    id: int
    account: Account
    channel_id: int
    interaction_id: int
    prompt: str
    aspect_ratio: str
    resolution: str
    output_format: str
    image_count: int
    spoiler: bool
    member_name: str
    private: bool
    direct: bool
    parent_channel_id: int | None
    private_thread: bool
    forgotten: bool = False
    sheet: ReferenceSheet | None = None
    answer_token: str | None = field(repr=False)
    card: CardPlace | None
    cards_posted: int = 0
    revision: int = 1
    shown_revision: int = 0
    notice_attempted_at: datetime | None = None
    notice_needed: bool
    created_at: datetime
    reference_count: int

    @property
    def card_in_guild(self) -> CardPlace | None:
        """Where others can see the card; None where it is private, in direct messages, or not posted."""
        if self.card is None or self.private or self.direct or self.card.channel_id != self.channel_id:
            return None
        return self.card

    @classmethod
    def from_row(cls, row: sqlite3.Row) -> Self:
        """Read a row of `request` with its `reference_count`."""
        card_message_id, attempted = row["card_message_id"], row["notice_attempted_at"]
        sheet_id = row["sheet_attachment_id"]
        return cls(
            id=row["id"],
            account=Account(guild_id=row["guild_id"], user_id=row["user_id"]),
            channel_id=row["channel_id"],
            interaction_id=row["interaction_id"],
            prompt=row["prompt"],
            aspect_ratio=row["aspect_ratio"],
            resolution=row["resolution"],
            output_format=row["output_format"],
            image_count=row["image_count"],
            spoiler=bool(row["spoiler"]),
            member_name=row["member_name"],
            private=bool(row["private"]),
            direct=bool(row["direct"]),
            parent_channel_id=row["parent_channel_id"],
            private_thread=bool(row["private_thread"]),
            forgotten=row["forgotten_at"] is not None,
            sheet=None if sheet_id is None else ReferenceSheet(sheet_id, row["sheet_attachment_name"]),
            answer_token=row["card_token"],
            card=None
            if card_message_id is None
            else CardPlace(row["card_channel_id"], card_message_id, row["card_token"]),
            cards_posted=row["cards_posted"],
            revision=row["revision"],
            shown_revision=row["shown_revision"],
            notice_attempted_at=None if attempted is None else datetime.fromtimestamp(attempted, UTC),
            notice_needed=bool(row["notice_needed"]),
            created_at=datetime.fromtimestamp(row["created_at"], UTC),
            reference_count=row["reference_count"],
        )


SELECT = (
    "SELECT request.*, (SELECT count(*) FROM request_reference WHERE request_id = request.id) AS reference_count"
    " FROM request"
)


async def insert(tx: Transaction, new: NewRequest, now: datetime, *, reference_count: int = 0) -> Request:
    """Store the request; return it, with as many references as the caller says that it will attach.

    Raises:
        DuplicateRequestError: the interaction made a request already; nothing was written.
    """
    try:
        request_id = await _insert(tx, new, now)
    except sqlite3.IntegrityError as error:
        earlier = await tx.row("SELECT id FROM request WHERE interaction_id = ?", (new.interaction_id,))
        if earlier is None:
            raise
        raise DuplicateRequestError(interaction_id=new.interaction_id, request_id=earlier["id"]) from error
    return Request(
        id=request_id,
        account=new.account,
        channel_id=new.channel_id,
        interaction_id=new.interaction_id,
        prompt=new.prompt,
        aspect_ratio=new.aspect_ratio,
        resolution=new.resolution,
        output_format=new.output_format,
        image_count=new.image_count,
        spoiler=new.spoiler,
        member_name=new.member_name,
        private=new.private,
        direct=new.direct,
        parent_channel_id=new.parent_channel_id,
        private_thread=new.private_thread,
        answer_token=new.answer_token,
        card=None if new.card is None else replace(new.card, token=new.answer_token),
        notice_needed=new.notice_needed,
        created_at=now.replace(microsecond=0),
        reference_count=reference_count,
    )


async def _insert(tx: Transaction, new: NewRequest, now: datetime) -> int:
    return await tx.insert(
        "INSERT INTO request (id, guild_id, channel_id, user_id, interaction_id, prompt,"  # noqa: S608 (SQL of ours)
        " aspect_ratio, resolution, output_format, image_count, spoiler, notice_needed, member_name, private, direct,"
        " parent_channel_id, private_thread, card_channel_id, card_message_id, card_token, created_at)"
        f" VALUES ({next_id('request')}, {', '.join('?' * 20)})",
        (
            new.account.guild_id,
            new.channel_id,
            new.account.user_id,
            new.interaction_id,
            new.prompt,
            new.aspect_ratio,
            new.resolution,
            new.output_format,
            new.image_count,
            new.spoiler,
            new.notice_needed,
            new.member_name,
            new.private,
            new.direct,
            new.parent_channel_id,
            new.private_thread,
            new.card.channel_id if new.card else None,
            new.card.message_id if new.card else None,
            new.answer_token,
            int(now.timestamp()),
        ),
    )


async def get(tx: Transaction, request_id: int) -> Request | None:
    """Return the request, or None where there is none."""
    row = await tx.row(f"{SELECT} WHERE id = ?", (request_id,))
    return None if row is None else Request.from_row(row)


async def resolutions_in_work(tx: Transaction) -> dict[int, str]:
    """Return the resolution of each request that the provider is drawing an image of, by its id."""
    rows = await tx.rows(
        "SELECT id, resolution FROM request WHERE id IN (SELECT request_id FROM job INDEXED BY job_live"
        " WHERE state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering') AND state = 'running')"
    )
    return {row["id"]: row["resolution"] for row in rows}


async def ids_to_show(tx: Transaction) -> list[int]:
    """Return the requests whose card or final mention is behind, oldest first."""
    rows = await tx.rows("SELECT id FROM request WHERE revision <> shown_revision OR notice_needed ORDER BY id")
    return [row["id"] for row in rows]


async def set_card(tx: Transaction, request_id: int, place: CardPlace) -> None:
    """Remember where the card is."""
    await tx.execute(
        "UPDATE request SET card_channel_id = ?, card_message_id = ?, card_token = ? WHERE id = ?",
        (place.channel_id, place.message_id, place.token, request_id),
    )


async def forget_tokens(tx: Transaction, before: datetime) -> None:
    """Forget the tokens of cards asked for before a moment: they are of no use any more."""
    await tx.execute(
        "UPDATE request SET card_token = NULL WHERE card_token IS NOT NULL AND created_at < ?",
        (int(before.timestamp()),),
    )


async def replace_card(tx: Transaction, request_id: int) -> None:
    """Forget a card that is gone, and the pictures that hung on it, so that a new one gets a nonce of its own."""
    await tx.execute(
        "UPDATE request SET card_channel_id = NULL, card_message_id = NULL, card_token = NULL,"
        " cards_posted = cards_posted + 1 WHERE id = ?",
        (request_id,),
    )
    await forget_pictures(tx, request_id)


async def forget_pictures(tx: Transaction, request_id: int) -> None:
    """Note that nothing hangs on the card any more, so that all its pictures are posted again."""
    await tx.execute(
        "UPDATE request SET shown_revision = 0, sheet_attachment_id = NULL, sheet_attachment_name = NULL WHERE id = ?",
        (request_id,),
    )
    await tx.execute("UPDATE job SET attachment_id = NULL, attachment_name = NULL WHERE request_id = ?", (request_id,))


async def set_sheet(tx: Transaction, request_id: int, sheet: ReferenceSheet) -> None:
    """Note which attachment of the card shows the references, or that none can."""
    await tx.execute(
        "UPDATE request SET sheet_attachment_id = ?, sheet_attachment_name = ? WHERE id = ?",
        (sheet.attachment_id, sheet.name, request_id),
    )


async def show_anew(tx: Transaction, request_id: int) -> None:
    """Note that the card has something else to show than its jobs' states tell."""
    await tx.execute("UPDATE request SET revision = revision + 1 WHERE id = ?", (request_id,))


async def mark_shown(tx: Transaction, request_id: int, revision: int) -> None:
    """Note that the card shows `revision`."""
    await tx.execute("UPDATE request SET shown_revision = ? WHERE id = ?", (revision, request_id))


async def attempt_notice(tx: Transaction, request_id: int, now: datetime) -> None:
    """Note, before the final mention is sent, that it is."""
    await tx.execute(
        "UPDATE request SET notice_attempted_at = coalesce(notice_attempted_at, ?) WHERE id = ?",
        (int(now.timestamp()), request_id),
    )


async def close_notice(tx: Transaction, request_id: int) -> None:
    """Note that the member was told, or need not be."""
    await tx.execute("UPDATE request SET notice_needed = 0 WHERE id = ?", (request_id,))
