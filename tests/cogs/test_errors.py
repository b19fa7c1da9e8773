"""What a member is told when the machine is in trouble."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cogs import errors, texts
from cogs.errors import answer_error
from storage.errors import DatabaseTroubleError, Trouble


class UnreadableIntake:
    """Cannot look anything up."""

    async def is_announced(self, interaction_id: int) -> bool:
        raise DatabaseTroubleError(Trouble.LOCKED)


class Conversation:
    """One that was deferred; collects what is said in it."""

    def __init__(self) -> None:
        self.id = 1
        self.said: list[str] = []
        self.taken_back = 0
        self.response = SimpleNamespace(is_done=lambda: True)
        self.followup = SimpleNamespace(send=self._send)

    async def _send(self, text: str, *, ephemeral: bool) -> None:
        assert ephemeral
        self.said.append(text)

    async def delete_original_response(self) -> None:
        self.taken_back += 1


async def test_trouble_is_told_though_the_database_cannot_say_whether_there_is_a_card(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors, "services_of", lambda _: SimpleNamespace(intake=UnreadableIntake()))
    conversation = Conversation()
    await answer_error(cast(Any, conversation), DatabaseTroubleError(Trouble.LOCKED))
    assert conversation.said == [texts.OUT_OF_ORDER]


class UnwritableIntake:
    """Knows of a card, and cannot write down that it is gone."""

    async def is_announced(self, interaction_id: int) -> bool:
        return True

    async def withdraw(self, interaction_id: int) -> None:
        raise DatabaseTroubleError(Trouble.LOCKED)


async def test_trouble_is_told_though_it_cannot_be_written_down_that_the_card_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors, "services_of", lambda _: SimpleNamespace(intake=UnwritableIntake()))
    conversation = Conversation()
    await answer_error(cast(Any, conversation), DatabaseTroubleError(Trouble.LOCKED))
    assert conversation.taken_back == 1
    assert conversation.said == [texts.OUT_OF_ORDER]
