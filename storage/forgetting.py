"""Forgetting a member: their words and pictures go, their lines of the ledger become nobody's, their credits stay.

It takes several transactions, as a member may have made very much; what is begun is carried on after a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage import accounts, deletions, presets, references, removals
from storage.accounts import Account
from storage.database import Transaction
from storage.errors import StillWorkingError
from storage.ledger import CARRIED_OVER
from storage.removals import FileKind

REQUESTS_AT_ONCE = 20
LONGER_THAN_A_MONTH = timedelta(days=40)
_THEIR_PRESETS = "user_id = ? OR (user_id = 0 AND set_by = ?)"
"""What a moderator saved for the guild is in their words too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """A member who is being forgotten. `nobody_id`: below 0, whose their lines of the ledger are now."""

    user_id: int
    nobody_id: int
    up_to_request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of a member, in all guilds together."""

    requests: int
    images: int
    presets: int


async def held(tx: Transaction, user_id: int) -> Held:
    """Return how much is held of a member."""
    return Held(
        requests=await tx.value("SELECT count(*) FROM request WHERE user_id = ?", (user_id,)),
        images=await tx.value(
            "SELECT count(*) FROM request JOIN job ON job.request_id = request.id"
            " WHERE request.user_id = ? AND job.result_sha256 IS NOT NULL AND job.deleted_at IS NULL",
            (user_id,),
        ),
        presets=await tx.value(f"SELECT count(*) FROM preset WHERE {_THEIR_PRESETS}", (user_id, user_id)),  # noqa: S608 (ours)
    )


async def begin(tx: Transaction, user_id: int, now: datetime) -> Forgetting:
    """Make the ledger anonymous, carry the credits over, erase the presets, and note that the rest has to follow.

    Raises:
        StillWorkingError: images of theirs are waiting or being made; nothing was written.
    """
    unfinished = await tx.value(
        "SELECT count(*) FROM job INDEXED BY job_live WHERE user_id = ?"
        " AND state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering')",
        (user_id,),
    )
    if unfinished:
        raise StillWorkingError(unfinished)
    nobody_id = await tx.value("SELECT min(0, coalesce(min(user_id), 0)) - 1 FROM account")
    begun = Forgetting(
        user_id=user_id,
        nobody_id=nobody_id,
        up_to_request_id=await tx.value("SELECT max(id) FROM request WHERE user_id = ?", (user_id,)),
    )
    for row in await tx.rows("SELECT guild_id FROM account WHERE user_id = ?", (user_id,)):
        await _make_nobodys(tx, Account(guild_id=row["guild_id"], user_id=user_id), nobody_id, now)
    await tx.execute("DELETE FROM star WHERE user_id = ?", (user_id,))
    await tx.execute("DELETE FROM open_form WHERE user_id = ?", (user_id,))
    await _erase_presets(tx, begun, now)
    await tx.execute(
        "INSERT OR REPLACE INTO forgetting VALUES (?, ?, ?, ?)",
        (user_id, nobody_id, begun.up_to_request_id, int(now.timestamp())),
    )
    return begun


async def unfinished(tx: Transaction) -> list[Forgetting]:
    """Return the members whose forgetting was begun."""
    rows = await tx.rows("SELECT * FROM forgetting ORDER BY created_at")
    return [
        Forgetting(user_id=row["user_id"], nobody_id=row["nobody_id"], up_to_request_id=row["up_to_request_id"])
        for row in rows
    ]


async def erase_some(tx: Transaction, begun: Forgetting, now: datetime) -> bool:
    """Erase some of the member's requests; return whether there may be more."""
    rows = await tx.rows(
        "SELECT id FROM request WHERE user_id = ? AND id <= ? ORDER BY id LIMIT ?",
        (begun.user_id, begun.up_to_request_id, REQUESTS_AT_ONCE),
    )
    for row in rows:
        await _erase_request(tx, row["id"], begun, now)
    return len(rows) == REQUESTS_AT_ONCE


async def finish(tx: Transaction, begun: Forgetting) -> None:
    """Note that nothing is left; a forgetting that was asked for anew meanwhile stays to be done."""
    await tx.execute("DELETE FROM forgetting WHERE user_id = ? AND nobody_id = ?", (begun.user_id, begun.nobody_id))


async def _make_nobodys(tx: Transaction, account: Account, nobody_id: int, now: datetime) -> None:
    """Give the account's past to nobody, and start it anew with the same credits to spend.

    What was used of the allowance is kept by quarters of an hour, at which all days of all time zones begin, and so
    counts in the same day, week or month by whatever rule comes. What is older counts only where it never comes back.
    """
    row = await tx.row("SELECT allowance, grants FROM account WHERE guild_id = ? AND user_id = ?", account.key)
    used = await tx.rows(
        "SELECT -sum(allowance_part) AS amount, max(counts_at) AS at FROM ledger_entry"
        " WHERE guild_id = ? AND user_id = ? AND kind IN ('reserve', 'refund', 'adjust') AND allowance_part <> 0"
        " GROUP BY max(counts_at, ?) / 900 HAVING amount <> 0 ORDER BY at",
        (*account.key, int((now - LONGER_THAN_A_MONTH).timestamp())),
    )
    assert row is not None
    nobody = Account(guild_id=account.guild_id, user_id=nobody_id)
    for table in ("account", "ledger_entry"):
        await tx.execute(
            f"UPDATE {table} SET user_id = ? WHERE guild_id = ? AND user_id = ?",  # noqa: S608 (ours)
            (nobody_id, *account.key),
        )
    await _enter(tx, nobody, "expire", -row["allowance"], -row["allowance"], int(now.timestamp()), now)
    await _enter(tx, nobody, "adjust", -row["grants"], 0, int(now.timestamp()), now)
    await accounts.open_account(tx, account)
    for one in used:
        await _enter(tx, account, "allowance", one["amount"], one["amount"], one["at"], now)
        await _enter(tx, account, "adjust", -one["amount"], -one["amount"], one["at"], now)
    await _enter(tx, account, "adjust", row["grants"], 0, int(now.timestamp()), now)


