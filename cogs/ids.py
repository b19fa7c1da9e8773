"""Ids in custom_ids, which anybody can forge."""

from __future__ import annotations

LARGEST = 2**63 - 1
"""Of a Discord snowflake and of a key in the database."""


def id_of(digits: str) -> int:
    """Return the id; 0, which names nothing, where there can be no such id."""
    number = int(digits)
    return number if number <= LARGEST else 0
