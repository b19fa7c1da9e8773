"""What is remembered beyond one request has an end."""

from __future__ import annotations

from generation import holdings
from generation.newest import Newest


def test_the_one_put_in_the_longest_ago_goes_when_there_are_too_many() -> None:
    kept: Newest[int, str] = Newest("words", most=2)
    kept.put(1, "one")
    kept.put(2, "two")
    kept.put(1, "one anew")
    kept.put(3, "three")
    assert (kept.get(1), kept.get(2), kept.get(3)) == ("one anew", None, "three")
    kept.forget(1)
    kept.forget(1)
    assert 1 not in kept
    assert 3 in kept


def test_many_more_than_are_kept_take_no_more_memory() -> None:
    kept: Newest[int, None] = Newest("guilds", most=100)
    for guild_id in range(10_000):
        kept.put(guild_id, None)
    assert len(kept) == 100


async def test_whoever_looks_at_what_the_process_holds_sees_how_much_is_kept() -> None:
    first, second = (Newest[int, None]("test pieces", most=10) for _ in range(2))
    first.put(1, None)
    second.put(1, None)
    second.put(2, None)
    assert "3 test pieces" in str(holdings.look())
