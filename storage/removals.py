"""What still has to be removed outside the database: files of the media folder, and messages at Discord.

A row is written in the transaction that decides it and goes when the thing is gone, so a crash forgets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.database import Transaction


class FileKind(StrEnum):
    """Which folder of the media store a file is in."""

    RESULT = "result"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class FileToRemove:
    """A file by the hash of its bytes."""

    kind: FileKind
    sha256: str
    image_type: str


@dataclass(frozen=True, slots=True)
class MessageToRemove:
    """A message of ours. `is_log`: a message of a log channel, which stays and is told anew without forgotten words."""

    channel_id: int
    message_id: int
    is_log: bool


async def add_file(tx: Transaction, kind: FileKind, sha256: str, image_type: str) -> None:
    """Note a file that nothing needs any more."""
    await tx.execute("INSERT OR IGNORE INTO file_removal VALUES (?, ?, ?)", (kind, sha256, image_type))


async def files(tx: Transaction, *, limit: int) -> list[FileToRemove]:
    """Return files that have to go."""
    rows = await tx.rows("SELECT * FROM file_removal LIMIT ?", (limit,))
    return [FileToRemove(FileKind(row["kind"]), row["sha256"], row["image_type"]) for row in rows]


async def strangers(tx: Transaction, kind: FileKind, hashes: Sequence[str]) -> set[str]:
    """Return those of up to 900 hashes that no job or reference names."""
    places = ", ".join("?" * len(hashes))
    if kind is FileKind.REFERENCE:
        sql = f"SELECT sha256 FROM reference WHERE removed_at IS NULL AND sha256 IN ({places})"  # noqa: S608
    else:
        sql = f"SELECT result_sha256 FROM job WHERE deleted_at IS NULL AND result_sha256 IN ({places})"  # noqa: S608
    return set(hashes) - {row[0] for row in await tx.rows(sql, tuple(hashes))}


async def is_needed_again(tx: Transaction, file: FileToRemove) -> bool:
    """Return whether somebody came to need a file's bytes since its removal was decided."""
    if file.kind is FileKind.REFERENCE:
        sql = "SELECT 1 FROM reference WHERE sha256 = ? AND image_type = ? AND removed_at IS NULL"
    else:
        sql = "SELECT 1 FROM job WHERE result_sha256 = ? AND result_type = ? AND deleted_at IS NULL"
    return await tx.row(sql, (file.sha256, file.image_type)) is not None


async def has_picture(tx: Transaction, sha256: str) -> bool:
    """Return whether the bytes with that hash are still kept in either folder, so that their small copy stays."""
    sql = (
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM reference WHERE sha256 = ? AND removed_at IS NULL)"
        " OR EXISTS (SELECT 1 FROM job WHERE result_sha256 = ? AND deleted_at IS NULL)"
    )
    return await tx.row(sql, (sha256, sha256)) is not None


async def close_file(tx: Transaction, file: FileToRemove) -> None:
    """Note that a file is gone, or stays."""
    await tx.execute(
        "DELETE FROM file_removal WHERE kind = ? AND sha256 = ? AND image_type = ?",
        (file.kind, file.sha256, file.image_type),
    )


async def add_message(tx: Transaction, channel_id: int, message_id: int) -> None:
    """Note a message that has to be deleted."""
    await tx.execute(
        "INSERT OR IGNORE INTO message_removal (channel_id, message_id) VALUES (?, ?)", (channel_id, message_id)
    )


async def messages(tx: Transaction, *, limit: int, skip: int = 0) -> list[MessageToRemove]:
    """Return messages that have to go, after the first `skip` of them."""
    rows = await tx.rows(
        "SELECT * FROM message_removal ORDER BY channel_id, message_id LIMIT ? OFFSET ?", (limit, skip)
    )
    return [MessageToRemove(row["channel_id"], row["message_id"], bool(row["is_log"])) for row in rows]


async def close_message(tx: Transaction, message: MessageToRemove) -> None:
    """Note that a message is gone, or cannot be reached."""
    await tx.execute(
        "DELETE FROM message_removal WHERE channel_id = ? AND message_id = ?", (message.channel_id, message.message_id)
    )
