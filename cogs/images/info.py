"""Info: all that is known of an image, privately."""

from __future__ import annotations

import io
from typing import Any

import discord
from discord import ui

from cogs.colours import LEAF_GREEN
from cogs.images.rows import Offer, image_rows
from cogs.services import Services, services_of
from cogs.texts import images as texts
from cogs.texts.images import Lineage
from cogs.visibility import may_see
from generation.image_desk import ImageRefusalError, Viewer
from storage.history import Image

Interaction = discord.Interaction[Any]


async def tell(interaction: Interaction, image: Image, viewer: Viewer) -> None:
    """Answer with the parameters, the prompt to copy, cost, times and lineage of an image."""
    services = services_of(interaction)
    lineage = await _lineage(interaction, image, viewer)
    references = await services.images.references(image.request.id)
    prompt = image.request.prompt
    copyable = texts.copyable(prompt)
    box = ui.Container[ui.LayoutView](
        ui.TextDisplay(texts.info(image, lineage, references)),
        ui.TextDisplay(copyable or texts.PROMPT_IN_FILE),
        accent_colour=LEAF_GREEN,
    )
    files: list[discord.File] = []
    if copyable is None:
        files.append(discord.File(io.BytesIO(prompt.encode()), texts.PROMPT_FILE_NAME))
        box.add_item(ui.File(f"attachment://{texts.PROMPT_FILE_NAME}"))
    for row in image_rows(image.request, image.job, await offer_for(services, image)):
        box.add_item(row)
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    await interaction.response.send_message(view=view, files=files, ephemeral=True)


async def offer_for(services: Services, image: Image) -> Offer:
    """Return what decides which buttons an image has now."""
    settings = await services.intake.settings(image.request.account.guild_id)
    stars = await services.images.stars(image.request.id)
    return Offer(prices=services.intake.prices, settings=settings, stars=stars)


async def _lineage(interaction: Interaction, image: Image, viewer: Viewer) -> Lineage:
    job = image.job
    return Lineage(
        parent=await _seen(interaction, job.parent_job_id, viewer),
        root=await _seen(interaction, job.root_job_id, viewer),
        has_parent=job.parent_job_id is not None,
        relatives=await services_of(interaction).images.relatives(job.id),
    )


async def _seen(interaction: Interaction, job_id: int | None, viewer: Viewer) -> Image | None:
    """Return a relative; None where there is none, or where the viewer may not see whose and where it is."""
    if job_id is None:
        return None
    try:
        image = await services_of(interaction).images.record(job_id, viewer)
    except ImageRefusalError:
        return None
    return image if may_see(interaction, viewer, image.request) else None
