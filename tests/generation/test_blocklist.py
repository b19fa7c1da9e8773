"""What a guild blocks is met however it is dressed up, and nothing else is."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from generation.blocklist import Blocklist, normal_form
from generation.look_alikes import LOOK_ALIKE, PLAIN
from generation.patterns import BadTermError, TermProblem
from storage.blocked_terms import BlockedTerm, TermKind

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def blocking(*words: str, patterns: tuple[str, ...] = ()) -> Blocklist:
    kinds = [(TermKind.WORD, word) for word in words] + [(TermKind.PATTERN, pattern) for pattern in patterns]
    return Blocklist(
        [
            BlockedTerm(id=number, kind=kind, term=normal_form(kind, text), set_by=1, set_at=NOW)
            for number, (kind, text) in enumerate(kinds)
        ]
    )


@pytest.mark.parametrize(
    ("term", "prompt", "piece"),
    [
        ("dragon", "A DRAGON!", "DRAGON!"),
        ("Dragón", "one dragon", "dragon"),
        ("dragon", "a drągøn… no, a drägon", "drägon"),
        ("dragon", "a dra\u200bgon", "dra\u200bgon"),
        ("dragon", "a dr\u00adagon", "dr\u00adagon"),
        ("dragon", "ｄｒａｇｏｎ", "ｄｒａｇｏｎ"),
        ("dragon", "a 𝓭𝓻𝓪𝓰𝓸𝓷", "𝓭𝓻𝓪𝓰𝓸𝓷"),
        ("dragon", "a drаgоn", "drаgоn"),  # Cyrillic а and о
        ("dragon", "a dr@g0n", "dr@g0n"),
        ("dragon", "a d r a g o n", "d r a g o n"),
        ("dragon", "d.r.a.g.o.n", "d.r.a.g.o.n"),
        ("dragon", "(dragon)", "(dragon)"),
        ("milk", "some m1lk", "m1lk"),
        ("fish", "a f1sh", "f1sh"),
        ("fish", "a f!sh!", "f!sh!"),
        ("red panda", "a red   panda", "red panda"),
        ("red panda", "the Red-Panda", "Red-Panda"),
        ("вода", "ВОДА!", "ВОДА!"),
        ("ёлка", "елка", "елка"),
        ("裸", "一张裸体画", "裸"),
        ("ドラゴン", "青いドラゴンの絵", "ドラゴン"),
        ("고양이", "고양이를 그려줘", "고양이"),
        ("แมว", "รูปแมวดำ", "แมว"),
        ("हिन्दी", "एक हिन्दी किताब", "हिन्दी"),
    ],
)
def test_blocked_word_is_met(term: str, prompt: str, piece: str) -> None:
    assert [hit.piece for hit in blocking(term).hits(prompt)] == [piece]


@pytest.mark.parametrize(
    ("term", "prompt"),
    [
        ("ass", "a glass of water in a classroom in Essex, with an assassin"),
        ("dragon", "two dragons"),
        ("dragon", "a dragonfly"),
        ("cop", "a copper kettle"),
        ("hell", "hello, a shell"),
        ("red panda", "a red fox and a panda"),
        ("red panda", "panda red"),
        ("tot", "a totem, 707 flights"),
        ("so", "50 apples for $0"),
        ("cat", "c a r t o o n"),
        ("cat", "eine Katze, un chat, кошка, 猫, Kätzchen"),
        ("가", "각"),
    ],
)
def test_innocent_prompt_meets_nothing(term: str, prompt: str) -> None:
    assert blocking(term).hits(prompt) == []


def test_each_term_is_told_once_and_all_that_are_met_are_told() -> None:
    hits = blocking("fox", "owl", "hen", patterns=("wolves|wolf",)).hits("a fox, a FOX, an owl and Wolves")
    assert [hit.term.term for hit in hits] == ["fox", "owl", "wolves|wolf"]


def test_pattern_is_searched_in_the_prompt_as_written_and_without_its_accents() -> None:
    assert blocking(patterns=("caf[eé]",)).hits("un CAFÉ")
    assert blocking(patterns=("cafe",)).hits("un café")
    assert not blocking(patterns=("^cafe$",)).hits("un café")


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("[", TermProblem.BAD_SYNTAX),
        ("a(", TermProblem.BAD_SYNTAX),
        ("(?=a)", TermProblem.NOT_SUPPORTED),
        ("(?<!a)b", TermProblem.NOT_SUPPORTED),
        (r"(a)\1", TermProblem.NOT_SUPPORTED),
        ("a{1001}", TermProblem.TOO_LARGE),
        ("((a{100}){100}){100}", TermProblem.TOO_LARGE),
        ("a*", TermProblem.MATCHES_EVERYTHING),
        ("", TermProblem.MATCHES_EVERYTHING),
    ],
)
def test_pattern_that_cannot_serve_is_refused_with_its_reason(pattern: str, problem: TermProblem) -> None:
    with pytest.raises(BadTermError) as refused:
        normal_form(TermKind.PATTERN, pattern)
    assert refused.value.problem is problem


@pytest.mark.parametrize("word", ["...", "\u200b", "🙂", "__"])
def test_word_without_a_letter_is_refused(word: str) -> None:
    with pytest.raises(BadTermError) as refused:
        normal_form(TermKind.WORD, word)
    assert refused.value.problem is TermProblem.NO_LETTERS


@pytest.mark.parametrize(("one", "other"), [("Dragon", "DRÁGON"), ("red  panda", "Red-Panda"), ("straße", "STRASSE")])
def test_words_that_meet_the_same_have_the_same_form(one: str, other: str) -> None:
    assert normal_form(TermKind.WORD, one) == normal_form(TermKind.WORD, other)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text(max_size=200))
@example("İıſẞﬀ")
def test_any_text_can_be_made_alike_and_stays_alike(text: str) -> None:
    for table in (PLAIN, LOOK_ALIKE):
        alike = text.translate(table)
        assert alike.translate(table) == alike
        assert len(alike) <= 18 * len(text)  # the longest of Unicode's own expansions


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text(max_size=200))
def test_any_word_that_can_be_blocked_meets_itself(text: str) -> None:
    try:
        blocklist = blocking(text)
    except BadTermError:
        return
    assert blocklist.hits(f"one {text} two")


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.text(max_size=50))
def test_any_text_is_a_pattern_or_refused_with_a_reason(text: str) -> None:
    with suppress(BadTermError):
        blocking(patterns=(text,)).hits("a prompt like any other")
