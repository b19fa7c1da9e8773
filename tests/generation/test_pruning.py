"""Old rows go as the settings say; what moderators decided and what log channels still have to show stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from generation.pruning import Pruner
from storage import audit, open_forms
from storage.audit import AuditKind
from storage.database import Database
from tests.conftest import HandClock
from tests.storage.books import MAYA, ORCHARD


async def rows(database: Database, sql: str) -> list[str]:
    async with database.reading() as tx:
        return [row[0] for row in await tx.rows(sql)]


@pytest.mark.parametrize(("kept_days", "left"), [(None, 1204), (30, 4)])
async def test_rows_of_the_log_channel_go_after_their_days(
    database: Database, clock: HandClock, kept_days: int | None, left: int
) -> None:
    async with database.transaction() as tx:
        for number in range(1200):
            kind = AuditKind.REFUSED if number % 2 else AuditKind.IMAGE_MADE
            await audit.record(tx, guild_id=ORCHARD, actor_id=1, kind=kind, now=clock.now())
        await audit.record(tx, guild_id=ORCHARD, actor_id=1, kind=AuditKind.POOL_SET, now=clock.now())
        await tx.execute("INSERT INTO guild_setting (guild_id, log_channel_id) VALUES (?, 5)", (ORCHARD,))
        await audit.record(tx, guild_id=ORCHARD, actor_id=1, kind=AuditKind.REFUSED, now=clock.now())  # not shown yet
        later = clock.now() + timedelta(days=40)
        await tx.execute("UPDATE guild_setting SET log_channel_id = NULL")
        await audit.record(tx, guild_id=ORCHARD, actor_id=1, kind=AuditKind.REFUSED, now=later)
        await audit.record(tx, guild_id=ORCHARD, actor_id=1, kind=AuditKind.SUSPENDED, now=later)
    await clock.advance(45 * 86_400)
    await Pruner(database, clock, log_lines_kept=timedelta(days=kept_days) if kept_days else None).prune()
    assert len(await rows(database, "SELECT kind FROM audit_entry")) == left


async def test_open_forms_go_after_a_day_also_where_nobody_opens_another(database: Database, clock: HandClock) -> None:
    async with database.transaction() as tx:
        await open_forms.keep(tx, 1, MAYA, {}, clock.now())
    await clock.advance(86_401)
    await Pruner(database, clock, log_lines_kept=None).prune()
    assert await rows(database, "SELECT facts FROM open_form") == []
