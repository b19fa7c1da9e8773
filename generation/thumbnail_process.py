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
import subprocess
import sys
from pathlib import Path

from generation.errors import UnusableImageError
from generation.own_process import end_with_the_bot, environment

log = logging.getLogger(__name__)

MODULE = "generation.thumbnail_process"
MOST_MEMORY_BYTES = 1024**3
"""Of address space; the largest picture that the bot takes needs under half of it."""
WITHIN_S = 120.0
LEAST_URGENT = 19


async def make_thumbnail_apart(original: Path, destination: Path) -> bool:
    """Do as `make_thumbnail`, when the machine has time; return False where nothing came of it."""
    order = json.dumps({"original": str(original), "destination": str(destination)}).encode()
    process = await _started()
    talking = asyncio.create_task(asyncio.to_thread(process.communicate, order))
    try:
        await asyncio.wait({talking}, timeout=WITHIN_S)
    finally:
        process.kill()  # nothing happens to one that has ended
        _, errors = await talking
    if process.returncode != 0:
        last_line = errors.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("A small copy was not made (%s): %s", process.returncode, last_line[:200])
    return process.returncode == 0


async def _started() -> subprocess.Popen[bytes]:
    """Start it in a thread: that waits until the program runs, which took up to 0.1 s of the event loop."""
    starting = asyncio.create_task(asyncio.to_thread(_start))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        process = await starting
        process.kill()
        process.communicate()
        raise


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (our own module)
        [sys.executable, "-m", MODULE],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        env=environment({}),
    )


def _make(order: dict[str, str]) -> int:
    from generation.thumbnail_drawing import make_thumbnail  # see generation.decoding

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
