"""What the card shows follows from the database alone, and stays within Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cogs import texts
from cogs.card import CardFacts, render
from cogs.images.rows import Offer
from cogs.texts import card as card_texts
from cogs.texts import operator as operator_texts
from generation.errors import BlockedBy, FailureKind, ImageProblem
from generation.forecast import Forecast, Standstill
from generation.prices import PriceTable
from storage.accounts import Account
from storage.guild_settings import GuildSettings
from storage.jobs import Job, JobState, PostedPicture, ResultFile
from storage.requests import CardPlace, Request

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REQUEST = Request(
    id=7,
    account=Account(guild_id=1, user_id=42),
    channel_id=2,
    interaction_id=3,
    prompt="a fox",
    aspect_ratio="16:9",
    resolution="2K",
    output_format="jpg",
    image_count=1,
    spoiler=False,
    member_name="maya",
    private=False,
    direct=False,
    parent_channel_id=None,
    private_thread=False,
    forgotten=False,
    sheet=None,
    answer_token=None,
    card=CardPlace(2, 9),
    cards_posted=0,
    revision=1,
    shown_revision=1,
    notice_attempted_at=None,
    notice_needed=True,
    created_at=NOON,
    reference_count=2,
)
JOB = Job(
    id=70,
    request_id=7,
    account=REQUEST.account,
    position=1,
    state=JobState.QUEUED,
    price=18,
    remote_task_id=None,
    attempts=0,
    failure_kind=None,
    result_url=None,
    result=None,
    posted=None,
    parent_job_id=None,
    root_job_id=None,
    queued_at=NOON,
    uncertain_at=None,
    running_at=None,
    delivering_at=None,
    ended_at=None,
    deleted_at=None,
    deleted_by=None,
)
DONE = replace(
    JOB,
    state=JobState.DELIVERED,
    delivering_at=NOON + timedelta(seconds=21),
    ended_at=NOON + timedelta(seconds=23),
    result=ResultFile(sha256="0" * 64, image_type="png", size_bytes=20_971_520, width=5504, height=3072),
    posted=PostedPicture(attachment_id=5, name="plantain-7-1.png"),
)
OFFER = Offer(prices=PriceTable(), settings=GuildSettings())
FORECAST = Forecast(place=3, ready_at=NOON + timedelta(seconds=60), held=None)


def facts(*jobs: Job, request: Request = REQUEST, forecast: Forecast | None = FORECAST, **others: Any) -> CardFacts:
    pictures = {job.position: job.posted.name for job in jobs if job.posted}
    return CardFacts(request=request, jobs=jobs, offer=OFFER, forecast=forecast, pictures=pictures, **others)


def parts(card: CardFacts) -> list[dict[str, Any]]:
    [container] = render(card).to_components()
    return container["components"]


def text(card: CardFacts) -> str:
    return "\n".join(part["content"] for part in parts(card) if part["type"] == 10)


def buttons(card: CardFacts) -> list[str]:
    return [button["custom_id"] for part in parts(card) if part["type"] == 1 for button in part["components"]]


def test_waiting_card_tells_place_time_options_and_cost_and_can_be_cancelled() -> None:
    card = facts(JOB)
    assert text(card) == (
        "a fox\n⏳ **Queued**, place 3 in line · expected <t:1795435260:R>\n"
        "-# <@42> · 16:9 · 2K · JPG · 2 references · 18 credits reserved"
    )
    assert buttons(card) == ["plantain:cancel:7"]


def test_first_in_line_is_told_so() -> None:
    assert "next in line" in text(facts(JOB, forecast=replace(FORECAST, place=1)))


def test_card_says_when_the_provider_takes_no_work() -> None:
    assert "Your place is kept" in text(facts(JOB, forecast=replace(FORECAST, held=Standstill.PROVIDER)))


def test_card_says_who_keeps_the_rest_back_while_some_images_are_being_made() -> None:
    running = replace(JOB, id=8, state=JobState.RUNNING, remote_task_id="t")
    paused = replace(FORECAST, held=Standstill.MODERATORS)
    waiting = text(facts(running, replace(JOB, id=9, position=2), forecast=paused))
    assert "moderators paused the rest" in waiting
    assert "expected" not in waiting
    assert "expected" in text(facts(running, forecast=replace(paused, place=None)))


def test_finished_card_shows_the_picture_with_alt_text_cost_and_duration() -> None:
    card = facts(DONE, forecast=None)
    [gallery] = [part for part in parts(card) if part["type"] == 12]
    assert gallery["items"] == [
        {
            "media": {"url": "attachment://plantain-7-1.png"},
            "description": "Image made from the prompt: a fox",
            "spoiler": False,
        }
    ]
    assert text(card) == "a fox\n-# <@42> · 16:9 · 2K · JPG · 2 references · 18 credits · 21 s"
    assert buttons(card) == [
        "plantain:image:remix:70:18",
        "plantain:request:again:7:18",
        "plantain:image:4k:70:24",
        "plantain:image:original:70",
        "plantain:image:info:70",
        "plantain:image:family:70",
        "plantain:image:delete:70",
    ]


def test_card_of_a_batch_counts_what_is_ready() -> None:
    jobs = [DONE, *(replace(JOB, id=70 + n, position=n, state=JobState.RUNNING, running_at=NOON) for n in (2, 3))]
    card = facts(*jobs, request=replace(REQUEST, image_count=3))
    assert "**Drawing**, 1 of 3 ready" in text(card)
    assert "18 credits spent, 36 reserved" in text(card)


def test_card_says_that_a_smaller_picture_stands_in_for_the_original() -> None:
    job = replace(DONE, posted=PostedPicture(attachment_id=5, name="x.jpg", smaller=(9_000_000, 5504, 3072)))
    line = "-# Shown as a JPEG of 5504 × 3072: the original has 20 MB, this server takes 10 MB. The original is kept."
    assert line in text(facts(job, forecast=None, upload_limit_bytes=10 * 1024 * 1024))


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.RESULT_LOST])
def test_every_failure_says_why_what_went_back_and_what_to_do(kind: FailureKind) -> None:
    assert kind in card_texts.FAILURES
    job = replace(JOB, state=JobState.FAILED, failure_kind=kind, ended_at=NOON)
    said = text(facts(job, forecast=None))
    assert "**This image was not made.**" in said
    assert "18 credits went back." in said
    assert "ry again" in said


def test_lost_picture_says_what_was_given_back() -> None:
    job = replace(DONE, state=JobState.UNDELIVERED, failure_kind=FailureKind.RESULT_LOST, result=None, posted=None)
    said = text(facts(job, forecast=None))
    assert "You got 18 credits back" in said
    assert "· 0 credits" in said


def test_uncertain_card_says_when_the_credits_are_back() -> None:
    job = replace(JOB, state=JobState.UNCERTAIN, uncertain_at=NOON)
    assert "did not answer" in text(facts(job, uncertain_until=NOON + timedelta(minutes=15)))


def test_cancelled_images_say_what_went_back() -> None:
    assert "18 credits went back" in text(facts(replace(JOB, state=JobState.CANCELLED, ended_at=NOON), forecast=None))


@pytest.mark.parametrize("prompt", ["*" * 10_000, "@everyone " * 1000, "word " * 2000, "1. \n" * 2500, "😀" * 5000])
def test_fullest_card_keeps_within_discords_limits(prompt: str) -> None:
    jobs = [replace(DONE, id=n, position=n) for n in (1, 2)]
    jobs += [
        replace(JOB, id=n, position=n, state=JobState.FAILED, failure_kind=FailureKind.REFUSED_CONTENT, ended_at=NOON)
        for n in (3, 4)
    ]
    card = facts(*jobs, request=replace(REQUEST, prompt=prompt, image_count=4), upload_limit_bytes=1)
    view = render(card)
    assert view.content_length() <= 4000
    descriptions = [item["description"] for part in parts(card) if part["type"] == 12 for item in part["items"]]
    assert max(map(len, descriptions)) <= 1024


def test_prompt_that_automod_blocks_is_nowhere_on_the_card() -> None:
    card = facts(DONE, forecast=None, prompt_hidden=True)
    assert "a fox" not in str(render(card).to_components())


def test_every_problem_and_alert_has_a_sentence() -> None:
    assert set(texts.IMAGE_PROBLEMS) == set(ImageProblem)
    assert set(operator_texts.ALERTS) == set(BlockedBy)


def test_prompt_that_shows_nothing_still_has_a_card() -> None:
    """Some were taken once; Discord refuses an empty text, so their cards never came."""
    assert card_texts.prompt_on_card("\u200b\u2060") == card_texts.PROMPT_INVISIBLE
