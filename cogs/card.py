"""The card: one message that shows a request and its images. A pure function of what the database says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import discord
from discord import ui

from cogs import texts
from cogs.buttons import CancelButton
from cogs.colours import DRAWING_YELLOW, LEAF_GREEN, TROUBLE_RED, WAITING_GREY
from cogs.images.rows import Offer, card_rows
from cogs.texts import card as card_texts
from cogs.texts import images as image_texts
from generation.errors import FailureKind
from generation.forecast import Forecast
from generation.options import AspectRatio
from storage.jobs import Job, JobState
from storage.requests import Request

IN_WORK = (JobState.SUBMITTING, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """All that a card shows.

    Attributes:
        jobs: by position.
        sheet: attachment name of the small pictures of its references, None where none are shown.
        forecast: needed while a job is unfinished.
        pictures: attachment names by job position, of those that this edit shows.
        upload_limit_bytes: of the place where the card is.
        uncertain_until: when an unexplained create is refunded; needed while a job is uncertain.
        prompt_hidden: the server's AutoMod refused the prompt.
    """

    request: Request
    jobs: Sequence[Job]
    offer: Offer
    sheet: str | None = None
    forecast: Forecast | None = None
    pictures: dict[int, str] = field(default_factory=dict[int, str])
    upload_limit_bytes: int = 0
    uncertain_until: datetime | None = None
    prompt_hidden: bool = False


def render(facts: CardFacts) -> ui.LayoutView:
    """Return a new view; it holds only buttons that outlive restarts, so it never has to be kept."""
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](accent_colour=_colour(facts))
    prompt = ui.TextDisplay[ui.LayoutView](_prompt(facts))
    box.add_item(ui.Section(prompt, accessory=_sheet(facts, facts.sheet)) if facts.sheet else prompt)
    if facts.pictures:
        box.add_item(_gallery(facts))
    if status := _status(facts):
        box.add_item(ui.TextDisplay("\n".join(status)))
    box.add_item(ui.TextDisplay(_footer(facts)))
    if any(job.state is JobState.QUEUED for job in facts.jobs):
        row = ui.ActionRow[ui.LayoutView]()
        row.add_item(CancelButton(facts.request.id))
        box.add_item(row)
    for row in card_rows(facts.request, facts.jobs, facts.offer):
        box.add_item(row)
    view.add_item(box)
    return view


def render_reading(*, user_id: int, prompt: str, reference_count: int, has_file: bool) -> ui.LayoutView:
    """Return the card of a request whose files are still being read."""
    view = ui.LayoutView(timeout=None)
    box = ui.Container[ui.LayoutView](accent_colour=WAITING_GREY)
    if prompt:
        box.add_item(ui.TextDisplay(card_texts.prompt_on_card(prompt)))
    box.add_item(ui.TextDisplay(card_texts.reading(reference_count, has_file)))
    box.add_item(ui.TextDisplay(card_texts.card_footer(user_id=user_id, facts=())))
    view.add_item(box)
    return view


def render_note(text: str) -> ui.LayoutView:
    """Return a card that only says something."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(text), accent_colour=WAITING_GREY))
    return view


def _colour(facts: CardFacts) -> discord.Colour:
    states = {job.state for job in facts.jobs}
    if states & {*IN_WORK, JobState.DELIVERING}:
        return DRAWING_YELLOW
    if states & {JobState.FAILED, JobState.UNCERTAIN}:
        return TROUBLE_RED
    return LEAF_GREEN if JobState.DELIVERED in states else WAITING_GREY


def _prompt(facts: CardFacts) -> str:
    return card_texts.PROMPT_HIDDEN if facts.prompt_hidden else card_texts.prompt_on_card(facts.request.prompt)


def _gallery(facts: CardFacts) -> ui.MediaGallery[ui.LayoutView]:
    request = facts.request
    alt_prompt = "" if facts.prompt_hidden else request.prompt
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                f"attachment://{name}",
                description=card_texts.alt_text(alt_prompt, position=position, count=request.image_count),
                spoiler=request.spoiler,
            )
            for position, name in sorted(facts.pictures.items())
        )
    )


