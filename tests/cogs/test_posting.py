"""Finding our own response to a command again."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from cogs.posting import CardPoster

BOT_ID, CHANNEL_ID, COMMAND_ID = 1, 2, 3


class Channel:
    """Its history cannot be read while `refusal` is set."""

    def __init__(self, refusal: int | None) -> None:
        self._refusal = refusal

    async def history(self, **_: Any) -> AsyncGenerator[Any, None]:
        if self._refusal is not None:
            kind = discord.Forbidden if self._refusal == 403 else discord.DiscordServerError
            raise kind(cast(Any, SimpleNamespace(status=self._refusal, reason="no")), "no")
        metadata = SimpleNamespace(id=COMMAND_ID)
        yield SimpleNamespace(id=9, author=SimpleNamespace(id=BOT_ID), interaction_metadata=metadata)


def poster_in(channel: Channel) -> CardPoster:
    bot = SimpleNamespace(user=SimpleNamespace(id=BOT_ID), get_partial_messageable=lambda _: channel)
    return CardPoster(cast(Any, bot), cast(Any, None))


async def test_trouble_of_discord_is_not_taken_for_a_card_that_was_never_posted() -> None:
    with pytest.raises(discord.DiscordServerError):
        await poster_in(Channel(503)).response_to(channel_id=CHANNEL_ID, interaction_id=COMMAND_ID)


async def test_card_that_the_bot_may_not_see_counts_as_none() -> None:
    assert await poster_in(Channel(403)).response_to(channel_id=CHANNEL_ID, interaction_id=COMMAND_ID) is None
    found = await poster_in(Channel(None)).response_to(channel_id=CHANNEL_ID, interaction_id=COMMAND_ID)
    assert found is not None
    assert found.message_id == 9
