"""The only place that turns errors into sentences, and answers the member who met one."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress

import discord
from discord import app_commands

from cogs import texts
from cogs.services import services_of
from cogs.texts import credits as credit_texts
from cogs.texts import forget_me as forget_me_texts
from cogs.texts import images as image_texts
from cogs.texts import moderation
from cogs.texts import presets as preset_texts
from generation.attachments import (
    PromptFileError,
    PromptFileProblem,
    ReferenceNotKeptError,
    UnusableReferenceError,
)
from generation.errors import PictureMissingError
from generation.exchange import NETWORK_TROUBLE
from generation.image_desk import (
    ImageDeletedError,
    ImageNotReadyError,
    ImageNotYoursError,
    ImagePrivateError,
    ImageRefusalError,
    ImageUnknownError,
    NoGalleryError,
    OwnStarError,
    RemixNotAllowedError,
)
from generation.intake import ShuttingDownError
from generation.machine_watch import OutOfOrderError
from generation.preset_desk import PresetError
from generation.rules import (
    ChannelNotAllowedError,
    PromptBlockedError,
    ResolutionTooHighError,
    RoleNeededError,
    RuleRefusalError,
    SuspendedError,
    TooManyImagesError,
)
from generation.upload_fetching import UploadGoneError
from storage.errors import (
    DatabaseTroubleError,
    DuplicateRequestError,
    InsufficientCreditsError,
    PoolExhaustedError,
    StillWorkingError,
    TooManyPresetsError,
)

log = logging.getLogger(__name__)

ALREADY_ANSWERED = 40060
"""Discord: the first response was taken. Only the answer to it was lost, and discord.py sent it again."""

TOO_LATE = 10062
"""Discord: the interaction is unknown, as its 3 seconds are over."""


class RefusalError(Exception):
    """A cog's own refusal, whose sentence is chosen already."""

    def __init__(self, text: str) -> None:
        super().__init__("refused")
        self.text = text


def user_message(error: BaseException) -> str | None:
    """Return what to tell the member, or None where nobody foresaw the error."""
    match error:
        case RefusalError():
            return error.text
        case InsufficientCreditsError():
            return credit_texts.too_few_credits(
                needed=error.needed,
                available=error.available,
                refills_at=error.refills_at,
                refill_amount=error.refill_amount,
            )
        case PoolExhaustedError():
            return credit_texts.pool_exhausted(
                by_operator=error.by_operator, needed=error.needed, left=error.left, refills_at=error.refills_at
            )
        case RuleRefusalError():
            return _broken_rule(error)
        case UnusableReferenceError():
            return texts.unusable_reference(error.position, error.name, error.problem)
        case PromptFileError(problem=PromptFileProblem.NOT_UTF8):
            return texts.PROMPT_NOT_UTF8
        case PromptFileError(problem=PromptFileProblem.TOO_LONG):
            return texts.prompt_too_long(None)
        case UploadGoneError():
            return texts.UPLOAD_GONE
        case ReferenceNotKeptError():
            return image_texts.REFERENCE_NOT_KEPT
        case PictureMissingError():
            return image_texts.PICTURE_LOST if error.is_lost else image_texts.PICTURE_MISSING
        case StillWorkingError():
            return forget_me_texts.still_working(error.images)
        case PresetError():
            return preset_texts.refusal(error)
        case TooManyPresetsError():
            return preset_texts.too_many(error.most)
        case ImageRefusalError():
            return _IMAGE_REFUSALS.get(type(error))
        case ShuttingDownError():
            return texts.SHUTTING_DOWN
        case OutOfOrderError() | DatabaseTroubleError():
            return texts.OUT_OF_ORDER
        case OSError() if not isinstance(error, NETWORK_TROUBLE):  # our disk
            return texts.OUT_OF_ORDER
        case app_commands.NoPrivateMessage():
            return texts.SERVERS_ONLY
        case _:
            return None


