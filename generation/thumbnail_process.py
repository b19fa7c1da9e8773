"""Making a small copy ahead of its need, in a process of its own that gives way to everything else.

A large picture decoded takes 70 MB and half a second of a core; done in the bot's own process for a hundred that arrive
together, it holds up their delivery. As a program it reads one order from its standard input, and ends with 0 where
the copy was made.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
from pathlib import Path

from generation.errors import UnusableImageError
from generation.own_process import end, end_with_the_bot, start_module
from generation.thumbnails import make_thumbnail

log = logging.getLogger(__name__)

MODULE = "generation.thumbnail_process"
MOST_MEMORY_BYTES = 1024**3
"""Of address space; the largest picture that the bot takes needs under half of it."""
WITHIN_S = 120.0
LEAST_URGENT = 19


async def make_thumbnail_apart(original: Path, destination: Path) -> bool:
    """Do as `make_thumbnail`, when the machine has time; return False where nothing came of it."""
    order = json.dumps({"original": str(original), "destination": str(destination)})
    process = await start_module(MODULE, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(WITHIN_S):
            _, errors = await process.communicate(order.encode())
    except TimeoutError:
        log.warning("A small copy took too long to make")
        return False
    finally:
        await end(process)
    if process.returncode != 0:
        last_line = errors.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("A small copy was not made (%s): %s", process.returncode, last_line[:200])
    return process.returncode == 0


def _make(order: dict[str, str]) -> int:
    try:
        make_thumbnail(Path(order["original"]), Path(order["destination"]))
    except (FileNotFoundError, UnusableImageError) as error:
        print(type(error).__name__, file=sys.stderr)  # noqa: T201 (our answer)
        return 1
    return 0


if __name__ == "__main__":
    end_with_the_bot()
    os.nice(LEAST_URGENT)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    sys.exit(_make(json.load(sys.stdin)))
