"""A strict local Discord: REST, gateway and files over loopback, and an API by which members act."""

from sandbox.local_discord.clock import Clock, ManualClock, SystemClock
from sandbox.local_discord.member_input import ActRefusedError
from sandbox.local_discord.server import LocalDiscord

__all__ = ["ActRefusedError", "Clock", "LocalDiscord", "ManualClock", "SystemClock"]
