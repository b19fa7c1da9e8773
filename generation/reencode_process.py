"""Re-encoding in a process of its own: its memory is bounded, and goes back to the system when it ends.

As a program it reads one order from its standard input and answers on its standard output.
"""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from generation.errors import ImageProblem, UnusableImageError
from generation.images import JpegFit
from generation.own_process import end_with_the_bot, environment
from generation.threads import off_loop

MOST_MEMORY_BYTES = 1024**3
"""Of address space; the largest picture that the bot takes needs under half of it."""

WITHIN_S = 120.0


class ReencodingError(OSError):
    """The process ended without an answer, for instance because its memory did not suffice. Another try may work."""


async def fit_jpeg_apart(source: Path, destination: Path, *, max_bytes: int) -> JpegFit:
    """Do as `fit_jpeg`, in another process; at most one for each core, the others wait for their turn.

    Nothing is left at `destination` where it raises.

    Raises:
        UnusableImageError, FileNotFoundError: as `fit_jpeg`.
        ReencodingError: it did not get to its end.
    """
    try:
        return await off_loop(_ask, source, destination, max_bytes=max_bytes)
    except BaseException:
        await asyncio.to_thread(destination.unlink, missing_ok=True)
        raise


def _ask(source: Path, destination: Path, *, max_bytes: int) -> JpegFit:
    order = json.dumps(
        {
            "source": str(source),
            "destination": str(destination),
            "max_bytes": max_bytes,
            "most_memory_bytes": MOST_MEMORY_BYTES,
        }
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", "generation.reencode_process"],
            input=order.encode(),
            capture_output=True,
            cwd=Path(__file__).parent.parent,
            env=environment({}),
            timeout=WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ReencodingError("took too long") from None
    if done.returncode != 0:
        last_line = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ReencodingError(f"ended with {done.returncode}: {last_line[:200]}")
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise UnusableImageError(ImageProblem(answer["problem"]))
    if "missing" in answer:
        raise FileNotFoundError(answer["missing"])
    return JpegFit(**answer)


def _answer(order: dict[str, str | int]) -> dict[str, str | int]:
    from generation.reencode import fit_jpeg  # see generation.decoding

    try:
        fit = fit_jpeg(Path(str(order["source"])), Path(str(order["destination"])), max_bytes=int(order["max_bytes"]))
    except UnusableImageError as error:
        return {"problem": error.problem.value}
    except FileNotFoundError as error:
        return {"missing": str(error.filename)}
    return asdict(fit)


if __name__ == "__main__":
    end_with_the_bot()
    given = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (given["most_memory_bytes"],) * 2)
    print(json.dumps(_answer(given)))  # noqa: T201 (our answer)
