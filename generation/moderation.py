"""What moderators forbid: words in prompts, and members for a time. Each change is one transaction with its trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from generation.blocklist import Blocklist, Hit, normal_form
from generation.clock import Clock
from storage import audit, blocked_terms, suspensions
from storage.audit import AuditKind
from storage.blocked_terms import BlockedTerm, TermKind
from storage.database import Database
from storage.suspensions import Suspension

LONGEST_SUSPENSION = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocking:
    """What became of a wish to block a term. `before`: the same term, where it was blocked already."""

    term: str
    before: BlockedTerm | None


class ModerationDesk:
    """Blocks and suspends. Whether the caller may is asked before."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def block(self, guild_id: int, actor_id: int, kind: TermKind, text: str) -> Blocking:
        """Block a word or pattern; where it was blocked already nothing is written.

        Raises:
            BadTermError: the term cannot be blocked.
            TooManyTermsError: the guild has as many as it may.
        """
        form = normal_form(kind, text)
        async with self._database.transaction() as tx:
            before, now = await blocked_terms.find(tx, guild_id, kind, form), self._clock.now()
            if before is None:
                await blocked_terms.add(tx, guild_id, kind, form, set_by=actor_id, now=now)
                after = {"kind": kind, "term": form}
                await audit.record(
                    tx, guild_id=guild_id, actor_id=actor_id, kind=AuditKind.WORD_BLOCKED, after=after, now=now
                )
        return Blocking(term=form, before=before)

    async def unblock(self, guild_id: int, actor_id: int, text: str) -> BlockedTerm | None:
        """Let a term pass again; return it, or None where there is no such term and nothing was written."""
        wanted = text.casefold().strip()
        async with self._database.transaction() as tx:
            terms = await blocked_terms.list_of(tx, guild_id)
            found = next((term for term in terms if wanted in (term.term, term.term.casefold())), None)
            if found is not None:
                await blocked_terms.remove(tx, found)
                await audit.record(
                    tx,
                    guild_id=guild_id,
                    actor_id=actor_id,
                    kind=AuditKind.WORD_UNBLOCKED,
                    before={"kind": found.kind, "term": found.term},
                    now=self._clock.now(),
                )
        return found

    async def blocked(self, guild_id: int) -> list[BlockedTerm]:
        """Return what a guild blocked, words first, by the alphabet."""
        async with self._database.reading() as tx:
            return await blocked_terms.list_of(tx, guild_id)

    async def test(self, guild_id: int, prompt: str) -> list[Hit]:
        """Return what a prompt would meet."""
        return Blocklist(await self.blocked(guild_id)).hits(prompt)

    async def suspend(
        self, guild_id: int, actor_id: int, user_id: int, *, for_: timedelta | None, reason: str | None
    ) -> tuple[Suspension, Suspension | None]:
        """Suspend a member for a time, None for until it is ended; return it and the one it replaces, if any."""
        async with self._database.transaction() as tx:
            now = self._clock.now()
            before = await suspensions.active(tx, guild_id, user_id, now)
            suspension = Suspension(
                user_id=user_id,
                until=None if for_ is None else now + for_,
                reason=reason,
                set_by=actor_id,
                set_at=now,
            )
            await suspensions.put(tx, guild_id, suspension)
            await audit.record(
                tx,
                guild_id=guild_id,
                actor_id=actor_id,
                kind=AuditKind.SUSPENDED,
                target_id=user_id,
                before=_until(before),
                after=_until(suspension),
                reason=reason,
                now=now,
            )
        return suspension, before

    async def unsuspend(self, guild_id: int, actor_id: int, user_id: int, *, reason: str | None) -> Suspension | None:
        """End a suspension; return it, or None where there was none and nothing was written."""
        async with self._database.transaction() as tx:
            now = self._clock.now()
            before = await suspensions.active(tx, guild_id, user_id, now)
            if before is not None:
                await suspensions.lift(tx, guild_id, user_id)
                await audit.record(
                    tx,
                    guild_id=guild_id,
                    actor_id=actor_id,
                    kind=AuditKind.UNSUSPENDED,
                    target_id=user_id,
                    before=_until(before),
                    reason=reason,
                    now=now,
                )
        return before


def _until(suspension: Suspension | None) -> dict[str, int | None] | None:
    """Return a suspension as the audit trail keeps it."""
    if suspension is None:
        return None
    return {"until": None if suspension.until is None else int(suspension.until.timestamp())}
