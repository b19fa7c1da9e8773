"""Handing out an original that is too large for Discord: a link, while the provider has the picture."""

from __future__ import annotations

import logging
from datetime import timedelta

from generation.client import KieClient
from generation.clock import Clock
from generation.errors import GenerationError
from storage.jobs import Job

log = logging.getLogger(__name__)

KEPT_BY_PROVIDER = timedelta(days=14)
"""The provider's documentation (2026-01): results are kept for 14 days."""


class Originals:
    """Asks the provider for links to its own copies."""

    def __init__(self, client: KieClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def link(self, job: Job) -> str | None:
        """Return a link that is good for about 20 minutes, None where the provider has the picture no more."""
        too_old = job.delivering_at is None or self._clock.now() - job.delivering_at > KEPT_BY_PROVIDER
        if job.result_url is None or too_old:
            return None
        try:
            return await self._client.fresh_download_url(job.result_url)
        except GenerationError as error:
            log.info("The provider gives no link for job %d: %s", job.id, type(error).__name__)
            return None
