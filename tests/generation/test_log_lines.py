"""Lines of the log about what is no fault of ours."""

from __future__ import annotations

import io
import logging

import pytest

from generation.log_lines import short_database_troubles
from storage.errors import DatabaseTroubleError, Trouble


@pytest.mark.parametrize(
    ("error", "is_a_fault", "level"),
    [(DatabaseTroubleError(Trouble.LOCKED), False, "WARNING"), (ValueError("a fault of ours"), True, "ERROR")],
    ids=["database that is held", "fault of ours"],
)
def test_worker_that_meets_a_database_in_trouble_says_so_in_one_line(
    error: Exception, is_a_fault: bool, level: str
) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.addFilter(short_database_troubles)
    log = logging.Logger("a worker")  # noqa: LOG001 (of this test alone)
    log.addHandler(handler)
    try:
        raise error
    except Exception:
        log.exception("Messages of %d could not be removed", 7)
    said = written.getvalue().splitlines()
    assert said[0].startswith(f"{level} Messages of 7 could not be removed")
    assert (len(said) > 1) == is_a_fault
    assert ("Traceback" in written.getvalue()) == is_a_fault
