"""Making one card show what the database says, step by step, until nothing is left to do.

Each step may be repeated: a crash, a lost answer or a second event only causes another edit to the same state.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import discord
from discord.ext import commands

from cogs import texts
from cogs.card import CardFacts, render
from cogs.pictures import PictureShop
from cogs.posting import (
    CardGoneError,
    CardPoster,
    PictureTooLargeError,
    PlaceClosedError,
    PostingError,
    TextBlockedError,
)
from generation.clock import Clock
from generation.forecast import Forecast
from generation.options import Resolution
from storage import jobs, requests, transitions
from storage.database import Database
from storage.jobs import Job, JobState, PostedPicture
from storage.requests import CardPlace, Request

log = logging.getLogger(__name__)

SAFE_UPLOAD_BYTES = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
SMALLEST_UPLOAD_BYTES = 1024 * 1024
QUICK = timedelta(seconds=15)
"""Who waited less than this is still looking: no mention."""
NONCE_HOLDS = timedelta(minutes=2)
"""Discord promises that a nonce is unique for "a few minutes"; after that a repeated mention would be a second one."""

Forecasts = Callable[[list[Job], Resolution], Forecast]


class Reconciler:
    """Knows how to bring any card up to date."""

    def __init__(
        self,
        bot: commands.Bot,
        database: Database,
        poster: CardPoster,
        pictures: PictureShop,
        clock: Clock,
        *,
        deadline: timedelta,
    ) -> None:
        self._bot = bot
        self._database = database
        self._poster = poster
        self._pictures = pictures
        self._clock = clock
        self._deadline = deadline
        self._learned_limits: dict[int, int] = {}  # bytes by guild, where Discord took less than it announced
        self._hide_prompt: set[int] = set()
        self.forecast: Forecasts | None = None

    async def read(self, request_id: int) -> tuple[Request, list[Job]] | None:
        """Return the request and its jobs by position, or None where there is none."""
        async with self._database.reading() as tx:
            request = await requests.get(tx, request_id)
            return None if request is None else (request, await jobs.of_request(tx, request_id))

    def facts(self, request: Request, its_jobs: list[Job], pictures: dict[int, str]) -> CardFacts:
        """Return all that the card of a request shows now."""
        open_jobs = [job for job in its_jobs if not job.state.is_final]
        uncertain = [job.uncertain_at for job in open_jobs if job.state is JobState.UNCERTAIN and job.uncertain_at]
        forecast = None
        if open_jobs and self.forecast is not None:
            forecast = self.forecast(open_jobs, Resolution(request.resolution))
        return CardFacts(
            request=request,
            jobs=its_jobs,
            forecast=forecast,
            pictures=pictures,
            upload_limit_bytes=self.upload_limit(request),
            uncertain_until=max(uncertain) + self._deadline if uncertain else None,
            prompt_hidden=request.id in self._hide_prompt,
        )

    async def step(self, request: Request, its_jobs: list[Job], *, redraw: bool) -> bool:
        """Do the next thing that the card needs; return False where it needs nothing.

        Raises:
            discord.HTTPException: Discord is in trouble; the step may be repeated later.
        """
        waiting = pictures_to_post(request, its_jobs)
        finished = all(job.state.is_final for job in its_jobs) or bool(waiting)
        try:
            if request.card is None:
                await self._post_anew(request, its_jobs)
            elif waiting:
                await self._add_picture(request, its_jobs, waiting, request.card)
            elif redraw or request.revision != request.shown_revision:
                await self._redraw(request, its_jobs, request.card)
            elif request.notice_needed and all(job.state.is_final for job in its_jobs):
                await self._notify(request, its_jobs, request.card)
            else:
                if finished:
                    self._hide_prompt.discard(request.id)
                return False
        except CardGoneError:
            log.info("The card of request %d is gone", request.id)
            async with self._database.transaction() as tx:
                await requests.replace_card(tx, request.id)
        except PictureTooLargeError:
            limit = self.upload_limit(request)
            self._learned_limits[request.account.guild_id] = max(
                SMALLEST_UPLOAD_BYTES, SAFE_UPLOAD_BYTES if limit > SAFE_UPLOAD_BYTES else limit * 4 // 5
            )
            log.warning("Guild %d takes less than %d bytes", request.account.guild_id, limit)
        except TextBlockedError:
            self._hide_prompt.add(request.id)
        except PlaceClosedError as error:
            log.warning("The card of request %d cannot be shown in its place: %s", request.id, error)
            await self._find_another_place(request, its_jobs, worth_it=finished)
        return True

    def upload_limit(self, request: Request) -> int:
        """Return how many bytes one file may have where the card is."""
        if request.card is not None and request.card.channel_id != request.channel_id:
            return SAFE_UPLOAD_BYTES  # a direct message
        guild = self._bot.get_guild(request.account.guild_id)
        announced = SAFE_UPLOAD_BYTES if guild is None else guild.filesize_limit
        return min(announced, self._learned_limits.get(request.account.guild_id, announced))

    async def _post_anew(self, request: Request, its_jobs: list[Job]) -> None:
        place = None
        if request.cards_posted == 0:
            place = await self._poster.response_to(channel_id=request.channel_id, interaction_id=request.interaction_id)
        if place is None:
            view = render(self.facts(request, its_jobs, {}))
            nonce = f"card-{request.id}-{request.cards_posted}"
            place = await self._poster.post(request.channel_id, view, nonce=nonce)
        async with self._database.transaction() as tx:
            await requests.set_card(tx, request.id, place)

    async def _redraw(self, request: Request, its_jobs: list[Job], place: CardPlace) -> None:
        shown = _shown(its_jobs)
        view = render(self.facts(request, its_jobs, {position: picture.name for position, picture in shown.items()}))
        await self._poster.edit(place, view, kept=list(shown.values()))
        async with self._database.transaction() as tx:
            await requests.mark_shown(tx, request.id, request.revision)

    async def _add_picture(self, request: Request, its_jobs: list[Job], waiting: list[Job], place: CardPlace) -> None:
        job = waiting[0]
        picture = await self._pictures.prepare(job, limit_bytes=self.upload_limit(request))
        try:
            now = self._clock.now()
            posted = PostedPicture(attachment_id=0, name=picture.name, smaller=picture.smaller)
            after = [
                replace(other, state=JobState.DELIVERED, ended_at=now, posted=posted) if other.id == job.id else other
                for other in its_jobs
            ]
            shown = _shown(its_jobs)
            names = {position: held.name for position, held in shown.items()} | {job.position: picture.name}
            view = render(self.facts(request, after, names))
            attachment_id = await self._poster.edit(place, view, kept=list(shown.values()), new=picture)
        finally:
            await self._pictures.put_away(picture)
        if attachment_id is None:
            raise PostingError(f"Discord took picture {job.position} of request {request.id} but does not list it")
        await self._note_posted(request, job, replace(posted, attachment_id=attachment_id), last=len(waiting) == 1)

    async def _note_posted(self, request: Request, job: Job, posted: PostedPicture, *, last: bool) -> None:
        async with self._database.transaction() as tx:
            before = await requests.get(tx, request.id)
            await jobs.set_posted(tx, job.id, posted)
            moved = await transitions.deliver(tx, job.id, self._clock.now())
            if last and before is not None and before.revision == request.revision:
                # The edit showed the job as delivered already, which is the one change that just happened.
                await requests.mark_shown(tx, request.id, request.revision + moved)

    async def _notify(self, request: Request, its_jobs: list[Job], place: CardPlace) -> None:
        """Mention the member once, unless they hardly had to wait."""
        now = self._clock.now()
        waited = max(job.ended_at or now for job in its_jobs) - request.created_at
        cancelled = all(job.state is JobState.CANCELLED for job in its_jobs)
        attempted = request.notice_attempted_at
        too_late = attempted is not None and now - attempted > NONCE_HOLDS
        if waited >= QUICK and not cancelled and not too_late and place.channel_id == request.channel_id:
            async with self._database.transaction() as tx:
                await requests.attempt_notice(tx, request.id, now)
            made = sum(job.state is JobState.DELIVERED for job in its_jobs)
            text = texts.finished(request.account.user_id, made=made, count=request.image_count)
            try:
                await self._poster.mention(place, text, nonce=f"done-{request.id}")
            except PostingError as error:
                log.info("The end of request %d could not be announced: %s", request.id, error)
        async with self._database.transaction() as tx:
            await requests.close_notice(tx, request.id)

    async def _find_another_place(self, request: Request, its_jobs: list[Job], *, worth_it: bool) -> None:
        """Go on in the member's direct messages with what was paid for; keep it where that fails too."""
        if worth_it and (request.card is None or request.card.channel_id == request.channel_id):
            try:
                await self._go_to_direct_messages(request, its_jobs)
                return
            except PostingError as error:
                log.warning("Request %d cannot be shown in direct messages either: %s", request.id, error)
        async with self._database.transaction() as tx:
            now = self._clock.now()
            for job in its_jobs:
                if job.state is JobState.DELIVERING and job.result is not None:
                    await transitions.keep_undelivered(tx, job.id, now)
            current = await requests.get(tx, request.id)
            if current is not None:
                await requests.mark_shown(tx, request.id, current.revision)
            if worth_it:
                await requests.close_notice(tx, request.id)

    async def _go_to_direct_messages(self, request: Request, its_jobs: list[Job]) -> None:
        channel_id = await self._poster.direct_channel(request.account.user_id)
        view = render(self.facts(request, its_jobs, {}))
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
        if job.result is not None
        and job.posted is None
        and (job.state is JobState.DELIVERING or (job.state is JobState.DELIVERED and behind))
    ]


def _shown(its_jobs: list[Job]) -> dict[int, PostedPicture]:
    return {job.position: job.posted for job in its_jobs if job.posted is not None}
