"""Whose place in line is looked up, and whose card is redrawn: a long line costs no more at one time."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from cogs.places_board import ASKED_AT_ONCE, PlacesBoard
from generation.forecast import Forecast

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def forecast(place: int) -> Forecast:
    return Forecast(place=place, ready_at=NOW, held=None)


def board_of(count: int, *, channels: int = 1) -> PlacesBoard:
    board = PlacesBoard()
    for number in range(count):
        request = SimpleNamespace(id=number, channel_id=number % channels, account=SimpleNamespace(guild_id=1))
        board.shown(cast(Any, request), forecast(number + 1))
    board.changed(1)
    return board


def test_all_of_a_long_line_are_asked_about_in_turn() -> None:
    board = board_of(ASKED_AT_ONCE * 2 + 3)
    parts = []
    for _ in range(3):
        parts.append(board.to_ask())
        board.choose({number: forecast(number) for number in parts[-1]})  # each moved up by one
    assert [len(part) for part in parts] == [ASKED_AT_ONCE, ASKED_AT_ONCE, 3]
    assert sorted(number for part in parts for number in part) == list(range(ASKED_AT_ONCE * 2 + 3))
    assert len(board.to_ask()) == ASKED_AT_ONCE, "a card that was behind may be so again"


def test_line_in_which_no_card_is_behind_is_left_in_peace_after_one_round() -> None:
    board = board_of(ASKED_AT_ONCE + 1)
    for _ in range(2):
        assert board.choose({number: forecast(number + 1) for number in board.to_ask()}) == []
    assert board.to_ask() == []


def test_card_furthest_behind_in_each_channel_is_redrawn() -> None:
    board = board_of(4, channels=2)
    asked = board.to_ask()
    assert asked == [0, 1, 2, 3]
    assert sorted(board.choose({0: forecast(1), 1: forecast(1), 2: forecast(1), 3: forecast(1)})) == [2, 3]
