"""/queue: what waits in a server, and what moderators may do about it."""

from cogs.queue.buttons import QueueButton
from cogs.queue.command import QueueCog

__all__ = ["QueueButton", "QueueCog"]
