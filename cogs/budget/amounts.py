"""Reading the amounts that moderators type, and suggesting some."""

from __future__ import annotations

import re

from discord.app_commands import Choice

from cogs.errors import RefusalError
from cogs.texts import budget as texts
from storage.allowances import MAX_AMOUNT, Allowance, AllowanceKind
from storage.periods import PeriodKind

MAX_POOL = 100_000_000
"""Whole credits of a pool: what a hundred of the largest allowances come to."""

GROUPED = re.compile(r"[\s,.'_’]+(?=\d{3}(\D|$))")
UNLIMITED_WORDS = {"unlimited", "no limit", "∞", "infinite"}
NONE_WORDS = {"none", "no", "nothing", "off"}
IMAGES_SUGGESTED = (5, 10, 20, 50, 100)


def read_allowance(text: str, period: PeriodKind) -> Allowance:
    """Return what "360", "1,000", "unlimited" or "none" mean.

    Raises:
        RefusalError: it is nothing of this, or out of range.
    """
    word = _word(text)
    if word in UNLIMITED_WORDS:
        return Allowance(kind=AllowanceKind.UNLIMITED)
    if word in NONE_WORDS:
        return Allowance(kind=AllowanceKind.NONE)
    number = _number(word)
    if number is None:
        raise RefusalError(texts.amount_not_understood(text))
    if not 0 <= number <= MAX_AMOUNT:
        raise RefusalError(texts.amount_out_of_range())
    return Allowance.of(number, period)


def read_pool(text: str) -> int | None:
    """Return a pool's whole credits, None for "none".

    Raises:
        RefusalError: it is nothing of this, or out of range.
    """
    word = _word(text)
    if word in NONE_WORDS | UNLIMITED_WORDS:
        return None
    number = _number(word)
    if number is None:
        raise RefusalError(texts.pool_amount_not_understood(text))
    if not 0 <= number <= MAX_POOL:
        raise RefusalError(texts.amount_out_of_range(MAX_POOL))
    return number


def suggest_allowances(typed: str, cheapest: int) -> list[Choice[str]]:
    """Return what Discord offers while an allowance is typed; `cheapest` is the price of the cheapest image."""
    words = [
        Choice(name=texts.SUGGEST_UNLIMITED, value=texts.UNLIMITED),
        Choice(name=texts.SUGGEST_NONE, value=texts.NONE),
    ]
    return [*_numbers(typed, cheapest, MAX_AMOUNT), *(choice for choice in words if _word(typed) in choice.name)]


def suggest_pools(typed: str, cheapest: int) -> list[Choice[str]]:
    """Return what Discord offers while a pool's amount is typed."""
    none = Choice(name=texts.SUGGEST_NO_POOL, value=texts.NONE)
    return [*_numbers(typed, cheapest * 100, MAX_POOL, cheapest), *([none] if _word(typed) in none.name else [])]


def _numbers(typed: str, step: int, largest: int, cheapest: int | None = None) -> list[Choice[str]]:
    price, number = cheapest or step, _number(_word(typed))
    if number is not None:
        amounts = [number] if 0 < number <= largest else []
    else:
        amounts = [] if typed.strip() else [images * step for images in IMAGES_SUGGESTED]
    return [Choice(name=texts.suggestion(amount, price), value=str(amount)) for amount in amounts]


def _word(text: str) -> str:
    return " ".join(text.casefold().removesuffix("credits").split())


def _number(word: str) -> int | None:
    """Return a whole number that may be grouped like 1,000 or 1 000; None where it is none."""
    plain = GROUPED.sub("", word)
    is_number = plain.isascii() and plain.removeprefix("-").isdigit() and len(plain) <= 12
    return int(plain) if is_number else None
