"""/imagine: a prompt, options and references become a request."""

from cogs.imagine.command import ImagineCog
from cogs.imagine.flow import ImagineFlow

__all__ = ["ImagineCog", "ImagineFlow"]
