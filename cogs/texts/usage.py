"""What moderators read of their server's spending, in numbers, on the chart and in the export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cogs.plain_text import shortened
from cogs.texts import credits_of
from cogs.texts.operator import FAILURE_NAMES
from generation.charts import ChartData, ChartPart
from generation.errors import FailureKind
from generation.options import Resolution
from generation.usage_desk import Outcome, Step, UsageReport
from generation.usage_spans import SpanChoice
from storage.jobs import JobState
from storage.usage import ImageLine, MemberUse, Span

SPANS = {
    SpanChoice.TODAY: "today",
    SpanChoice.YESTERDAY: "yesterday",
    SpanChoice.THIS_WEEK: "this week",
    SpanChoice.LAST_WEEK: "last week",
    SpanChoice.THIS_MONTH: "this month",
    SpanChoice.LAST_MONTH: "last month",
    SpanChoice.DAYS_7: "the last 7 days",
    SpanChoice.DAYS_30: "the last 30 days",
    SpanChoice.DAYS_90: "the last 90 days",
}
OUTCOMES = {
    Outcome.MADE: "made",
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "failed",
    Outcome.CANCELLED: "cancelled",
    Outcome.IN_THE_MAKING: "in the making",
}
_EXPLAINED = {
    **OUTCOMES,
    Outcome.REFUSED: "refused by the image service, credits went back",
    Outcome.FAILED: "failed, credits went back",
    Outcome.CANCELLED: "cancelled, credits went back",
}
MOST_MEMBERS = 10
ALT_CHARS = 1024
DAYS_WITH_NAMES = 7


# The days


def first_and_last(span: Span, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and the last day of a span as the guild counts them."""
    end = span.end - timedelta(seconds=1)
    return span.start.astimezone(zone).date(), end.astimezone(zone).date()


def title(report: UsageReport) -> str:
    """What stands over the chart: "30 October to 23 November 2026"."""
    first, last = first_and_last(report.span, report.calendar.time_zone)
    if first == last:
        return _day(first)
    if first.year != last.year:
        return f"{_day(first)} to {_day(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%B} to {_day(last)}"
    return f"{first.day} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _is_one_day(report: UsageReport) -> bool:
    first, last = first_and_last(report.span, report.calendar.time_zone)
    return first == last


def _labels(report: UsageReport) -> list[str]:
    """Return what stands below each bar: 14:00, Mon 23, or 23 Nov."""
    starts = [step.start for step in report.steps]
    if _is_one_day(report):
        return [f"{start:%H:%M}" for start in starts]
    if len(starts) <= DAYS_WITH_NAMES:
        return [f"{start:%a} {start.day}" for start in starts]
    return [f"{start.day} {start:%b}" for start in starts]


# The numbers beside the chart


def report(choice: SpanChoice, shown: UsageReport) -> str:
    """The numbers beside the chart."""
    days = f"{title(shown)}, time zone {shown.calendar.time_zone.key}"
    whose = "" if shown.span.user_id is None else f" by <@{shown.span.user_id}>"
    if not shown.images and not shown.spent:
        again = "" if choice is SpanChoice.DAYS_90 else "\nChoose a longer period to look further back."
        return f"### Nothing was spent{whose} {SPANS[choice]}\nNo image was asked for ({days}).{again}"
    lines = [f"### {credits_of(shown.spent)} spent{whose} {SPANS[choice]}", days, *_apart(shown)]
    if shown.images:
        lines += ["", f"**{_images(shown)} asked for**{_share_refunded(shown)}"]
        lines += [f"- {_count(shown, outcome)} {_EXPLAINED[outcome]}" for outcome in Outcome if shown.outcomes[outcome]]
    if shown.by_resolution:
        sizes = " · ".join(f"{size}\u00a0{amount:,}" for size, amount in shown.by_resolution.items())
        lines += ["", f"**Credits by size** {sizes}"]
    if shown.members and shown.span.user_id is None:
        all_of_them = f", {MOST_MEMBERS} of {len(shown.members):,}" if len(shown.members) > MOST_MEMBERS else ""
        lines += ["", f"**Top members**{all_of_them}"]
        lines += [_member(rank, member, shown.spent) for rank, member in enumerate(shown.members[:MOST_MEMBERS], 1)]
    return "\n".join(lines)


