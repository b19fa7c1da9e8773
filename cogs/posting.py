"""Posting and editing cards: Discord's calls, and what its refusals mean for a card."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from cogs.answer_tokens import AnswerTokens
from storage.jobs import PostedPicture
from storage.requests import CardPlace

ALREADY_ACKNOWLEDGED = 40060
UNKNOWN_MESSAGE = 10008
TOO_MANY_EDITS_OF_OLD_MESSAGE = 30046
ARCHIVED_THREAD = 50083
UNKNOWN_WEBHOOK, EXPIRED_TOKEN = 10015, 50027
CARD_IS_GONE = {UNKNOWN_MESSAGE, TOO_MANY_EDITS_OF_OLD_MESSAGE, ARCHIVED_THREAD, UNKNOWN_WEBHOOK, EXPIRED_TOKEN}

# Unknown channel, unknown guild, missing access, missing permissions, locked thread, flagged as spam; and of direct
# messages: none taken by this user, no such user, no such recipient, no server in common.
PLACE_IS_CLOSED = {10003, 10004, 50001, 50013, 160005, 20026, 50007, 10013, 50033, 50278}
FILE_TOO_LARGE = 40005
INVALID_FORM_BODY = 50035
BLOCKED_BY_AUTOMOD = {200000, 200001}
RESPONSE_COUNTS_FOR = timedelta(seconds=5)
"""Discord takes the response to an interaction for 3 s; before it is clear that none comes, no other card is posted."""


class PostingError(Exception):
    """A card could not be posted or edited, in a way that says what to do next."""


class CardGoneError(PostingError):
    """The message cannot be edited any more; a new one can be posted."""


class PicturesLostError(PostingError):
    """The message no longer holds the pictures that were to stay; they can be uploaded again."""


class PlaceClosedError(PostingError):
    """Nothing can be posted there."""


class PictureTooLargeError(PostingError):
    """The place takes smaller files only."""


class TextBlockedError(PostingError):
    """The server's AutoMod refuses the member's own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture ready to be posted.

    Attributes:
        smaller: size in bytes, width and height where it is a JPEG in place of an original over the limit.
        is_temporary: whether the file was made for posting only.
    """

    path: Path
    name: str
    smaller: tuple[int, int, int] | None = None
    is_temporary: bool = False


class KeptAttachment(discord.Attachment):
    """An attachment that an edit leaves on the message, named by its id alone."""

    def __init__(self, attachment_id: int, name: str) -> None:
        self.id = attachment_id
        self.filename = name

    def to_dict(self) -> dict[str, object]:  # type: ignore[override]  # the base's form repeats what Discord knows
        """Return the form that an edit sends."""
        return {"id": self.id, "filename": self.filename}


class CardReference(discord.MessageReference):
    """A reply to a card, also where the card is gone; with ids as text, as Discord's document has them."""

    def __init__(self, place: CardPlace) -> None:
        super().__init__(message_id=place.message_id, channel_id=place.channel_id, fail_if_not_exists=False)

    def to_message_reference_dict(self) -> Any:  # discord.py's type for it cannot be imported at run time
        """Return the form that a message sends."""
        return {
            "message_id": str(self.message_id),
            "channel_id": str(self.channel_id),
            "fail_if_not_exists": False,
        }


