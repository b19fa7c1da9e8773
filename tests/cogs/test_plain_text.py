"""Text that members wrote is shown as exactly its characters."""

from __future__ import annotations

import pytest

from cogs.plain_text import quoted, shortened, visible


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**bold** _it_ ~~no~~ ||secret||", r"\*\*bold\*\* \_it\_ \~\~no\~\~ \|\|secret\|\|"),
        ("# a heading\n- a list\n> a quote\n-# small", "\\# a heading\n\\- a list\n\\> a quote\n\\-\\# small"),
        ("1. one\n2) two", "1\\. one\n2\\) two"),
        ("@everyone <@123> <@&5> <#7>", r"\@everyone \<\@123\> \<\@&5\> \<\#7\>"),
        ("[free nitro](https://bad.example)", r"\[free nitro\]\(https\://bad.example\)"),
        ("`code` ```block```", r"\`code\` \`\`\`block\`\`\`"),
        (r"a\*b", r"a\\\*b"),
        ("<t:0:R> :smile:", r"\<t\:0\:R\> \:smile\:"),
        ("a plain red fox, 3.5 metres tall", "a plain red fox, 3.5 metres tall"),
    ],
)
def test_markup_and_mentions_are_shown_and_do_nothing(written: str, shown: str) -> None:
    assert quoted(written, limit=500) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("abc\u202edef", "abcdef"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("👩\u200d🚀 and ☀\ufe0f stay", "👩\u200d🚀 and ☀\ufe0f stay"),
        ("a\r\nb\n\n\n\n\nc", "a\nb\n\nc"),
    ],
)
def test_invisible_characters_that_mislead_are_dropped(written: str, shown: str) -> None:
    assert visible(written) == shown


def test_long_text_is_cut_at_a_word_with_an_ellipsis() -> None:
    assert shortened("one two three four", 15) == "one two three…"
    assert shortened("x" * 50, 10) == "x" * 9 + "…"
    assert shortened("short", 10) == "short"
