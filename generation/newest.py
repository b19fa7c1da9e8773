"""What is remembered beyond one request: the newest so many, so that memory has an end however long the bot runs."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_all: WeakSet[Newest[Any, Any]] = WeakSet()


class Newest(Generic[K, V]):
    """A mapping of at most `most` entries: one more, and the one that was put in the longest ago goes.

    What is kept here saves work; a key that went must cost that work again and nothing else.
    """

    def __init__(self, name: str, *, most: int) -> None:
        """`name`: of the entries, in the plural, for whoever looks at what the process holds."""
        self.name = name
        self._most = most
        self._entries: OrderedDict[K, V] = OrderedDict()
        _all.add(self)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def get(self, key: K) -> V | None:
        """Return what was put in for a key, None where nothing was or it went."""
        return self._entries.get(key)

    def put(self, key: K, value: V) -> None:
        """Put in an entry, or anew."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._most:
            self._entries.popitem(last=False)

    def forget(self, key: K) -> None:
        """Let an entry go, if there is one."""
        self._entries.pop(key, None)


def sizes() -> Counter[str]:
    """Return how many entries are kept by name, over all that are in use."""
    found: Counter[str] = Counter()
    for newest in list(_all):
        found[newest.name] += len(newest)
    return found
