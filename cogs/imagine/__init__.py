"""/imagine: a prompt, options and references become a request."""

from cogs.imagine.command import ImagineCog
from cogs.imagine.flow import ImagineFlow
from cogs.imagine.held_files import HeldFiles

__all__ = ["HeldFiles", "ImagineCog", "ImagineFlow"]
