"""Requests that cannot be made wrong, pixel sizes, and prices."""

from __future__ import annotations

import pytest

from generation.errors import InvalidRequestError, RequestProblem
from generation.options import AspectRatio, GenerationRequest, OutputFormat, Resolution, pixels
from generation.prices import PriceTable

RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "auto"]


def error_of(**fields: object) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        GenerationRequest(**({"prompt": "a pear"} | fields))  # type: ignore[arg-type]
    return caught.value


def test_all_that_the_provider_offers_can_be_asked_for() -> None:
    assert list(AspectRatio) == RATIOS
    assert list(Resolution) == ["1K", "2K", "4K"]
    assert list(OutputFormat) == ["png", "jpg"]


def test_the_defaults_are_the_providers() -> None:
    request = GenerationRequest(prompt="a pear")
    assert (request.aspect_ratio, request.resolution, request.output_format, request.reference_urls) == (
        "1:1",
        "1K",
        "png",
        (),
    )


@pytest.mark.parametrize("prompt", ["", " ", "\n\t \u2003"])
def test_a_prompt_must_say_something(prompt: str) -> None:
    error = error_of(prompt=prompt)
    assert (error.field, error.problem) == ("prompt", RequestProblem.EMPTY)


def test_a_prompt_has_at_most_10000_characters() -> None:
    assert len(GenerationRequest(prompt="🍐" * 10_000).prompt) == 10_000
    error = error_of(prompt="x" * 10_001)
    assert (error.field, error.problem, error.found, error.limit) == (
        "prompt",
        RequestProblem.TOO_LONG,
        10_001,
        10_000,
    )


@pytest.mark.parametrize(
    ("field", "value"), [("aspect_ratio", "7:5"), ("aspect_ratio", ""), ("resolution", "8K"), ("output_format", "gif")]
)
def test_options_that_are_not_offered_are_refused(field: str, value: str) -> None:
    error = error_of(**{field: value})
    assert (error.field, error.problem, error.found) == (field, RequestProblem.NOT_OFFERED, value)


def test_plain_strings_become_members() -> None:
    request = GenerationRequest(
        prompt="a pear",
        aspect_ratio="16:9",  # type: ignore[arg-type]
        resolution="4K",  # type: ignore[arg-type]
        output_format="jpg",  # type: ignore[arg-type]
    )
    assert request.aspect_ratio is AspectRatio.LANDSCAPE_16_9
    assert request.resolution is Resolution.FOUR_K
    assert request.output_format is OutputFormat.JPG


def test_there_are_at_most_8_references() -> None:
    urls = tuple(f"https://a.example/{number}.png" for number in range(9))
    assert GenerationRequest(prompt="a pear", reference_urls=urls[:8]).reference_urls == urls[:8]
    error = error_of(reference_urls=urls)
    assert (error.problem, error.found, error.limit) == (RequestProblem.TOO_MANY, 9, 8)


@pytest.mark.parametrize(
    "url", ["", "pear.png", "data:image/png;base64,AAAA", "ftp://a.example/x", "https://", "http://["]
)
def test_references_are_urls(url: str) -> None:
    error = error_of(reference_urls=("https://a.example/1.png", url))
    assert (error.field, error.problem) == ("reference_urls", RequestProblem.NOT_A_URL)


def test_errors_do_not_repeat_the_prompt() -> None:
    assert "secret" not in str(error_of(prompt="secret" * 2000))


@pytest.mark.parametrize(
    ("ratio", "one_k"),
    [
        ("1:1", (1024, 1024)),
        ("2:3", (848, 1264)),
        ("3:2", (1264, 848)),
        ("3:4", (896, 1200)),
        ("4:3", (1200, 896)),
        ("4:5", (928, 1152)),
        ("5:4", (1152, 928)),
        ("9:16", (768, 1376)),
        ("16:9", (1376, 768)),
        ("21:9", (1584, 672)),
    ],
)
def test_pixels_follow_ratio_and_resolution(ratio: str, one_k: tuple[int, int]) -> None:
    width, height = one_k
    assert pixels(AspectRatio(ratio), Resolution.ONE_K) == (width, height)
    assert pixels(AspectRatio(ratio), Resolution.TWO_K) == (2 * width, 2 * height)
    assert pixels(AspectRatio(ratio), Resolution.FOUR_K) == (4 * width, 4 * height)


def test_pixels_of_auto_are_not_known_before() -> None:
    assert pixels(AspectRatio.AUTO, Resolution.ONE_K) is None


def test_prices_are_the_providers_unless_the_operator_says_otherwise() -> None:
    table = PriceTable()
    assert [table.price(resolution) for resolution in Resolution] == [18, 18, 24]


@pytest.mark.parametrize(
    ("text", "prices"),
    [
        ("1K=20,2K=25,4K=40", [20, 25, 40]),
        (" 4k = 30 ", [18, 18, 30]),
        ("2K=1,", [18, 1, 24]),
        ("", [18, 18, 24]),
    ],
)
def test_an_operators_prices_are_read(text: str, prices: list[int]) -> None:
    table = PriceTable.parse(text)
    assert [table.price(resolution) for resolution in Resolution] == prices


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8K=18", "8K=18.*expected a resolution, one of 1K, 2K, 4K"),
        ("18", "expected a resolution"),
        ("1K", "expected whole credits"),
        ("1K=", "expected whole credits"),
        ("1K=0", "expected whole credits"),
        ("1K=-5", "expected whole credits"),
        ("1K=1.5", "expected whole credits"),
        ("1K=²", "expected whole credits"),
        ("1K=100001", "expected whole credits"),
        ("1K=" + "9" * 5000, "expected whole credits"),
        ("1K=18,1K=19", "1K is given twice"),
    ],
)
def test_a_wrong_price_says_what_was_expected(text: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        PriceTable.parse(text)
