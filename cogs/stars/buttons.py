"""The button Star."""

from __future__ import annotations

import re
from typing import Any, Self

import discord
from discord import ui

from cogs.texts import images as texts

EVENT = "star_press"
"""What the client dispatches where it is pressed: `on_star_press(interaction, job_id)`."""


class StarButton(ui.DynamicItem[ui.Button[Any]], template=r"plantain:star:(?P<job_id>[0-9]{1,18})"):
    """Gives an image a star, or takes it back. It only tells the client that it was pressed: the cog listens."""

    def __init__(self, job_id: int, count: int = 0, *, label: str | None = None) -> None:
        """`label`: instead of the number of stars, where the member picks one of several images."""
        super().__init__(
            ui.Button(
                label=label or texts.star(count),
                style=discord.ButtonStyle.secondary,
                custom_id=f"plantain:star:{job_id}",
            )
        )
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(int(match["job_id"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press over to the cog, which checks rights and answers."""
        interaction.client.dispatch(EVENT, interaction, self.job_id)
