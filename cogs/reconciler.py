"""Making one card show what the database says, step by step, until nothing is left to do.

Each step may be repeated: a crash, a lost answer or a second event only causes another edit to the same state.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

from cogs.card import render
from cogs.card_mover import CardMover, without_pictures
from cogs.card_reader import CardReader, shown
from cogs.pictures import PictureShop
from cogs.posting import (
    CardGoneError,
    CardPoster,
    Picture,
    PicturesLostError,
    PictureTooLargeError,
    PlaceClosedError,
    PostingError,
    TextBlockedError,
    response_may_come_for_s,
)
from cogs.texts import card as card_texts
from generation.clock import Clock
from generation.errors import PictureMissingError
from storage import jobs, references, requests, transitions
from storage.card_readings import CardReading
from storage.database import Database, Transaction
from storage.jobs import Job, JobState, PostedPicture
from storage.requests import CardPlace, ReferenceSheet, Request

log = logging.getLogger(__name__)

QUICK = timedelta(seconds=15)
"""Who waited less than this is still looking: no mention."""
NONCE_HOLDS = timedelta(minutes=2)
"""Discord promises that a nonce is unique for "a few minutes"; after that a repeated mention would be a second one."""


class Step(Enum):
    """What a step left to do."""

    MORE = auto()
    """Another step may be due at once."""
    END = auto()
    """The card shows its end."""
    NOTHING = auto()
    """None was due."""


class Reconciler:
    """Knows how to bring any card up to date."""

    def __init__(
        self,
        database: Database,
        poster: CardPoster,
        pictures: PictureShop,
        cards: CardReader,
        mover: CardMover,
        clock: Clock,
    ) -> None:
        self._database = database
        self._poster = poster
        self._pictures = pictures
        self._cards = cards
        self._mover = mover
        self._clock = clock

    async def step(self, reading: CardReading, *, redraw: bool) -> Step:
        """Do the next thing that the card needs.

        Raises:
            discord.HTTPException: Discord is in trouble; the step may be repeated later.
            PictureMissingError: the file of a picture is gone, and it cannot be fetched again right now.
        """
        request = reading.request
        waiting = pictures_to_post(request, reading.jobs)
        worth_it = reading.is_finished or bool(waiting)
        is_behind = request.revision != request.shown_revision
        try:
            if request.card is None:
                if not (is_behind or waiting):
                    self._cards.forget(request)
                    return Step.NOTHING  # it was given up: what it holds is kept for the history
                await self._post_anew(reading, worth_it=worth_it)
            elif waiting:
                return await self._add_picture(reading, waiting, request.card)
            elif redraw or is_behind:
                await self._redraw(reading, request.card)
            elif request.notice_needed and reading.is_finished:
                await self._notify(request, reading.jobs, request.card)
            else:
                if worth_it:
                    self._cards.forget(request)
                return Step.NOTHING
        except CardGoneError as error:
            log.info("The card of request %d is gone, or too old to be edited: %s", request.id, error)
            await self._mover.give_up(reading)
        except PictureTooLargeError:
            self._cards.learn_that_less_is_taken(request)
        except PictureMissingError as error:
            if not error.is_lost:
                raise
            log.error("The card of request %d is shown without a picture: %s", request.id, error)
            await self._mover.lose_picture(next(job for job in waiting if job.id == error.job_id))
        except TextBlockedError:
            self._cards.hide_prompt(request)
        except PicturesLostError as error:
            # An edit of a process that was killed may arrive after those of the next one, and take their pictures away.
            log.warning("The card of request %d lost pictures, which are posted again: %s", request.id, error)
            async with self._database.transaction() as tx:
                await requests.forget_pictures(tx, request.id)
        except PlaceClosedError as error:
            log.warning("The card of request %d cannot be shown in its place: %s", request.id, error)
            if request.card is not None and any(job.deleted_at is not None for job in reading.jobs):
                await self._mover.give_up(reading)
            else:
                is_owed = bool(waiting) or request.card is None or request.notice_needed
                await self._mover.find_another_place(request, reading.jobs, worth_it=worth_it and is_owed)
        return Step.MORE

    async def _post_anew(self, reading: CardReading, *, worth_it: bool) -> None:
        request, place = reading.request, None
        if request.private and not request.direct:
            # Its only card is the answer to the command. Without it, what is still in work has nowhere to be shown.
            if request.answer_token is not None:
                place = await self._poster.answer_of(request.channel_id, request.answer_token)
            if place is not None:
                async with self._database.transaction() as tx:
                    await requests.set_card(tx, request.id, place)
            elif worth_it:
                await self._mover.find_another_place(request, reading.jobs, worth_it=True)
            else:
                async with self._database.transaction() as tx:
                    await requests.mark_shown(tx, request.id, request.revision)
            return
        if request.cards_posted == 0:
            await self._clock.sleep(response_may_come_for_s(request.interaction_id, self._clock.now()))
            place = await self._poster.response_to(channel_id=request.channel_id, interaction_id=request.interaction_id)
        if place is None:
            nonce = f"card-{request.id}-{request.cards_posted}"
            place = await self._poster.post(request.channel_id, without_pictures(self._cards, reading), nonce=nonce)
        async with self._database.transaction() as tx:
            await requests.set_card(tx, request.id, place)

    async def _redraw(self, reading: CardReading, place: CardPlace) -> None:
        request, sheet = reading.request, await self._sheet(reading.request)
        try:
            facts = self._cards.facts(reading)
            view = render(replace(facts, sheet=sheet.name) if sheet else facts)
            new = [sheet] if sheet else []
            ids = await self._poster.edit(place, view, kept=_hanging(reading), new=new)
        finally:
            if sheet:
                await self._pictures.put_away(sheet)

        async def note(tx: Transaction) -> None:
            if sheet:
                await _note_sheet(tx, request, sheet, ids[0])
            await requests.mark_shown(tx, request.id, request.revision)

        await self._database.run(note)

    async def _sheet(self, request: Request) -> Picture | None:
        """Return the small pictures of the references where the card has to show them and does not yet."""
        if not request.reference_count or request.sheet is not None:
            return None
        async with self._database.reading() as tx:
            its_references = await references.of_request(tx, request.id)
        sheet = await self._pictures.sheet(request.id, its_references)
        if sheet is None:
            async with self._database.transaction() as tx:
                await requests.set_sheet(tx, request.id, ReferenceSheet(0, ""))
        return sheet

    async def _add_picture(self, reading: CardReading, waiting: list[Job], place: CardPlace) -> Step:
        request, job = reading.request, waiting[0]
        picture, sheet = await self._pictures.prepare(job, limit_bytes=self._cards.upload_limit(request)), None
        try:
            sheet = await self._sheet(request)
            posted = PostedPicture(attachment_id=0, name=picture.name, smaller=picture.smaller)
            after = _with_posted(reading.jobs, job, posted, self._clock.now())
            facts = self._cards.facts(replace(reading, jobs=after))
            view = render(replace(facts, sheet=sheet.name) if sheet else facts)
            new = [picture, sheet] if sheet else [picture]
            ids = await self._poster.edit(place, view, kept=_hanging(reading), new=new)
        finally:
            for made in (picture, sheet):
                if made is not None:
                    await self._pictures.put_away(made)
        if sheet:
            async with self._database.transaction() as tx:
                await _note_sheet(tx, request, sheet, ids[1])
        attachment_id = ids[0]
        if attachment_id is None:
            raise PostingError(f"Discord took picture {job.position} of request {request.id} but does not list it")
        more = len(waiting) > 1
        is_finished = not more and all(other.state.is_final for other in after)
        tell = is_finished and self._is_mention_due(request, after, place)

        async def note(tx: Transaction) -> bool:
            before = await requests.get(tx, request.id)
            await jobs.set_posted(tx, job.id, replace(posted, attachment_id=attachment_id))
            moved = await transitions.deliver(tx, job.id, self._clock.now())
            if more or before is None or before.revision != request.revision:
                return True
            # The edit showed the job as delivered already, which is the one change that just happened.
            await requests.mark_shown(tx, request.id, request.revision + moved)
            if is_finished and not tell:
                await requests.close_notice(tx, request.id)
            return tell

        if await self._database.run(note) or not is_finished:
            return Step.MORE
        self._cards.forget(request)
        return Step.END

    def _is_mention_due(self, request: Request, its_jobs: list[Job], place: CardPlace) -> bool:
        """Whether the member has to be told: once, and not where they hardly had to wait."""
        now = self._clock.now()
        waited = max(job.ended_at or now for job in its_jobs) - request.created_at
        cancelled = all(job.state is JobState.CANCELLED for job in its_jobs)
        attempted = request.notice_attempted_at
        too_late = attempted is not None and now - attempted > NONCE_HOLDS
        is_needed = request.notice_needed and waited >= QUICK and place.channel_id == request.channel_id
        return is_needed and not cancelled and not too_late

    async def _notify(self, request: Request, its_jobs: list[Job], place: CardPlace) -> None:
        """Mention the member where that is due."""
        if self._is_mention_due(request, its_jobs, place):
            async with self._database.transaction() as tx:
                await requests.attempt_notice(tx, request.id, self._clock.now())
            made = sum(job.state is JobState.DELIVERED for job in its_jobs)
            text = card_texts.finished(request.account.user_id, made=made, count=request.image_count)
            try:
                await self._poster.mention(place, text, nonce=f"done-{request.id}")
            except PostingError as error:
                log.info("The end of request %d could not be announced: %s", request.id, error)
        await self._database.run(lambda tx: requests.close_notice(tx, request.id))


def pictures_to_post(request: Request, its_jobs: list[Job]) -> list[Job]:
    """Return the jobs whose pictures are here and not on the card; after the card was replaced, also delivered ones."""
    behind = request.revision != request.shown_revision
    return [
        job
        for job in its_jobs
        if job.has_picture
        and job.posted is None
        and (job.state is JobState.DELIVERING or (job.state is JobState.DELIVERED and behind))
    ]


def _hanging(reading: CardReading) -> list[PostedPicture]:
    """Return the attachments that stay on the card."""
    pictures, sheet = list(shown(reading.jobs).values()), reading.request.sheet
    if sheet is not None and sheet.name:
        pictures.append(PostedPicture(attachment_id=sheet.attachment_id, name=sheet.name, smaller=None))
    return pictures


def _with_posted(its_jobs: list[Job], job: Job, posted: PostedPicture, now: datetime) -> list[Job]:
    """Return the jobs as they are once a picture of one hangs on the card."""
    return [
        replace(other, state=JobState.DELIVERED, ended_at=now, posted=posted) if other.id == job.id else other
        for other in its_jobs
    ]


async def _note_sheet(tx: Transaction, request: Request, sheet: Picture, attachment_id: int | None) -> None:
    shown = ReferenceSheet(0, "") if attachment_id is None else ReferenceSheet(attachment_id, sheet.name)
    await requests.set_sheet(tx, request.id, shown)
