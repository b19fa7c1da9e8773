"""Which channels and roles a guild still has, as far as the gateway told us."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import discord


@dataclass(frozen=True, slots=True, kw_only=True)
class GuildPlaces:
    """A guild's channels and roles; None: not known, and then nothing counts as deleted.

    Attributes:
        open_channels: those that every member can read.
    """

    name: str
    channels: frozenset[int] | None
    roles: frozenset[int] | None
    open_channels: frozenset[int] = frozenset()

    @classmethod
    def of(cls, guild: discord.Guild | None) -> Self:
        """Read the client's own memory; asks nobody."""
        if guild is None or guild.unavailable or not guild.channels:
            return cls(name=(guild.name if guild and guild.name else "this server"), channels=None, roles=None)
        everyone = guild.default_role
        return cls(
            name=guild.name,
            channels=frozenset(channel.id for channel in guild.channels),
            roles=frozenset(role.id for role in guild.roles),
            open_channels=frozenset(
                channel.id for channel in guild.channels if channel.permissions_for(everyone).view_channel
            ),
        )

    def channel_gone(self, channel_id: int) -> bool:
        """Return whether a channel is deleted."""
        return self.channels is not None and channel_id not in self.channels

    def role_gone(self, role_id: int) -> bool:
        """Return whether a role is deleted."""
        return self.roles is not None and role_id not in self.roles

    def gone(self, target_id: int) -> bool:
        """Return whether a channel or role is deleted."""
        return self.channel_gone(target_id) and self.role_gone(target_id)
