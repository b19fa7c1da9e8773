"""A database that cannot be used for a while loses nothing of what happened meanwhile."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from generation.answers import TaskState, TaskStatus
from generation.asking import Ask, Asker
from generation.client import KieClient
from generation.delivery import Delivery
from generation.intake import Intake
from generation.media import MediaStore
from generation.options import GenerationRequest
from generation.prices import PriceTable
from generation.queue import GenerationQueue, Limits
from storage.database import Database, Transaction
from storage.errors import Trouble
from storage.guild_settings import GuildSettings
from tests.conftest import HandClock
from tests.storage.books import MAYA


class LockedAround:
    """A provider that takes every create; another program holds the database just before it is sent, or just after."""

    def __init__(self, database: Database, path: Path, *, after_sending: bool) -> None:
        self.created = 0
        self._other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._after_sending = after_sending
        self._failures = 0
        database.on_trouble = self._count

    async def create(self, _order: Any, *, before_send: Any, **_more: Any) -> str:
        if not self._after_sending and not self._failures:
            self._other.execute("BEGIN IMMEDIATE")
        await before_send()
        self.created += 1
        if self._after_sending:
            self._other.execute("BEGIN IMMEDIATE")
        return "task-1"

    def _count(self, trouble: Trouble) -> None:
        assert trouble is Trouble.LOCKED
        self._failures += 1
        if self._failures == 4:
            self._other.close()


@pytest.mark.parametrize("after_sending", [True, False], ids=["after sending", "before sending"])
async def test_create_is_sent_once_and_its_task_is_known_when_the_database_is_locked(
    database: Database, clock: HandClock, tmp_path: Path, after_sending: bool
) -> None:
    connection = database._connection
    await connection.execute("PRAGMA busy_timeout = 10")
    path = next(iter(await connection.execute_fetchall("PRAGMA database_list")))["file"]
    provider = LockedAround(database, path, after_sending=after_sending)
    client: Any = create_autospec(KieClient, instance=True)
    client.create.side_effect = provider.create
    client.query.return_value = TaskStatus(remote_task_id="task-1", state=TaskState.GENERATING)
    delivery: Any = create_autospec(Delivery, instance=True)
    media = MediaStore(tmp_path / "media")
    media.prepare()
    intake = Intake(database, PriceTable(), GuildSettings(), clock)
    made = GenerationQueue(
        client, database, delivery, media, intake, limits=Limits(), defaults=GuildSettings(), clock=clock
    )
    async with made as queue:
        asker = Asker(account=MAYA, role_ids=frozenset(), channel_id=2001, name="Maya")
        order = GenerationRequest(prompt="a fox")
        await queue.accept(Ask(asker=asker, interaction_id=1, order=order, image_count=1, spoiler=False))

        async def task(tx: Transaction) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in await tx.rows("SELECT state, remote_task_id, failure_kind FROM job")]

        for _ in range(60):
            await clock.advance(1)
            if await database.look(task) == [("running", "task-1", None)]:
                break
        assert await database.look(task) == [("running", "task-1", None)]
        assert provider.created == 1
        assert not queue.guilds[MAYA.guild_id].has_waiting
