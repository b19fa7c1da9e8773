"""/forget-me: everything of a member's is erased, after asking twice."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Self

import discord
from discord import app_commands, ui
from discord.ext import commands

from cogs.boxed import boxed
from cogs.colours import TROUBLE_RED
from cogs.errors import RefusalError, answer_error
from cogs.ids import id_of
from cogs.services import services_of
from cogs.texts import forget_me as texts
from generation.forgetting import Forgetter

Interaction = discord.Interaction[Any]


class ForgetAct(StrEnum):
    """What a button does."""

    ASK_AGAIN = "ask"
    FORGET = "now"
    KEEP = "keep"


class ForgetButton(
    ui.DynamicItem[ui.Button[Any]], template=r"plantain:forget:(?P<act>ask|now|keep):(?P<user_id>[0-9]{1,20})"
):
    """A button of the two questions; it works for whom they were put to alone."""

    def __init__(
        self,
        act: ForgetAct,
        user_id: int,
        label: str = "",
        *,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        custom_id = f"plantain:forget:{act}:{user_id}"
        super().__init__(ui.Button(label=label or act, style=style, custom_id=custom_id))
        self.act = act
        self.user_id = user_id

    @classmethod
    async def from_custom_id(cls, _interaction: Interaction, _item: ui.Item[Any], match: re.Match[str], /) -> Self:
        """Rebuild the button of a message from any earlier run."""
        return cls(ForgetAct(match["act"]), id_of(match["user_id"]))

    async def callback(self, interaction: Interaction) -> None:
        """Ask again, forget, or leave everything as it is."""
        try:
            if interaction.user.id != self.user_id:
                raise RefusalError(texts.NOT_YOURS)
            await self._act(interaction)
        except Exception as error:  # noqa: BLE001 (discord.py would only log what a dynamic item raises)
            await answer_error(interaction, error)

    async def _act(self, interaction: Interaction) -> None:
        match self.act:
            case ForgetAct.ASK_AGAIN:
                view = boxed(
                    texts.ASK_AGAIN,
                    ForgetButton(ForgetAct.FORGET, self.user_id, texts.CONFIRM, style=discord.ButtonStyle.danger),
                    ForgetButton(ForgetAct.KEEP, self.user_id, texts.KEEP),
                    colour=TROUBLE_RED,
                )
            case ForgetAct.FORGET:
                await services_of(interaction).forgetter.forget(self.user_id)
                view = boxed(texts.DONE)
            case ForgetAct.KEEP:
                view = boxed(texts.KEPT)
        await interaction.response.edit_message(view=view)


class ForgetMeCog(commands.Cog):
    """Lets members be forgotten."""

    def __init__(self, forgetter: Forgetter) -> None:
        self._forgetter = forgetter

    @app_commands.command(name="forget-me")
    async def forget_me(self, interaction: Interaction) -> None:
        """Erase your prompts, images, references and presets, for good; asks twice."""
        user_id = interaction.user.id
        held = await self._forgetter.held(user_id)
        if not (held.requests or held.presets):
            await interaction.response.send_message(texts.NOTHING_HELD, ephemeral=True)
            return
        view = boxed(
            texts.ask(held),
            ForgetButton(ForgetAct.ASK_AGAIN, user_id, texts.BEGIN, style=discord.ButtonStyle.danger),
            ForgetButton(ForgetAct.KEEP, user_id, texts.KEEP),
        )
        await interaction.response.send_message(view=view, ephemeral=True)
