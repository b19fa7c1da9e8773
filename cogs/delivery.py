"""Delivery to Discord: sees that every card is brought up to date, now and after every restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import discord
from discord.ext import commands

from cogs.card import render
from cogs.card_mover import CardMover
from cogs.card_reader import CardReader
from cogs.operator_notice import OperatorNotice
from cogs.pictures import PictureShop
from cogs.places_board import PlacesBoard
from cogs.posting import CardPoster, respond
from cogs.reconciler import Reconciler, Step, pictures_to_post
from cogs.texts import card as card_texts
from cogs.texts import operator as operator_texts
from cogs.upload_places import UploadPlaces
from cogs.withdrawing import Withdrawer
from generation.alerts import Alert
from generation.clock import Clock, wait_until_set
from generation.errors import PictureMissingError
from generation.exchange import CONNECTION_TROUBLE
from generation.forecast import Forecast
from generation.newest import Newest
from generation.workers import Workers
from storage import pending_cards, requests
from storage.card_readings import CardReading
from storage.database import Database, Transaction
from storage.errors import DatabaseTroubleError
from storage.requests import CardPlace

log = logging.getLogger(__name__)

PROGRESS_EVERY_S = 5.0
FIRST_PROGRESS_AFTER_S = 1.0
"""After the response: by then it is known whether the provider took the request."""
TOKENS_HOLD = timedelta(minutes=15)
"""Discord takes the token of an interaction for so long."""
TIDY_EVERY_S = 60.0
EDITS_KEPT = 10_000
FOR_EVER = timedelta(days=36_500)
READ_WITHIN = timedelta(minutes=10)
"""References of a command are read long before, or never."""
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0


class ChannelDelivery:
    """Implements `generation.delivery.Delivery`: one worker for each card that is behind."""

    def __init__(
        self,
        bot: commands.Bot,
        database: Database,
        poster: CardPoster,
        pictures: PictureShop,
        cards: CardReader,
        clock: Clock,
    ) -> None:
        self._bot = bot
        self._database = database
        self._poster = poster
        self._cards = cards
        self._clock = clock
        mover = CardMover(database, poster, cards, clock, self._call_removals_added)
        self._reconciler = Reconciler(database, poster, pictures, cards, mover, clock)
        self.removals_added: Callable[[], None] = lambda: None
        """Called when a message or a file has to be removed."""
        self._workers = Workers()
        self._expecting: set[int] = set()  # interactions whose card is being posted by their own response
        self._changed: dict[int, asyncio.Event] = {}  # by request, while its worker lives
        self._redraw: set[int] = set()
        # By unfinished request, on the steady clock; forgotten, the next progress is shown at once.
        self._edited_s: Newest[int, float] = Newest("card edits", most=EDITS_KEPT)
        self._uploading = 0
        self._stopping = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._upload_places = UploadPlaces()
        self._board = PlacesBoard()
        self._withdrawer = Withdrawer(database, poster, clock, self._workers, self._call_removals_added)
        self._operator = OperatorNotice(bot, clock)

    async def __aenter__(self) -> Self:
        await self._workers.__aenter__()
        self._workers.start(self._follow_places(), name="places on cards")
        self._workers.start(self._tidy(), name="old cards")
        async with self._database.reading() as tx:
            behind = await requests.ids_to_show(tx)
            announced = await pending_cards.left_behind(tx, before=self._clock.now() + FOR_EVER)
        self._withdrawer.withdraw(announced, card_texts.RESTARTED_WHILE_READING)
        for request_id in behind:
            self.request_changed(request_id)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._workers.__aexit__(kind, error, trace)

    # What the queue says

    def request_changed(self, request_id: int) -> None:
        """Bring the card of a request up to date soon."""
        event = self._changed.get(request_id)
        if event is None:
            event = self._changed[request_id] = asyncio.Event()
            self._workers.start(self._keep_up(request_id, event), name=f"card of request {request_id}")
        event.set()

    def places_changed(self, guild_id: int) -> None:
        """Let waiting cards of the guild follow when there is time."""
        self._board.changed(guild_id)

    def alert_operator(self, alert: Alert) -> None:
        """Send the operator a direct message."""
        self._workers.start(self._operator.tell(operator_texts.alert(alert)), name="alert to the operator")

    def _call_removals_added(self) -> None:
        self.removals_added()  # which is set later

    # What commands say

    @contextmanager
    def expecting_card(self, interaction_id: int) -> Generator[None, None, None]:
        """Inside, the interaction's own response is about to become its card, so no other is posted."""
        self._expecting.add(interaction_id)
        try:
            yield
        finally:
            self._expecting.discard(interaction_id)

    async def respond_with_card(self, interaction: discord.Interaction[Any], reading: CardReading) -> None:
        """Make the response to an interaction the card of its request. Where that fails, a card is posted later."""
        request, facts = reading.request, self._cards.facts(reading)
        hidden = request.private and not request.direct
        try:
            message_id = await respond(interaction, render(facts), ephemeral=hidden)
        except Exception as error:  # noqa: BLE001 (it is accepted and paid for, so no failure may be told for it)
            log.warning("The response to interaction %d failed: %s", interaction.id, error)
            return
        place = CardPlace(request.channel_id, message_id, interaction.token if hidden else None)

        async def note(tx: Transaction) -> None:
            await requests.set_card(tx, request.id, place)
            await requests.mark_shown(tx, request.id, request.revision)

        try:
            await self._database.run(note)
        except DatabaseTroubleError as error:  # the card is found by its interaction when the database works again
            log.warning("The card of request %d is not noted yet: %s", request.id, error)
            return
        self.remember_answer(message_id, interaction.token)
        self._edited_s.put(request.id, self._clock.steady_s() - PROGRESS_EVERY_S + FIRST_PROGRESS_AFTER_S)
        self._note_place(reading, facts.forecast)

    def remember_answer(self, message_id: int, token: str) -> None:
        """Note that a card answers an interaction, so that it may be edited with that interaction's token."""
        self._poster.tokens.remember(message_id, token)

    def withdraw_card(self, interaction_id: int) -> None:
        """Take the announced card of a command back, if there is one, as soon as Discord lets us.

        For a command that failed and whose member could not be told.
        """
        self._workers.start(self._withdraw_card(interaction_id), name=f"card of interaction {interaction_id}")

    async def _withdraw_card(self, interaction_id: int) -> None:
        with suppress(DatabaseTroubleError):  # it is found again by its age
            async with self._database.reading() as tx:
                card = await pending_cards.get(tx, interaction_id)
            if card is not None:
                self._withdrawer.withdraw([card], card_texts.READING_BROKE_OFF)

    async def drain(self, *, timeout_s: float) -> None:
        """Start no new upload; let those under way finish."""
        self._stopping = True
        await wait_until_set(self._idle, timeout_s=timeout_s, clock=self._clock)

    # Keeping cards up to date

    async def _keep_up(self, request_id: int, event: asyncio.Event) -> None:
        retry_s = FIRST_RETRY_S
        while event.is_set() and not self._stopping:
            event.clear()
            try:
                while await self._step(request_id, event):
                    retry_s = FIRST_RETRY_S
            except Exception as error:  # noqa: BLE001 (a worker's loop: Discord may be away for hours)
                _log_trouble(request_id, error)
                await self._clock.sleep(retry_s)
                retry_s = min(LONGEST_RETRY_S, retry_s * 2)
                event.set()
        self._changed.pop(request_id, None)
        self._redraw.discard(request_id)

    async def _step(self, request_id: int, event: asyncio.Event) -> bool:
        """Do one step; return whether another may be due."""
        reading = await self._cards.read(request_id)
        if reading is None or reading.request.interaction_id in self._expecting or self._stopping:
            return False
        request, redraw = reading.request, request_id in self._redraw
        urgent = reading.is_finished or bool(pictures_to_post(request, reading.jobs))
        behind = redraw or request.revision != request.shown_revision
        if behind and not urgent and await self._wait_for_quiet(request_id, event):
            return True  # something new happened meanwhile: look again
        self._redraw.discard(request_id)
        if request.card is None or not pictures_to_post(request, reading.jobs):
            return await self._show(reading, redraw=redraw)
        async with self._upload_places.place(self._limiting_channel(request.card)) as has_waited:
            # While it waited, the picture may have been deleted.
            current = await self._cards.read(request_id) if has_waited else reading
            if current is None or self._stopping:
                return False
            return await self._show(current, redraw=redraw)

    def _limiting_channel(self, card: CardPlace) -> int | None:
        """Return the channel whose limit of edits holds for a card, None where a token of its own lets it through."""
        has_token = card.token is not None or self._poster.tokens.of(card.message_id) is not None
        return None if has_token else card.channel_id

    async def _show(self, reading: CardReading, *, redraw: bool) -> bool:
        self._uploading += 1
        self._idle.clear()
        shown = self._cards.facts(reading).forecast  # before the request to Discord: the line may move meanwhile
        try:
            step = await self._reconciler.step(reading, redraw=redraw)
        finally:
            self._uploading -= 1
            if not self._uploading:
                self._idle.set()
        if step is not Step.NOTHING:
            self._note_edit(reading, shown)
        if step is Step.END or (step is Step.NOTHING and reading.is_finished):
            self._edited_s.forget(reading.request.id)
        return step is Step.MORE

    async def _wait_for_quiet(self, request_id: int, event: asyncio.Event) -> bool:
        """Space progress edits of one card; return True where something new happened while waiting."""
        edited_s = self._edited_s.get(request_id)
        if edited_s is None:
            return False
        wait_s = edited_s + PROGRESS_EVERY_S - self._clock.steady_s()
        if not await wait_until_set(event, timeout_s=wait_s, clock=self._clock):
            return False
        event.clear()
        return True

    def _note_edit(self, reading: CardReading, shown: Forecast | None) -> None:
        if not reading.is_finished:
            self._edited_s.put(reading.request.id, self._clock.steady_s())
        self._note_place(reading, shown)

    def _note_place(self, reading: CardReading, shown: Forecast | None) -> None:
        self._board.shown(reading.request, shown)
        now = self._cards.facts(reading).forecast
        if shown is not None and now is not None and (shown.place, shown.held) != (now.place, now.held):
            self._board.changed(reading.request.account.guild_id)

    async def _follow_places(self) -> None:
        """Redraw waiting cards that moved up or are held, one per channel at a time; an idle bot sleeps here."""
        while True:
            await self._board.wait()
            await self._clock.sleep(PROGRESS_EVERY_S)
            try:
                moved_up = await self._moved_up()
            except Exception:  # a worker's loop: a locked database must not end it
                log.exception("Waiting cards could not be looked through")
                continue
            for request_id in moved_up:
                self._redraw.add(request_id)
                self.request_changed(request_id)

    async def _moved_up(self) -> list[int]:
        forecasts: dict[int, Forecast] = {}
        for request_id in self._board.to_ask():
            reading = await self._cards.read(request_id)
            forecast = self._cards.facts(reading).forecast if reading else None
            if forecast and forecast.place:
                forecasts[request_id] = forecast
            else:
                self._board.forget(request_id)
        return self._board.choose(forecasts)

    async def _tidy(self) -> None:
        """Keep no token longer than it is of use, and no card of a request that never came to be."""
        while True:
            try:
                async with self._database.transaction() as tx:
                    await requests.forget_tokens(tx, self._clock.now() - TOKENS_HOLD)
                    announced = await pending_cards.left_behind(tx, before=self._clock.now() - READ_WITHIN)
                self._withdrawer.withdraw(announced, card_texts.READING_BROKE_OFF)
            except Exception:  # a worker's loop: a full disk must not end it
                log.exception("Old cards could not be tidied up")
            await self._clock.sleep(TIDY_EVERY_S)


def _log_trouble(request_id: int, error: Exception) -> None:
    if isinstance(error, discord.HTTPException):
        log.warning("The card of request %d waits: Discord answered %d %d", request_id, error.status, error.code)
    elif isinstance(error, PictureMissingError):
        log.warning("The card of request %d waits: %s", request_id, error)
    elif isinstance(error, CONNECTION_TROUBLE):
        log.warning("The card of request %d waits: Discord was not reached (%s)", request_id, type(error).__name__)
    else:
        log.error("The card of request %d waits for a fault of ours", request_id, exc_info=error)
