"""From what a member asked for to an accepted request: refuse early and privately, show the card, read the files, pay.

Without files everything is decided before the first response. With files the card comes first, as reading them may
take longer than the 3 seconds Discord allows; until the request is accepted the card is noted as pending, so that a
crash leaves no card that promises something.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from cogs import texts
from cogs.asker import asker_in, asker_of, viewer_in
from cogs.card import render_reading
from cogs.delivery import ChannelDelivery
from cogs.errors import RefusalError, answer_error
from cogs.imagine.answers import read_answers, typed_prompt
from cogs.imagine.form import FormContent, ImagineForm
from cogs.imagine.form_memory import FormMemory, OpenForms
from cogs.imagine.order import Asked, Chosen, refuse_early
from cogs.imagine.rights import require_rights
from cogs.posting import respond
from cogs.texts import form as form_texts
from generation.asking import Ask, Asker
from generation.attachments import AttachmentReader, KeptReference, OwnImage
from generation.errors import InvalidRequestError
from generation.image_desk import ImageDesk
from generation.intake import Wish
from generation.options import GenerationRequest
from generation.queue import GenerationQueue
from storage.channel_settings import ChannelDefaults
from storage.errors import DuplicateRequestError
from storage.pending_cards import PendingCard
from storage.references import NewReference
from storage.requests import CardPlace

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]


class ImagineFlow:
    """Carries out what asks for an image: /imagine, its form, the buttons of images, presets."""

    def __init__(
        self,
        bot: commands.Bot,
        queue: GenerationQueue,
        reader: AttachmentReader,
        delivery: ChannelDelivery,
        images: ImageDesk,
        forms: OpenForms,
    ) -> None:
        self.bot = bot
        self._queue = queue
        self._reader = reader
        self._delivery = delivery
        self._images = images
        self._forms = forms
        self.intake = queue.intake

    async def run(self, interaction: Interaction, chosen: Chosen) -> None:
        """Accept what was asked with the command, or open the form where the prompt is missing.

        Raises what `cogs.errors` explains. Nothing is kept of a refused command.
        """
        asker = asker_of(interaction)
        if chosen.needs_only_usual:
            await self._accept_chosen(interaction, asker, chosen)
            return
        asked = chosen.complete(await self.intake.usual_options(asker))
        if asked.has_prompt:
            await self.accept(interaction, asker, asked)
            return
        refuse_early(asked)
        content = FormContent(
            title=form_texts.FORM_TITLE,
            aspect_ratio=asked.aspect_ratio,
            resolution=asked.resolution,
            output_format=asked.output_format,
            image_count=asked.image_count,
            references=len(asked.references),
        )
        files = tuple(file for _, file in sorted(asked.references.items()))
        memory = FormMemory(spoiler=asked.spoiler, private=asked.private, files=files)
        await self.open_form(interaction, asker, content, memory)

    async def open_form(self, interaction: Interaction, asker: Asker, content: FormContent, memory: FormMemory) -> None:
        """Open the form; nobody should write a long prompt only to hear that it cannot be paid or posted.

        Raises what `cogs.errors` explains.
        """
        _require_rights(interaction, private=memory.private)
        wish = Wish(resolution=content.resolution, image_count=content.image_count, prompt=None)
        await self.intake.check(asker, wish)
        settings = await self.intake.settings(asker.account.guild_id)
        custom_id = await self._forms.keep(interaction.id, asker.account, memory)
        await interaction.response.send_modal(ImagineForm(content, custom_id, self.intake.prices, settings))

    async def take_form(self, interaction: Interaction, data: Mapping[str, Any]) -> None:
        """Accept what a form asks for. Never raises; a prompt that cannot be used now is given back."""
        try:
            guild_id, memory = await self._forms.look_up(str(data["custom_id"]), interaction.user.id)
            asker = await asker_in(interaction, guild_id)
            asked = await self._with_ours(interaction, guild_id, read_answers(data, memory), memory)
            await self.accept(interaction, asker, asked)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)
            if not isinstance(error, DuplicateRequestError):
                await give_back(interaction, typed_prompt(data))

    async def accept(self, interaction: Interaction, asker: Asker, asked: Asked) -> None:
        """Make a request of what was asked, and answer the interaction with its card.

        Raises what `cogs.errors` explains. Nothing is kept then.
        """
        refuse_early(asked)
        _require_rights(interaction, private=asked.private)
        takes_time = asked.has_files or not all([await self._reader.is_at_hand(image) for image in asked.starts_from])
        if takes_time:  # else nothing is said before it is accepted, which checks the same
            await self.intake.check(asker, asked.wish())
        with self._delivery.expecting_card(interaction.id):
            if takes_time:
                request_id = await self._with_files(interaction, asker, asked)
            else:
                request_id = await self._at_once(interaction, asker, asked)
        self._delivery.request_changed(request_id)

    async def _accept_chosen(self, interaction: Interaction, asker: Asker, chosen: Chosen) -> None:
        """Accept with what is usual, in one transaction: most commands come this way, so it is the shortest."""
        _require_rights(interaction, private=chosen.private)

        def complete(usual: ChannelDefaults) -> Ask:
            asked = chosen.complete(usual)
            refuse_early(asked)
            return _ask(interaction, asker, asked, _checked(asked, asked.prompt or ""), ())

        with self._delivery.expecting_card(interaction.id):
            card = await self._queue.accept_with_usual(asker, complete)
            await self._delivery.respond_with_card(interaction, card)
        self._delivery.request_changed(card.request.id)

    async def _with_ours(self, interaction: Interaction, guild_id: int, asked: Asked, memory: FormMemory) -> Asked:
        """Add what the form starts from: whether it may still be used is decided now."""
        starts_from: list[OwnImage | KeptReference] = []
        if memory.image_id is not None:
            viewer = await viewer_in(interaction, guild_id)
            image = await self._images.find_to_remix(memory.image_id, viewer)
            starts_from.append(OwnImage(position=1, job=image.job))
        for reference in await self._images.references_by_id(memory.reference_ids):
            starts_from.append(KeptReference(position=len(starts_from) + 1, reference=reference))
        prompt = asked.prompt or ""
        if memory.prompt_of is not None and not prompt.strip():
            prompt = await self._images.prompt_of(memory.prompt_of)
        return replace(asked, prompt=prompt, starts_from=tuple(starts_from), parent_job_id=memory.image_id)

    async def _at_once(self, interaction: Interaction, asker: Asker, asked: Asked) -> int:
        order = _checked(asked, asked.prompt or "")
        async with self._reader.references(asked.sources()) as references:
            card = await self._queue.accept(_ask(interaction, asker, asked, order, references))
        # From here on the request will be carried out: whatever happens to this response, delivery posts a card.
        await self._delivery.respond_with_card(interaction, card)
        return card.request.id

    async def _with_files(self, interaction: Interaction, asker: Asker, asked: Asked) -> int:
        place = await self._announce(interaction, asker, asked)
        prompt_upload = asked.prompt_upload()
        prompt = asked.prompt or "" if prompt_upload is None else await self._reader.prompt(prompt_upload)
        order = _checked(asked, prompt)
        async with self._reader.references(asked.sources()) as references:
            card = await self._queue.accept(_ask(interaction, asker, asked, order, references, place))
        return card.request.id

    async def _announce(self, interaction: Interaction, asker: Asker, asked: Asked) -> CardPlace:
        assert interaction.channel_id is not None
        hidden = asked.private and not asker.is_direct
        card = PendingCard(
            interaction_id=interaction.id,
            guild_id=asker.account.guild_id,
            channel_id=interaction.channel_id,
            token=interaction.token if hidden else None,
        )
        await self.intake.announce(card)
        view = render_reading(
            user_id=interaction.user.id,
            prompt=asked.prompt or "",
            reference_count=asked.reference_count,
            has_file=asked.prompt_file is not None,
        )
        message_id = await respond(interaction, view, ephemeral=hidden)
        self._delivery.remember_answer(message_id, interaction.token)
        await self.intake.locate(interaction.id, message_id)
        return CardPlace(interaction.channel_id, message_id, interaction.token if hidden else None)


def _require_rights(interaction: Interaction, *, private: bool) -> None:
    """A private card, and one in direct messages, is no post in a channel."""
    if not private and interaction.guild_id is not None:
        require_rights(interaction)


async def give_back(interaction: Interaction, prompt: str) -> None:
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
    interaction: Interaction,
    asker: Asker,
    asked: Asked,
    order: GenerationRequest,
    references: tuple[NewReference, ...],
    card: CardPlace | None = None,
) -> Ask:
    return Ask(
        asker=asker,
        interaction_id=interaction.id,
        order=order,
        image_count=asked.image_count,
        spoiler=asked.spoiler,
        references=references,
        card=card,
        private=asked.private,
        answer_token=interaction.token if asked.private and not asker.is_direct else None,
        parent_job_id=asked.parent_job_id,
    )
