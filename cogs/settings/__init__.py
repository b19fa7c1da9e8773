"""/settings: one panel with all that moderators decide for their server."""

from cogs.settings.command import SettingsCog
from cogs.settings.control import PanelControl

__all__ = ["PanelControl", "SettingsCog"]
