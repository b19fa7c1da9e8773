"""The colours at the side of cards and answers."""

from __future__ import annotations

import discord

LEAF_GREEN = discord.Colour(0x6FA83C)
WAITING_GREY = discord.Colour(0x8A9099)
DRAWING_YELLOW = discord.Colour(0xE0B83C)
TROUBLE_RED = discord.Colour(0xC94F3D)
