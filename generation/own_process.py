"""Processes of our own beside the bot: one module each, told by its standard input what it has to know."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""What a process needs to run at all: none of the bot's settings, and no secret."""
_PR_SET_PDEATHSIG = 1


async def start_module(module: str, *, also: Mapping[str, str] | None = None, stderr: int | None = None) -> Process:
    """Run a module with pipes for input and output. `also`: more of its environment; `stderr`: None for ours."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=PIPE,
        stdout=PIPE,
        stderr=stderr,
        cwd=Path(__file__).parent.parent,
        env=environment(also or {}),
    )


def environment(also: Mapping[str, str]) -> dict[str, str]:
    """Return what a process of ours is given to know."""
    return {name: os.environ[name] for name in INHERITED if name in os.environ} | dict(also)


def end_with_the_bot() -> None:
    """In such a process: let the system end it with the bot, which wants nothing of it any more once it was killed."""
    with suppress(OSError, AttributeError):  # Linux alone has it
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


async def end(process: Process) -> None:
    """See that it is gone, whatever it does."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
