"""/usage: what a server spent, as a picture, in numbers, and as a file."""

from cogs.usage.command import UsageCog
from cogs.usage.export import ExportButton

__all__ = ["ExportButton", "UsageCog"]
