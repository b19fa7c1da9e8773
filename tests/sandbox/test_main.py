"""`python -m sandbox` as its own process."""

import asyncio
import json
import signal
import socket
import sys
from pathlib import Path

import aiohttp

from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess
from sandbox.client import SandboxClient

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"page", "discord_api", "discord_gateway", "kie", "kie_upload", "control", "discord_token", "kie_api_key"}


async def start(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        "--no-browser",
        *options,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_the_first_line_holds_all_addresses_and_a_signal_ends_it(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    process = await start("--no-bot", "--json", "--port", "0", "--request-log", str(log))
    assert process.stdout is not None
    addresses = json.loads(await process.stdout.readline())
    assert set(addresses) == KEYS
    headers = {"Authorization": f"Bot {addresses['discord_token']}"}
    async with SandboxClient(addresses["control"]) as client, aiohttp.ClientSession() as session:
        assert (await client.discord.world())["guilds"][0]["name"] == "Orchard"
        async with session.get(f"{addresses['discord_api']}/users/@me", headers=headers) as response:
            assert (await response.json())["username"] == "Plantain"
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert json.loads(log.read_text())["path"] == "/users/@me"


async def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await start("--no-bot", "--port", str(taken.getsockname()[1]))
        _, error = await process.communicate()
    assert process.returncode == 2
    assert len(error.decode().splitlines()) == 1
    assert "--port" in error.decode()


async def test_a_whole_sandbox_starts_in_process() -> None:
    async with Sandbox(port=0, bot=False) as sandbox:
        assert set(sandbox.addresses()) == KEYS
        async with SandboxClient(sandbox.control) as client:
            assert (await client.kie.state())["creates"] == 0
            assert await client.discord.commands() == []


async def test_the_bot_gets_only_its_settings(monkeypatch) -> None:
    monkeypatch.setenv("OPERATOR_POOL", "5")
    async with Sandbox(port=0, bot=False) as sandbox:
        settings = sandbox.bot_settings(Path("somewhere"))
        environment = BotProcess(settings).environment
    assert environment["DISCORD_API_URL"] == sandbox.discord_api
    assert environment["PLANTAIN_ENV_FILE"] == ""
    assert "OPERATOR_POOL" not in environment


async def test_sandbox_listens_on_this_machine_only() -> None:
    async with Sandbox(port=0, bot=False) as sandbox:
        ports = {int(url.rstrip("/").rpartition(":")[2].partition("/")[0]) for url in (sandbox.page, sandbox.kie)}
        ports.add(int(sandbox.discord_api.split(":")[2].partition("/")[0]))
        listening = [
            line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if line.split()[3] == "0A"
        ]
        hosts = {int(entry.partition(":")[2], 16): entry.partition(":")[0] for entry in listening}
        assert {hosts[port] for port in ports} == {"0100007F"}, "127.0.0.1, as the kernel writes it"
