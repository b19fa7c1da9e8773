"""Everything that one card shows, read as of one moment."""

from __future__ import annotations

from dataclasses import dataclass

from storage import guild_settings, jobs, requests, stars
from storage.database import Transaction
from storage.guild_settings import GuildSettings
from storage.jobs import Job
from storage.requests import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReading:
    """All that the database says of a card. `jobs`: by position. `stars`: of its images that have any, by job."""

    request: Request
    jobs: list[Job]
    settings: GuildSettings
    stars: dict[int, int]

    @property
    def is_finished(self) -> bool:
        """Whether nothing of it is in work any more."""
        return all(job.state.is_final for job in self.jobs)


async def read(tx: Transaction, request_id: int, defaults: GuildSettings) -> CardReading | None:
    """Return all about a request, or None where there is none."""
    request = await requests.get(tx, request_id)
    if request is None:
        return None
    return CardReading(
        request=request,
        jobs=await jobs.of_request(tx, request_id),
        settings=await guild_settings.load(tx, request.account.guild_id, defaults),
        stars=await stars.counts(tx, request_id),
    )
