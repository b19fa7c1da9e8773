"""The judge of a round: compares what Discord, the provider, the database and the disk hold, with no code of the bot.

It reads the bot's database with SQL of its own, and both services through their control API.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat

from sandbox.client import media_of, text_of
from tests.world import Message, World

FINAL = {"delivered", "undelivered", "failed", "cancelled"}
CLOSED_BY = {"delivered": "settle", "undelivered": "settle", "failed": "refund", "cancelled": "refund"}
# Failures after which the provider may have made, and billed, a picture that nobody waits for any more.
MAY_BE_BILLED = {"lost_answer", "deadline", "vanished", "no_result"}
LEAKS = ("Traceback (most recent call last)", "was never awaited", "Unclosed ", "never retrieved")
MEAN_DIFFERENCE = 12.0
"""Of 255: what a JPEG of a picture may differ from it. Other pictures of the provider differ by far more."""


SMALL_COPIES_WITHIN_S = 60.0


@dataclass
class Verdict:
    """What does not fit together; empty where all does."""

    problems: list[str] = field(default_factory=list)

    def expect(self, holds: object, problem: str) -> None:
        if not holds:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a judge has to make allowance for.

    Attributes:
        removed: ids of messages that people deleted by hand.
        places_closed: whether Discord refused to take messages in their place for a while.
        queries_lied: whether the provider called living tasks dead.
        clock_moved: whether the machine's time was set.
    """

    removed: set[str]
    places_closed: bool
    queries_lied: bool
    clock_moved: bool


async def judge(world: World, round_of: Circumstances) -> list[str]:
    """Return every contradiction found, in words."""
    verdict = Verdict()
    jobs = world.rows("SELECT job.*, request.prompt FROM job JOIN request ON request.id = job.request_id")
    tasks = {task["task_id"]: task for task in await world.kie.tasks()}
    _the_end(world, verdict)
    _tasks(jobs, tasks, verdict, round_of)
    _money(world, jobs, verdict)
    await _cards(world, jobs, tasks, verdict, round_of)
    await _files(world, verdict)
    whole = world.rows("PRAGMA integrity_check")[0][0] == "ok"
    verdict.expect(whole, "the database is damaged")
    _log(world, verdict)
    return verdict.problems


def _the_end(world: World, verdict: Verdict) -> None:
    for row in world.rows("SELECT id, state FROM job"):
        verdict.expect(row["state"] in FINAL, f"job {row['id']} is still {row['state']}")
    for table in ("pending_card", "file_removal", "message_removal"):
        count = world.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"]
        verdict.expect(not count, f"{count} rows are left in {table}")


def _tasks(jobs: list[sqlite3.Row], tasks: dict[str, Any], verdict: Verdict, round_of: Circumstances) -> None:
    """At most one task for each job, none for a refused or cancelled one, and a bill for each that was settled."""
    of_prompt: defaultdict[str, list[sqlite3.Row]] = defaultdict(list)
    for job in jobs:
        of_prompt[job["prompt"]].append(job)
        if job["remote_task_id"] is not None:
            verdict.expect(job["remote_task_id"] in tasks, f"job {job['id']} names a task that nobody made")
            verdict.expect(job["state"] != "cancelled", f"job {job['id']} was cancelled and has a task")
        task = tasks.get(job["remote_task_id"])
        if job["state"] in ("delivered", "undelivered") and task is not None:
            verdict.expect(task["billed"], f"job {job['id']} was charged, and the provider did not bill it")
        if job["state"] == "failed" and task is not None and task["billed"]:
            excused = job["failure_kind"] in MAY_BE_BILLED or round_of.queries_lied
            verdict.expect(excused, f"job {job['id']} failed ({job['failure_kind']}), and the provider billed it")
    counts = Counter(task["input"]["prompt"] for task in tasks.values())
    for prompt, count in counts.items():
        known = sum(job["remote_task_id"] is not None for job in of_prompt[prompt])
        lost = sum(job["state"] == "failed" and job["remote_task_id"] is None for job in of_prompt[prompt])
        verdict.expect(known <= count <= known + lost, f"{count} tasks for {known} known and {lost} lost of {prompt!r}")


