"""A small bookkeeper for tests: makes requests and jobs as the product does, and audits the ledger."""

from __future__ import annotations

from datetime import datetime

from storage import accounts, jobs, ledger, requests
from storage.accounts import Account, Balance
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings
from storage.requests import NewRequest

ORCHARD = 1001
MAYA = Account(guild_id=ORCHARD, user_id=1)
THEO = Account(guild_id=ORCHARD, user_id=2)
DEFAULTS = GuildSettings()


async def reserve_job(
    database: Database,
    now: datetime,
    *,
    account: Account = MAYA,
    interaction_id: int = 1,
    price: int = 18,
    settings: GuildSettings = DEFAULTS,
) -> int:
    """Store a request of one image and pay for it; return the job's id."""
    async with database.transaction() as tx:
        held = await accounts.balance(tx, account, settings, now)
        await ledger.provide(tx, account, held, needed=price, now=now)
        request_id = (await requests.insert(tx, new_request(account, interaction_id), now)).id
        job_id = (await jobs.insert(tx, account, request_id=request_id, position=1, price=price, now=now)).id
        await ledger.reserve(tx, account, job_id=job_id, amount=price, now=now)
    return job_id


def new_request(account: Account, interaction_id: int) -> NewRequest:
    return NewRequest(
        account=account,
        channel_id=2001,
        interaction_id=interaction_id,
        prompt="a fox",
        aspect_ratio="1:1",
        resolution="1K",
        output_format="png",
        image_count=1,
        spoiler=False,
        notice_needed=True,
    )


async def balance_of(
    database: Database, now: datetime, account: Account = MAYA, settings: GuildSettings = DEFAULTS
) -> Balance:
    async with database.transaction() as tx:
        return await accounts.balance(tx, account, settings, now)


async def kinds(tx: Transaction) -> list[tuple[str, int]]:
    """Return (kind, amount) of every ledger entry, oldest first."""
    return [(row["kind"], row["amount"]) for row in await tx.rows("SELECT kind, amount FROM ledger_entry ORDER BY id")]


async def audit(database: Database) -> None:
    """Recount every account and all spending from their entries; each closed job was closed once and in full."""
    async with database.reading() as tx:
        wrong = await tx.rows(
            "SELECT guild_id, user_id FROM account LEFT JOIN (SELECT guild_id, user_id, sum(amount) AS total,"
            " sum(allowance_part) AS part FROM ledger_entry GROUP BY guild_id, user_id) USING (guild_id, user_id)"
            " WHERE allowance <> coalesce(part, 0) OR grants <> coalesce(total, 0) - coalesce(part, 0)"
        )
        open_or_double = await tx.rows(
            "SELECT job.id FROM job LEFT JOIN ledger_entry e ON e.job_id = job.id"
            " GROUP BY job.id HAVING count(e.id) <>"
            " CASE WHEN job.state IN ('queued', 'submitting', 'uncertain', 'running') THEN 1 ELSE 2 END"
        )
        refunds = await tx.rows(
            "SELECT job_id FROM ledger_entry e WHERE kind = 'refund' AND amount <>"
            " (SELECT -amount FROM ledger_entry r WHERE r.job_id = e.job_id AND r.kind = 'reserve')"
        )
        miscounted = await tx.rows(
            "SELECT guild_id, quarter, sum(amount) FROM ("
            " SELECT guild_id, quarter, amount FROM spending"
            " UNION ALL SELECT guild_id, counts_at / 900, amount FROM ledger_entry WHERE kind IN ('reserve', 'refund')"
            " UNION ALL SELECT 0, counts_at / 900, amount FROM ledger_entry WHERE kind IN ('reserve', 'refund')"
            ") GROUP BY guild_id, quarter HAVING sum(amount) <> 0"
        )
    assert [tuple(row) for row in miscounted] == []
    assert ([tuple(row) for row in wrong], [tuple(row) for row in open_or_double]) == ([], [])
    assert [tuple(row) for row in refunds] == []
