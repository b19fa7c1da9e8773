"""References that came with a command whose prompt is still being written into a form."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from cogs.imagine.attached import AttachedFile
from generation.clock import Clock

KEPT_FOR = timedelta(minutes=15)
"""As long as Discord lets a form be open; their addresses hold at least that long."""

MOST_KEPT = 1000


class HeldFiles:
    """Remembers files by the interaction that brought them, in memory only: a restart forgets them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[int, tuple[datetime, list[AttachedFile]]] = OrderedDict()

    def keep(self, interaction_id: int, files: list[AttachedFile]) -> None:
        """Remember files for 15 minutes."""
        now = self._clock.now()
        self._kept[interaction_id] = (now, files)
        while len(self._kept) > MOST_KEPT or next(iter(self._kept.values()))[0] < now - KEPT_FOR:
            self._kept.popitem(last=False)

    def look_up(self, interaction_id: int) -> list[AttachedFile] | None:
        """Return the files of an interaction, None where they are not known any more."""
        kept = self._kept.get(interaction_id)
        return None if kept is None or kept[0] < self._clock.now() - KEPT_FOR else kept[1]
