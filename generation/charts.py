"""The picture of a guild's spending. It is drawn by a process of its own, so that nothing else waits for it.

The process is `generation.chart_drawing`: it reads `ChartData` as JSON and writes a PNG.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from generation.own_process import end, start_module

log = logging.getLogger(__name__)

DRAWN_WITHIN_S = 30.0
MODULE = "generation.chart_drawing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPart:
    """Some bars: what stands over them, what stands at each, and how long each is (0 or more)."""

    title: str
    labels: Sequence[str]
    amounts: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """What the picture shows, with its words.

    Attributes:
        over_time: whole credits of each day or hour, in order; `sizes` tells what they consist of.
        by_size: for each resolution, as many amounts as `over_time` has.
        nothing: stands in place of the bars over time where there are none.
        members: who spent the most, the most first; None: it is about one member.
        sizes: whole credits by resolution.
        outcomes: images by what became of them; `outcome_keys` names their colours.
    """

    title: str
    over_time: ChartPart
    by_size: Mapping[str, Sequence[int]]
    nothing: str
    members: ChartPart | None
    sizes: ChartPart
    outcomes: ChartPart
    outcome_keys: Sequence[str]


class ChartArtist:
    """Draws one chart at a time: each takes a second of a processor and 100 MB while it lasts."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def draw(self, data: ChartData) -> bytes | None:
        """Return a PNG, None where it could not be drawn; the log says why."""
        try:
            async with self._turn, asyncio.timeout(DRAWN_WITHIN_S):
                return await _drawn(json.dumps(asdict(data)).encode())
        except TimeoutError:
            log.warning("A chart was not drawn within %.0f s", DRAWN_WITHIN_S)
        except OSError as error:
            log.warning("A chart could not be drawn: %s", error)
        return None


async def _drawn(data: bytes) -> bytes | None:
    process = await start_module(MODULE, also=_own_environment(), stderr=asyncio.subprocess.PIPE)
    try:
        picture, trouble = await process.communicate(data)
    finally:
        await end(process)
    if process.returncode != 0:
        last_line = trouble.decode(errors="replace").strip().rpartition("\n")[2]
        log.warning("A chart could not be drawn (status %s): %s", process.returncode, last_line[:300])
        return None
    return picture


def _own_environment() -> dict[str, str]:
    """Return what matplotlib needs to know: how to draw, and a place for its list of fonts."""
    also = {"MPLBACKEND": "agg"}
    fonts = Path(tempfile.gettempdir()) / f"plantain-charts-{os.getuid()}"
    fonts.mkdir(mode=0o700, exist_ok=True)
    if fonts.stat().st_uid == os.getuid():  # in a place that somebody else made, matplotlib would obey their settings
        also["MPLCONFIGDIR"] = str(fonts)
    return also
