"""What happens when somebody presses Star."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord.ext import commands

from cogs.asker import viewer_in
from cogs.errors import answer_error
from cogs.services import services_of
from cogs.texts import gallery as texts

Interaction = discord.Interaction[Any]

CARD_FOLLOWS_FOR = timedelta(minutes=50)
"""Discord caps edits of messages older than an hour: older cards keep the number they show."""


class StarsCog(commands.Cog):
    """Gives stars and takes them back."""

    @commands.Cog.listener()
    async def on_star_press(self, interaction: Interaction, job_id: int) -> None:
        """Answer the button, also of a card of an earlier run."""
        try:
            await self._press(interaction, job_id)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a listener raises)
            await answer_error(interaction, error)

    async def _press(self, interaction: Interaction, job_id: int) -> None:
        desk = services_of(interaction).images
        viewer = await viewer_in(interaction, await desk.guild_of(job_id=job_id))
        done = await desk.star(job_id, viewer)
        await interaction.response.send_message(texts.starred(done), ephemeral=True)
        if discord.utils.utcnow() - done.image.request.created_at < CARD_FOLLOWS_FOR:
            await desk.show_stars(done.image)
