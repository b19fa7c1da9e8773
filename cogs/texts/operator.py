"""What the operator is told: by direct messages when something is wrong, and by /operator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cogs.plain_text import quoted
from cogs.texts import credits_of, images_of, megabytes, moment
from cogs.texts.credits import EVERY, when
from generation.alerts import Alert, LowBalanceAlert, MachineAlert, OperatorAlert, PoolAlert
from generation.errors import BlockedBy, FailureKind
from generation.machine_watch import MachineTrouble
from generation.operator_desk import DOLLARS_PER_CREDIT, GuildOverview, OperatorStatus, Spending
from storage.jobs import Job
from storage.pools import ALL_GUILDS, Pool, PoolLevel

ALERTS: dict[BlockedBy, str] = {
    BlockedBy.CREDENTIALS: "The image service refuses the API key. Check `KIE_API_KEY` and its address whitelist.",
    BlockedBy.CREDITS: "The account at the image service is out of credits. Top it up.",
    BlockedBy.KEY_LIMIT: "The API key has used up its own limit at the image service. Raise the limit.",
}
_NOTHING_NEW = "Until then nothing new is taken, nothing accepted is lost, and it goes on by itself."
MACHINE: dict[MachineTrouble, tuple[str, str]] = {
    MachineTrouble.DISK: ("Plantain's disk is nearly full", f"Make room. {_NOTHING_NEW}"),
    MachineTrouble.MEDIA: (
        "Plantain cannot write into its media folder",
        f"Look at `MEDIA_PATH`: is it there, and may the bot write there? {_NOTHING_NEW}",
    ),
    MachineTrouble.DATABASE: (
        "Plantain cannot use its database",
        f"Look at `DATABASE_PATH`, its disk and the log. {_NOTHING_NEW}",
    ),
    MachineTrouble.FILES: (
        "Plantain has nearly as many files open as the system allows",
        f"Raise its limit of open files. {_NOTHING_NEW}",
    ),
    MachineTrouble.MEMORY: ("Plantain nears its limit of memory", f"Give it more. {_NOTHING_NEW}"),
    MachineTrouble.BACKUP: (
        "The nightly backup failed",
        "The log says why. Everything else goes on, and it is tried again every ten minutes.",
    ),
}
OPERATOR_ALERT_OVER = "✅ **Plantain goes on.** The image service's account works again; waiting images are being made."


def alert(news: Alert) -> str:
    """The direct message to the operator."""
    match news:
        case OperatorAlert(over=True):
            return OPERATOR_ALERT_OVER
        case OperatorAlert():
            return (
                f"⚠️ **Plantain has paused.** {ALERTS[news.cause]}\nWaiting images stay queued and no member loses"
                " credits. It looks again every few minutes and goes on by itself."
            )
        case LowBalanceAlert(over=True):
            return f"✅ **The balance is fine again:** {_provider_credits(news.balance)} at the image service."
        case LowBalanceAlert():
            return (
                f"⚠️ **The balance at the image service is low:** {_provider_credits(news.balance)}, under your"
                f" {news.threshold:,} (`LOW_BALANCE`). Top it up; at 0 all images wait."
            )
        case PoolAlert():
            return _pool_used_up(news.level)
        case MachineAlert(over=True):
            return f"✅ **In order again:** {MACHINE[news.trouble][0].lower()}."
        case MachineAlert():
            what, advice = MACHINE[news.trouble]
            return f"⚠️ **{what}.** {advice}"


def _pool_used_up(level: PoolLevel) -> str:
    pool = level.pool
    which = "for all servers together" if pool.guild_id == ALL_GUILDS else f"for the server `{pool.guild_id}`"
    again = "It does not refill." if level.period.end is None else f"It is full again {when(level.period.end)}."
    return (
        f"⚠️ **Your limit {which} is used up:** {level.used:,} of {credits_of(pool.amount)} {EVERY[pool.period]}."
        f" Members are refused until then and pay nothing. {again} `/operator pool` raises it."
    )


def _provider_credits(amount: float) -> str:
    return f"{amount:,.0f} credits (${amount * DOLLARS_PER_CREDIT:,.2f})"


# /operator status


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """What the bot knows of itself. Sizes in bytes."""

    version: str
    python: str
    discord_py: str
    sqlite: str
    started_at: datetime
    guild_count: int
    database_bytes: int


def status(now: OperatorStatus, process: ProcessFacts) -> str:
    """The private answer to /operator status."""
    balance = "the image service did not tell it just now" if now.balance is None else _provider_credits(now.balance)
    lines = [
        f"### Balance at the image service: {balance}",
        f"**Today:** {_spending(now.today)}",
        f"**This month:** {_spending(now.month)}",
        f"**Queue:** {_queue(now.live)}",
    ]
    if now.held_by is not None:
        lines.append(f"⏸️ **Paused.** {ALERTS[now.held_by]}")
    elif now.is_held:
        lines.append("⏸️ **Waiting a moment:** the image service asked for a pause.")
    lines += [f"⚠️ **{MACHINE[trouble][0]}.**" for trouble in sorted(now.troubles)]
    if now.callbacks is not None:
        lines.append(f"**Callbacks since the start:** {_calls(now.callbacks)}")
    if now.uncertain:
        lines.append(f"❔ **Without an answer:** {', '.join(_job(job) for job in now.uncertain)}")
    lines.append(f"**Failed in 24 hours:** {_failures(now.failures)}{_last(now)}")
    lines.append("**Limit for all servers:** " + ("none" if now.pool is None else _level(now.pool)))
    lines.append(
        f"-# Plantain {process.version} · Python {process.python} · discord.py {process.discord_py} · SQLite"
        f" {process.sqlite} · {_servers(process.guild_count)} · database {megabytes(process.database_bytes)} · started"
        f" {moment(process.started_at, 'R')}. Days and months in UTC."
    )
    return "\n".join(lines)


def _calls(counts: Mapping[str, int]) -> str:
    heard = sum(counts.values()) - counts.get("forged", 0)
    return f"{heard:,} heard, {counts.get('forged', 0):,} forged and refused"


def _spending(made: Spending) -> str:
    provider = f"{credits_of(made.provider_credits)} at the image service (${made.dollars:,.2f})"
    return f"{images_of(made.images)} made, {provider}; members spent {credits_of(made.member_credits)}"


def _queue(live: Mapping[str, int]) -> str:
    parts = [
        (live.get("queued", 0), "waiting"),
        (live.get("submitting", 0) + live.get("running", 0), "being made"),
        (live.get("delivering", 0), "being delivered"),
        (live.get("uncertain", 0), "without an answer"),
    ]
    return ", ".join(f"{count:,} {what}" for count, what in parts if count) or "empty"


def _job(job: Job) -> str:
    since = "" if job.uncertain_at is None else f" {moment(job.uncertain_at, 'R')}"
    return f"image {job.id} of <@{job.account.user_id}>{since}"


def _failures(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} × {FAILURE_NAMES.get(kind, kind)}" for kind, count in kinds.items()) or "none"


def _last(now: OperatorStatus) -> str:
    return "" if now.last_failure_at is None else f" (the last one {moment(now.last_failure_at, 'R')})"


FAILURE_NAMES: dict[str, str] = {
    FailureKind.REFUSED_CONTENT: "content refused",
    FailureKind.REFUSED_BY_MODEL: "no picture found by the model",
    FailureKind.REFERENCE_UNREADABLE: "reference not readable",
    FailureKind.REFERENCE_MISSING: "reference gone from the bot's disk",
    FailureKind.INVALID_REQUEST: "options not accepted",
    FailureKind.OVERLOADED: "service overloaded",
    FailureKind.PROVIDER_ERROR: "service fault",
    FailureKind.DEADLINE: "took too long",
    FailureKind.NO_RESULT: "no result given",
    FailureKind.LOST_ANSWER: "answer lost",
    FailureKind.VANISHED: "lost by the service",
    FailureKind.FEATURE_OFF: "switched off by the service",
    FailureKind.RESTORED: "waited in a backup that was restored",
}


def _servers(count: int) -> str:
    return f"{count:,} server{'' if count == 1 else 's'}"


# /operator pool


def pool_set(level: PoolLevel, before: Pool | None, guild: str | None) -> str:
    """A limit of the operator's was set."""
    replaced = "" if before is None else f" Before: {_pool(before)}."
    return f"✅ **{_whose(guild)}: {_level(level)}**{replaced} Images already asked for go on."


