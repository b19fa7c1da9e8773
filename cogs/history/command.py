"""The commands of /history, and what the controls and the form of its pages send back."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs.asker import viewer_in
from cogs.errors import RefusalError, answer_error
from cogs.history import form, wanted
from cogs.history.control import NEWEST, PastAct, PastUse
from cogs.history.days import SUGGESTED, Days, read_days
from cogs.history.export import Exports
from cogs.history.page import Shown, show_page
from cogs.history.picked import show_picked
from cogs.history.wanted import Wanted
from cogs.moderators import is_moderator
from cogs.services import services_of
from cogs.texts import history as texts
from generation.history_desk import Cursor
from storage.accounts import Account
from storage.history import Only
from storage.periods import Calendar

Interaction = discord.Interaction[Any]

Words = Range[str, 1, form.MAX_WORDS_CHARS]
Day = Range[str, 1, form.MAX_DAY_CHARS]
ONLY = [Choice(name=name, value=only.value) for only, name in texts.ONLY.items()]
LARGEST_ID = 2**53 - 1
"""Discord's options take no larger whole numbers."""


@app_commands.guild_only()
class HistoryCog(commands.GroupCog, group_name="history", group_description="Find your images, or take them home"):
    """Shows members what they made. All answers are private."""

    def __init__(self) -> None:
        self._exports = Exports()

    @app_commands.command()
    @app_commands.describe(
        member="Whose images; leave it out for your own (others: moderators only)",
        search="Words of the prompt",
        resolution="Only images of this size",
        since="First day: 2026-11-01, 3 days, last week, november",
        until="Last day: 2026-11-30, yesterday, last month",
        only="Only remixes, or only what could not be posted",
    )
    @app_commands.choices(only=ONLY)
    async def show(
        self,
        interaction: Interaction,
        member: discord.User | None = None,
        search: Words | None = None,
        resolution: Literal["1K", "2K", "4K"] | None = None,
        since: Day | None = None,
        until: Day | None = None,
        only: str = Only.ALL,
    ) -> None:
        """Look through your images: search them, show them again, remix or delete them."""
        assert interaction.guild_id is not None
        owner_id = interaction.user.id if member is None else member.id
        if owner_id != interaction.user.id and not await is_moderator(interaction):
            raise RefusalError(texts.MODERATORS_SEE_OTHERS)
        typed = form.Typed(words=search, resolution=resolution, since=since, until=until, only=only)
        looked_for = await _read(interaction, Account(guild_id=interaction.guild_id, user_id=owner_id), typed)
        await interaction.response.defer(ephemeral=True, thinking=True)  # small pictures may have to be made first
        await _show_anew(interaction, looked_for)

    @show.autocomplete("since")
    async def suggest_since(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer days that a search may begin with."""
        return _suggestions(typed, await _calendar(interaction), is_last=False)

    @show.autocomplete("until")
    async def suggest_until(self, interaction: Interaction, typed: str) -> list[Choice[str]]:
        """Offer days that a search may end with."""
        return _suggestions(typed, await _calendar(interaction), is_last=True)

    @app_commands.command()
    @app_commands.describe(after="Go on where an earlier export stopped: the number that its last message names")
    async def export(self, interaction: Interaction, after: Range[int, 0, LARGEST_ID] = 0) -> None:
        """Take all your images of this server home, as ZIP files with their prompts and options."""
        await self._exports.run(interaction, after=after)

    @commands.Cog.listener()
    async def on_past_control(self, interaction: Interaction, use: PastUse) -> None:
        """Answer a control of a page, also of one that an earlier run of the bot sent."""
        try:
            await self._use(interaction, use)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_form(self, interaction: Interaction, custom_id: str, data: dict[str, Any]) -> None:
        """Take the form of the filter, also one that an earlier run of the bot opened."""
        form_id = form.form_id_of(custom_id)
        if form_id is not None:
            try:
                shown = await _looked_at(interaction, form_id)
                looked_for = await _read(interaction, shown.account, form.read_form(data))
                await interaction.response.defer()
                await _show_anew(interaction, looked_for)
            except Exception as error:  # noqa: BLE001 (as above)
                await answer_error(interaction, error)

    async def _use(self, interaction: Interaction, use: PastUse) -> None:
        looked_at = await _looked_at(interaction, use.form_id)
        match use.act:
            case PastAct.FILTER:
                await interaction.response.send_modal(form.filter_form(use.form_id, looked_at))
            case PastAct.PAGE:
                await interaction.response.defer()
                await _show(interaction, looked_at, use.form_id, use.cursor)
            case PastAct.CLEAR:
                await interaction.response.defer()
                await _show_anew(interaction, Wanted(account=looked_at.account))
            case PastAct.PICK:
                await _pick(interaction, looked_at, use)
            case _:
                raise RefusalError(texts.OUTDATED)


async def _looked_at(interaction: Interaction, form_id: int) -> Wanted:
    """Return what a page shows; whether it may still be looked at is asked anew.

    Raises:
        RefusalError: it is too old or somebody else's, or its member moderates no more.
        ImageUnknownError: it is of another guild.
    """
    looked_at = await wanted.look_up(services_of(interaction), form_id, interaction.user.id)
    viewer = await viewer_in(interaction, looked_at.account.guild_id)
    if looked_at.account.user_id != viewer.user_id and not viewer.is_moderator:
        raise RefusalError(texts.MODERATORS_SEE_OTHERS)
    return looked_at


async def _show_anew(interaction: Interaction, looked_for: Wanted) -> None:
    """Show the first page of what was not looked at before."""
    form_id = await wanted.keep(services_of(interaction), interaction, looked_for)
    await _show(interaction, looked_for, form_id, NEWEST)


async def _show(interaction: Interaction, looked_for: Wanted, form_id: int, cursor: Cursor) -> None:
    services = services_of(interaction)
    settings = await services.intake.settings(looked_for.account.guild_id)
    viewer_id = interaction.user.id
    page = await services.history.page(looked_for.filter(settings.time_zone, viewer_id=viewer_id), cursor)
    shown = Shown(wanted=looked_for, form_id=form_id, cursor=cursor, page=page, viewer_id=viewer_id)
    await show_page(interaction, services, shown)


async def _pick(interaction: Interaction, looked_at: Wanted, use: PastUse) -> None:
    services = services_of(interaction)
    viewer = await viewer_in(interaction, looked_at.account.guild_id)
    image = await services.images.record(int(use.values[0]), viewer)
    await interaction.response.defer()
    await show_picked(interaction, services, image, use)


# What was typed


async def _calendar(interaction: Interaction) -> Calendar:
    assert interaction.guild_id is not None
    return (await services_of(interaction).intake.settings(interaction.guild_id)).calendar


def _today(calendar: Calendar) -> date:
    return discord.utils.utcnow().astimezone(calendar.time_zone).date()


async def _read(interaction: Interaction, account: Account, typed: form.Typed) -> Wanted:
    """Return what a filter means.

    Raises:
        RefusalError: a day cannot be read, or the first comes after the last.
    """
    calendar = (await services_of(interaction).intake.settings(account.guild_id)).calendar
    since = None if typed.since is None else _day(typed.since, calendar).first
    until = None if typed.until is None else _day(typed.until, calendar).last
    if since is not None and until is not None and since > until:
        raise RefusalError(texts.days_crossed(since, until))
    words = (typed.words or "").strip() or None
    only = Only(typed.only)
    return Wanted(account=account, words=words, resolution=typed.resolution, since=since, until=until, only=only)


def _day(typed: str, calendar: Calendar) -> Days:
    days = read_days(typed, _today(calendar), week_starts_on=calendar.week_starts_on)
    if days is None:
        raise RefusalError(texts.not_a_day(typed))
    return days


def _suggestions(typed: str, calendar: Calendar, *, is_last: bool) -> list[Choice[str]]:
    """Return what was typed, where it can be read, and what begins like it."""
    today, begins = _today(calendar), typed.strip().casefold()
    offered: list[str] = [*([begins] if begins else []), *(one for one in SUGGESTED if one.startswith(begins))]
    words = list(dict.fromkeys(offered))
    found = ((one, read_days(one, today, week_starts_on=calendar.week_starts_on)) for one in words)
    return [
        Choice(name=texts.suggested_day(one, days.last if is_last else days.first, is_last=is_last), value=one)
        for one, days in found
        if days is not None
    ]
