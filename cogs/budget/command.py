"""The commands of /budget, and "Image budget" in the menu of a member. All answers are private."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.asker import role_ids_of
from cogs.budget.amounts import read_allowance, read_pool, suggest_allowances, suggest_pools
from cogs.budget.buttons import history_view
from cogs.budget.views import guild_view, member_view
from cogs.errors import RefusalError
from cogs.moderators import require_moderator
from cogs.texts import budget as texts
from generation.budget_desk import BudgetDesk, Change
from generation.options import Resolution
from generation.prices import PriceTable
from storage.accounts import Account
from storage.allowances import MAX_AMOUNT, Scope
from storage.errors import AdjustmentTooLargeError
from storage.periods import PeriodKind
from storage.pools import Pool, PoolOwner

PERIODS = [Choice(name=name, value=kind.value) for kind, name in texts.PERIOD_CHOICES.items()]
Reason = Range[str, 1, 200]
EACH_PERIOD = "How often the credits come back (usually a week)"
AMOUNT = "Whole credits, or unlimited, or none"
WHY = "Why; the member reads it in their history"
NOTED = "Why; it is kept in the server's log"


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class BudgetCog(commands.GroupCog, group_name="budget", group_description="Decide who may spend how much on images"):
    """Sets, gives and shows budgets."""

    def __init__(self, bot: commands.Bot, desk: BudgetDesk, prices: PriceTable) -> None:
        self._bot = bot
        self._desk = desk
        self._cheapest = min(prices.price(resolution) for resolution in Resolution)
        self._menu = app_commands.ContextMenu(name=texts.MENU_NAME, callback=self.image_budget)
        self._menu.guild_only = True
        self._menu.default_permissions = discord.Permissions(manage_guild=True)

    async def cog_load(self) -> None:
        """Add the entry in the menu of members, which a cog does not add by itself."""
        self._bot.tree.add_command(self._menu)

    # Rules

    @app_commands.command()
    @app_commands.describe(amount=AMOUNT, period=EACH_PERIOD, reason=NOTED)
    @app_commands.choices(period=PERIODS)
    async def default(
        self,
        interaction: discord.Interaction[Any],
        amount: Range[str, 1, 30],
        period: str = PeriodKind.WEEK,
        reason: Reason | None = None,
    ) -> None:
        """Set the allowance of everybody who has no better one."""
        await require_moderator(interaction)
        await self._set(interaction, Scope.DEFAULT, 0, amount, period, reason)

    @app_commands.command()
    @app_commands.describe(role="Whose members get it", amount=AMOUNT, period=EACH_PERIOD, reason=NOTED)
    @app_commands.choices(period=PERIODS)
    async def role(
        self,
        interaction: discord.Interaction[Any],
        role: discord.Role,
        amount: Range[str, 1, 30],
        period: str = PeriodKind.WEEK,
        reason: Reason | None = None,
    ) -> None:
        """Set the allowance of every member with a role."""
        await require_moderator(interaction)
        if role.is_default():
            raise RefusalError(texts.EVERYONE_IS_DEFAULT)
        await self._set(interaction, Scope.ROLE, role.id, amount, period, reason)

    @app_commands.command()
    @app_commands.describe(member="Who gets it", amount=AMOUNT, period=EACH_PERIOD, reason=NOTED)
    @app_commands.choices(period=PERIODS)
    async def member(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        amount: Range[str, 1, 30],
        period: str = PeriodKind.WEEK,
        reason: Reason | None = None,
    ) -> None:
        """Set the allowance of one member."""
        await require_moderator(interaction)
        _require_present(member)
        await self._set(interaction, Scope.MEMBER, member.id, amount, period, reason, member)

    async def _set(
        self,
        interaction: discord.Interaction[Any],
        scope: Scope,
        target_id: int,
        amount: str,
        period: str,
        reason: str | None,
        member: discord.User | discord.Member | None = None,
    ) -> None:
        allowance, change = read_allowance(amount, PeriodKind(period)), _change(interaction, reason)
        before = await self._desk.set_rule(change, scope, target_id, allowance)
        text = texts.rule_set(scope=scope, target_id=target_id, allowance=allowance, before=before, reason=reason)
        if member is not None:
            report = await self._desk.member_report(_account(interaction, member), role_ids_of(member))
            is_theirs = report.balance.rule.scope is Scope.MEMBER
            text += "\n" + texts.counts_for_member(report.balance, is_theirs=is_theirs)
        await _answer(interaction, text)

    @app_commands.command()
    @app_commands.describe(
        role="Clear the rule of this role",
        member="Clear the rule of this member; with neither, the default",
        reason=NOTED,
    )
    async def clear(
        self,
        interaction: discord.Interaction[Any],
        role: discord.Role | None = None,
        member: discord.User | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Remove the allowance of a role, of a member, or the default of this server."""
        await require_moderator(interaction)
        if role is not None and member is not None:
            raise RefusalError(texts.CLEAR_ONE)
        scope, target_id = Scope.DEFAULT, 0
        if role is not None:
            scope, target_id = Scope.ROLE, role.id
        if member is not None:
            scope, target_id = Scope.MEMBER, member.id
        before = await self._desk.clear_rule(_change(interaction, reason), scope, target_id)
        if before is None:
            raise RefusalError(texts.nothing_to_clear(scope, target_id))
        await _answer(interaction, texts.rule_cleared(before, reason=reason))

    # Money

    @app_commands.command()
    @app_commands.describe(member="Who gets them", amount="Whole credits; they stay until they are spent", reason=WHY)
    async def grant(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        amount: Range[int, 1, MAX_AMOUNT],
        reason: Reason,
    ) -> None:
        """Give a member credits once, over and above the allowance."""
        await require_moderator(interaction)
        _require_present(member)
        change = _change(interaction, reason)
        held = await self._desk.grant(change, _account(interaction, member), role_ids_of(member), amount)
        await _answer(interaction, texts.granted(member.id, amount=amount, reason=reason, held=held))

    @app_commands.command()
    @app_commands.describe(member="Whose account", amount="Credits to add, or with a minus to take away", reason=WHY)
    async def adjust(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        amount: Range[int, -MAX_AMOUNT, MAX_AMOUNT],
        reason: Reason,
    ) -> None:
        """Correct a member's account, up or down; it never falls below zero."""
        await require_moderator(interaction)
        if member.bot:
            raise RefusalError(texts.BOTS_SPEND_NOTHING)
        if amount == 0:
            raise RefusalError(texts.ADJUST_BY_NOTHING)
        change = _change(interaction, reason)
        try:
            held = await self._desk.adjust(change, _account(interaction, member), role_ids_of(member), amount)
        except AdjustmentTooLargeError as error:
            refused = texts.too_much_to_take(member.id, amount=error.amount, available=error.available)
            raise RefusalError(refused) from error
        await _answer(interaction, texts.adjusted(member.id, amount=amount, reason=reason, held=held))

    @app_commands.command()
    @app_commands.describe(amount="Whole credits, or none for no limit", period=EACH_PERIOD, reason=NOTED)
    @app_commands.choices(period=PERIODS)
    async def pool(
        self,
        interaction: discord.Interaction[Any],
        amount: Range[str, 1, 30],
        period: str = PeriodKind.WEEK,
        reason: Reason | None = None,
    ) -> None:
        """Limit what all members of this server may spend together."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        credits_, change = read_pool(amount), _change(interaction, reason)
        if credits_ is None:
            cleared = await self._desk.clear_pool(change, interaction.guild_id, PoolOwner.GUILD)
            if cleared is None:
                raise RefusalError(texts.NO_POOL_TO_CLEAR)
            return await _answer(interaction, texts.pool_cleared(cleared))
        pool = Pool(
            guild_id=interaction.guild_id,
            owner=PoolOwner.GUILD,
            amount=credits_,
            period=PeriodKind(period),
            set_by=interaction.user.id,
        )
        before, level = await self._desk.set_pool(change, pool)
        return await _answer(interaction, texts.pool_set(level, before, reason))

    # Reports

    @app_commands.command()
    @app_commands.describe(member="Whose budget; leave it out for all rules of the server")
    async def show(self, interaction: discord.Interaction[Any], member: discord.User | None = None) -> None:
        """See what a member can spend and why, or all rules of this server."""
        await require_moderator(interaction)
        if member is not None:
            return await self._show_member(interaction, member)
        assert interaction.guild is not None
        report = await self._desk.guild_report(interaction.guild.id)
        known = {role.id for role in interaction.guild.roles}
        view = guild_view(report, known_roles=known, cheapest=self._cheapest)
        await interaction.response.send_message(view=view, ephemeral=True)
        return None

    @app_commands.command()
    @app_commands.describe(member="Whose account")
    async def history(self, interaction: discord.Interaction[Any], member: discord.User) -> None:
        """See everything that moved on a member's account, page by page."""
        await require_moderator(interaction)
        shown = await self._desk.history(_account(interaction, member), 0)
        await interaction.response.send_message(view=history_view(member.id, shown), ephemeral=True)

    async def image_budget(self, interaction: discord.Interaction[Any], member: discord.User) -> None:
        """Show a member's budget from their menu."""
        await require_moderator(interaction)
        await self._show_member(interaction, member)

    async def _show_member(self, interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> None:
        if member.bot:
            raise RefusalError(texts.BOTS_SPEND_NOTHING)
        report = await self._desk.member_report(_account(interaction, member), role_ids_of(member))
        view = member_view(member.id, report, has_left=not isinstance(member, discord.Member))
        await interaction.response.send_message(view=view, ephemeral=True)

    # Suggestions

    @default.autocomplete("amount")
    @role.autocomplete("amount")
    @member.autocomplete("amount")
    async def suggest_amount(self, _interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        """Offer amounts with the images they are worth."""
        return suggest_allowances(typed, self._cheapest)

    @pool.autocomplete("amount")
    async def suggest_pool(self, _interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        """Offer amounts for a whole server."""
        return suggest_pools(typed, self._cheapest)


def _change(interaction: discord.Interaction[Any], reason: str | None) -> Change:
    assert interaction.guild_id is not None
    return Change(guild_id=interaction.guild_id, actor_id=interaction.user.id, reason=reason)


def _account(interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> Account:
    assert interaction.guild_id is not None
    return Account(guild_id=interaction.guild_id, user_id=member.id)


def _require_present(member: discord.User | discord.Member) -> None:
    """Raise RefusalError for who cannot spend anything here."""
    if member.bot:
        raise RefusalError(texts.BOTS_SPEND_NOTHING)
    if not isinstance(member, discord.Member):
        raise RefusalError(texts.has_left(member.id))


async def _answer(interaction: discord.Interaction[Any], text: str) -> None:
    await interaction.response.send_message(text, ephemeral=True)
