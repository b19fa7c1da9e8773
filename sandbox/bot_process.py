"""The shipped bot as a child process, pointed at the fakes by its own settings and nothing else."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
STOP_WITHIN_S = 15.0
# What a process needs to run at all; the developer's own settings stay outside.
_INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "TEMP",
    "SYSTEMROOT",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONWARNINGS",
)


class BotProcess:
    """Runs `bot.py` with the environment it is given."""

    def __init__(self, settings: Mapping[str, str], *, output: Path | None = None) -> None:
        """Take the bot's settings; what it prints is appended to `output`, or goes to our stderr."""
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # An empty name makes the bot read no .env file at all.
        self.environment = {**inherited, "PYTHONUNBUFFERED": "1", "PLANTAIN_ENV_FILE": "", **settings}
        self._output = output
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it was started and is no longer running."""
        return self._process is not None and self._process.returncode is not None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it."""
        with self._output.open("ab") if self._output else nullcontext(sys.stderr) as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(PROJECT_ROOT / "bot.py"),
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output.fileno(),
                stderr=output.fileno(),
                start_new_session=True,  # Ctrl+C reaches the sandbox alone, which then stops the bot in order
            )

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end with SIGTERM, end it after 15 s."""
        if not self.is_running:
            return
        os.kill(self.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self.wait()
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            await self.wait()