def _apart(shown: UsageReport) -> list[str]:
    """Return what of the credits is not simply spent."""
    lines: list[str] = []
    if shown.reserved:
        lines.append(f"{credits_of(shown.reserved)} of it still reserved for images in the making")
    if shown.compensated:
        lines.append(f"{credits_of(shown.compensated)} of it given back later, as the image service lost the pictures")
    return lines


def _images(shown: UsageReport) -> str:
    return f"{shown.images:,} image{'' if shown.images == 1 else 's'}"


def _share_refunded(shown: UsageReport) -> str:
    """Say how many of the finished images came to nothing."""
    ended = shown.images - shown.outcomes[Outcome.IN_THE_MAKING]
    refunded = ended - shown.outcomes[Outcome.MADE]
    return f", {_percent(refunded, ended)} of the finished ones refunded" if refunded else ""


def _count(shown: UsageReport, outcome: Outcome) -> str:
    return f"{shown.outcomes[outcome]:,}"


def _percent(part: int, whole: int) -> str:
    share = 100 * part / whole
    return "less than 1%" if share < 1 else f"{share:.0f}%"


def _member(rank: int, member: MemberUse, spent: int) -> str:
    return f"{rank}. {_who(member.user_id)} {member.amount:,} ({_percent(member.amount, spent)})"


def _who(user_id: int) -> str:
    """Name a member; below 0 is one who wanted to be forgotten."""
    return f"<@{user_id}>" if user_id > 0 else "somebody who wanted to be forgotten"


NO_CHART = "-# The chart could not be drawn this time; the numbers are complete."


# The chart


def chart(shown: UsageReport) -> ChartData:
    """Return what the picture shows; the ranks of its members are those of the list beside it."""
    members = shown.members[:MOST_MEMBERS]
    return ChartData(
        title=title(shown),
        over_time=ChartPart(
            title=f"Credits by {'hour' if _is_one_day(shown) else 'day'}",
            labels=_labels(shown),
            amounts=[step.amount for step in shown.steps],
        ),
        by_size={size: [step.amounts.get(size, 0) for step in shown.steps] for size in Resolution},
        nothing="Nothing spent: all credits went back.",
        members=None
        if shown.span.user_id is not None
        else ChartPart(
            title="Top members",
            labels=[f"{rank}." for rank in range(1, len(members) + 1)],
            amounts=[member.amount for member in members],
        ),
        sizes=ChartPart(
            title="Credits by size",
            labels=list(Resolution),
            amounts=[shown.by_resolution.get(size, 0) for size in Resolution],
        ),
        outcomes=ChartPart(
            title=f"{_images(shown)} asked for",
            labels=[OUTCOMES[outcome] for outcome in Outcome],
            amounts=[shown.outcomes[outcome] for outcome in Outcome],
        ),
        outcome_keys=list(Outcome),
    )


