"""Half a day of the soak, so that a leak, or a soak that no longer runs, is seen at once."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

from tests.soak.soaking import Plan, soak


def test_nothing_leaks_in_half_a_day_and_all_money_is_accounted_for(tmp_path: Path) -> None:
    hour = timedelta(hours=1)
    # Other tests run beside this one, so no query is judged by its time.
    plan = Plan(length=12 * hour, per_hour=20, seed=1, sample_every=hour, forget_every=4 * hour, judge_times=False)
    # In a process of its own: what other tests left in this one would be counted too, until it goes.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        result = apart.submit(soak, tmp_path, plan).result()
    assert result.problems == []
    assert len(result.samples) == 12
    assert result.images > 200
    assert result.samples[-1].rows["job"] == result.images
