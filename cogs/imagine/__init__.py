"""/imagine: a prompt, options and references become a request."""

from cogs.imagine.command import ImagineCog
from cogs.imagine.flow import ImagineFlow
from cogs.imagine.form_memory import OpenForms
from cogs.imagine.maker import ImageMaker

__all__ = ["ImageMaker", "ImagineCog", "ImagineFlow", "OpenForms"]