class CardPoster:
    """Posts with the bot's own token: it neither ends after 15 minutes nor posts twice.

    Young cards are edited with the token of the interaction that they answer, which no limit of a channel holds up.
    """

    def __init__(self, bot: commands.Bot, tokens: AnswerTokens) -> None:
        self._bot = bot
        self.tokens = tokens

    async def edit(
        self, place: CardPlace, view: ui.LayoutView, *, kept: Sequence[PostedPicture], new: Sequence[Picture] = ()
    ) -> list[int | None]:
        """Make the message show `view`; upload new pictures and keep others. Return the new attachments' ids, in order.

        Sending the same again has the same outcome, so discord.py may repeat it. None: Discord does not list one.

        Raises:
            PostingError: see its kinds.
        """
        edited = None
        if place.token is None and (young := self.tokens.of(place.message_id)) is not None:
            try:
                edited = await self._edit(replace(place, token=young), view, kept, new)
            except (CardGoneError, PlaceClosedError):
                self.tokens.forget(place.message_id)  # whether the card is gone indeed, the other way tells
        if edited is None:
            edited = await self._edit(place, view, kept, new)
        held_ids = {held.id for held in edited.attachments}
        if lost := [picture.attachment_id for picture in kept if picture.attachment_id not in held_ids]:
            raise PicturesLostError(f"{len(lost)} of {len(kept)} kept are gone")
        return [next((held.id for held in edited.attachments if held.filename == one.name), None) for one in new]

    async def _edit(
        self, place: CardPlace, view: ui.LayoutView, kept: Sequence[PostedPicture], new: Sequence[Picture]
    ) -> discord.Message:
        attachments: list[discord.Attachment | discord.File] = [
            KeptAttachment(picture.attachment_id, picture.name) for picture in kept
        ]
        attachments += [discord.File(picture.path, filename=picture.name) for picture in new]
        nobody = discord.AllowedMentions.none()
        try:
            if place.token is not None:
                return await self._response(place.token).edit_message(
                    place.message_id, attachments=attachments, view=view, allowed_mentions=nobody
                )
            message = self._bot.get_partial_messageable(place.channel_id).get_partial_message(place.message_id)
            return await message.edit(attachments=attachments, view=view, allowed_mentions=nobody)
        except discord.HTTPException as error:
            if error.code == INVALID_FORM_BODY and kept:  # the view shows a picture that Discord does not find there
                raise PicturesLostError(f"{error.code} with {len(kept)} kept") from error
            raise meaning_of(error) from error

    async def answer_of(self, channel_id: int, token: str) -> CardPlace | None:
        """Find the message that answered an interaction by its token, None where there is none or the token ended."""
        try:
            found = await self._response(token).fetch_message("@original")  # type: ignore[arg-type]  # Discord's word
        except discord.HTTPException as error:
            if error.code in CARD_IS_GONE or error.status in (401, 404):
                return None
            raise
        return CardPlace(channel_id, found.id, token)

    def _response(self, token: str) -> discord.Webhook:
        """Return the way to the answers to an interaction, which for 15 minutes are edited with its token."""
        assert self._bot.application_id is not None
        return discord.Webhook.partial(self._bot.application_id, token, client=self._bot)

    async def delete(self, place: CardPlace) -> None:
        """Take a card away; one that is gone already is fine.

        Raises:
            PostingError: see its kinds.
        """
        message = self._bot.get_partial_messageable(place.channel_id).get_partial_message(place.message_id)
        try:
            await message.delete()
        except discord.NotFound:
            return
        except discord.HTTPException as error:
            raise meaning_of(error) from error

    async def post(self, channel_id: int, view: ui.LayoutView, *, nonce: str) -> CardPlace:
        """Post a card. Within a few minutes the same nonce (at most 25 characters) gives the same message.

        Raises:
            PostingError: see its kinds.
        """
        try:
            message = await self._bot.get_partial_messageable(channel_id).send(view=view, nonce=nonce)
        except discord.HTTPException as error:
            raise meaning_of(error) from error
        return CardPlace(channel_id, message.id)

    async def direct_channel(self, user_id: int) -> int:
        """Return the channel of a member's direct messages.

        Raises:
            PostingError: see its kinds.
        """
        try:
            return await open_direct_channel(self._bot, user_id)
        except discord.HTTPException as error:
            raise meaning_of(error) from error

    async def mention(self, place: CardPlace, text: str, *, nonce: str) -> None:
        """Reply to a card and notify the members that `text`, which is ours, mentions.

        Raises:
            PostingError: see its kinds.
        """
        channel = self._bot.get_partial_messageable(place.channel_id)
        their_mention = discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=True)
        try:
            await channel.send(text, reference=CardReference(place), allowed_mentions=their_mention, nonce=nonce)
        except discord.HTTPException as error:
            raise meaning_of(error) from error

    async def response_to(self, *, channel_id: int, interaction_id: int) -> CardPlace | None:
        """Find the message that answered an interaction, where a crash hid its id; None where it cannot be found.

        Raises:
            discord.HTTPException: Discord is in trouble, so that nothing is known.
        """
        channel, user = self._bot.get_partial_messageable(channel_id), self._bot.user
        try:
            async for message in channel.history(limit=50, after=discord.Object(interaction_id), oldest_first=True):
                cause = message.interaction_metadata
                ours = user is not None and message.author.id == user.id
                if ours and cause is not None and cause.id == interaction_id:
                    return CardPlace(channel_id, message.id)
        except (discord.Forbidden, discord.NotFound):
            return None
        return None


