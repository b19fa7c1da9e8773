"""New requests made of images that are there already. Whether the member may use an image is asked before."""

from __future__ import annotations

from typing import Any

import discord

from cogs.asker import asker_in, asker_of
from cogs.attached_file import AttachedFile
from cogs.imagine.flow import ImagineFlow
from cogs.imagine.form import MAX_TYPED_CHARS, FormContent
from cogs.imagine.form_memory import FormMemory
from cogs.imagine.order import Asked, Chosen
from cogs.texts import form as texts
from generation.attachments import KeptReference, OwnImage
from generation.options import AspectRatio, OutputFormat, Resolution
from storage.history import Image
from storage.references import Reference
from storage.requests import Request

Interaction = discord.Interaction[Any]


class ImageMaker:
    """Implements `cogs.services.Maker`."""

    def __init__(self, flow: ImagineFlow) -> None:
        self._flow = flow

    async def open_remix(self, interaction: Interaction, image: Image) -> None:
        """Open the form with the image as its first reference, and the options and prompt it was made with."""
        request = image.request
        asker = await asker_in(interaction, request.account.guild_id)
        settings = await self._flow.intake.settings(request.account.guild_id)
        fits = len(request.prompt) <= MAX_TYPED_CHARS
        is_own = request.account.user_id == interaction.user.id
        content = FormContent(
            title=texts.remix_title(request.member_name),
            aspect_ratio=AspectRatio(request.aspect_ratio),
            resolution=Resolution(
                min(request.resolution, settings.highest_resolution)
            ),  # "1K" to "4K" sort as they are
            output_format=OutputFormat(request.output_format),
            image_count=1,
            prompt=request.prompt if fits else "",
            kept_prompt_chars=0 if fits else len(request.prompt),
            references=1,
            origin=texts.OWN_ORIGIN if is_own else texts.remix_origin(request.member_name),
        )
        memory = FormMemory(
            spoiler=request.spoiler,
            private=request.private,
            image_id=image.job.id,
            prompt_of=None if fits else request.id,
        )
        await self._flow.open_form(interaction, asker, content, memory)

    async def open_file(self, interaction: Interaction, file: AttachedFile, *, author: str) -> None:
        """Open the form with a picture of somebody's message as its first reference."""
        asker = asker_of(interaction)
        usual = await self._flow.intake.usual_options(asker)
        chosen = Chosen(references={1: file}).complete(usual)
        content = FormContent(
            title=texts.MESSAGE_TITLE,
            aspect_ratio=AspectRatio(usual.aspect_ratio or AspectRatio.AUTO),  # as the picture
            resolution=chosen.resolution,
            output_format=chosen.output_format,
            image_count=1,
            references=1,
            origin=texts.message_origin(author),
        )
        memory = FormMemory(spoiler=chosen.spoiler, files=(file,))
        await self._flow.open_form(interaction, asker, content, memory)

    async def upscale(self, interaction: Interaction, image: Image) -> None:
        """Ask for the same picture at 4K, with itself as the only reference."""
        asker = await asker_in(interaction, image.request.account.guild_id)
        itself = OwnImage(position=1, job=image.job)
        asked = _same(
            image.request,
            resolution=Resolution.FOUR_K,
            image_count=1,
            starts_from=(itself,),
            parent_job_id=image.job.id,
        )
        await self._flow.accept(interaction, asker, asked)

    async def repeat(
        self, interaction: Interaction, request: Request, references: list[Reference], parent_job_id: int | None
    ) -> None:
        """Send a request once more."""
        asker = await asker_in(interaction, request.account.guild_id)
        starts_from = tuple(
            KeptReference(position=position, reference=reference)
            for position, reference in enumerate(references, start=1)
        )
        asked = _same(
            request,
            resolution=Resolution(request.resolution),
            image_count=request.image_count,
            starts_from=starts_from,
            parent_job_id=parent_job_id,
        )
        await self._flow.accept(interaction, asker, asked)


def _same(
    request: Request,
    *,
    resolution: Resolution,
    image_count: int,
    starts_from: tuple[OwnImage | KeptReference, ...],
    parent_job_id: int | None,
) -> Asked:
    return Asked(
        prompt=request.prompt,
        prompt_file=None,
        aspect_ratio=AspectRatio(request.aspect_ratio),
        resolution=resolution,
        output_format=OutputFormat(request.output_format),
        image_count=image_count,
        spoiler=request.spoiler,
        private=request.private,
        references={},
        starts_from=starts_from,
        parent_job_id=parent_job_id,
    )
