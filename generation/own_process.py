"""Processes of our own beside the bot: one module each, told by its standard input what it has to know."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR")
"""What a process needs to run at all: none of the bot's settings, and no secret."""


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


async def end(process: Process) -> None:
    """See that it is gone, whatever it does."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
