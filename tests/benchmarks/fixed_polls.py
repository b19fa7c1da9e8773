"""The other way to poll: every three seconds, whatever the task. As a program it is the shipped bot, polling so."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from unittest.mock import patch

import bot
from generation.poll_schedule import PollSchedule

GAP_S = 3.0


class FixedSchedule(PollSchedule):
    """A schedule with one gap. The bot's budget of queries a second holds for it as well."""

    def stretch(self, tasks: Iterable[tuple[str, float]]) -> float:
        return 1.0

    def next_gap_s(self, resolution: str, elapsed_s: float, *, stretch: float = 1.0, is_scout: bool = False) -> float:
        return GAP_S

    def may_be_done(self, resolution: str, elapsed_s: float) -> bool:
        return False


if __name__ == "__main__":
    with patch("generation.polling.PollSchedule", FixedSchedule):
        sys.exit(bot.main())
