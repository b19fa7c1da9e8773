"""A database with a million finished images, as a large community would have it after years."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

from storage.database import Database

IMAGES = 1_000_000
GUILDS = 50
MEMBERS_A_GUILD = 200
FIRST_DAY = 1_700_000_000
SECONDS_BETWEEN = 60
HEAVY = (1001, 500_001)
"""The guild and the member with by far the most images: every tenth is theirs."""

COMMON, WORDS = 40, 6000


def vocabulary(chance: random.Random) -> list[str]:
    """Return made-up words, the most frequent first."""
    syllables = [a + b for a in "bcdfghjklmnprstvwz" for b in "aeiou"]
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(chance.choice(syllables) for _ in range(chance.randint(2, 4)))] = None
    return list(words)


async def build(folder: Path) -> Path:
    """Return the database, made now where there is none of this form; that takes some minutes."""
    migrations = Path(__file__).parents[2] / "storage" / "migrations"
    form = sha256(
        b"".join(path.read_bytes() for path in sorted(migrations.glob("*.sql"))) + Path(__file__).read_bytes()
    )
    path = folder / f"million-{form.hexdigest()[:12]}.db"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("million-*"):
        old.unlink()
    part = folder / "part.db"
    part.unlink(missing_ok=True)
    async with Database.open(part):
        pass  # makes the tables
    print(f"Building {IMAGES:,} images, once ...", flush=True)
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        with connection:
            _fill(connection, random.Random(7))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    part.rename(path)
    return path


def _fill(connection: sqlite3.Connection, chance: random.Random) -> None:
    words = vocabulary(chance)
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    members = [(1001 + guild, 500_001 + member) for guild in range(GUILDS) for member in range(MEMBERS_A_GUILD)]
    shares = list(accumulate(1 / (rank + 5) for rank in range(len(members))))
    chance.shuffle(members)
    connection.executemany("INSERT INTO account (guild_id, user_id, period_start) VALUES (?, ?, -1)", sorted(members))
    requests: list[tuple[object, ...]] = []
    jobs: list[tuple[object, ...]] = []
    entries: list[tuple[object, ...]] = []
    job_id, request_id = 0, 0
    last_of_guild: dict[int, int] = {}
    roots: dict[int, int] = {}
    while job_id < IMAGES:
        request_id += 1
        guild, user = HEAVY if chance.random() < 0.1 else chance.choices(members, cum_weights=shares)[0]
        count = chance.choices((1, 2, 4), (8, 1, 1))[0]
        at = FIRST_DAY + request_id * SECONDS_BETWEEN
        prompt = " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(5, 25)))
        resolution = chance.choices(("1K", "2K", "4K"), (6, 3, 1))[0]
        price = 24 if resolution == "4K" else 18
        private = int(chance.random() < 0.03)
        requests.append((request_id, guild, 7000 + guild, user, request_id, prompt, resolution, count, at, private))
        parent = last_of_guild.get(guild) if chance.random() < 0.25 else None
        root = None if parent is None else roots.get(parent, parent)
        for position in range(1, count + 1):
            job_id += 1
            state = "undelivered" if chance.random() < 0.002 else "delivered"
            ended = {"delivered": (at + 25, None), "undelivered": (None, at + 25)}[state]
            jobs.append(
                (
                    *(job_id, request_id, guild, user, position, state, price, f"t{job_id}", f"{job_id:064x}"),
                    *(parent, root, at, at + 2, at + 20, *ended),
                )
            )
            entries.append((guild, user, None, "grant", price, at, at))
            entries.append((guild, user, job_id, "reserve", -price, at, at))
            entries.append((guild, user, job_id, "settle", 0, at + 20, at + 20))
            if root is not None:
                roots[job_id] = root
        if len(roots) > 200_000:
            roots.clear()
        if chance.random() < 0.5:
            last_of_guild[guild] = job_id
        if len(requests) >= 20_000 or job_id >= IMAGES:
            _write(connection, requests, jobs, entries)
            requests, jobs, entries = [], [], []


def _write(
    connection: sqlite3.Connection,
    requests: list[tuple[object, ...]],
    jobs: list[tuple[object, ...]],
    entries: list[tuple[object, ...]],
) -> None:
    connection.executemany(
        "INSERT INTO request (id, guild_id, channel_id, user_id, interaction_id, prompt, aspect_ratio, resolution,"
        " output_format, image_count, spoiler, revision, shown_revision, notice_needed, created_at, private)"
        " VALUES (?, ?, ?, ?, ?, ?, '1:1', ?, 'png', ?, 0, 1, 1, 0, ?, ?)",
        requests,
    )
    connection.executemany(
        "INSERT INTO job (id, request_id, guild_id, user_id, position, state, price, remote_task_id, result_sha256,"
        " parent_job_id, root_job_id, queued_at, running_at, delivering_at, delivered_at, undelivered_at,"
        " result_type, result_size_bytes, result_width, result_height)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'png', 2000000, 1024, 1024)",
        jobs,
    )
    connection.executemany(
        "INSERT INTO ledger_entry (guild_id, user_id, job_id, kind, amount, counts_at, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        entries,
    )
