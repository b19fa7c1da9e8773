"""What members asked for and the bot is still answering, so that a stop can let it finish."""

from __future__ import annotations

import asyncio
import logging

from generation.workers import cancel

log = logging.getLogger(__name__)

NAMES = ("CommandTree-invoker", "discord.py: ", "discord-ui-")
"""How discord.py 2.7.1 names the tasks it runs our callbacks in; it does not wait for them when it closes."""


async def finish_commands(*, timeout_s: float) -> None:
    """Let commands, presses and events under way end; cancel those that take longer. No new ones may come meanwhile."""
    running = [task for task in asyncio.all_tasks() if task.get_name().startswith(NAMES)]
    if not running:
        return
    _, late = await asyncio.wait(running, timeout=timeout_s)
    if late:
        log.warning("%d commands were cut off by the stop", len(late))
    await cancel(*late)
    await asyncio.gather(*running, return_exceptions=True)
