"""/block: words and patterns that no prompt may hold. All answers are private."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.errors import RefusalError
from cogs.moderation.block_list import block_list_view
from cogs.moderators import is_moderator, require_moderator
from cogs.texts import moderation as texts
from generation.moderation import ModerationDesk
from generation.patterns import BadTermError
from storage.blocked_terms import MAX_TERM_CHARS, TermKind
from storage.errors import TooManyTermsError

Term = Range[str, 1, MAX_TERM_CHARS]
MAX_SUGGESTIONS = 25
MAX_CHOICE_CHARS = 100


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class BlockCog(commands.GroupCog, group_name="block", group_description="Words that no prompt may hold"):
    """Blocks words and patterns."""

    def __init__(self, desk: ModerationDesk) -> None:
        self._desk = desk

    @app_commands.command()
    @app_commands.describe(word="A word or a few words; also met in other cases, spellings and look-alike letters")
    async def word(self, interaction: discord.Interaction[Any], word: Term) -> None:
        """Refuse prompts that hold this as a whole word."""
        await self._block(interaction, TermKind.WORD, word)

    @app_commands.command()
    @app_commands.describe(pattern="A regular expression (RE2), such as: dragons?|wyverns?")
    async def pattern(self, interaction: discord.Interaction[Any], pattern: Term) -> None:
        """Refuse prompts that match a regular expression."""
        await self._block(interaction, TermKind.PATTERN, pattern)

    async def _block(self, interaction: discord.Interaction[Any], kind: TermKind, text: str) -> None:
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        try:
            done = await self._desk.block(interaction.guild_id, interaction.user.id, kind, text)
        except BadTermError as error:
            raise RefusalError(texts.bad_term(text, error.problem, error.detail)) from error
        except TooManyTermsError as error:
            raise RefusalError(texts.too_many_terms(error.limit)) from error
        if done.before is not None:
            raise RefusalError(texts.blocked_already(done.before))
        await interaction.response.send_message(texts.blocked(kind, done.term), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(term="The word or pattern, as /block list shows it")
    async def remove(self, interaction: discord.Interaction[Any], term: Term) -> None:
        """Allow a word or pattern again."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        found = await self._desk.unblock(interaction.guild_id, interaction.user.id, term)
        if found is None:
            raise RefusalError(texts.not_blocked(term))
        await interaction.response.send_message(texts.unblocked(found), ephemeral=True)

    @remove.autocomplete("term")
    async def suggest_term(self, interaction: discord.Interaction[Any], typed: str) -> list[Choice[str]]:
        """Offer what is blocked, to moderators only."""
        if interaction.guild_id is None or not await is_moderator(interaction):
            return []
        terms = await self._desk.blocked(interaction.guild_id)
        fitting = [term.term for term in terms if typed.casefold() in term.term.casefold()]
        return [Choice(name=term, value=term) for term in fitting if len(term) <= MAX_CHOICE_CHARS][:MAX_SUGGESTIONS]

    @app_commands.command(name="list")
    async def list_(self, interaction: discord.Interaction[Any]) -> None:
        """See what is blocked here."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        terms = await self._desk.blocked(interaction.guild_id)
        await interaction.response.send_message(view=block_list_view(terms, 0), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(prompt="Any prompt; nothing is made of it")
    async def test(self, interaction: discord.Interaction[Any], prompt: Range[str, 1, 6000]) -> None:
        """See what a prompt would hit, without making anything."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        hits = await self._desk.test(interaction.guild_id, prompt)
        await interaction.response.send_message(texts.test_result(hits)[:2000], ephemeral=True)
