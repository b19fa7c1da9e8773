"""Cards of commands that were being read when something broke off: no request came of them, and none will."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import discord

from cogs.card import render_note
from cogs.posting import CardGoneError, CardPoster, PlaceClosedError, PostingError, response_may_come_for_s
from generation.clock import Clock
from generation.exchange import CONNECTION_TROUBLE
from generation.workers import Workers
from storage import pending_cards, removals
from storage.database import Database
from storage.errors import DatabaseTroubleError
from storage.pending_cards import PendingCard
from storage.requests import CardPlace

log = logging.getLogger(__name__)

FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
MOST_ODD_REFUSALS = 5


class Withdrawer:
    """Tells in each such card that nothing comes of it, however long Discord is away."""

    def __init__(
        self,
        database: Database,
        poster: CardPoster,
        clock: Clock,
        workers: Workers,
        removals_added: Callable[[], None],
    ) -> None:
        """`removals_added` is called when a card has to be removed because it cannot be edited."""
        self._database = database
        self._poster = poster
        self._clock = clock
        self._workers = workers
        self._removals_added = removals_added
        self._under_way: set[int] = set()  # by interaction

    def withdraw(self, announced: Sequence[PendingCard], note: str) -> None:
        """Begin with those that are not under way. `note`: what is said in their place."""
        for card in announced:
            if card.interaction_id not in self._under_way:
                self._under_way.add(card.interaction_id)
                self._workers.start(
                    self._withdraw(card, note), name=f"withdraw card of interaction {card.interaction_id}"
                )

    async def _withdraw(self, card: PendingCard, note: str) -> None:
        try:
            left = await self._tell(card, note)
            async with self._database.transaction() as tx:
                await pending_cards.remove(tx, card.interaction_id)
                if left is not None:
                    await removals.add_message(tx, left.channel_id, left.message_id)
            if left is not None:
                self._removals_added()
        except DatabaseTroubleError as error:
            log.warning("The card of interaction %d stays for now: %s", card.interaction_id, error)
        finally:
            self._under_way.discard(card.interaction_id)  # what is still announced is found again later

    async def _tell(self, card: PendingCard, note: str) -> CardPlace | None:
        """Return the place of one that cannot be edited: it is to be taken away instead."""
        retry_s, odd_refusals = FIRST_RETRY_S, 0
        place: CardPlace | None = None
        while True:
            try:
                if place := await self._place_of(card):
                    await self._poster.edit(place, render_note(note), kept=())
                return None
            except PostingError as error:
                odd_refusals += 1
                if isinstance(error, CardGoneError | PlaceClosedError) or odd_refusals == MOST_ODD_REFUSALS:
                    log.info("The card of interaction %d could not be withdrawn: %s", card.interaction_id, error)
                    return place
            except (discord.HTTPException, *CONNECTION_TROUBLE) as error:
                log.warning("The card of interaction %d waits: %s", card.interaction_id, type(error).__name__)
            await self._clock.sleep(retry_s)
            retry_s = min(LONGEST_RETRY_S, retry_s * 2)

    async def _place_of(self, card: PendingCard) -> CardPlace | None:
        if card.message_id is not None:
            return CardPlace(card.channel_id, card.message_id, card.token)
        await self._clock.sleep(response_may_come_for_s(card.interaction_id, self._clock.now()))
        if card.token is not None:
            return await self._poster.answer_of(card.channel_id, card.token)
        return await self._poster.response_to(channel_id=card.channel_id, interaction_id=card.interaction_id)
