"""Bots that start at once: a process that has imported `bot.py` splits off one for each start.

Importing takes a second of processor time, which hundreds of tests would pay each. What runs then is `bot.main()` as
the shipped file calls it, in a process of its own with its own session, environment and output.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from sandbox.bot_process import PROJECT_ROOT, BotProcess
from tests import loop_watch


@contextmanager
def warm_starter(path: Path) -> Iterator[Path]:
    """Run the process that splits off bots; it listens on the Unix socket `path`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm_bots", str(path)],
        cwd=PROJECT_ROOT,
        env=BotProcess({}).environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()  # it listens
    try:
        yield path
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


class WarmBot(BotProcess):
    """A bot as `BotProcess` has it, split off instead of started."""

    def __init__(self, settings: Mapping[str, str], *, starter: Path, output: Path) -> None:
        super().__init__(settings, output=output)
        self._starter = starter
        self._output_path = output
        self._pid: int | None = None
        self._end: asyncio.Future[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._pid is not None
        return self._pid

    @property
    def has_ended(self) -> bool:
        return self._end is not None and self._end.done()

    @property
    def is_running(self) -> bool:
        return self._end is not None and not self._end.done()

    async def start(self) -> None:
        self._output_path.touch()
        reader, writer = await asyncio.open_unix_connection(self._starter)
        writer.write(json.dumps([self.environment, str(self._output_path)]).encode() + b"\n")
        self._pid = int(await reader.readline())
        self._end = asyncio.ensure_future(self._read_end(reader, writer))

    async def wait(self) -> int:
        assert self._end is not None
        return int(await asyncio.shield(self._end))

    @staticmethod
    async def _read_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        line = await reader.readline()
        writer.close()
        return line


class _Starter:
    """Splits off a bot for each connection, and tells it the process id and later the exit status."""

    def __init__(self, path: str) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(16)
        self._ended, self._waker = socket.socketpair()
        self._ended.setblocking(False)
        self._waker.setblocking(False)
        self._bots: dict[int, socket.socket] = {}

    def serve(self, bot: Any) -> None:
        """Run until our input ends."""
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        gc.collect()
        gc.freeze()  # a bot's collections then leave alone, and do not copy, what was there before it
        os.write(1, b"listening\n")
        while True:
            ready, _, _ = select.select([0, self._listener, self._ended], [], [])
            if 0 in ready:
                return
            if self._ended in ready:
                self._ended.recv(4096)
                self._tell_of_ends()
            if self._listener in ready:
                connection, _ = self._listener.accept()
                self._start(bot, connection)

    def _start(self, bot: Any, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            environment, output = json.loads(lines.readline())
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (self._listener, self._ended, self._waker, connection, *self._bots.values()):
                one.close()
            _become(bot, environment, output)
        self._bots[pid] = connection
        connection.sendall(b"%d\n" % pid)

    def _tell_of_ends(self) -> None:
        while self._bots:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._bots.pop(pid) as connection:
                connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _become(bot: Any, environment: dict[str, str], output: str) -> NoReturn:
    """Be the bot, from here to the end of this process."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    written, nothing = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644), os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.close(written)
    os.close(nothing)
    sys.argv = ["bot.py"]
    loop_watch.install()
    _end(bot.main())


def _end(status: int) -> NoReturn:
    """Leave as Python does, threads and exit handlers included, but for taking down what the starter had imported.

    That takes longer than a start: every page of it would be copied first.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    gc.collect()  # what was never closed is told of in the log, as it is when Python ends
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    import bot as shipped

    _Starter(sys.argv[1]).serve(shipped)
