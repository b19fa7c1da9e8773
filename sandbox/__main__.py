"""`python -m sandbox`: the product without a token, on loopback."""

import argparse
import asyncio
import errno
import json
import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Any

from sandbox.app import DEFAULT_PORT, DEFAULT_PROVIDER_SPEED, Sandbox


def main(arguments: list[str] | None = None) -> int:
    """Run until interrupted; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return asyncio.run(_run(options))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"Port {options.port} is in use; choose another with --port (0 for any free one).", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Plantain in a local Discord.")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="of the page (default 8420; 0: any free one)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    parser.add_argument("--no-bot", action="store_true", help="start the fakes and the page alone")
    parser.add_argument("--request-log", type=Path, metavar="FILE", help="append every Discord request as a JSON line")
    parser.add_argument(
        "--provider-speed",
        type=_speed,
        default=DEFAULT_PROVIDER_SPEED,
        metavar="N",
        help="the provider's times are divided by this (default 10; 1: real time)",
    )
    parser.add_argument("--json", action="store_true", help="print all addresses as one JSON object, first")
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the bot's database and media there")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not 0 < speed < 1e6:
        raise ValueError
    return speed


async def _run(options: argparse.Namespace) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopping.set)
    sandbox = Sandbox(
        port=options.port,
        bot=not options.no_bot,
        provider_speed=options.provider_speed,
        request_log=options.request_log,
        data=options.data,
    )
    async with sandbox:
        _announce(sandbox, as_json=options.json)
        if not options.no_browser and _has_display():
            await asyncio.to_thread(webbrowser.open, sandbox.page)
        return await _until_stopped(sandbox, stopping)


def _announce(sandbox: Sandbox, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(sandbox.addresses()), flush=True)
    else:
        print(f"Plantain's sandbox is open at {sandbox.page}\nStop it with Ctrl+C.", flush=True)


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def _until_stopped(sandbox: Sandbox, stopping: asyncio.Event) -> int:
    """Wait for a signal, or for the bot to end, which it should not."""
    waiting = asyncio.create_task(stopping.wait(), name="signal")
    watched: list[asyncio.Task[Any]] = [waiting]
    ended = None
    if sandbox.bot is not None:
        ended = asyncio.create_task(sandbox.bot.wait(), name="bot")
        watched.append(ended)
    await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
    for waiter in watched:
        waiter.cancel()
    if ended is not None and ended.done() and not stopping.is_set():
        print(f"The bot ended by itself with status {ended.result()}; its output is above.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
