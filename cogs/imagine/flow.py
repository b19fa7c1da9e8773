"""From a command to an accepted request: refuse early and privately, show the card, read the files, pay.

Without files everything is decided before the first response. With files the card comes first, as reading them may
take longer than the 3 seconds Discord allows; until the request is accepted the card is noted as pending, so that a
crash leaves no card that promises something.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from typing import Any

import discord
from discord.ext import commands

from cogs import texts
from cogs.asker import asker_of
from cogs.card import render_reading
from cogs.delivery import ChannelDelivery
from cogs.errors import RefusalError, answer_error
from cogs.imagine.answers import read_answers, typed_prompt
from cogs.imagine.form import FormMemory, ImagineForm
from cogs.imagine.held_files import HeldFiles
from cogs.imagine.order import Asked, Chosen, refuse_early
from cogs.imagine.rights import require_rights
from cogs.posting import respond
from cogs.texts import form as form_texts
from generation.asking import Ask
from generation.attachments import AttachmentReader
from generation.errors import InvalidRequestError
from generation.options import GenerationRequest
from generation.queue import GenerationQueue
from storage.errors import DuplicateRequestError
from storage.pending_cards import PendingCard
from storage.references import NewReference
from storage.requests import CardPlace

log = logging.getLogger(__name__)


class ImagineFlow:
    """Carries out /imagine, whether it came with a prompt or by the form."""

    def __init__(
        self,
        bot: commands.Bot,
        queue: GenerationQueue,
        reader: AttachmentReader,
        delivery: ChannelDelivery,
        held: HeldFiles,
    ) -> None:
        self.bot = bot
        self._queue = queue
        self._intake = queue.intake
        self._reader = reader
        self._delivery = delivery
        self._held = held

    async def run(self, interaction: discord.Interaction[Any], chosen: Chosen) -> None:
        """Accept what was asked, or open the form where the prompt is missing.

        Raises what `cogs.errors` explains. Nothing is kept of a refused command.
        """
        asked = chosen.complete(await self._intake.usual_options(asker_of(interaction)))
        refuse_early(asked)
        require_rights(interaction)
        if asked.has_prompt:
            await self._accept(interaction, asked)
        else:
            await self._open_form(interaction, asked)

    async def take_form(
        self, interaction: discord.Interaction[Any], memory: FormMemory, data: Mapping[str, Any]
    ) -> None:
        """Accept what a form asks for. Never raises; a prompt that cannot be used now is given back."""
        try:
            asked = read_answers(data, memory, self._held.look_up(memory.opened_by))
            refuse_early(asked)
            require_rights(interaction)
            await self._accept(interaction, asked)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)
            if not isinstance(error, DuplicateRequestError):
                await _give_back(interaction, typed_prompt(data))

    async def _open_form(self, interaction: discord.Interaction[Any], asked: Asked) -> None:
        """Open the form; nobody should write a long prompt only to hear that it cannot be paid."""
        asker = asker_of(interaction)
        await self._intake.check(asker, asked.wish())
        memory = FormMemory(
            output_format=asked.output_format,
            spoiler=asked.spoiler,
            opened_by=interaction.id,
            file_count=len(asked.references),
        )
        if asked.references:
            self._held.keep(interaction.id, [file for _, file in sorted(asked.references.items())])
        settings = await self._intake.settings(asker.account.guild_id)
        await interaction.response.send_modal(ImagineForm(asked, memory, self._intake.prices, settings))

    async def _accept(self, interaction: discord.Interaction[Any], asked: Asked) -> None:
        with self._delivery.expecting_card(interaction.id):
            if asked.has_files:
                request_id = await self._with_files(interaction, asked)
            else:
                request_id = await self._at_once(interaction, asked)
        self._delivery.request_changed(request_id)

    async def _at_once(self, interaction: discord.Interaction[Any], asked: Asked) -> int:
        order = _checked(asked, asked.prompt or "")
        accepted = await self._queue.accept(_ask(interaction, asked, order))
        # From here on the request will be carried out: whatever happens to this response, delivery posts a card.
        await self._delivery.respond_with_card(interaction, accepted.request_id)
        return accepted.request_id

    async def _with_files(self, interaction: discord.Interaction[Any], asked: Asked) -> int:
        await self._intake.check(asker_of(interaction), asked.wish())
        place = await self._announce(interaction, asked)
        prompt_upload = asked.prompt_upload()
        prompt = asked.prompt or "" if prompt_upload is None else await self._reader.prompt(prompt_upload)
        order = _checked(asked, prompt)
        async with self._reader.references(asked.uploads()) as references:
            accepted = await self._queue.accept(_ask(interaction, asked, order, references, place))
        return accepted.request_id

    async def _announce(self, interaction: discord.Interaction[Any], asked: Asked) -> CardPlace:
        assert interaction.guild_id is not None
        assert interaction.channel_id is not None
        card = PendingCard(
            interaction_id=interaction.id, guild_id=interaction.guild_id, channel_id=interaction.channel_id
        )
        await self._intake.announce(card)
        view = render_reading(
            user_id=interaction.user.id,
            prompt=asked.prompt or "",
            reference_count=len(asked.references),
            has_file=asked.prompt_file is not None,
        )
        message_id = await respond(interaction, view)
        await self._intake.locate(interaction.id, message_id)
        return CardPlace(interaction.channel_id, message_id)


async def _give_back(interaction: discord.Interaction[Any], prompt: str) -> None:
    """Hand a prompt that was written into a form back to its writer: Discord forgets it with the form."""
    if not prompt.strip():
        return
    file = discord.File(io.BytesIO(prompt.encode()), "prompt.txt")
    try:
        await interaction.followup.send(form_texts.PROMPT_BACK, file=file, ephemeral=True)
    except discord.HTTPException as refusal:
        log.info("Interaction %d: a prompt was not given back: %d %d", interaction.id, refusal.status, refusal.code)


def _checked(asked: Asked, prompt: str) -> GenerationRequest:
    try:
        return asked.order(prompt)
    except InvalidRequestError as error:
        if error.field == "prompt":
            raise RefusalError(texts.prompt_too_long(len(prompt))) from error
        raise


def _ask(
    interaction: discord.Interaction[Any],
    asked: Asked,
    order: GenerationRequest,
    references: tuple[NewReference, ...] = (),
    card: CardPlace | None = None,
) -> Ask:
    return Ask(
        asker=asker_of(interaction),
        interaction_id=interaction.id,
        order=order,
        image_count=asked.image_count,
        spoiler=asked.spoiler,
        references=references,
        card=card,
    )
