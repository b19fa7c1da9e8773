"""Cards that cannot go on where they are: gone, too old, or in a place that Discord has closed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from discord import ui

from cogs.card import render
from cogs.card_reader import CardReader
from cogs.posting import CardPoster, PostingError
from generation.clock import Clock
from storage import removals, requests, transitions
from storage.card_readings import CardReading
from storage.database import Database
from storage.jobs import Job, JobState
from storage.removals import FileKind
from storage.requests import Request

log = logging.getLogger(__name__)


class CardMover:
    """Finds another place for what was paid for; keeps it where there is none."""

    def __init__(
        self,
        database: Database,
        poster: CardPoster,
        cards: CardReader,
        clock: Clock,
        removals_added: Callable[[], None],
    ) -> None:
        """`removals_added` is called when a message or a file has to be removed."""
        self._database = database
        self._poster = poster
        self._cards = cards
        self._clock = clock
        self._removals_added = removals_added

    async def give_up(self, reading: CardReading) -> None:
        """Go on with a card of its own; a message that may still show a deleted picture has to go."""
        request, its_jobs = reading.request, reading.jobs
        is_deleted = any(job.deleted_at is not None for job in its_jobs)
        async with self._database.transaction() as tx:
            if is_deleted and request.card is not None:
                await removals.add_message(tx, request.card.channel_id, request.card.message_id)
            await requests.replace_card(tx, request.id)
            if is_deleted and reading.is_finished and not any(job.has_picture for job in its_jobs):
                await requests.mark_shown(tx, request.id, request.revision)  # nothing is left to be shown
        if is_deleted:
            self._removals_added()

    async def find_another_place(self, request: Request, its_jobs: list[Job], *, worth_it: bool) -> None:
        """Go on in the member's direct messages with what was paid for; keep it where that fails too."""
        if worth_it and (request.card is None or request.card.channel_id == request.channel_id):
            try:
                await self._go_to_direct_messages(request)
                return
            except PostingError as error:
                log.warning("Request %d cannot be shown in direct messages either: %s", request.id, error)
        async with self._database.transaction() as tx:
            now = self._clock.now()
            for job in its_jobs:
                if job.has_picture and job.posted is None and job.state in (JobState.DELIVERING, JobState.DELIVERED):
                    await transitions.keep_undelivered(tx, job.id, now)
            current = await requests.get(tx, request.id)
            if current is not None:
                await requests.mark_shown(tx, request.id, current.revision)
            if worth_it:
                await requests.close_notice(tx, request.id)

    async def lose_picture(self, job: Job) -> None:
        """Give back the price of a picture whose file is gone for good; its card goes on without it."""
        async with self._database.transaction() as tx:
            if await transitions.lose_result(tx, job.id, self._clock.now()) and job.result is not None:
                await removals.add_file(tx, FileKind.RESULT, job.result.sha256, job.result.image_type)
        self._removals_added()

    async def _go_to_direct_messages(self, request: Request) -> None:
        channel_id = await self._poster.direct_channel(request.account.user_id)
        reading = await self._cards.read(request.id)
        assert reading is not None
        view = without_pictures(self._cards, reading)
        place = await self._poster.post(channel_id, view, nonce=f"dm-{request.id}-{request.cards_posted}")
        async with self._database.transaction() as tx:
            await requests.replace_card(tx, request.id)
            await requests.set_card(tx, request.id, place)


def without_pictures(cards: CardReader, reading: CardReading) -> ui.LayoutView:
    """Return a card as it is posted anew: its pictures follow one by one."""
    return render(replace(cards.facts(reading), pictures={}, sheet=None))
