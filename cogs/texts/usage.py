"""What moderators read of their server's spending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from cogs.plain_text import shortened
from cogs.texts import credits_of, images_of
from generation.usage_desk import Outcome, SpanChoice, UsageReport
from storage.jobs import JobState
from storage.usage import MemberUse, Span

SPANS = {
    SpanChoice.TODAY: "today",
    SpanChoice.THIS_WEEK: "this week",
    SpanChoice.THIS_MONTH: "this month",
    SpanChoice.LAST_MONTH: "last month",
    SpanChoice.DAYS_7: "the last 7 days",
    SpanChoice.DAYS_30: "the last 30 days",
    SpanChoice.DAYS_90: "the last 90 days",
}
OUTCOMES = {
    Outcome.MADE: "made",
    Outcome.REFUNDED: "not made, credits went back",
    Outcome.CANCELLED: "cancelled",
    Outcome.IN_THE_MAKING: "in the making",
}
STATES = {
    JobState.QUEUED: "waiting",
    JobState.SUBMITTING: "being made",
    JobState.UNCERTAIN: "without an answer",
    JobState.RUNNING: "being made",
    JobState.DELIVERING: "made, being delivered",
    JobState.DELIVERED: "made",
    JobState.UNDELIVERED: "made, could not be posted",
    JobState.FAILED: "not made, refunded",
    JobState.CANCELLED: "cancelled, refunded",
}
MOST_MEMBERS = 8
CSV = "Download as CSV"
ALT_CHARS = 1024


def title(report: UsageReport) -> str:
    """What stands over the chart: its first and last day."""
    days = list(report.by_day)
    first, last = days[0], days[-1]
    if first == last:
        return _day(first)
    return f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def report(choice: SpanChoice, shown: UsageReport) -> str:
    """The numbers beside the chart."""
    head = f"### {credits_of(shown.spent).capitalize()} spent {SPANS[choice]}"
    if not shown.images and not shown.spent:
        return f"### Nothing was spent {SPANS[choice]}\nNobody asked for an image ({title(shown)}). Try a longer time."
    held = f" {credits_of(shown.reserved).capitalize()} of it are still reserved." if shown.reserved else ""
    outcomes = ", ".join(f"{count:,} {OUTCOMES[outcome]}" for outcome, count in shown.outcomes.items() if count)
    sizes = ", ".join(f"{size}: {amount:,}" for size, amount in shown.by_resolution.items()) or "none"
    lines = [
        head,
        f"{title(shown)}, days of {shown.calendar.time_zone.key}.{held}",
        f"**{images_of(shown.images).capitalize()}** asked for: {outcomes or 'none'}.{_share(shown)}",
        f"**Credits by size:** {sizes}.",
    ]
    if shown.members:
        lines.append(f"**Top members** of {len(shown.members):,}:")
        lines += [_member(rank, member, shown.spent) for rank, member in enumerate(shown.members[:MOST_MEMBERS], 1)]
    return "\n".join(lines)


def _share(shown: UsageReport) -> str:
    ended = shown.images - shown.outcomes[Outcome.IN_THE_MAKING]
    back = shown.outcomes[Outcome.REFUNDED] + shown.outcomes[Outcome.CANCELLED]
    return f" {100 * back / ended:.0f}% came to nothing and cost nothing." if ended and back else ""


def _member(rank: int, member: MemberUse, spent: int) -> str:
    share = f" ({100 * member.amount / spent:.0f}%)" if spent else ""
    return f"{rank}. <@{member.user_id}> {member.amount:,}{share}"


def alt_text(choice: SpanChoice, shown: UsageReport) -> str:
    """The chart in words, for people who do not see it."""
    by_day = "; ".join(
        f"{day.isoformat()}: {sum(amounts.values()):,}" for day, amounts in shown.by_day.items() if amounts
    )
    sizes = ", ".join(f"{size} {amount:,}" for size, amount in shown.by_resolution.items())
    members = ", ".join(f"{rank}. {one.amount:,}" for rank, one in enumerate(shown.members[:MOST_MEMBERS], 1))
    outcomes = ", ".join(f"{count:,} {OUTCOMES[outcome]}" for outcome, count in shown.outcomes.items())
    text = (
        f"Chart of {credits_of(shown.spent)} spent {SPANS[choice]}. By size: {sizes}. Top members: {members}."
        f" Images: {outcomes}. By day: {by_day}."
    )
    return shortened(text, ALT_CHARS)


NO_CHART = "-# The chart could not be drawn this time; the numbers are complete."


def csv_name(span: Span, *, packed: bool) -> str:
    """images-2026-11-01-to-2026-11-30.csv"""
    last = span.end - timedelta(hours=1)
    return f"images-{span.start:%Y-%m-%d}-to-{last:%Y-%m-%d}.csv{'.gz' if packed else ''}"


def csv_ready(count: int, *, packed: bool) -> str:
    """The answer that holds the export."""
    how = " It is packed with gzip, as it is large: unpack it first." if packed else ""
    return f"{images_of(count).capitalize()}, one a line, without prompts; opens in any spreadsheet.{how}"


CSV_COLUMNS: Sequence[str] = (
    "image",
    "asked",
    "member id",
    "channel id",
    "size",
    "width to height",
    "file",
    "references",
    "credits",
    "what became of it",
    "why not",
    "ended",
    "seconds at the image service",
)


def csv_time(moment: datetime) -> str:
    """2026-11-23 13:05:00+01:00, which spreadsheets and programs read."""
    return moment.isoformat(sep=" ", timespec="seconds")


CSV_EMPTY = "Nobody asked for an image in that time, so there is nothing to export."
CSV_TOO_LARGE = "These are too many images for one file on Discord. Choose a shorter time with `/usage` and try again."
