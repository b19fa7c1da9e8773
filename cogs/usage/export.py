"""The export of /usage: one line for each image, as a file that spreadsheets open."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import discord
from discord import ui

from cogs.errors import RefusalError, answer_error
from cogs.moderators import require_moderator
from cogs.services import services_of
from cogs.texts import usage as texts
from cogs.texts.operator import FAILURE_NAMES
from generation.usage_desk import UsageDesk
from storage.usage import ImageLine, Span

PACK_OVER_BYTES = 4 * 1024 * 1024
MOST_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
BYTE_ORDER_MARK = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""


class ExportButton(
    ui.DynamicItem[ui.Button[Any]], template=r"plantain:usage:csv:(?P<start>[0-9]{1,12}):(?P<end>[0-9]{1,12})"
):
    """Hands out the images of a span as a file."""

    def __init__(self, start: int, end: int) -> None:
        custom_id = f"plantain:usage:csv:{start}:{end}"
        super().__init__(ui.Button(label=texts.CSV, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.start = start
        self.end = end

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(int(match["start"]), int(match["end"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer privately with the file."""
        try:
            await require_moderator(interaction)
            assert interaction.guild_id is not None
            await interaction.response.defer(ephemeral=True, thinking=True)
            start, end = (datetime.fromtimestamp(moment, UTC) for moment in (self.start, self.end))
            span = Span(guild_id=interaction.guild_id, start=start, end=end)
            await _hand_out(interaction, services_of(interaction).usage, span)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


async def _hand_out(interaction: discord.Interaction[Any], desk: UsageDesk, span: Span) -> None:
    zone = (await desk.calendar(span.guild_id)).time_zone
    content, count = io.StringIO(newline=""), 0
    content.write(BYTE_ORDER_MARK)
    csv.writer(content).writerow(texts.CSV_COLUMNS)
    async for lines in desk.images(span):
        await asyncio.to_thread(_write, content, lines, zone)
        count += len(lines)
    if not count:
        raise RefusalError(texts.CSV_EMPTY)
    data, packed = await asyncio.to_thread(_packed, content.getvalue())
    if len(data) > MOST_BYTES:
        raise RefusalError(texts.CSV_TOO_LARGE)
    file = discord.File(io.BytesIO(data), texts.csv_name(span, packed=packed))
    await interaction.edit_original_response(content=texts.csv_ready(count, packed=packed), attachments=[file])


def _write(content: io.StringIO, lines: Sequence[ImageLine], zone: ZoneInfo) -> None:
    """Add images to the file. Nothing in it was typed by a member, so no cell can be a formula."""
    csv.writer(content).writerows(
        (
            line.job_id,
            texts.csv_time(line.asked_at.astimezone(zone)),
            line.user_id,
            line.channel_id,
            line.resolution,
            line.aspect_ratio,
            line.output_format,
            line.reference_count,
            line.amount,
            texts.STATES[line.state],
            "" if line.failure_kind is None else FAILURE_NAMES.get(line.failure_kind, line.failure_kind),
            "" if line.ended_at is None else texts.csv_time(line.ended_at.astimezone(zone)),
            "" if line.task_s is None else line.task_s,
        )
        for line in lines
    )


def _packed(text: str) -> tuple[bytes, bool]:
    """Return the file, packed where it is large."""
    data = text.encode()
    return (gzip.compress(data, mtime=0), True) if len(data) > PACK_OVER_BYTES else (data, False)
