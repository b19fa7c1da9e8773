"""Watch a bot's event loop: each call that holds it for too long is written into the bot's log.

As asyncio's own check for slow callbacks, but not by the clock on the wall, which on a busy machine tells of others:
what counts is the processor time of the loop's thread, and, for calls that block, the time in which it neither ran nor
waited for a core (the kernel tells that one: `/proc/thread-self/schedstat`, its second figure).
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

LONGEST_S = 0.05
"""Of the processor's time."""
LONGEST_BLOCKED_S = 0.5
"""Of waiting for something else than a core; other threads of ours may hold the interpreter for a moment."""

WORDS = "The event loop was held"
_SCHEDSTAT = "/proc/thread-self/schedstat"


def install() -> None:
    """Watch every event loop that this process runs from now on; where the kernel tells nothing, do nothing."""
    if not Path(_SCHEDSTAT).exists():
        return
    run: Callable[[asyncio.Handle], None] = asyncio.Handle._run  # type: ignore[attr-defined]
    log = logging.getLogger("tests.loop_watch")
    stat: list[int] = []  # opened by the thread that runs the loop: the file is that of its opener

    def waited_s() -> float:
        if not stat:
            stat.append(os.open(_SCHEDSTAT, os.O_RDONLY))
        return int(os.pread(stat[0], 64, 0).split()[1]) / 1e9

    def watched(handle: Any) -> None:
        waited_before_s, began_s, computed_before_s = waited_s(), time.perf_counter(), time.thread_time()
        run(handle)
        took_s = time.perf_counter() - began_s
        if took_s < LONGEST_S:
            return
        computed_s = time.thread_time() - computed_before_s
        blocked_s = took_s - computed_s - (waited_s() - waited_before_s)
        if computed_s > LONGEST_S or blocked_s > LONGEST_BLOCKED_S:
            task = getattr(handle._callback, "__self__", None)
            by = f"{task.get_name()} ({task.get_coro()!r})" if isinstance(task, asyncio.Task) else repr(handle)
            log.warning("%s: %d ms at work, %d ms blocked, by %s", WORDS, computed_s * 1000, blocked_s * 1000, by)

    asyncio.Handle._run = watched  # type: ignore[attr-defined]
