"""What accepting a request returns is what the database holds, so that its first card need not read it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from generation.asking import Ask, Asker
from generation.intake import Intake
from generation.options import AspectRatio, GenerationRequest, Resolution
from generation.prices import PriceTable
from storage import card_readings
from storage.database import Database
from storage.guild_settings import GuildSettings
from storage.references import NewReference
from storage.requests import CardPlace
from tests.conftest import HandClock
from tests.storage.books import MAYA

DEFAULTS = GuildSettings()
IN_A_CHANNEL = Asker(account=MAYA, role_ids=frozenset(), channel_id=2001, name="Maya")
IN_A_THREAD = replace(IN_A_CHANNEL, parent_channel_id=2000, in_private_thread=True)
IN_MESSAGES = replace(IN_A_CHANNEL, is_direct=True, name="")
UPLOADS = tuple(
    NewReference(sha256=letter * 64, image_type="png", size_bytes=100, width=8, height=8, attachment_id=7)
    for letter in "ab"
)


@pytest.fixture
def intake(database: Database, clock: HandClock) -> Intake:
    return Intake(database, PriceTable(), DEFAULTS, clock)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"image_count": 4, "spoiler": True},
        {"order": GenerationRequest(prompt="a fox", aspect_ratio=AspectRatio.AUTO, resolution=Resolution.FOUR_K)},
        {"references": UPLOADS, "card": CardPlace(2001, 3001)},
        {"references": UPLOADS, "private": True, "card": CardPlace(2001, 3001, "token"), "answer_token": "token"},
        {"asker": IN_A_THREAD},
        {"asker": IN_MESSAGES, "private": True},
        {"parent_job_id": 1},
        {"parent_job_id": 2},  # whose own first image is 1
    ],
)
async def test_what_accepting_returns_is_what_the_database_holds(
    database: Database, intake: Intake, clock: HandClock, changes: dict[str, Any]
) -> None:
    plain = Ask(
        asker=IN_A_CHANNEL, interaction_id=1, order=GenerationRequest(prompt="a fox"), image_count=1, spoiler=False
    )
    await intake.accept(plain)
    await intake.accept(replace(plain, interaction_id=2, parent_job_id=1))
    await clock.advance(0.7)
    accepted = await intake.accept(replace(plain, interaction_id=3, **changes))
    async with database.reading() as tx:
        assert await card_readings.read(tx, accepted.request.id, DEFAULTS) == accepted
