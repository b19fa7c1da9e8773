"""Whether the bot may post images where it was asked to."""

from __future__ import annotations

from typing import Any

import discord

from cogs import texts
from cogs.errors import RefusalError


def require_rights(interaction: discord.Interaction[Any]) -> None:
    """Raise RefusalError naming what the bot lacks in this channel, as Discord itself computed it."""
    rights = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    needs = [
        (rights.view_channel, texts.VIEW_CHANNEL),
        (rights.send_messages_in_threads, texts.SEND_IN_THREADS)
        if in_thread
        else (rights.send_messages, texts.SEND_MESSAGES),
        (rights.attach_files, texts.ATTACH_FILES),
    ]
    missing = [name for granted, name in needs if not granted]
    if missing:
        raise RefusalError(texts.may_not_post(missing))
