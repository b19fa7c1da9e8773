"""The export of /usage: one line for each image, as a file that spreadsheets open."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import Any, Self

import discord
from discord import ui

from cogs.errors import RefusalError, answer_error
from cogs.ids import id_of
from cogs.moderators import require_moderator
from cogs.services import services_of
from cogs.texts import usage as texts
from generation.usage_desk import UsageDesk
from storage.usage import Span

MOST_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES * 4 // 5
"""A larger file (about 50,000 images) is handed out as ZIP, which every system opens; a larger ZIP not at all."""


class ExportButton(
    ui.DynamicItem[ui.Button[Any]],
    template=r"plantain:usage:csv:(?P<start>[0-9]{1,11}):(?P<end>[0-9]{1,11})(:(?P<user>[0-9]{1,20}))?",
):
    """Hands out the images of a span as a file. What it acts on stands in its custom_id; the guild is the message's."""

    def __init__(self, span: Span) -> None:
        custom_id = f"plantain:usage:csv:{span.start.timestamp():.0f}:{span.end.timestamp():.0f}"
        if span.user_id is not None:
            custom_id += f":{span.user_id}"
        super().__init__(ui.Button(label=texts.CSV, style=discord.ButtonStyle.secondary, custom_id=custom_id))
        self.span = span

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        start, end = (datetime.fromtimestamp(int(match[name]), UTC) for name in ("start", "end"))
        user_id = None if match["user"] is None else id_of(match["user"])
        return cls(Span(guild_id=interaction.guild_id or 0, start=start, end=end, user_id=user_id))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Answer privately with the file."""
        try:
            await require_moderator(interaction)
            await interaction.response.defer(ephemeral=True, thinking=True)
            await _hand_out(interaction, services_of(interaction).usage, self.span)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)


async def _hand_out(interaction: discord.Interaction[Any], desk: UsageDesk, span: Span) -> None:
    from cogs.usage.csv_file import PackedCsv  # see there

    zone = (await desk.calendar(span.guild_id)).time_zone
    name, count = texts.csv_name(span, zone), 0
    with PackedCsv(name, texts.csv_columns(zone)) as packed:
        async for lines in desk.images(span):
            await asyncio.to_thread(packed.add, (texts.csv_line(line, zone) for line in lines))  # made there
            count += len(lines)
            _require_room(packed.size_bytes)
    if not count:
        raise RefusalError(texts.CSV_EMPTY)
    _require_room(packed.size_bytes)
    plain = await asyncio.to_thread(packed.unpacked, MOST_BYTES)
    file = discord.File(packed.archive, f"{name}.zip") if plain is None else discord.File(plain, name)
    ready = texts.csv_ready(count, packed=plain is None)
    await interaction.edit_original_response(content=ready, attachments=[file])


def _require_room(size_bytes: int) -> None:
    if size_bytes > MOST_BYTES:
        raise RefusalError(texts.CSV_TOO_LARGE)
