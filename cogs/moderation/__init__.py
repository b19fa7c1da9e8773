"""What moderators forbid: /block, /suspend and /unsuspend."""

from cogs.moderation.block import BlockCog
from cogs.moderation.block_list import BlockListButton
from cogs.moderation.suspend import SuspendCog

__all__ = ["BlockCog", "BlockListButton", "SuspendCog"]
