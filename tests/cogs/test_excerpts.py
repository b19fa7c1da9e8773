"""Prompts in short, with what was searched for."""

from __future__ import annotations

from cogs.excerpts import excerpt, plain_excerpt
from storage.prompts import MARK_END as END
from storage.prompts import MARK_START as START


def test_hits_are_bold_and_members_cannot_write_markup() -> None:
    marked = f"a *{START}red{END}* {START}fox{END} by <@1>\n**bold**"
    assert excerpt("", marked, limit=80) == r"a \***red**\* **fox** by \<\@1\> \*\*bold\*\*"


def test_excerpt_begins_shortly_before_the_first_hit_at_a_word_and_says_what_is_cut() -> None:
    words = "one two three four five six seven eight nine ten "
    shown = excerpt("", f"{words}{START}fox{END} {words}", limit=40)
    assert shown == "…seven eight nine ten **fox** one two three f…"
    assert excerpt("", f"{START}fox{END} {words}", limit=10) == "**fox** one tw…"
    assert excerpt("", f"{'x' * 60} {START}{'y' * 60}{END}", limit=20) == f"…**{'y' * 20}**…"


def test_short_prompts_are_whole_and_hits_side_by_side_are_one() -> None:
    assert excerpt("", f"{START}red{END}{START}fox{END}", limit=20) == "**redfox**"
    assert excerpt("a\nfox", None, limit=20) == "a fox"
    assert excerpt("a *fox*", None, limit=20) == r"a \*fox\*"
    assert plain_excerpt("a *fox* in the deep snow", limit=12) == "a *fox* in…"


def test_marks_that_a_member_typed_are_not_shown_and_break_nothing() -> None:
    for typed in (f"{START}", f"{END}a{START}", f"{START}{START}a{END}{END}", f"a{END}{START}fox{END}"):
        shown = excerpt("", typed, limit=20)
        assert START not in shown
        assert END not in shown
        assert shown.replace("**", "") == typed.replace(START, "").replace(END, "")
