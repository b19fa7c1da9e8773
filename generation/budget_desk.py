"""What moderators do with money: rules, grants, corrections, the guild's pool; each one transaction with its trail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from generation.clock import Clock
from storage import accounts, allowances, audit, guild_settings, ledger, pools, statements, suspensions
from storage.accounts import Account, Balance
from storage.allowances import Allowance, AllowanceKind, AllowanceRule, Scope
from storage.audit import AuditKind
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings
from storage.pools import Pool, PoolLevel, PoolOwner
from storage.statements import StatementLine
from storage.suspensions import Suspension

HISTORY_LINES = 12
"""Lines of one page of an account's history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who changes something, where, and why."""

    guild_id: int
    actor_id: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReport:
    """Where a member stands, and why.

    Attributes:
        rules: all that concern the member, the most general first; `balance.rule` is the one that counts.
        pools: the ceilings that hold besides, as they are now.
    """

    balance: Balance
    rules: list[AllowanceRule]
    pools: list[PoolLevel]
    suspension: Suspension | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildReport:
    """The rules of a guild: the default, then roles, then members; and how full its pools are."""

    rules: list[AllowanceRule]
    pools: list[PoolLevel]
    suspended: list[Suspension]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some movements of an account, newest first. `page` is 0 for the newest; there is one page at least."""

    lines: list[StatementLine]
    page: int
    pages: int


class BudgetDesk:
    """Sets, gives and shows budgets. Whether the caller may is asked before."""

    def __init__(
        self, database: Database, defaults: GuildSettings, clock: Clock, *, operator_pool: Pool | None = None
    ) -> None:
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._operator_pool = operator_pool

    # Rules

    async def set_rule(
        self, change: Change, scope: Scope, target_id: int, allowance: Allowance
    ) -> AllowanceRule | None:
        """Set a rule; return the one it replaces, None where there was none. `target_id` is 0 for the default."""
        async with self._database.transaction() as tx:
            before, now = await allowances.get(tx, change.guild_id, scope, target_id), self._clock.now()
            rule = AllowanceRule(scope=scope, target_id=target_id, allowance=allowance, set_by=change.actor_id)
            await allowances.put(tx, change.guild_id, rule, now)
            await self._record(tx, change, AuditKind.RULE_SET, target_id or None, _facts(before), _facts(rule))
        return before

    async def clear_rule(self, change: Change, scope: Scope, target_id: int) -> AllowanceRule | None:
        """Remove a rule; return it, or None where there was none and nothing was written."""
        async with self._database.transaction() as tx:
            before = await allowances.get(tx, change.guild_id, scope, target_id)
            if before is not None:
                await allowances.remove(tx, change.guild_id, scope, target_id)
                await self._record(tx, change, AuditKind.RULE_CLEARED, target_id or None, _facts(before), None)
        return before

    async def clear_rules_of_lost_roles(self, change: Change, role_ids: Collection[int]) -> list[AllowanceRule]:
        """Remove the rules of roles that are not among `role_ids` any more; return them."""
        async with self._database.transaction() as tx:
            rules = await allowances.of_guild(tx, change.guild_id, self._defaults.default_allowance)
            lost = [rule for rule in rules if rule.scope is Scope.ROLE and rule.target_id not in role_ids]
            for rule in lost:
                await allowances.remove(tx, change.guild_id, Scope.ROLE, rule.target_id)
                await self._record(tx, change, AuditKind.RULE_CLEARED, rule.target_id, _facts(rule), None)
        return lost

    # Money

    async def grant(self, change: Change, account: Account, role_ids: Collection[int], amount: int) -> Balance:
        """Give whole credits that stay; return what the account holds then."""
        async with self._database.transaction() as tx:
            await self._balance(tx, account, role_ids)
            await ledger.grant(
                tx, account, amount=amount, actor_id=change.actor_id, note=change.reason, now=self._clock.now()
            )
            held = await self._balance(tx, account, role_ids)
            after = {"amount": amount, "available": held.available}
            await self._record(tx, change, AuditKind.GRANTED, account.user_id, None, after)
        return held

    async def adjust(self, change: Change, account: Account, role_ids: Collection[int], amount: int) -> Balance:
        """Correct an account; return what it holds then.

        Raises:
            AdjustmentTooLargeError: it would fall below zero; nothing was written.
        """
        async with self._database.transaction() as tx:
            held, now = await self._balance(tx, account, role_ids), self._clock.now()
            await ledger.adjust(tx, account, held, amount=amount, actor_id=change.actor_id, note=change.reason, now=now)
            held = await self._balance(tx, account, role_ids)
            after = {"amount": amount, "available": held.available}
            await self._record(tx, change, AuditKind.ADJUSTED, account.user_id, None, after)
        return held

    async def set_pool(self, change: Change, pool: Pool) -> tuple[Pool | None, PoolLevel]:
        """Set a pool; return the one it replaces, if any, and how full the new one is."""
        async with self._database.transaction() as tx:
            now = self._clock.now()
            settings = await guild_settings.load(tx, pool.guild_id, self._defaults)
            before = await pools.get(tx, pool.guild_id, pool.owner)
            await pools.put(tx, pool, now)
            await self._record(tx, change, AuditKind.POOL_SET, None, _pool_facts(before), _pool_facts(pool))
            return before, await pools.level(tx, pool, settings.calendar, now)

    async def clear_pool(self, change: Change, guild_id: int, owner: PoolOwner) -> Pool | None:
        """Remove a pool; return it, or None where there was none and nothing was written."""
        async with self._database.transaction() as tx:
            before = await pools.get(tx, guild_id, owner)
            if before is not None:
                await pools.remove(tx, guild_id, owner)
                await self._record(tx, change, AuditKind.POOL_CLEARED, None, _pool_facts(before), None)
        return before

    # Reports

    async def member_report(self, account: Account, role_ids: Collection[int]) -> MemberReport:
        """Return where a member stands and why, as of one moment."""
        async with self._database.transaction() as tx:
            settings, now = await guild_settings.load(tx, account.guild_id, self._defaults), self._clock.now()
            return MemberReport(
                balance=await accounts.balance(tx, account, settings, now, role_ids=role_ids),
                rules=await allowances.concerning(
                    tx,
                    guild_id=account.guild_id,
                    user_id=account.user_id,
                    role_ids=role_ids,
                    operator_default=settings.default_allowance,
                ),
                pools=await pools.levels(tx, account.guild_id, settings, self._operator_pool, now),
                suspension=await suspensions.active(tx, account.guild_id, account.user_id, now),
            )

    async def guild_report(self, guild_id: int) -> GuildReport:
        """Return the rules and pools of a guild, as of one moment."""
        async with self._database.reading() as tx:
            settings, now = await guild_settings.load(tx, guild_id, self._defaults), self._clock.now()
            return GuildReport(
                rules=await allowances.of_guild(tx, guild_id, settings.default_allowance),
                pools=await pools.levels(tx, guild_id, settings, self._operator_pool, now),
                suspended=await suspensions.all_active(tx, guild_id, now),
            )

    async def history(self, account: Account, page: int) -> HistoryPage:
        """Return a page of an account's movements; one beyond the last is the last."""
        async with self._database.reading() as tx:
            pages = max(1, -(-await statements.length(tx, account) // HISTORY_LINES))
            page = min(max(0, page), pages - 1)
            lines = await statements.latest(tx, account, limit=HISTORY_LINES, skip=page * HISTORY_LINES)
        return HistoryPage(lines=lines, page=page, pages=pages)

    async def _balance(self, tx: Transaction, account: Account, role_ids: Collection[int]) -> Balance:
        settings = await guild_settings.load(tx, account.guild_id, self._defaults)
        return await accounts.balance(tx, account, settings, self._clock.now(), role_ids=role_ids)

    async def _record(
        self,
        tx: Transaction,
        change: Change,
        kind: AuditKind,
        target_id: int | None,
        before: object,
        after: object,
    ) -> None:
        await audit.record(
            tx,
            guild_id=change.guild_id,
            actor_id=change.actor_id,
            kind=kind,
            target_id=target_id,
            before=before,
            after=after,
            reason=change.reason,
            now=self._clock.now(),
        )


def _facts(rule: AllowanceRule | None) -> dict[str, object] | None:
    """Return a rule as the audit trail keeps it."""
    if rule is None:
        return None
    allowance = rule.allowance
    facts: dict[str, object] = {"scope": rule.scope, "kind": allowance.kind}
    if allowance.kind is AllowanceKind.CREDITS:
        facts |= {"amount": allowance.amount, "period": allowance.period}
    return facts


def _pool_facts(pool: Pool | None) -> dict[str, object] | None:
    return None if pool is None else {"amount": pool.amount, "period": pool.period}
