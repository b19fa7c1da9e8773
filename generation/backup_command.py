"""`bot.py backup` and `bot.py restore`: what they do, and what they say to whoever typed them."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from generation.operator_settings import Settings
from storage import backups
from storage.errors import StorageError, UnusableBackupError
from storage.restoring import restore as put_back


def wanted(arguments: Sequence[str]) -> Callable[[Settings, datetime], int] | None:
    """Return what the command line asks for, None where it is to run the bot; `--help` and what is wrong end here."""
    parser = argparse.ArgumentParser(prog="bot.py", description="Plantain, a Discord bot. Its settings: .env.example.")
    commands = parser.add_subparsers(dest="command", metavar="{backup,restore}")
    commands.add_parser("backup", help="make a backup now; the bot may be running")
    restoring = commands.add_parser("restore", help="put a backup in the database's place; the bot must not be running")
    restoring.add_argument("backup", type=Path, nargs="?", help="without it, the backups that there are are listed")
    asked = parser.parse_args(arguments)
    if asked.command == "backup":
        return make
    if asked.command == "restore":
        return lambda settings, now: asyncio.run(restore(settings, asked.backup, now))
    return None


def make(settings: Settings, now: datetime) -> int:
    """Make a backup, also beside a bot that runs; return the exit status."""
    keep = max(1, settings.backups_kept)
    try:
        made = backups.make(settings.database_path, settings.backups(), now, keep=keep)
    except (StorageError, OSError) as error:
        return _failed(f"No backup was made: {error}")
    _say(f"Made and checked {made.path} ({made.path.stat().st_size:,} bytes). The newest {keep} are kept.")
    _say(f"Pictures are not in it: copy {settings.media_path} too, its files never change.")
    return 0


async def restore(settings: Settings, backup: Path | None, now: datetime) -> int:
    """Put a backup in the database's place, or list those that there are; return the exit status."""
    if backup is None:
        return _list(settings.backups())
    try:
        done = await put_back(backup, settings.database_path, now)
    except (StorageError, OSError) as error:
        return _failed(f"Nothing was restored: {error}")
    _say(f"{settings.database_path} is what {backup} holds.")
    if done.kept_as is not None:
        _say(f"The database from before is kept as {done.kept_as}.")
    _say(
        f"{done.refunded} waiting images were given back, as they may have been made since. Images that were with the"
        " provider are asked about at the next start. What happened after the backup is not in it."
    )
    return 0


def _list(folder: Path) -> int:
    found = backups.listed(folder)
    if not found:
        return _failed(f"There is no backup in {folder}.")
    _say("Name one of these, the newest good one if you have no reason for another:")
    for backup in found:
        try:
            backups.require_sound(backup.path)
            state = "good"
        except UnusableBackupError as error:
            state = f"not to be used: {error.reason}"
        _say(f"  {backup.path}  {backup.made_at:%Y-%m-%d %H:%M} UTC  {state}")
    return 2


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _failed(text: str) -> int:
    sys.stderr.write(text + "\n")
    return 1
