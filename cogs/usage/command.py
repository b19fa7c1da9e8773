"""The command /usage."""

from __future__ import annotations

import io
from typing import Any

import discord
from discord import app_commands, ui
from discord.app_commands import Choice
from discord.ext import commands

from cogs.colours import LEAF_GREEN
from cogs.moderators import require_moderator
from cogs.texts import usage as texts
from cogs.usage.export import ExportButton
from generation.usage_desk import UsageDesk, UsageReport
from generation.usage_spans import SpanChoice

CHART_NAME = "usage.png"
SPANS = [Choice(name=name, value=choice.value) for choice, name in texts.SPANS.items()]


class UsageCog(commands.Cog):
    """Shows moderators what their server spent."""

    def __init__(self, desk: UsageDesk) -> None:
        self._desk = desk

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.describe(
        period="Which days; leave it out for this month", member="Whose spending; leave it out for all members"
    )
    @app_commands.choices(period=SPANS)
    async def usage(
        self,
        interaction: discord.Interaction[Any],
        period: str = SpanChoice.THIS_MONTH,
        member: discord.User | None = None,
    ) -> None:
        """See what this server spent: by day, member and size, as a chart and as a file."""
        await require_moderator(interaction)
        assert interaction.guild_id is not None
        choice = SpanChoice(period)
        await interaction.response.defer(ephemeral=True, thinking=True)  # a chart takes a second or more
        report = await self._desk.report(interaction.guild_id, choice, None if member is None else member.id)
        chart = await self._desk.chart(texts.chart(report)) if report.images or report.spent else None
        files = [] if chart is None else [discord.File(io.BytesIO(chart), CHART_NAME)]
        await interaction.edit_original_response(view=usage_view(choice, report, chart is not None), attachments=files)


def usage_view(choice: SpanChoice, report: UsageReport, has_chart: bool) -> ui.LayoutView:
    """Return the message: the numbers, the chart, and the button for the file."""
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](ui.TextDisplay(texts.report(choice, report)), accent_colour=LEAF_GREEN)
    if has_chart:
        alt_text = texts.alt_text(choice, report)
        box.add_item(ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{CHART_NAME}", description=alt_text)))
    elif report.images or report.spent:
        box.add_item(ui.TextDisplay(texts.NO_CHART))
    if report.images:
        row = ui.ActionRow[ui.LayoutView]()
        row.add_item(ExportButton(report.span))
        box.add_item(row)
    view.add_item(box)
    return view