def alt_text(choice: SpanChoice, shown: UsageReport) -> str:
    """The chart in words, for people who do not see it; what may be long comes last."""
    parts = [f"Chart of {credits_of(shown.spent)} spent {SPANS[choice]}, {title(shown)}."]
    if shown.spent:
        labels = _labels(shown)
        most = max(range(len(labels)), key=lambda place: shown.steps[place].amount)
        parts.append(f"Most: {labels[most]} with {shown.steps[most].amount:,}.")
        sizes = ", ".join(f"{size} {amount:,}" for size, amount in shown.by_resolution.items())
        parts.append(f"By size: {sizes}.")
    parts.append(f"{_images(shown)}: {', '.join(f'{_count(shown, one)} {OUTCOMES[one]}' for one in Outcome)}.")
    if shown.members and shown.span.user_id is None:
        ranks = ", ".join(f"{rank}. {one.amount:,}" for rank, one in enumerate(shown.members[:MOST_MEMBERS], 1))
        parts.append(f"Top members: {ranks}.")
    if shown.spent:
        unit = "hour" if _is_one_day(shown) else "day"
        parts.append(f"By {unit}: {_steps_in_words(_labels(shown), shown.steps)}.")
    return shortened(" ".join(parts), ALT_CHARS)


def _steps_in_words(labels: Sequence[str], steps: Sequence[Step]) -> str:
    spent = [(label, step.amount) for label, step in zip(labels, steps, strict=True) if step.amount]
    return ", ".join(f"{label} {amount:,}" for label, amount in spent)


# The export

CSV = "Download as CSV"
CSV_EMPTY = "No image was asked for in that time, so there is nothing to export."
CSV_TOO_LARGE = "These are too many images for one file on Discord. Use `/usage` with a shorter period and try again."
STATES = {
    JobState.QUEUED: "waiting",
    JobState.SUBMITTING: "being made",
    JobState.UNCERTAIN: "without an answer",
    JobState.RUNNING: "being made",
    JobState.DELIVERING: "made, being delivered",
    JobState.DELIVERED: "made",
    JobState.UNDELIVERED: "made, could not be posted",
    JobState.FAILED: "failed, credits went back",
    JobState.CANCELLED: "cancelled, credits went back",
}
_WHY_NOT = {**FAILURE_NAMES, FailureKind.RESULT_LOST: "finished picture lost"}


def csv_columns(zone: ZoneInfo) -> Sequence[str]:
    """The first line of the export."""
    return (
        "image",
        f"asked ({zone.key})",
        "asked (UTC)",
        "member",
        "channel",
        "size",
        "width to height",
        "file",
        "references",
        "credits",
        "what became of it",
        "why not",
        f"ended ({zone.key})",
        "seconds at the image service",
    )


def csv_line(line: ImageLine, zone: ZoneInfo) -> Sequence[str | int]:
    """One image. Nothing in it was typed by a member, so no cell can be a formula.

    Members and channels are written as mentions: spreadsheets would round their long numbers, and pasted into Discord
    they show the name. "16 to 9" stands for 16:9, which spreadsheets take for a time of day.
    """
    return (
        line.job_id,
        _local(line.asked_at, zone),
        f"{line.asked_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        _who(line.user_id),
        f"<#{line.channel_id}>",
        line.resolution,
        line.aspect_ratio.replace(":", " to "),
        line.output_format,
        line.reference_count,
        line.amount,
        _end(line),
        "" if line.failure_kind is None else _WHY_NOT.get(line.failure_kind, "other"),
        "" if line.ended_at is None else _local(line.ended_at, zone),
        "" if line.task_s is None else line.task_s,
    )


def _end(line: ImageLine) -> str:
    if line.state is JobState.UNDELIVERED and line.failure_kind == FailureKind.RESULT_LOST:
        return "lost, credits given back later"
    return STATES[line.state]


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """2026-11-23 13:05:00, which spreadsheets take for a time."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def csv_name(span: Span, zone: ZoneInfo) -> str:
    """images-2026-11-01-to-2026-11-30.csv, by the days of the guild."""
    first, last = first_and_last(span, zone)
    return f"images-{first}-to-{last}.csv"


def csv_ready(count: int, *, packed: bool) -> str:
    """The answer that holds the export."""
    how = " It is packed as ZIP, as it is large: unpack it first." if packed else ""
    what = "1 image" if count == 1 else f"{count:,} images, one a line"
    return f"{what}; without prompts, opens in any spreadsheet.{how}"