_IMAGE_REFUSALS: dict[type[ImageRefusalError], str] = {
    ImageUnknownError: image_texts.UNKNOWN,
    ImageNotReadyError: image_texts.NOT_READY,
    ImageDeletedError: image_texts.GONE,
    ImagePrivateError: image_texts.PRIVATE,
    ImageNotYoursError: image_texts.NOT_YOURS,
    RemixNotAllowedError: image_texts.ONLY_OWN,
    OwnStarError: image_texts.OWN_STAR,
    NoGalleryError: image_texts.NO_GALLERY,
}


def _broken_rule(error: RuleRefusalError) -> str | None:
    match error:
        case SuspendedError():
            return moderation.suspended(error.suspension.until, error.suspension.reason)
        case PromptBlockedError():
            return moderation.prompt_blocked(error.hits)
        case ChannelNotAllowedError():
            return texts.channel_not_allowed(error.allowed)
        case RoleNeededError():
            return texts.role_needed(error.allowed)
        case ResolutionTooHighError():
            return texts.resolution_too_high(error.highest)
        case TooManyImagesError():
            return texts.too_many_images(error.largest)
        case _:
            return None


async def answer_error(interaction: discord.Interaction, error: BaseException) -> None:
    """Explain privately; take away what was said publicly. Never raises."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, DuplicateRequestError):
        log.info("Interaction %d was delivered twice; the first one answers", interaction.id)
        return
    text = user_message(cause)
    if text is texts.OUT_OF_ORDER:
        log.warning("Interaction %d met trouble of the machine: %s", interaction.id, cause)
    if text is None and _is_discords(cause):
        log.warning("Interaction %d was not answered: %s", interaction.id, cause)
        text = texts.ANSWER_LOST
        if isinstance(cause, discord.HTTPException) and cause.code == ALREADY_ANSWERED:
            await _answer_what_still_waits(interaction, text)
            return
    if text is None:
        number = f"{secrets.randbelow(16**4):04X}-{secrets.randbelow(16**4):04X}"
        log.error("Reference %s: interaction %d failed", number, interaction.id, exc_info=cause)
        text = texts.unexpected(number)
    try:
        announced = await _take_back(interaction)
        if announced or interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except NETWORK_TROUBLE as trouble:
        log.warning("Interaction %d could not be answered: %s", interaction.id, type(trouble).__name__)
        services_of(interaction).withdraw_card(interaction.id)
    except discord.HTTPException as refusal:
        level = logging.INFO if refusal.code == TOO_LATE else logging.WARNING
        log.log(level, "Interaction %d could not be answered: %d %d", interaction.id, refusal.status, refusal.code)
        services_of(interaction).withdraw_card(interaction.id)


def _is_discords(error: BaseException) -> bool:
    """Tell whether Discord refused or lost an answer with nothing wrong in it (400 would be a fault of ours)."""
    if isinstance(error, discord.HTTPException):
        return error.status != 400 or error.code == ALREADY_ANSWERED
    return isinstance(error, NETWORK_TROUBLE)


async def _answer_what_still_waits(interaction: discord.Interaction, text: str) -> None:
    """Discord has a first response. Where that only said "thinking", it must not go on saying so."""
    try:
        response = await interaction.original_response()
        if response.flags.loading:
            await response.edit(content=text)
    except (discord.HTTPException, *NETWORK_TROUBLE) as error:
        log.warning("Interaction %d could not be answered: %s", interaction.id, error)


async def _take_back(interaction: discord.Interaction) -> bool:
    """Remove the card that was announced for a command which then failed; return whether there was one.

    It is forgotten only once it is gone: where Discord cannot be reached, delivery goes on trying.
    """
    intake = services_of(interaction).intake
    try:
        if not await intake.is_announced(interaction.id):
            return False
    except DatabaseTroubleError:  # then nothing can be taken back, but what is wrong can still be said
        return False
    try:
        await interaction.delete_original_response()
    except (discord.NotFound, discord.Forbidden) as refusal:
        log.info("The card of interaction %d is gone already: %d", interaction.id, refusal.code)
    with suppress(DatabaseTroubleError):  # it is withdrawn later, and found gone
        await intake.withdraw(interaction.id)
    return True