def _sheet(facts: CardFacts, name: str) -> ui.Thumbnail[ui.LayoutView]:
    description = card_texts.references_alt_text(facts.request.reference_count)
    return ui.Thumbnail(f"attachment://{name}", description=description, spoiler=facts.request.spoiler)


def _status(facts: CardFacts) -> list[str]:
    """What there is to say besides the pictures, the most important first."""
    request, jobs = facts.request, facts.jobs
    lines = [line for line in (_in_work(facts), *(_trouble(facts, job) for job in jobs)) if line]
    cancelled = [job for job in jobs if job.state is JobState.CANCELLED]
    if cancelled:
        lines.append(card_texts.cancelled(len(cancelled), sum(job.price for job in cancelled)))
    for job in jobs:
        if job.deleted_at is not None:
            by_member = job.deleted_by == request.account.user_id
            lines.append(image_texts.deleted_on_card(job.position, request.image_count, by_member=by_member))
    kept = [job for job in jobs if job.state is JobState.UNDELIVERED and job.has_picture and job.failure_kind is None]
    if kept:
        lines.append(card_texts.undelivered(len(kept)))
    for job in jobs:
        if job.position in facts.pictures and job.result and job.posted and job.posted.smaller:
            _, width, height = job.posted.smaller
            lines.append(
                card_texts.shown_smaller(
                    position=job.position,
                    count=request.image_count,
                    original_bytes=job.result.size_bytes,
                    limit_bytes=facts.upload_limit_bytes,
                    size=(width, height),
                )
            )
    return lines


def _in_work(facts: CardFacts) -> str | None:
    forecast, jobs = facts.forecast, facts.jobs
    states = {job.state for job in jobs}
    if forecast is None:
        return None
    if states & set(IN_WORK):
        held = forecast.held if JobState.QUEUED in states else None
        return card_texts.drawing(len(facts.pictures), len(jobs), forecast.ready_at, held)
    if JobState.QUEUED in states:
        if forecast.held is not None:
            return card_texts.held(forecast.held)
        return card_texts.queued(forecast.place, forecast.ready_at)
    if any(job.state is JobState.DELIVERING and job.position not in facts.pictures for job in jobs):
        return card_texts.fetching()
    return None


def _trouble(facts: CardFacts, job: Job) -> str | None:
    count = facts.request.image_count
    if job.state is JobState.UNCERTAIN and facts.uncertain_until is not None:
        return card_texts.uncertain(facts.uncertain_until)
    if job.state is JobState.FAILED and job.failure_kind is not None:
        return card_texts.failed(job.failure_kind, position=job.position, count=count, refunded=job.price)
    if job.failure_kind == FailureKind.RESULT_LOST:
        return card_texts.result_lost(position=job.position, count=count, given_back=job.price)
    return None


def _footer(facts: CardFacts) -> str:
    request, jobs = facts.request, facts.jobs
    parts = [
        "auto" if request.aspect_ratio == AspectRatio.AUTO else request.aspect_ratio,
        request.resolution,
        request.output_format.upper(),
    ]
    if request.image_count > 1:
        parts.append(texts.images_of(request.image_count))
    if request.reference_count:
        parts.append(texts.references_of(request.reference_count))
    lost = [job for job in jobs if job.failure_kind == FailureKind.RESULT_LOST]
    spent = sum(job.price for job in jobs if job.delivering_at is not None and job not in lost)
    reserved = sum(job.price for job in jobs if not job.state.is_final and job.delivering_at is None)
    parts.append(card_texts.cost_so_far(spent=spent, reserved=reserved))
    ends = [job.delivering_at for job in jobs if job.delivering_at is not None]
    if ends and all(job.delivering_at is not None or job.state.is_final for job in jobs):
        parts.append(texts.duration((max(ends) - request.created_at).total_seconds()))
    return card_texts.card_footer(user_id=request.account.user_id, facts=parts)
