"""What the bot does for every image, at its start and for moderators is found by indexes, however old the bot is."""

from __future__ import annotations

import re
from typing import Any

from storage import accounts, audit, durations, jobs, ledger, operator_report, requests, transitions
from storage.database import Database, Transaction
from tests.conftest import HandClock
from tests.storage.books import DEFAULTS, MAYA, new_request

GROWING = "job|j|request|r|ledger_entry|e|u|audit_entry|request_reference"
ALL_OF_IT = re.compile(rf"SCAN ({GROWING})( USING COVERING INDEX .*)?$")
"""An index over some rows only, such as those of unfinished images, may be looked through."""
ALL_OF_A_GUILD = re.compile(rf"SEARCH ({GROWING}) USING (COVERING )?INDEX job_by_time \(guild_id=\?\)$")


class Explaining(Transaction):
    """Notes each statement that looks through a table, or through all that a guild ever did."""

    def __init__(self, plain: Transaction) -> None:
        super().__init__(plain._connection)
        self.slow: list[str] = []
        self.statements = 0

    async def execute(self, sql: str, parameters: Any = ()) -> int:
        await self._explain(sql, parameters)
        return await super().execute(sql, parameters)

    async def insert(self, sql: str, parameters: Any = ()) -> int:
        await self._explain(sql, parameters)
        return await super().insert(sql, parameters)

    async def row(self, sql: str, parameters: Any = ()) -> Any:
        await self._explain(sql, parameters)
        return await super().row(sql, parameters)

    async def rows(self, sql: str, parameters: Any = ()) -> Any:
        await self._explain(sql, parameters)
        return await super().rows(sql, parameters)

    async def _explain(self, sql: str, parameters: Any) -> None:
        self.statements += 1
        for step in await super().rows(f"EXPLAIN QUERY PLAN {sql}", parameters):
            if ALL_OF_IT.match(step["detail"]) or ALL_OF_A_GUILD.match(step["detail"]):
                self.slow.append(f"{step['detail']}: {sql}")


async def test_no_step_of_an_images_life_looks_through_a_table_that_grows(database: Database, clock: HandClock) -> None:
    now = clock.now()
    async with database.transaction() as plain:
        tx = Explaining(plain)
        held = await accounts.balance(tx, MAYA, DEFAULTS, now)
        await ledger.provide(tx, MAYA, held, needed=18, now=now)
        request_id = (await requests.insert(tx, new_request(MAYA, 1), now)).id
        made, failed, cancelled, lost = [
            (await jobs.insert(tx, MAYA, request_id=request_id, position=position, price=18, now=now)).id
            for position in (1, 2, 3, 4)
        ]
        for job_id in (made, failed, cancelled, lost):
            await ledger.reserve(tx, MAYA, job_id=job_id, amount=18, now=now)
        for job_id in (made, failed, lost):
            assert await transitions.submit(tx, job_id, now)
        assert await transitions.run(tx, made, "a", now)
        assert await transitions.succeed(tx, made, "https://x/y.png", now)
        assert await transitions.deliver(tx, made, now)
        assert await transitions.fail(tx, failed, kind="provider_error", text="", now=now)
        assert await transitions.cancel(tx, cancelled, now)
        await requests.ids_to_show(tx)
        await requests.forget_tokens(tx, now)
        await audit.guilds_to_log(tx)
    assert tx.slow == []
    assert tx.statements > 20


async def test_neither_a_start_nor_a_look_at_the_queue_reads_images_that_are_finished(
    database: Database, clock: HandClock
) -> None:
    now = clock.now()
    async with database.transaction() as plain:
        tx = Explaining(plain)
        request_id = (await requests.insert(tx, new_request(MAYA, 1), now)).id
        job_id = (await jobs.insert(tx, MAYA, request_id=request_id, position=1, price=18, now=now)).id
        await transitions.submit(tx, job_id, now)
        assert await transitions.recover(tx, now) == 1
        assert [job.id for job in await jobs.live(tx)] == [job_id]
        assert [job.id for job in await jobs.live_of_guild(tx, MAYA.guild_id)] == [job_id]
        assert await requests.resolutions_in_work(tx) == {}
        assert [job.id for job in await operator_report.uncertain_jobs(tx, limit=5)] == [job_id]
        await operator_report.live_by_state(tx)
        await durations.add(tx, "1K", 14.0)
        assert await durations.newest(tx, "1K") == [14.0]
    assert tx.slow == []
