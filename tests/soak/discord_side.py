"""Discord as delivery, guild logs and removals see it: it takes a moment, and now and then a card is gone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from itertools import count
from types import SimpleNamespace
from typing import Any

from cogs.answer_tokens import AnswerTokens
from cogs.posting import CardGoneError, Picture
from storage.jobs import PostedPicture
from storage.requests import CardPlace

CARD_GONE = 0.002
TAKES_S = (0.1, 0.6)


class DiscordSide:
    """Stands in for `cogs.posting.CardPoster`, and for what else of the bot's client is used."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._ids = count(10**15)
        self.user = SimpleNamespace(id=next(self._ids))
        self.tokens: AnswerTokens

    def new_id(self) -> int:
        return next(self._ids)

    # As the poster

    async def edit(
        self, place: CardPlace, view: object, *, kept: Sequence[PostedPicture], new: Sequence[Picture] = ()
    ) -> list[int | None]:
        await self._take_a_moment()
        if place.token is None and self._chance.random() < CARD_GONE:
            raise CardGoneError("10008")
        return [self.new_id() for _ in new]

    async def post(self, channel_id: int, view: object, *, nonce: str) -> CardPlace:
        await self._take_a_moment()
        return CardPlace(channel_id, self.new_id())

    async def mention(self, place: CardPlace, text: str, *, nonce: str) -> None:
        await self._take_a_moment()

    async def direct_channel(self, user_id: int) -> int:
        await self._take_a_moment()
        return 10**12 + user_id

    async def answer_of(self, channel_id: int, token: str) -> CardPlace | None:
        await self._take_a_moment()
        return None

    async def response_to(self, *, channel_id: int, interaction_id: int) -> CardPlace | None:
        await self._take_a_moment()
        return None

    # As the client

    def get_guild(self, guild_id: int) -> None:
        return None

    def get_partial_messageable(self, channel_id: int) -> Any:
        return SimpleNamespace(send=self._send, get_partial_message=self._message)

    def _message(self, message_id: int) -> Any:
        return SimpleNamespace(id=message_id, edit=self._send, delete=self._take_a_moment)

    async def _send(self, *_: object, **__: object) -> Any:
        await self._take_a_moment()
        return SimpleNamespace(id=self.new_id())

    # As a member's command

    def interaction(self) -> Any:
        """Return what the delivery needs of an interaction."""

        async def send_message(**_: object) -> Any:
            await self._take_a_moment()
            return SimpleNamespace(message_id=self.new_id())

        response = SimpleNamespace(send_message=send_message)
        number = self.new_id()
        return SimpleNamespace(id=number, token=f"token-{number}", response=response)

    async def _take_a_moment(self) -> None:
        await asyncio.sleep(self._chance.uniform(*TAKES_S))
