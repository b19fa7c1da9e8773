"""The export of /usage: opens right in a spreadsheet, also when it is large, and the message without a picture."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import timedelta
from random import Random
from typing import Any
from unittest.mock import AsyncMock, create_autospec

import discord
import pytest

from cogs.errors import RefusalError
from cogs.texts import usage as texts
from cogs.usage import export
from cogs.usage.command import usage_view
from generation.usage_desk import UsageDesk
from generation.usage_spans import SpanChoice
from storage import guild_settings
from storage.accounts import Account
from storage.database import Database
from storage.guild_settings import Setting
from storage.usage import Span
from tests.conftest import HandClock
from tests.generation.test_usage_desk import ORCHARD, UNLIMITED, end_image, make_image, random_history

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


async def handed_out(desk: UsageDesk, span: Span) -> tuple[str, discord.File]:
    """Press the button; return what it says and the file."""
    interaction: Any = create_autospec(discord.Interaction, instance=True)
    interaction.edit_original_response = AsyncMock()
    await export._hand_out(interaction, desk, span)
    sent = interaction.edit_original_response.await_args.kwargs
    return sent["content"], sent["attachments"][0]


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def desk(database: Database, clock: HandClock) -> UsageDesk:
    return UsageDesk(database, UNLIMITED, clock)


async def span_of_all(desk: UsageDesk) -> Span:
    return (await desk.report(ORCHARD, SpanChoice.DAYS_90)).span


async def test_every_cell_reads_the_same_in_a_spreadsheet(
    database: Database, clock: HandClock, desk: UsageDesk
) -> None:
    await random_history(database, Random(1), clock.now(), 300)
    said, file = await handed_out(desk, await span_of_all(desk))
    content = file.fp.read()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\n") == content.count(b"\r\n")  # RFC 4180
    lines = read(content)
    assert said.startswith(f"{len(lines)} images, one a line; without prompts")
    cells = [cell for line in lines for cell in [*line, *line.values()]]
    assert not [cell for cell in cells if cell.startswith(DANGEROUS)]
    assert not [cell for cell in cells if re.fullmatch(r"\d{1,2}:\d{1,2}", cell)]  # would become a time of day
    assert not [cell for cell in cells if re.fullmatch(r"\d{16,}", cell)]  # would be rounded


async def test_large_export_is_packed_and_complete_and_one_far_too_large_is_refused(
    database: Database, clock: HandClock, desk: UsageDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await random_history(database, Random(2), clock.now(), 300)
    span = await span_of_all(desk)
    _, plain = await handed_out(desk, span)
    content = plain.fp.read()
    monkeypatch.setattr(export, "MOST_BYTES", len(content) - 1)
    said, packed = await handed_out(desk, span)
    assert "packed as ZIP" in said
    assert packed.filename == f"{plain.filename}.zip"
    with zipfile.ZipFile(packed.fp) as archive:  # type: ignore[arg-type]
        assert archive.namelist() == [plain.filename]
        assert archive.read(str(plain.filename)) == content
    monkeypatch.setattr(export, "MOST_BYTES", len(content) // 50)
    with pytest.raises(RefusalError) as refusal:
        await handed_out(desk, span)
    assert refusal.value.text == texts.CSV_TOO_LARGE


async def test_times_and_the_files_name_are_those_of_the_guilds_days(
    database: Database, clock: HandClock, desk: UsageDesk
) -> None:
    async with database.transaction() as tx:
        await guild_settings.put(tx, ORCHARD, Setting.TIME_ZONE, "Asia/Kathmandu")
        job_id = await make_image(tx, Account(guild_id=ORCHARD, user_id=7), 1, "4K", clock.now())
        await end_image(tx, job_id, "lost", clock.now() + timedelta(minutes=2))
    _, file = await handed_out(desk, (await desk.report(ORCHARD, SpanChoice.TODAY)).span)
    assert file.filename == "images-2026-11-23-to-2026-11-23.csv"
    assert read(file.fp.read()) == [
        {
            "image": str(job_id),
            "asked (Asia/Kathmandu)": "2026-11-23 17:45:00",
            "asked (UTC)": "2026-11-23T12:00:00Z",
            "member": "<@7>",
            "channel": "<#2001>",
            "size": "4K",
            "width to height": "1 to 1",
            "file": "png",
            "references": "0",
            "credits": "24",
            "what became of it": "lost, credits given back later",
            "why not": "finished picture lost",
            "ended (Asia/Kathmandu)": "2026-11-23 17:47:00",
            "seconds at the image service": "0",
        }
    ]


async def test_export_of_one_member_holds_only_theirs_and_its_button_remembers_whose(
    database: Database, clock: HandClock, desk: UsageDesk
) -> None:
    await random_history(database, Random(3), clock.now(), 60)
    span = (await desk.report(ORCHARD, SpanChoice.DAYS_90, 2)).span
    _, file = await handed_out(desk, span)
    assert {line["member"] for line in read(file.fp.read())} == {"<@2>"}
    button = export.ExportButton(span)
    match = button.template.fullmatch(str(button.item.custom_id))
    assert match is not None
    interaction: Any = create_autospec(discord.Interaction, instance=True)
    interaction.guild_id = ORCHARD
    rebuilt = await export.ExportButton.from_custom_id(interaction, button.item, match)
    assert rebuilt.span == span


async def test_span_without_images_has_nothing_to_export(clock: HandClock, desk: UsageDesk) -> None:
    with pytest.raises(RefusalError) as refusal:
        await handed_out(desk, Span(guild_id=ORCHARD, start=clock.now(), end=clock.now()))
    assert refusal.value.text == texts.CSV_EMPTY


async def test_message_without_its_picture_still_has_the_numbers_and_the_file(
    database: Database, clock: HandClock, desk: UsageDesk
) -> None:
    await random_history(database, Random(4), clock.now(), 100)
    report = await desk.report(ORCHARD, SpanChoice.DAYS_90)
    parts = str(usage_view(SpanChoice.DAYS_90, report, has_chart=False).to_components())
    assert f"{report.spent:,} credits spent the last 90 days" in parts
    assert texts.NO_CHART in parts
    assert texts.CSV in parts
    assert "attachment://" not in parts


async def test_alt_text_says_the_figures_and_never_more_than_discord_takes(
    database: Database, clock: HandClock, desk: UsageDesk
) -> None:
    await random_history(database, Random(6), clock.now(), 900)
    for choice in SpanChoice:
        report = await desk.report(ORCHARD, choice)
        alt_text = texts.alt_text(choice, report)
        assert len(alt_text) <= 1024
        assert f"{report.spent:,} credits" in alt_text
        assert f"{report.images:,} images: " in alt_text
        assert len(texts.report(choice, report)) < 3500


async def test_forgotten_member_is_named_in_words(database: Database, clock: HandClock, desk: UsageDesk) -> None:
    async with database.transaction() as tx:
        await make_image(tx, Account(guild_id=ORCHARD, user_id=-1), 1, "1K", clock.now())
    shown = await desk.report(ORCHARD, SpanChoice.DAYS_90)
    assert "1. somebody who wanted to be forgotten 18" in texts.report(SpanChoice.DAYS_90, shown)
    _, file = await handed_out(desk, shown.span)
    assert read(file.fp.read())[0]["member"] == "somebody who wanted to be forgotten"
