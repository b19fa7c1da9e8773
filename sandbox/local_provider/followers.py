"""What goes on with a task after its create was answered: its references are fetched, its callback is sent."""

import asyncio
from collections.abc import Callable

import aiohttp

from sandbox.local_provider.callbacks import Callbacks
from sandbox.local_provider.endings import Endings
from sandbox.local_provider.files import ProviderFiles, UnreadableReferenceError
from sandbox.local_provider.replies import record
from sandbox.local_provider.tasks import ENDED, Failure, RemoteTask

UNREADABLE_REFERENCE = Failure("400", "Image fetch failed. Check access settings or use our File Upload API instead.")
USER_AGENT = "provider-fetcher/1.0"
LONGEST_LOOK_AWAY_S = 0.1
"""While a callback waits for its task; the speed may change at any time."""


class Followers:
    """Follows every task in a worker of its own, from its create to its callback."""

    def __init__(
        self, *, endings: Endings, clock: Callable[[], float], files: ProviderFiles, callbacks: Callbacks
    ) -> None:
        self._endings = endings
        self._clock = clock
        self._files = files
        self._callbacks = callbacks
        self._session: aiohttp.ClientSession | None = None
        self._workers: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Be ready to fetch."""
        self._session = aiohttp.ClientSession(headers={"User-Agent": USER_AGENT})

    def follow(self, task: RemoteTask) -> None:
        """Begin with a task that was just made."""
        worker = asyncio.create_task(self._follow(task), name=f"follower of {task.id}")
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def drop_all(self) -> None:
        """Follow no task any longer."""
        workers = list(self._workers)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    async def close(self) -> None:
        """Stop for good."""
        await self.drop_all()
        if self._session is not None:
            await self._session.close()

    async def _follow(self, task: RemoteTask) -> None:
        assert self._session is not None
        try:
            for number, url in enumerate(task.reference_urls):
                task.references.append(await self._files.fetch_reference(self._session, url, task.id, number))
        except UnreadableReferenceError:
            task.failure = UNREADABLE_REFERENCE
        task.references_read_at = self._clock()
        if task.call_back_url is None:
            return
        while (state := self._endings.state_of(task)) not in ENDED:
            left_s = self._endings.left_s(task)
            await asyncio.sleep(min(LONGEST_LOOK_AWAY_S, left_s) if left_s > 0 else LONGEST_LOOK_AWAY_S)
        data = record(task, state, self._endings.urls_of(task), now=self._clock())
        await self._callbacks.tell(self._session, task.call_back_url, data, at=self._clock())
