"""What a blank of a preset is, and what goes into its place."""

from __future__ import annotations

import unicodedata

import pytest

from generation.preset_blanks import blanks_of, filled


@pytest.mark.parametrize(
    ("prompt", "blanks"),
    [
        ("a {subject} in the {mood} rain", ["subject", "mood"]),
        ("{subject}, {subject}", ["subject"]),
        ("{Subject} and { subject } and {SUBJECT}", ["Subject"]),
        ("{the  character's   name}", ["the character's name"]),
        ("{the character’s name}", ["the character’s name"]),
        ("{hair-colour} {eye_colour} {1}", ["hair-colour", "eye_colour", "1"]),
        ("{Größe} {季節} {موضوع} {विषय} {ฤดู}", ["Größe", "季節", "موضوع", "विषय", "ฤดู"]),
        ("{naïve} {" + unicodedata.normalize("NFD", "naïve") + "}", ["naïve"]),
        ("{می‌خواهم}", ["می‌خواهم"]),
        ("{{subject}}", ["subject"]),
        ("{} { } {-} {'}", []),
        ('{"style": "noir"}', []),
        ('{"scene": {"light": "low"}, "tags": ["a"]} of {subject}', ["subject"]),
        ("{style: noir} {red|blue} {a, b} {a.b} (fox:1.3) {fox:1.3}", []),
        ("{two\nlines} {open and closed}} }{", ["open and closed"]),
    ],
)
def test_only_names_in_braces_are_blanks(prompt: str, blanks: list[str]) -> None:
    assert blanks_of(prompt) == blanks


def test_each_place_of_a_blank_is_filled_with_the_same_words() -> None:
    assert filled("{Fox}, { fox } and {FOX}", {"Fox": "an owl"}) == "an owl, an owl and an owl"


def test_braces_in_words_mean_nothing_and_are_not_filled_again() -> None:
    values = {"a": "{b}", "b": r"\1 {a} \g<0>"}
    assert filled("{a} {b}", values) == r"{b} \1 {a} \g<0>"


def test_what_is_no_blank_or_has_no_words_stays_as_it_is() -> None:
    prompt = '{"style": "noir"} {} {subject} {mood}'
    assert filled(prompt, {"mood": ""}) == '{"style": "noir"} {} {subject} '
    assert filled(prompt, {}) == prompt


def test_each_name_of_a_blank_fills_what_it_names() -> None:
    prompt = "{Größe} {विषय} {the  character’s name}"
    names = blanks_of(prompt)
    assert filled(prompt, {name: str(number) for number, name in enumerate(names)}) == "0 1 2"


def test_many_open_braces_take_no_time() -> None:
    prompt = "{" * 5000 + "a " * 2500
    assert blanks_of(prompt) == []
    assert filled(prompt, {"a": "b"}) == prompt
