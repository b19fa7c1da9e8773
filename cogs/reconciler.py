"""Making one card show what the database says, step by step, until nothing is left to do.

Each step may be repeated: a crash, a lost answer or a second event only causes another edit to the same state.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum, auto

import discord
from discord import ui
from discord.ext import commands

from cogs import texts
from cogs.card import CardFacts, render
from cogs.images.rows import Offer
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
from generation.clock import Clock
from generation.errors import PictureMissingError
from generation.forecast import Forecast
from generation.newest import Newest
from generation.options import Resolution
from generation.prices import PriceTable
from storage import card_readings, jobs, references, removals, requests, transitions
from storage.card_readings import CardReading
from storage.database import Database, Transaction
from storage.guild_settings import GuildSettings
from storage.jobs import Job, JobState, PostedPicture
from storage.removals import FileKind
from storage.requests import CardPlace, ReferenceSheet, Request

log = logging.getLogger(__name__)

SAFE_UPLOAD_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
SMALLEST_UPLOAD_BYTES = 1024 * 1024
QUICK = timedelta(seconds=15)
"""Who waited less than this is still looking: no mention."""
NONCE_HOLDS = timedelta(minutes=2)
"""Discord promises that a nonce is unique for "a few minutes"; after that a repeated mention would be a second one."""

LEARNED_KEPT = 1000

Forecasts = Callable[[list[Job], Resolution], Forecast]


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
        bot: commands.Bot,
        database: Database,
        poster: CardPoster,
        pictures: PictureShop,
        prices: PriceTable,
        defaults: GuildSettings,
        clock: Clock,
        *,
        deadline: timedelta,
    ) -> None:
        self._bot = bot
        self._database = database
        self._poster = poster
        self._pictures = pictures
        self._prices = prices
        self._defaults = defaults
        self._clock = clock
        self._deadline = deadline
        # Bytes by guild, where Discord took less than it announced; forgotten, that costs one refused upload.
        self._learned_limits: Newest[int, int] = Newest("upload limits", most=LEARNED_KEPT)
        # Requests whose prompt AutoMod refuses, until their card is finished; forgotten, that costs one refused edit.
        self._hide_prompt: Newest[int, None] = Newest("hidden prompts", most=LEARNED_KEPT)
        self.forecast: Forecasts | None = None
        self.removals_added: Callable[[], None] = lambda: None
        """Called when a message has to be removed."""

    async def read(self, request_id: int) -> CardReading | None:
        """Return all about a request, or None where there is none."""
        return await self._database.look(lambda tx: card_readings.read(tx, request_id, self._defaults))

    def facts(self, reading: CardReading) -> CardFacts:
        """Return all that the card of a request shows now; its pictures are those that hang on it already."""
        request = reading.request
        open_jobs = [job for job in reading.jobs if not job.state.is_final]
        uncertain = [job.uncertain_at for job in open_jobs if job.state is JobState.UNCERTAIN and job.uncertain_at]
        forecast = None
        if open_jobs and self.forecast is not None:
            forecast = self.forecast(open_jobs, Resolution(request.resolution))
        return CardFacts(
            request=request,
            jobs=reading.jobs,
            offer=Offer(prices=self._prices, settings=reading.settings, stars=reading.stars),
            sheet=request.sheet.name if request.sheet else None,
            forecast=forecast,
            pictures={position: picture.name for position, picture in _shown(reading.jobs).items()},
            upload_limit_bytes=self.upload_limit(request),
            uncertain_until=max(uncertain) + self._deadline if uncertain else None,
            prompt_hidden=request.id in self._hide_prompt,
        )

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
                    self._hide_prompt.forget(request.id)
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
                    self._hide_prompt.forget(request.id)
                return Step.NOTHING
        except CardGoneError as error:
            log.info("The card of request %d is gone, or too old to be edited: %s", request.id, error)
            await self._give_card_up(reading)
        except PictureTooLargeError:
            limit = self.upload_limit(request)
            smaller = SAFE_UPLOAD_BYTES if limit > SAFE_UPLOAD_BYTES else limit * 4 // 5
            self._learned_limits.put(request.account.guild_id, max(SMALLEST_UPLOAD_BYTES, smaller))
            log.warning("Guild %d takes less than %d bytes", request.account.guild_id, limit)
        except PictureMissingError as error:
            if not error.is_lost:
                raise
            log.error("The card of request %d is shown without a picture: %s", request.id, error)
            await self._lose_picture(next(job for job in waiting if job.id == error.job_id))
        except TextBlockedError:
            self._hide_prompt.put(request.id, None)
        except PicturesLostError as error:
            # An edit of a process that was killed may arrive after those of the next one, and take their pictures away.
            log.warning("The card of request %d lost pictures, which are posted again: %s", request.id, error)
            async with self._database.transaction() as tx:
                await requests.forget_pictures(tx, request.id)
        except PlaceClosedError as error:
            log.warning("The card of request %d cannot be shown in its place: %s", request.id, error)
            if request.card is not None and any(job.deleted_at is not None for job in reading.jobs):
                await self._give_card_up(reading)
            else:
                is_owed = bool(waiting) or request.card is None or request.notice_needed
                await self._find_another_place(request, reading.jobs, worth_it=worth_it and is_owed)
        return Step.MORE

    async def _lose_picture(self, job: Job) -> None:
        async with self._database.transaction() as tx:
            if await transitions.lose_result(tx, job.id, self._clock.now()) and job.result is not None:
                await removals.add_file(tx, FileKind.RESULT, job.result.sha256, job.result.image_type)
        self.removals_added()

    async def _give_card_up(self, reading: CardReading) -> None:
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
            self.removals_added()

    def upload_limit(self, request: Request) -> int:
        """Return how many bytes one file may have where the card is."""
        if request.card is not None and request.card.channel_id != request.channel_id:
            return SAFE_UPLOAD_BYTES  # a direct message
        guild = self._bot.get_guild(request.account.guild_id)
        announced = SAFE_UPLOAD_BYTES if guild is None else guild.filesize_limit
        return min(announced, self._learned_limits.get(request.account.guild_id) or announced)

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
                await self._find_another_place(request, reading.jobs, worth_it=True)
            else:
                async with self._database.transaction() as tx:
                    await requests.mark_shown(tx, request.id, request.revision)
            return
        if request.cards_posted == 0:
            await self._clock.sleep(response_may_come_for_s(request.interaction_id, self._clock.now()))
            place = await self._poster.response_to(channel_id=request.channel_id, interaction_id=request.interaction_id)
        if place is None:
            nonce = f"card-{request.id}-{request.cards_posted}"
            place = await self._poster.post(request.channel_id, self._without_pictures(reading), nonce=nonce)
        async with self._database.transaction() as tx:
            await requests.set_card(tx, request.id, place)

    def _without_pictures(self, reading: CardReading) -> ui.LayoutView:
        return render(replace(self.facts(reading), pictures={}, sheet=None))

    async def _redraw(self, reading: CardReading, place: CardPlace) -> None:
        request, sheet = reading.request, await self._sheet(reading.request)
        try:
            facts = self.facts(reading)
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
        picture, sheet = await self._pictures.prepare(job, limit_bytes=self.upload_limit(request)), None
        try:
            sheet = await self._sheet(request)
            posted = PostedPicture(attachment_id=0, name=picture.name, smaller=picture.smaller)
            after = _with_posted(reading.jobs, job, posted, self._clock.now())
            facts = self.facts(replace(reading, jobs=after))
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
        self._hide_prompt.forget(request.id)
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
            text = texts.finished(request.account.user_id, made=made, count=request.image_count)
            try:
                await self._poster.mention(place, text, nonce=f"done-{request.id}")
            except PostingError as error:
                log.info("The end of request %d could not be announced: %s", request.id, error)
        await self._database.run(lambda tx: requests.close_notice(tx, request.id))

    async def _find_another_place(self, request: Request, its_jobs: list[Job], *, worth_it: bool) -> None:
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

    async def _go_to_direct_messages(self, request: Request) -> None:
        channel_id = await self._poster.direct_channel(request.account.user_id)
        reading = await self.read(request.id)
        assert reading is not None
        view = self._without_pictures(reading)
        place = await self._poster.post(channel_id, view, nonce=f"dm-{request.id}-{request.cards_posted}")
        async with self._database.transaction() as tx:
            await requests.replace_card(tx, request.id)
            await requests.set_card(tx, request.id, place)


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


def _shown(its_jobs: list[Job]) -> dict[int, PostedPicture]:
    return {job.position: job.posted for job in its_jobs if job.posted is not None and job.deleted_at is None}


def _hanging(reading: CardReading) -> list[PostedPicture]:
    """Return the attachments that stay on the card."""
    pictures, sheet = list(_shown(reading.jobs).values()), reading.request.sheet
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