def pool_cleared(before: Pool, guild: str | None) -> str:
    """A limit of the operator's was removed."""
    return f"✅ {_whose(guild)}: no limit of yours any more. Before: {_pool(before)}."


def no_pool(guild: str | None) -> str:
    """There was no such limit."""
    return f"{_whose(guild)} has no limit set by command. Nothing was changed."


def pools(levels: Sequence[PoolLevel], names: Mapping[int, str]) -> str:
    """Every limit of the operator's."""
    if not levels:
        return "You have set no limits. `/operator pool amount:50000 period:month` sets one for all servers together."
    lines = ["### Your limits"]
    for level in levels[:20]:
        guild_id = level.pool.guild_id
        whose = _whose(None if guild_id == ALL_GUILDS else names.get(guild_id, f"server {guild_id}"))
        origin = " (from `OPERATOR_POOL`)" if level.pool.set_at is None else f" (set {moment(level.pool.set_at, 'R')})"
        lines.append(f"- {whose}: {_level(level)}{origin}")
    if len(levels) > 20:
        lines.append(f"- and {len(levels) - 20} more")
    return "\n".join(lines)


def _whose(guild: str | None) -> str:
    return "All servers together" if guild is None else quoted(guild, limit=60)


def _pool(pool: Pool) -> str:
    set_at = "" if pool.set_at is None else f", set by <@{pool.set_by}> {moment(pool.set_at, 'R')}"
    return f"{credits_of(pool.amount)} {EVERY[pool.period]}{set_at}"


def _level(level: PoolLevel) -> str:
    refill = "" if level.period.end is None else f" Full again {moment(level.period.end, 'R')}."
    full = f"{credits_of(level.pool.amount)} {EVERY[level.pool.period]}"
    return f"{level.used:,} of {full} used, {level.left:,} left.{refill}"


AMOUNT_NEEDED = "To set a limit, give its `amount` too; with nothing at all your limits are shown. Nothing was changed."


def server_unknown(text: str) -> str:
    """No server of that name or id."""
    return f"Plantain is in no server called “{quoted(text, limit=60)}”. Choose one from the list. Nothing was changed."


# /operator guilds


def guilds(shown: Sequence[GuildOverview], names: Mapping[int, str], *, page: int, pages: int, silent: int) -> str:
    """A page of servers by what they used this month."""
    lines = ["### Servers this month"]
    if not shown:
        lines.append("No server has used anything this month.")
    for one in shown:
        use = one.use
        name = quoted(names[use.guild_id], limit=60) if use.guild_id in names else f"*left* `{use.guild_id}`"
        limit = "" if one.pool is None else f" · your limit: {_level(one.pool)}"
        lines.append(f"- **{name}**: {credits_of(use.amount)}, {images_of(use.images)} made{limit}")
    if silent:
        lines.append(f"-# {_servers(silent)} used nothing.")
    lines.append(f"-# Page {page + 1} of {pages}. Months in UTC.")
    return "\n".join(lines)


PREVIOUS, NEXT = "Previous", "Next"