async def _enter(
    tx: Transaction, account: Account, kind: str, amount: int, allowance_part: int, counts_at: int, now: datetime
) -> None:
    if amount:
        await tx.insert(
            "INSERT INTO ledger_entry (guild_id, user_id, kind, amount, allowance_part, counts_at, note, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*account.key, kind, amount, allowance_part, counts_at, CARRIED_OVER, int(now.timestamp())),
        )


async def _erase_presets(tx: Transaction, begun: Forgetting, now: datetime) -> None:
    """Erase the presets they saved, the forms that others opened with them, and their names in the guilds' logs."""
    ours = (begun.user_id, begun.user_id)
    for row in await tx.rows(f"SELECT id FROM preset WHERE {_THEIR_PRESETS}", ours):  # noqa: S608 (ours)
        await tx.execute("DELETE FROM open_form WHERE json_extract(facts, '$.preset_id') = ?", (row["id"],))
        await presets.delete(tx, row["id"], now)
    nameless = '{"name": ""}'
    named = (
        "WHERE actor_id = ? AND kind IN ('preset_saved', 'preset_deleted')"
        " AND coalesce(before, '') <> ? AND coalesce(after, '') <> ?"
    )
    await tx.execute(
        "INSERT OR IGNORE INTO message_removal (channel_id, message_id, is_log)"  # noqa: S608 (ours)
        f" SELECT log_channel_id, log_message_id, 1 FROM audit_entry {named} AND log_message_id IS NOT NULL",
        (begun.user_id, nameless, nameless),
    )
    await tx.execute(
        f"UPDATE audit_entry SET before = iif(before IS NULL, NULL, ?), after = iif(after IS NULL, NULL, ?) {named}",  # noqa: S608 (ours)
        (nameless, nameless, begun.user_id, nameless, nameless),
    )


async def _erase_request(tx: Transaction, request_id: int, begun: Forgetting, now: datetime) -> None:
    moment = int(now.timestamp())
    row = await tx.row("SELECT card_channel_id, card_message_id FROM request WHERE id = ?", (request_id,))
    if row is not None and row["card_message_id"] is not None:
        await removals.add_message(tx, row["card_channel_id"], row["card_message_id"])
    attached = await tx.rows("SELECT reference_id FROM request_reference WHERE request_id = ?", (request_id,))
    await tx.execute("DELETE FROM request_reference WHERE request_id = ?", (request_id,))
    for reference in attached:
        await references.release(tx, reference["reference_id"], now)
    for job in await tx.rows("SELECT id, result_sha256, result_type FROM job WHERE request_id = ?", (request_id,)):
        await deletions.withdraw_posts(tx, job["id"], now)
        await tx.execute(
            "INSERT OR IGNORE INTO message_removal (channel_id, message_id, is_log)"
            " SELECT log_channel_id, log_message_id, 1 FROM audit_entry"
            " WHERE job_id = ? AND log_message_id IS NOT NULL",
            (job["id"],),
        )
        await tx.execute("DELETE FROM star WHERE job_id = ?", (job["id"],))
        await tx.execute(
            "UPDATE audit_entry SET actor_id = ? WHERE job_id = ? AND actor_id = ?",
            (begun.nobody_id, job["id"], begun.user_id),
        )
        if job["result_sha256"] is not None:
            await _erase_image(tx, job["result_sha256"], job["result_type"], now)
    await tx.execute(
        "UPDATE job SET user_id = ?, result_url = NULL, failure_text = NULL, result_sha256 = NULL,"
        " attachment_id = NULL, attachment_name = NULL, deleted_at = coalesce(deleted_at, ?), deleted_by = ?"
        " WHERE request_id = ?",
        (begun.nobody_id, moment, begun.nobody_id, request_id),
    )
    await tx.execute(
        "UPDATE request SET user_id = ?, prompt = '-', member_name = '', forgotten_at = ?,"
        " card_channel_id = NULL, card_message_id = NULL, card_token = NULL,"
        " sheet_attachment_id = NULL, sheet_attachment_name = NULL, notice_needed = 0, shown_revision = revision"
        " WHERE id = ?",
        (begun.nobody_id, moment, request_id),
    )


async def _erase_image(tx: Transaction, sha256: str, image_type: str, now: datetime) -> None:
    """Remove a picture, and the copies of it that serve others as a reference."""
    await removals.add_file(tx, FileKind.RESULT, sha256, image_type)
    row = await tx.row("SELECT id FROM reference WHERE sha256 = ? AND removed_at IS NULL", (sha256,))
    if row is not None:
        await tx.execute(
            "UPDATE preset SET lost_references = lost_references + (SELECT count(*) FROM preset_reference"
            " WHERE preset_id = preset.id AND reference_id = ?)"
            " WHERE id IN (SELECT preset_id FROM preset_reference WHERE reference_id = ?)",
            (row["id"], row["id"]),
        )
        await tx.execute("DELETE FROM preset_reference WHERE reference_id = ?", (row["id"],))
        await tx.execute(
            "DELETE FROM open_form WHERE EXISTS"
            " (SELECT 1 FROM json_each(open_form.facts, '$.reference_ids') WHERE value = ?)",
            (row["id"],),
        )
        await references.release(tx, row["id"], now, though_used=True)
