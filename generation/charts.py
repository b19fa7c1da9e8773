"""The picture of a guild's spending. It is drawn by a process of its own, so that nothing else waits for it.

The process is `generation.chart_drawing`: it reads `ChartData` as JSON and writes a PNG.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

log = logging.getLogger(__name__)

DRAWN_WITHIN_S = 30.0
MODULE = "generation.chart_drawing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartData:
    """What the picture shows; amounts are whole credits.

    Attributes:
        days: ISO dates, in order.
        by_day: for each resolution, an amount a day.
        members: what each member spent, the most first.
        outcomes: images by what became of them.
    """

    title: str
    days: Sequence[str]
    by_day: Mapping[str, Sequence[int]]
    members: Sequence[int]
    by_resolution: Mapping[str, int]
    outcomes: Mapping[str, int]


class ChartArtist:
    """Draws one chart at a time: each takes a second of a processor and 100 MB while it lasts."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def draw(self, data: ChartData) -> bytes | None:
        """Return a PNG, None where it could not be drawn; the log says why."""
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                MODULE,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=Path(__file__).parent.parent,
                env=_environment(),
            )
            try:
                async with asyncio.timeout(DRAWN_WITHIN_S):
                    picture, trouble = await process.communicate(json.dumps(asdict(data)).encode())
            except TimeoutError:
                log.warning("A chart was not drawn within %.0f s", DRAWN_WITHIN_S)
                return None
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()
        if process.returncode != 0:
            last_line = trouble.decode(errors="replace").strip().rpartition("\n")[2]
            log.warning("A chart could not be drawn (status %s): %s", process.returncode, last_line[:300])
            return None
        return picture


def _environment() -> dict[str, str]:
    """Return what the process needs to know: no secret of ours, and a place for matplotlib's list of fonts."""
    fonts = Path(tempfile.gettempdir()) / f"plantain-charts-{os.getuid()}"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {**kept, "MPLCONFIGDIR": str(fonts), "MPLBACKEND": "agg"}