def _money(world: World, jobs: list[sqlite3.Row], verdict: Verdict) -> None:
    entries = world.rows("SELECT * FROM ledger_entry ORDER BY id")
    balances: Counter[tuple[int, int]] = Counter()
    of_job: defaultdict[int, list[sqlite3.Row]] = defaultdict(list)
    for entry in entries:
        account = (entry["guild_id"], entry["user_id"])
        balances[account] += entry["amount"]
        verdict.expect(balances[account] >= 0, f"account {account} fell to {balances[account]}")
        if entry["job_id"] is not None:
            of_job[entry["job_id"]].append(entry)
    for row in world.rows("SELECT * FROM account"):
        held = row["allowance"] + row["grants"]
        ours = balances[row["guild_id"], row["user_id"]]
        verdict.expect(held == ours, f"account of {row['user_id']} says {held}, its entries {ours}")
    for job in jobs:
        kinds = [entry["kind"] for entry in of_job[job["id"]]]
        net = sum(entry["amount"] for entry in of_job[job["id"]])
        paid = -job["price"] if job["state"] in ("delivered", "undelivered") else 0
        right = ["reserve", CLOSED_BY.get(job["state"], "?")]
        verdict.expect(kinds == right and net == paid, f"job {job['id']} is {job['state']}: {kinds}, net {net}")


async def _cards(
    world: World, jobs: list[sqlite3.Row], tasks: dict[str, Any], verdict: Verdict, round_of: Circumstances
) -> None:
    messages = await all_messages(world)
    cards: defaultdict[str, list[Message]] = defaultdict(list)
    for message in messages.values():
        if message["components"] and (found := re.match(r"fox \d+ number \d+ end", text_of(message))):
            cards[found.group()].append(message)
    of_request: defaultdict[int, list[sqlite3.Row]] = defaultdict(list)
    for job in jobs:
        of_request[job["request_id"]].append(job)
    of_prompt: Counter[str] = Counter()
    excused: Counter[str] = Counter()
    for request in world.rows("SELECT * FROM request ORDER BY id"):
        its_jobs = sorted(of_request[request["id"]], key=lambda job: job["position"])
        prompt = request["prompt"]
        of_prompt[prompt] += 1
        card_id = str(request["card_message_id"])
        gone = card_id in round_of.removed or all(job["deleted_at"] for job in its_jobs)
        homeless = round_of.places_closed or request["private"]
        if gone or homeless:
            excused[prompt] += 1
        card = messages.get(card_id)
        if card is None:
            kept = all(job["state"] != "delivered" or job["deleted_at"] for job in its_jobs)
            verdict.expect(gone or (homeless and kept), f"request {request['id']} has no card {card_id}")
            continue
        # A place that was closed to an edit is not tried for ever: the card may keep what it said.
        may_be_old = homeless and not any(job["state"] == "delivered" for job in its_jobs)
        await _one_card(world, request, its_jobs, card, tasks, verdict, may_be_old=may_be_old)
    removed = len(round_of.removed)
    for prompt, its_cards in cards.items():
        # Of a request that never came to be: only its token could take the private card away, and Discord refused that.
        beyond_reach = [card for card in its_cards if card["ephemeral"] and round_of.places_closed]
        found = its_cards if of_prompt[prompt] else [card for card in its_cards if card not in beyond_reach]
        wanted = of_prompt[prompt]
        slack = excused[prompt] + (1 if removed else 0)
        verdict.expect(len(found) <= wanted + (slack if excused[prompt] else 0), f"{len(found)} cards of {prompt!r}")


async def all_messages(world: World) -> dict[str, Message]:
    """Return every message that anybody sees anywhere, by id."""
    found: dict[str, Message] = {}
    place = await world.discord.world()
    names = {user["id"]: user["name"] for user in place["users"]}
    for guild in place["guilds"]:
        members = [names[member["user_id"]] for member in guild["members"] if member["user_id"] in names]
        for channel in guild["channels"]:
            if channel["name"] in ("images", "general", "night-scenes"):
                for name in members:
                    found |= {message["id"]: message for message in await world.member(name).messages(channel["id"])}
    for channel in place["direct_channels"]:
        name = names[channel["user_id"]]
        found |= {message["id"]: message for message in await world.member(name).messages(channel["id"])}
    return found


