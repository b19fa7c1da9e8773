"""What members see happen: a stream of events per watcher."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager

from sandbox.json_values import JsonObject

Rendering = Callable[[int], JsonObject | None]


class EventHub:
    """Passes events to watchers, each in the view of the user it watches as."""

    def __init__(self) -> None:
        self._watchers: list[tuple[int, asyncio.Queue[JsonObject]]] = []

    @contextmanager
    def watch(self, user_id: int) -> Generator[asyncio.Queue[JsonObject]]:
        """Receive every event from now on as this user sees it."""
        queue: asyncio.Queue[JsonObject] = asyncio.Queue()
        watcher = (user_id, queue)
        self._watchers.append(watcher)
        try:
            yield queue
        finally:
            self._watchers.remove(watcher)

    def publish(self, rendering: Rendering) -> None:
        """Send `rendering(user id)` to each watcher; None means the user does not see it."""
        for user_id, queue in self._watchers:
            event = rendering(user_id)
            if event is not None:
                queue.put_nowait(event)
