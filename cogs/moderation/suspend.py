"""/suspend and /unsuspend: no new images for a member, for a time. All answers are private."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.errors import RefusalError
from cogs.moderators import require_moderator
from cogs.texts import moderation as texts
from generation.moderation import LONGEST_SUSPENSION, ModerationDesk

LENGTH = re.compile(r"(?P<number>[0-9]{1,5})\s*(?P<unit>[a-z]+)")
UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), timedelta(weeks=1)),
}
FOREVER_WORDS = {"forever", "for ever", "always", texts.FOREVER}
Reason = Range[str, 1, 200]


class SuspendCog(commands.Cog):
    """Suspends members, and lets them go on."""

    def __init__(self, desk: ModerationDesk) -> None:
        self._desk = desk

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.rename(for_="for")
    @app_commands.describe(
        member="Who makes no new images", for_="How long, such as 12h, 3d or forever", reason="The member reads it"
    )
    async def suspend(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        for_: Range[str, 1, 40],
        reason: Reason | None = None,
    ) -> None:
        """Stop a member from making new images for a time."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        _require_suspendable(interaction, member)
        suspension, before = await self._desk.suspend(
            interaction.guild_id, interaction.user.id, member.id, for_=read_length(for_), reason=reason
        )
        await interaction.response.send_message(texts.is_suspended(suspension, before), ephemeral=True)

    @suspend.autocomplete("for_")
    async def suggest_length(self, _interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        """Offer usual lengths."""
        return [Choice(name=name, value=value) for value, name in texts.DURATIONS.items() if typed.casefold() in name]

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(member="Who may make images again", reason="Why; it is kept in the server's log")
    async def unsuspend(
        self, interaction: discord.Interaction[Any], member: discord.User, reason: Reason | None = None
    ) -> None:
        """Let a suspended member make images again."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        before = await self._desk.unsuspend(interaction.guild_id, interaction.user.id, member.id, reason=reason)
        if before is None:
            raise RefusalError(texts.not_suspended(member.id))
        await interaction.response.send_message(texts.suspension_ended(before), ephemeral=True)


def read_length(text: str) -> timedelta | None:
    """Return what "90m", "3 days" or "2w" mean; None for "forever".

    Raises:
        RefusalError: it is nothing of this, or not between a minute and a year.
    """
    word = " ".join(text.casefold().split())
    if word in FOREVER_WORDS:
        return None
    found = LENGTH.fullmatch(word)
    length = timedelta(0) if found is None else int(found["number"]) * UNITS.get(found["unit"], timedelta(0))
    if not timedelta(0) < length <= LONGEST_SUSPENSION:
        raise RefusalError(texts.duration_not_understood(text))
    return length


def _require_suspendable(interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> None:
    if member.bot:
        raise RefusalError(texts.BOTS_MAKE_NOTHING)
    if member.id == interaction.user.id:
        raise RefusalError(texts.NOT_YOURSELF)
    permissions = getattr(member, "resolved_permissions", None)  # Discord's own word, only for members
    if permissions is not None and permissions.manage_guild:
        raise RefusalError(texts.NOT_A_MANAGER)
