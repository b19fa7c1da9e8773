"""A flood of forged callbacks, 5,000 a second for 10 s, and how fast commands are answered meanwhile."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from time import monotonic

from sandbox.app import Sandbox
from sandbox.client import SandboxClient
from tests.benchmarks.table import RUNS, Row, percentile
from tests.world import World, free_port

A_SECOND, LASTS_S = 5000, 10.0
CONNECTIONS = 16
GOAL_MS = 1000.0
BODY = b'{"code":200,"data":{"taskId":"forged"}}'
CALL = (
    b"POST /7-1795716132-" + b"a" * 43 + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: " + str(len(BODY)).encode() + b"\r\n\r\n" + BODY
)


async def rows() -> list[Row]:
    """Measure the first response to /credits before and during the flood, in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="plantain-flood-") as folder:
        async with Sandbox(port=0, bot=False) as sandbox, SandboxClient(sandbox.control) as client:
            world, port = World(sandbox, client, Path(folder)), free_port()
            await world.start_bot(CALLBACK_URL=f"http://127.0.0.1:{port}", HTTP_PORT=str(port))
            await world.until(lambda: "Callbacks are heard" in world.log())
            try:
                calm = await _answer_times(world, LASTS_S)
                flood = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.benchmarks.flood", str(port), stdout=asyncio.subprocess.PIPE
                )
                during = await _answer_times(world, LASTS_S)
                out, _ = await flood.communicate()
            finally:
                assert world.bot is not None
                await world.bot.stop()
    sent, refused = (int(word) for word in out.split())
    return [
        Row(
            what=f"first response to `/credits`, p99; {sent / LASTS_S:,.0f} forged callbacks a second sent, "
            f"{refused / LASTS_S:,.0f} refused",
            unit="ms",
            ours=_p99s(during),
            beside=_p99s(calm),
            beside_name="the same without callbacks",
            most=GOAL_MS,
        ),
    ]


def _p99s(times_ms: list[float]) -> list[float]:
    share = len(times_ms) // RUNS
    return [percentile(times_ms[run * share : (run + 1) * share], 99) for run in range(RUNS)]


async def _answer_times(world: World, lasts_s: float) -> list[float]:
    found, ends_at = [], monotonic() + lasts_s
    while monotonic() < ends_at:
        asked = await world.member("maya").slash("credits")
        state = await asked.response()
        assert state.failure is None, state.failure
        found.append(float(state.responded_after_ms or 0))
        await asyncio.sleep(0.1)
    return found


async def flood(port: int) -> tuple[int, int]:
    """Send calls at a steady pace over a few connections; return how many went out and how many were refused."""
    sent = refused = 0
    began_s = monotonic()

    async def one() -> None:
        nonlocal sent, refused
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def read() -> None:
            nonlocal refused
            while data := await reader.read(65_536):
                refused += data.count(b" 401 ")

        reading = asyncio.create_task(read())
        mine = 0
        while (elapsed_s := monotonic() - began_s) < LASTS_S:
            due = int(elapsed_s * A_SECOND / CONNECTIONS) - mine
            if due > 0:
                writer.write(CALL * due)
                mine, sent = mine + due, sent + due
            try:
                async with asyncio.timeout(LASTS_S - elapsed_s + 0.01):
                    await writer.drain()
            except TimeoutError:
                break
            await asyncio.sleep(0.01)
        reading.cancel()
        writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return sent, refused


if __name__ == "__main__":
    print(*asyncio.run(flood(int(sys.argv[1]))))
