"""The /settings command, and what the panel's controls and forms send back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.errors import RefusalError, answer_error
from cogs.moderators import require_moderator
from cogs.settings.acts import Acts
from cogs.settings.control import Act, Page, Use
from cogs.settings.forms import Form, at_once_form, form_of, zone_form
from cogs.settings.guild_places import GuildPlaces
from cogs.settings.pages import render
from cogs.settings.panel import Note, Shown
from cogs.texts import settings as texts
from generation.settings_desk import SettingsDesk

Interaction = discord.Interaction[Any]

PAGES_OF_FORMS = {Form.AT_ONCE: Page.LIMITS, Form.ZONE: Page.CALENDAR}


class SettingsCog(commands.Cog):
    """Shows moderators the panel and does what they press."""

    def __init__(self, desk: SettingsDesk) -> None:
        self._desk = desk
        self._acts = Acts(desk)

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    async def settings(self, interaction: Interaction) -> None:
        """See and change what Plantain may do in this server: channels, roles, limits, calendar, log."""
        await require_moderator(interaction)
        await self._show(interaction, Page.OVERVIEW, None, None)

    @commands.Cog.listener()
    async def on_settings_control(self, interaction: Interaction, use: Use) -> None:
        """Answer a control of the panel, also of one that an earlier run of the bot sent."""
        try:
            await self._use(interaction, use)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)

    @commands.Cog.listener()
    async def on_form(self, interaction: Interaction, custom_id: str, data: dict[str, Any]) -> None:
        """Take the panel's forms, also those that an earlier run of the bot opened."""
        form = form_of(custom_id)
        if form is not None:
            try:
                await self._take(interaction, form, data)
            except Exception as error:  # noqa: BLE001 (as above)
                await answer_error(interaction, error)

    async def _use(self, interaction: Interaction, use: Use) -> None:
        await require_moderator(interaction)
        if use.page is None or use.act is None:
            raise RefusalError(texts.OUTDATED)
        if use.act in (Act.AT_ONCE_FORM, Act.ZONE_FORM):
            assert interaction.guild_id is not None
            report = await self._desk.report(interaction.guild_id)
            form = at_once_form(report) if use.act is Act.AT_ONCE_FORM else zone_form(report)
            await interaction.response.send_modal(form)
            return
        note = await self._acts.use(interaction, use)
        await self._show(interaction, use.page, _channel_of(use), note)

    async def _take(self, interaction: Interaction, form: Form, data: Mapping[str, Any]) -> None:
        await require_moderator(interaction)
        note = await self._acts.take(interaction, form, data)
        await self._show(interaction, PAGES_OF_FORMS[form], None, note)

    async def _show(self, interaction: Interaction, page: Page, channel_id: int | None, note: Note | None) -> None:
        """Show a page where the panel is, or in a new panel where there is none yet."""
        assert interaction.guild_id is not None
        view = render(
            Shown(
                page=page,
                report=await self._desk.report(interaction.guild_id),
                places=GuildPlaces.of(interaction.guild),
                names_moderators=interaction.permissions.manage_guild,
                channel_id=channel_id,
                note=note,
            )
        )
        if interaction.response.is_done():
            await interaction.edit_original_response(view=view)
        elif interaction.message is not None:
            await interaction.response.edit_message(view=view)
        else:
            await interaction.response.send_message(view=view, ephemeral=True)


def _channel_of(use: Use) -> int | None:
    """Return the channel whose defaults are shown, None for any other page."""
    if use.act is Act.OPEN_CHOSEN:
        return min(use.ids, default=None)
    if use.page is Page.CHANNELS and use.act in (Act.OPEN, Act.DEFAULT, Act.CLEAR) and use.argument:
        return int(use.argument.partition("/")[0])
    return None
