"""What an earlier process left to do, read at the start in one go: it may be thousands of images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from generation.options import Resolution
from storage import durations, guild_settings, jobs, requests, transitions
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings
from storage.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """All that the queue goes on with.

    Attributes:
        jobs: those that have not ended, oldest first.
        lost: how many of them were being sent, so that nobody knows whether the provider has them.
        resolutions: of each request that the provider is drawing an image of, by its id.
        settings: of each guild that has such a job.
        durations: how long the newest tasks took, in seconds, oldest first.
    """

    jobs: Sequence[Job]
    lost: int
    resolutions: Mapping[int, str]
    settings: Mapping[int, GuildSettings]
    durations: Mapping[Resolution, Sequence[float]]


async def left_behind(database: Database, defaults: GuildSettings, now: datetime) -> LeftBehind:
    """Make what was being sent uncertain, and return all that is left to do."""

    async def work(tx: Transaction) -> LeftBehind:
        lost = await transitions.recover(tx, now)
        left = await jobs.live(tx)
        guild_ids = {job.account.guild_id for job in left}
        return LeftBehind(
            jobs=left,
            lost=lost,
            resolutions=await requests.resolutions_in_work(tx),
            settings={guild_id: await guild_settings.load(tx, guild_id, defaults) for guild_id in guild_ids},
            durations={resolution: await durations.newest(tx, resolution) for resolution in Resolution},
        )

    return await database.run(work)
