"""Time zones by what people type: a full name, or a city alone, in any case, with or without accents."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from generation.errors import GenerationError

MAX_SUGGESTIONS = 4

_NO_PLACES = {"Factory", "localtime"}  # names in the zone database that stand for no place
_OFFSET = re.compile(r"(?:utc|gmt)?[+-]\d{1,2}(?::?\d\d)?")
_SHORT_NAMES = {
    "edt": ["America/New_York"],
    "cst": ["America/Chicago", "Asia/Shanghai"],
    "cdt": ["America/Chicago"],
    "mdt": ["America/Denver"],
    "pst": ["America/Los_Angeles"],
    "pdt": ["America/Los_Angeles"],
    "bst": ["Europe/London", "Asia/Dhaka"],
    "cest": ["Europe/Berlin", "Europe/Paris"],
    "eest": ["Europe/Helsinki", "Europe/Athens"],
    "msk": ["Europe/Moscow"],
    "ist": ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"],
    "jst": ["Asia/Tokyo"],
    "kst": ["Asia/Seoul"],
    "sgt": ["Asia/Singapore"],
    "aest": ["Australia/Sydney", "Australia/Brisbane"],
    "aedt": ["Australia/Sydney"],
    "nzst": ["Pacific/Auckland"],
    "nzdt": ["Pacific/Auckland"],
}
"""What clocks are called in everyday life, which are no names of the zone database."""


class UnknownTimeZoneError(GenerationError):
    """No zone, or more than one, is called so.

    Attributes:
        suggestions: names that may be meant, the likeliest first; may be empty.
        is_offset: it is a number of hours, which no place keeps all year.
    """

    def __init__(self, typed: str, suggestions: list[str], *, is_offset: bool = False) -> None:
        super().__init__(f"no time zone {typed!r}")
        self.typed = typed
        self.suggestions = suggestions
        self.is_offset = is_offset


def find_time_zone(typed: str) -> ZoneInfo:
    """Return the one zone that is called so. The first call reads the zone database from disk.

    Raises:
        UnknownTimeZoneError: there is none, or the name fits several.
    """
    wanted = _plain(typed)
    by_name, by_city = _names()
    if wanted in by_name:
        return ZoneInfo(by_name[wanted])
    if _OFFSET.fullmatch(wanted.replace("_", "")):
        raise UnknownTimeZoneError(typed, [], is_offset=True)
    called_so = by_city.get(wanted) or by_city.get(wanted.replace("-", "_")) or []
    if len(called_so) == 1:
        return ZoneInfo(called_so[0])
    raise UnknownTimeZoneError(typed, (called_so or _near(wanted))[:MAX_SUGGESTIONS])


def _plain(name: str) -> str:
    """Return a name without case and accents: "São Paulo" → "sao_paulo"."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[\s_]+", "_", re.sub(r"\s*/\s*", "/", bare.strip()))


@cache
def _names() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return all zones by their plain name, and by the plain name of their city alone."""
    by_name: dict[str, str] = {}
    by_city: dict[str, list[str]] = {}
    for name in sorted(available_timezones() - _NO_PLACES):
        by_name[_plain(name)] = name
        if "/" in name and not name.startswith(
            "Etc/"
        ):  # the signs in Etc/GMT+2 mean the opposite of what people expect
            by_city.setdefault(_plain(name).rpartition("/")[2], []).append(name)
    return by_name, by_city


def _near(wanted: str) -> list[str]:
    """Return names that look like it, first where the city alone does."""
    if wanted in _SHORT_NAMES:
        return _SHORT_NAMES[wanted]
    by_name, by_city = _names()
    city = wanted.rpartition("/")[2]
    near_cities = [name for close in get_close_matches(city, by_city, n=3, cutoff=0.7) for name in by_city[close]]
    near_names = [by_name[close] for close in get_close_matches(wanted, by_name, n=3, cutoff=0.7)]
    both = [name for name in near_names if name in near_cities]
    return list(dict.fromkeys([*both, *(near_names if "/" in wanted else near_cities), *near_names, *near_cities]))