def response_may_come_for_s(interaction_id: int, now: datetime) -> float:
    """Return for how long the response of a process that was killed, or whose connection broke, may still arrive."""
    left = discord.utils.snowflake_time(interaction_id) + RESPONSE_COUNTS_FOR - now
    return min(left, RESPONSE_COUNTS_FOR).total_seconds()  # longer: the machine's time was set back


async def find_own(bot: commands.Bot, channel_id: int, *, custom_id: str, since: datetime) -> int | None:
    """Find our own message with a button of that custom_id, among those since a moment; None: there is none.

    Raises:
        discord.HTTPException: Discord refuses, or is in trouble.
    """
    channel = bot.get_partial_messageable(channel_id)
    async for message in channel.history(limit=100, after=since, oldest_first=True):
        ours = bot.user is not None and message.author.id == bot.user.id
        if ours and custom_id in custom_ids(message.components):
            return message.id
    return None


def custom_ids(components: Iterable[Any]) -> Iterator[str]:
    """Return the custom_ids of a message's components, at any depth."""
    for component in components:
        if custom_id := getattr(component, "custom_id", None):
            yield custom_id
        yield from custom_ids(inner_components(component))


def inner_components(component: Any) -> list[Any]:
    """Return the components inside one."""
    inner = list(getattr(component, "children", ()))
    accessory = getattr(component, "accessory", None)
    return [*inner, *([] if accessory is None else [accessory])]


async def respond(interaction: discord.Interaction[Any], view: ui.LayoutView, *, ephemeral: bool = False) -> int:
    """Send the first response; return its message's id, also where Discord had done it and its answer was lost.

    Raises:
        discord.HTTPException: Discord refuses, for instance because its 3 seconds are over.
    """
    try:
        response = await interaction.response.send_message(view=view, ephemeral=ephemeral)
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
        return (await interaction.original_response()).id
    assert response.message_id is not None
    return response.message_id


async def open_direct_channel(bot: commands.Bot, user_id: int) -> int:
    """Return the channel of a user's direct messages, with the id as text, which `create_dm` sends as a number.

    Raises:
        discord.HTTPException: Discord refuses.
    """
    channel = await bot.http.start_private_message(str(user_id))  # type: ignore[arg-type]
    return int(channel["id"])


def meaning_of(error: discord.HTTPException) -> Exception:
    """Return what a refusal means for a card; the error itself where it may be worth another try."""
    if error.code in CARD_IS_GONE:
        return CardGoneError(str(error.code))
    if error.code in PLACE_IS_CLOSED:
        return PlaceClosedError(str(error.code))
    if error.code == FILE_TOO_LARGE or error.status == 413:
        return PictureTooLargeError(str(error.code))
    if error.code in BLOCKED_BY_AUTOMOD:
        return TextBlockedError(str(error.code))
    return error
