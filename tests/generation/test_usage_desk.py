"""What /usage counts, recounted from the raw rows by arithmetic that shares nothing with the product's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cogs.texts import usage as texts
from generation.usage_desk import Outcome, UsageDesk, UsageReport
from generation.usage_spans import SpanChoice, span_of, steps_of
from storage import accounts, guild_settings, jobs, ledger, requests, transitions
from storage.accounts import Account
from storage.allowances import Allowance, AllowanceKind
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings, Setting
from storage.periods import Calendar
from tests.conftest import HandClock
from tests.storage.books import new_request

ORCHARD, HARBOR = 1001, 1002
MEMBERS = (1, 2, 3, 4)
UNLIMITED = replace(GuildSettings(), default_allowance=Allowance(kind=AllowanceKind.UNLIMITED))
PRICES = {"1K": 18, "2K": 19, "4K": 24}

# Zone, first day of its week, and a noon (UTC) soon after its clocks changed.
PLACES = [
    ("UTC", 0, "2026-11-23"),
    ("Europe/Berlin", 0, "2026-10-26"),
    ("Europe/Berlin", 6, "2026-03-30"),
    ("America/St_Johns", 6, "2026-11-02"),
    ("Asia/Kathmandu", 6, "2026-11-23"),
    ("Africa/Cairo", 5, "2026-04-24"),
    ("Australia/Lord_Howe", 0, "2026-10-05"),
    ("America/Havana", 0, "2026-11-02"),
    ("Pacific/Kiritimati", 3, "2026-12-31"),
]


async def make_image(tx: Transaction, account: Account, number: int, size: str, at: datetime) -> int:
    """Ask for one image as the product does."""
    price = PRICES[size]
    held = await accounts.balance(tx, account, UNLIMITED, at)
    await ledger.provide(tx, account, held, needed=price, now=at)
    request_id = (await requests.insert(tx, replace(new_request(account, number), resolution=size), at)).id
    job_id = (await jobs.insert(tx, account, request_id=request_id, position=1, price=price, now=at)).id
    await ledger.reserve(tx, account, job_id=job_id, amount=price, now=at)
    return job_id


async def end_image(tx: Transaction, job_id: int, end: str, at: datetime) -> None:
    """Let an image reach its end, or stay where it is."""
    if end == "cancelled":
        assert await transitions.cancel(tx, job_id, at)
    if end in ("queued", "cancelled"):
        return
    await transitions.submit(tx, job_id, at)
    if end == "uncertain":
        await transitions.lose_sight(tx, job_id, at)
        return
    await transitions.run(tx, job_id, f"task {job_id}", at)
    if end in ("refused_content", "refused_by_model", "provider_error", "deadline"):
        assert await transitions.fail(tx, job_id, kind=end, text="no", now=at)
    elif end != "running":
        await transitions.succeed(tx, job_id, "http://127.0.0.1/a.png", at)
        finish = {
            "delivered": transitions.deliver,
            "undelivered": transitions.keep_undelivered,
            "lost": transitions.lose_result,
        }
        if end in finish:
            assert await finish[end](tx, job_id, at)


ENDS = ["delivered"] * 6 + [
    "queued",
    "uncertain",
    "running",
    "delivering",
    "undelivered",
    "lost",
    "cancelled",
    "refused_content",
    "refused_by_model",
    "provider_error",
    "deadline",
]


async def random_history(database: Database, random: Random, now: datetime, count: int) -> None:
    """Fill the last 130 days, the last few the most; ends come minutes to days after their beginnings."""
    moments = sorted(
        now - timedelta(seconds=random.choice((4e5, 1.1e7)) * random.random() ** 2 - 7200) for _ in range(count)
    )
    async with database.transaction() as tx:
        for number, asked in enumerate(moments):
            at = asked.replace(microsecond=0)
            account = Account(guild_id=random.choice((ORCHARD, ORCHARD, HARBOR)), user_id=random.choice(MEMBERS))
            job_id = await make_image(tx, account, number + 1, random.choice(list(PRICES)), at)
            await end_image(tx, job_id, random.choice(ENDS), at + timedelta(seconds=random.randrange(200_000)))


async def raw_images(database: Database) -> list[dict[str, Any]]:
    """Return every image with the sum of its entries that reserve and give back."""
    async with database.reading() as tx:
        images = {
            row["id"]: {**row, "spent": 0}
            for row in map(
                dict,
                await tx.rows(
                    "SELECT job.*, request.resolution FROM job JOIN request ON request.id = job.request_id ORDER BY id"
                ),
            )
        }
        for entry in await tx.rows("SELECT * FROM ledger_entry WHERE job_id IS NOT NULL"):
            images[entry["job_id"]]["spent"] -= entry["amount"]
    return list(images.values())


def days_of(choice: SpanChoice, today: date, week_starts_on: int) -> tuple[date, date]:
    """Return the first and the last day, by counting days one by one."""
    one = timedelta(days=1)
    week = next(today - n * one for n in range(7) if (today - n * one).weekday() == week_starts_on)
    month = date(today.year, today.month, 1)
    before = month - one
    return {
        "today": (today, today),
        "yesterday": (today - one, today - one),
        "this_week": (week, today),
        "last_week": (week - 7 * one, week - one),
        "this_month": (month, today),
        "last_month": (date(before.year, before.month, 1), before),
        "days_7": (today - 6 * one, today),
        "days_30": (today - 29 * one, today),
        "days_90": (today - 89 * one, today),
    }[choice]


def became(row: dict[str, Any]) -> str:
    kind = row["failure_kind"] or ""
    if row["state"] in ("delivering", "delivered", "undelivered"):
        return "failed" if kind == "result_lost" else "made"
    if row["state"] == "failed":
        return "refused" if kind.startswith("refused") else "failed"
    return "cancelled" if row["state"] == "cancelled" else "in_the_making"


def recounted(rows: list[dict[str, Any]], choice: SpanChoice, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """Count by the local date of each row."""
    zone = calendar.time_zone
    first, last = days_of(choice, now.astimezone(zone).date(), calendar.week_starts_on)
    found: dict[str, Any] = {name: Counter() for name in ("days", "sizes", "members", "outcomes")}
    found |= {"spent": 0, "reserved": 0, "compensated": 0}
    for row in rows:
        local = datetime.fromtimestamp(row["queued_at"], zone)
        if not first <= local.date() <= last:
            continue
        found["spent"] += row["spent"]
        found["days"][local.date()] += row["spent"]
        found["sizes"][row["resolution"]] += row["spent"]
        found["members"][row["user_id"]] += row["spent"]
        found["outcomes"][became(row)] += 1
        found["reserved"] += row["spent"] if became(row) == "in_the_making" else 0
        found["compensated"] += row["spent"] if row["failure_kind"] == "result_lost" else 0
    return found


def reported(report: UsageReport) -> dict[str, Any]:
    """Return the report in the same form."""
    days: Counter[date] = Counter()
    for step in report.steps:
        days[step.start.date()] += step.amount
    assert [member.amount for member in report.members] == sorted((m.amount for m in report.members), reverse=True)
    return {
        "days": days,
        "sizes": Counter(report.by_resolution),
        "members": Counter({member.user_id: member.amount for member in report.members}),
        "outcomes": Counter(report.outcomes),
        "spent": report.spent,
        "reserved": report.reserved,
        "compensated": report.compensated,
    }


@pytest.mark.parametrize(("zone", "week_starts_on", "day"), PLACES)
async def test_every_number_agrees_with_the_raw_rows(
    database: Database, clock: HandClock, zone: str, week_starts_on: int, day: str
) -> None:
    clock._now = now = datetime.fromisoformat(f"{day}T12:00Z")
    async with database.transaction() as tx:
        await guild_settings.put(tx, ORCHARD, Setting.TIME_ZONE, zone)
        await guild_settings.put(tx, ORCHARD, Setting.WEEK_STARTS_ON, week_starts_on)
    await random_history(database, Random(f"{zone} {day}"), now, 400)
    desk = UsageDesk(database, UNLIMITED, clock)
    calendar = Calendar(time_zone=ZoneInfo(zone), week_starts_on=week_starts_on)
    rows = [row for row in await raw_images(database) if row["guild_id"] == ORCHARD]
    for choice in SpanChoice:
        report = await desk.report(ORCHARD, choice)
        assert reported(report) == recounted(rows, choice, now, calendar), choice
        lines = [line async for page in desk.images(report.span) for line in page]
        assert (len(lines), sum(line.amount for line in lines)) == (report.images, report.spent), choice
        own = [row for row in rows if row["user_id"] == MEMBERS[0]]
        of_one = await desk.report(ORCHARD, choice, MEMBERS[0])
        assert reported(of_one) == recounted(own, choice, now, calendar), choice
        data = texts.chart(report)
        assert sum(data.over_time.amounts) == sum(data.sizes.amounts) == report.spent
        assert len(data.over_time.labels) == len(data.over_time.amounts)


async def test_images_come_in_pages_in_the_order_of_asking_each_once(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await random_history(database, Random(5), clock.now(), 60)
    monkeypatch.setattr("generation.usage_desk.EXPORT_PAGE", 7)
    desk = UsageDesk(database, UNLIMITED, clock)
    span = (await desk.report(ORCHARD, SpanChoice.DAYS_90)).span
    pages = [page async for page in desk.images(span)]
    assert {len(page) for page in pages[:-1]} == {7}
    found = [(line.asked_at.timestamp(), line.job_id) for page in pages for line in page]
    rows = [row for row in await raw_images(database) if row["guild_id"] == ORCHARD]
    start, end = span.start.timestamp(), span.end.timestamp()
    assert found == sorted((row["queued_at"], row["id"]) for row in rows if start <= row["queued_at"] < end)


async def test_images_asked_for_in_the_same_second_are_not_left_out_between_pages(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as tx:
        account = Account(guild_id=ORCHARD, user_id=1)
        ids = [await make_image(tx, account, number, "1K", clock.now()) for number in range(1, 10)]
    monkeypatch.setattr("generation.usage_desk.EXPORT_PAGE", 2)
    desk = UsageDesk(database, UNLIMITED, clock)
    span = (await desk.report(ORCHARD, SpanChoice.TODAY)).span
    assert [line.job_id async for page in desk.images(span) for line in page] == ids


async def test_refund_after_the_span_takes_the_spending_out_of_it(database: Database, clock: HandClock) -> None:
    yesterday = clock.now() - timedelta(days=1)
    async with database.transaction() as tx:
        job_id = await make_image(tx, Account(guild_id=ORCHARD, user_id=1), 1, "4K", yesterday)
    desk = UsageDesk(database, UNLIMITED, clock)
    before = await desk.report(ORCHARD, SpanChoice.YESTERDAY)
    assert (before.spent, before.reserved, before.outcomes[Outcome.IN_THE_MAKING]) == (24, 24, 1)
    async with database.transaction() as tx:
        await end_image(tx, job_id, "provider_error", clock.now())
    after = await desk.report(ORCHARD, SpanChoice.YESTERDAY)
    assert (after.spent, after.reserved, after.outcomes[Outcome.FAILED], after.members) == (0, 0, 1, [])
    today = await desk.report(ORCHARD, SpanChoice.TODAY)
    assert (today.spent, today.images) == (0, 0)


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T12:00Z", 23),
        ("Europe/Berlin", "2026-10-25T12:00Z", 25),
        ("Africa/Cairo", "2026-04-24T12:00Z", 23),
        ("Australia/Lord_Howe", "2026-04-05T01:00Z", 25),  # 24 and a half
        ("Asia/Kathmandu", "2026-11-23T12:00Z", 24),
    ],
)
def test_single_day_has_the_hours_it_has_and_no_other_span_shows_hours(zone: str, now: str, hours: int) -> None:
    calendar = Calendar(time_zone=ZoneInfo(zone))
    moment = datetime.fromisoformat(now)
    assert len(steps_of(*span_of(SpanChoice.TODAY, moment, calendar), calendar)) == hours
    days = steps_of(*span_of(SpanChoice.DAYS_30, moment, calendar), calendar)
    assert [day.date() for day in days] == [
        moment.astimezone(calendar.time_zone).date() - timedelta(days=29 - number) for number in range(30)
    ]


@pytest.mark.parametrize(
    ("choice", "start", "end"),
    [
        # Berlin left summer time on Sunday 2026-10-25; it is Monday 2026-10-26 there.
        (SpanChoice.TODAY, "2026-10-25T23:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.YESTERDAY, "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        (SpanChoice.DAYS_7, "2026-10-19T22:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.THIS_WEEK, "2026-10-25T23:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.LAST_WEEK, "2026-10-18T22:00Z", "2026-10-25T23:00Z"),
        (SpanChoice.THIS_MONTH, "2026-09-30T22:00Z", "2026-10-26T23:00Z"),
        (SpanChoice.LAST_MONTH, "2026-08-31T22:00Z", "2026-09-30T22:00Z"),
        (SpanChoice.DAYS_90, "2026-07-28T22:00Z", "2026-10-26T23:00Z"),
    ],
)
def test_spans_follow_the_guilds_calendar_also_when_clocks_change(choice: SpanChoice, start: str, end: str) -> None:
    berlin = Calendar(time_zone=ZoneInfo("Europe/Berlin"))
    found = span_of(choice, datetime(2026, 10, 26, 9, tzinfo=UTC), berlin)
    assert found == (datetime.fromisoformat(start), datetime.fromisoformat(end))