async def _one_card(
    world: World,
    request: sqlite3.Row,
    its_jobs: list[sqlite3.Row],
    card: Message,
    tasks: dict[str, Any],
    verdict: Verdict,
    *,
    may_be_old: bool,
) -> None:
    """The card shows the end of each image, and just the pictures that were made, in their order."""
    name, text = f"the card of request {request['id']}", text_of(card)
    shown = [job for job in its_jobs if job["state"] == "delivered" and not job["deleted_at"]]
    pictures = [media["url"] for media in media_of(card)]
    # Discord may have taken one, lost its answer, and then closed the place: it is kept as well as shown.
    kept_too = sum(job["state"] == "undelivered" and not job["deleted_at"] for job in its_jobs)
    right = len(shown) <= len(pictures) <= len(shown) + kept_too
    verdict.expect(right, f"{name} shows {len(pictures)} pictures of {len(shown)}")
    states = {job["state"] for job in its_jobs}
    if may_be_old:
        return
    if "failed" in states or "cancelled" in states:
        verdict.expect("went back" in text, f"{name} does not say that credits went back: {text!r}")
    for word in ("Waiting", "Drawing", "Next in line", "Reading"):
        verdict.expect(word not in text, f"{name} still says {word!r}")
    for job, url in zip(shown, pictures, strict=False) if not kept_too else ():
        posted = await _fetch(world, url)
        made = [await _fetch(world, address) for address in tasks[job["remote_task_id"]]["result_urls"][:1]]
        verdict.expect(posted and made and _same(posted, made[0]), f"{name} shows another picture for job {job['id']}")


async def _fetch(world: World, url: str) -> bytes:
    async with world.client.session.get(url, headers={"User-Agent": "witness/1"}) as response:
        return await response.read() if response.status == 200 else b""


def _same(posted: bytes, made: bytes) -> bool:
    """Whether both show the same: byte for byte, or as the JPEG of it that fits."""
    if posted == made:
        return True
    with Image.open(BytesIO(posted)) as shown, Image.open(BytesIO(made)) as original:
        size = (128, 128)
        difference = ImageChops.difference(shown.convert("RGB").resize(size), original.convert("RGB").resize(size))
        return max(ImageStat.Stat(difference).mean) < MEAN_DIFFERENCE


async def _files(world: World, verdict: Verdict) -> None:
    media = world.data / "media"
    left = await _unfinished(media / "incoming")
    verdict.expect(not left, f"files are left in the folder of unfinished ones: {left}")
    results = {
        row[0]
        for row in world.rows("SELECT result_sha256 FROM job WHERE result_sha256 NOT NULL AND deleted_at IS NULL")
    }
    kept = {row[0] for row in world.rows("SELECT sha256 FROM reference WHERE removed_at IS NULL")}
    for folder, wanted in (("results", results), ("references", kept)):
        found = {path.stem for path in (media / folder).rglob("*") if path.is_file()}
        verdict.expect(
            found == wanted, f"{folder}: {len(found - wanted)} files too many, {len(wanted - found)} missing"
        )
        for path in (media / folder).rglob("*"):
            if path.is_file():
                whole = sha256(path.read_bytes()).hexdigest() == path.stem
                verdict.expect(whole, f"{folder}/{path.name} does not hold what its name says")
    small = {path.stem for path in (media / "thumbnails").rglob("*") if path.is_file()}
    verdict.expect(small <= results | kept, f"{len(small - results - kept)} small copies of nothing")


async def _unfinished(incoming: Path) -> list[str]:
    """Return what stays in that folder: a small copy is still made there, when the machine has time, after all else."""
    first = left = _by_name(incoming)
    ends_at = asyncio.get_running_loop().time() + SMALL_COPIES_WITHIN_S
    while left and asyncio.get_running_loop().time() < ends_at:
        await asyncio.sleep(0.1)
        left = _by_name(incoming)
    return [f"{name} of {size} bytes" for name, size in left.items() if name in first]


def _by_name(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            found[path.name] = path.stat().st_size
    return found


def _log(world: World, verdict: Verdict) -> None:
    text = world.log()
    for word in LEAKS:
        where = text.find(word)
        verdict.expect(where < 0, f"the log holds {word!r}: {text[max(0, where - 200) : where + 1500]}")
    for secret in (world.sandbox.discord_token, world.sandbox.kie_api_key):
        verdict.expect(secret not in text, "the log holds a secret")
    verdict.expect(not re.search(r"fox \d+ number", text), "the log holds a prompt")
