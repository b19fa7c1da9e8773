"""Turns among members, limits of the guild and of each member, and places over all guilds."""

from __future__ import annotations

import asyncio

from generation.guild_queue import GuildQueue, WaitingJob
from generation.places import Places
from storage.guild_settings import GuildSettings
from tests.conftest import settle

MAYA, THEO, JUNO = 1, 2, 3


class Bench:
    """A guild queue whose started jobs are only written down."""

    def __init__(self, *, places: Places | None = None, guild: int = 20, member: int = 4, guild_id: int = 1) -> None:
        self.started: list[int] = []
        self.jobs: dict[int, WaitingJob] = {}
        self.guild_id = guild_id
        self.open = asyncio.Event()
        self.open.set()
        self.queue = GuildQueue(
            GuildSettings(images_at_once=guild, member_images_at_once=member),
            places=places or Places(80),
            wait_for_go=self._wait,
            start=lambda job: self.started.append(job.id),
        )

    async def _wait(self) -> None:
        await self.open.wait()

    def add(self, member: int, *job_ids: int) -> None:
        for job_id in job_ids:
            self.jobs[job_id] = WaitingJob(job_id, self.guild_id, member)
            self.queue.add(self.jobs[job_id])

    def end(self, job_id: int) -> None:
        self.queue.leave(self.jobs[job_id])


async def test_members_take_turns_and_a_members_own_jobs_keep_their_order() -> None:
    bench = Bench()
    bench.add(MAYA, 11, 12, 13)
    bench.add(THEO, 21)
    bench.add(JUNO, 31, 32)
    await bench.queue.work()
    assert bench.started == [11, 21, 31, 12, 32, 13]


async def test_member_at_their_limit_waits_and_others_pass() -> None:
    bench = Bench(member=2)
    bench.add(MAYA, 11, 12, 13)
    bench.add(THEO, 21)
    worker = asyncio.create_task(bench.queue.work())
    await settle()
    assert bench.started == [11, 21, 12]
    bench.end(12)
    await worker
    assert bench.started == [11, 21, 12, 13]


async def test_guild_at_its_limit_waits_until_one_of_its_jobs_ends() -> None:
    bench = Bench(guild=2)
    bench.add(MAYA, 11, 12)
    bench.add(THEO, 21)
    worker = asyncio.create_task(bench.queue.work())
    await settle()
    assert bench.started == [11, 21]
    bench.end(21)
    await worker
    assert bench.started == [11, 21, 12]


async def test_places_told_to_members_are_the_order_in_which_jobs_start() -> None:
    bench = Bench()
    bench.add(MAYA, 11, 12, 13)
    bench.add(THEO, 21)
    bench.add(JUNO, 31, 32)
    places = {job.id: bench.queue.place_of(job.id, job.user_id) for job in bench.jobs.values()}
    in_order = [job.id for job in bench.queue.in_order()]
    await bench.queue.work()
    assert in_order == bench.started
    assert sorted(places, key=lambda job_id: places[job_id] or 0) == bench.started
    assert sorted(place or 0 for place in places.values()) == [1, 2, 3, 4, 5, 6]


async def test_cancelled_job_is_not_started() -> None:
    bench = Bench()
    bench.add(MAYA, 11, 12)
    bench.queue.remove(11, MAYA)
    await bench.queue.work()
    assert bench.started == [12]
    assert bench.queue.place_of(11, MAYA) is None


async def test_job_put_back_has_the_next_turn_again() -> None:
    bench = Bench(guild=1)
    bench.add(MAYA, 11, 12)
    bench.add(THEO, 21)
    worker = asyncio.create_task(bench.queue.work())
    await settle()
    bench.queue.put_back(bench.jobs[11])
    await settle()
    assert bench.started == [11, 11]
    worker.cancel()


async def test_nothing_starts_while_creates_are_held() -> None:
    bench = Bench()
    bench.open.clear()
    bench.add(MAYA, 11)
    worker = asyncio.create_task(bench.queue.work())
    await settle()
    assert bench.started == []
    bench.open.set()
    await worker
    assert bench.started == [11]


async def test_last_places_over_all_guilds_go_to_guilds_in_turn() -> None:
    places = Places(2)
    busy, quiet = Bench(places=places, guild_id=1), Bench(places=places, guild_id=2)
    busy.add(MAYA, *range(10, 14))
    worker = asyncio.create_task(busy.queue.work())
    await settle()
    quiet.add(JUNO, 91)
    other = asyncio.create_task(quiet.queue.work())
    await settle()
    assert (busy.started, quiet.started) == ([10, 11], [])
    busy.end(10)
    await settle()
    busy.end(11)
    await settle()
    assert (busy.started, quiet.started) == ([10, 11, 12], [91])
    for task in (worker, other):
        task.cancel()


async def test_cancelled_wait_for_a_place_loses_no_place() -> None:
    places = Places(1)
    await places.take()
    waiting = asyncio.create_task(places.take())
    await settle()
    places.free()
    waiting.cancel()  # the place was handed to it in this very moment
    await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(places.take(), 1)
