"""The gateway as a client without a library meets it."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.local_discord.gateway import SESSION_LIFETIME_S
from tests.sandbox.discord_driver import Driver, driven

GUILDS, GUILD_MESSAGES = 1, 1 << 9


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


class Client:
    """One connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.sequence = 0

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def receive(self) -> Any:
        payload = await self.socket.receive_json(timeout=10)
        self.sequence = payload.get("s") or self.sequence
        return payload

    async def closed_with(self, code: int) -> None:
        """Read until the end, and say what it was."""
        async with asyncio.timeout(10):
            while not self.socket.closed:
                await self.socket.receive()
        assert self.socket.close_code == code

    async def receive_event(self, name: str) -> Any:
        while True:
            payload = await self.receive()
            if payload.get("t") == name:
                return payload["d"]


async def connect(driver: Driver, query: str = "?v=10&encoding=json") -> Client:
    client = Client(await driver.session.ws_connect(driver.discord.gateway_url + query))
    assert (await client.receive())["op"] == 10
    return client


async def identify(driver: Driver, intents: int = GUILDS, **more: Any) -> tuple[Client, Any]:
    client = await connect(driver)
    driver.clock.advance(5)
    await client.send(2, {"token": driver.discord.token, "intents": intents, "properties": {}, **more})
    return client, await client.receive_event("READY")


async def start_shard(driver: Driver, shard: int, count: int) -> Any:
    """Identify without waiting; return what comes back first."""
    client = await connect(driver)
    await client.send(2, {"token": driver.discord.token, "intents": GUILDS, "properties": {}, "shard": [shard, count]})
    return await client.receive()


async def resume(driver: Driver, ready: Any, sequence: int) -> Client:
    client = await connect(driver)
    await client.send(6, {"token": driver.discord.token, "session_id": ready["session_id"], "seq": sequence})
    return client


async def test_a_session_starts_with_its_guilds_and_answers_heartbeats(driver: Driver) -> None:
    client, ready = await identify(driver)
    assert ready["resume_gateway_url"] == driver.discord.gateway_url
    assert ready["application"]["id"] == str(driver.app)
    names = [(await client.receive_event("GUILD_CREATE"))["name"] for _ in ready["guilds"]]
    assert names == ["Orchard", "Harbor"]
    await client.send(1, client.sequence)
    assert (await client.receive())["op"] == 11


async def test_a_stream_may_be_compressed_as_a_whole(driver: Driver) -> None:
    socket = await driver.session.ws_connect(driver.discord.gateway_url + "?compress=zlib-stream")
    inflate = zlib.decompressobj()
    hello = await socket.receive_bytes()
    assert hello.endswith(b"\x00\x00\xff\xff")
    assert json.loads(inflate.decompress(hello))["op"] == 10
    await socket.send_json({"op": 1, "d": None})
    assert json.loads(inflate.decompress(await socket.receive_bytes()))["op"] == 11


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (2, {"token": "wrong", "intents": 1}, 4004),
        (2, {"intents": None}, 4013),
        (2, {"intents": 1 << 15}, 4014),
        (2, {"intents": 1, "shard": [2, 2]}, 4010),
        (3, {}, 4003),
        (8, {"guild_id": "1"}, 4003),
        (1, "x" * 5000, 4002),
        (99, {}, 4001),
    ],
)
async def test_what_breaks_the_rules_closes_the_connection(driver: Driver, op: int, data: Any, code: int) -> None:
    client = await connect(driver)
    await client.send(op, {"token": driver.discord.token, **data} if op == 2 else data)
    await client.closed_with(code)


async def test_a_lost_connection_resumes_with_what_it_missed(driver: Driver) -> None:
    client, ready = await identify(driver)
    await client.receive_event("GUILD_CREATE")
    await client.receive_event("GUILD_CREATE")
    driver.discord.gateway.cut(resumable=True)
    await driver.discord.gateway.wait_for(lambda: not driver.discord.gateway.connected)
    interaction = await driver.slash()
    again = await resume(driver, ready, client.sequence)
    assert (await again.receive())["d"]["id"] == str(interaction.id)
    assert (await again.receive())["t"] == "RESUMED"


async def test_a_session_that_is_gone_cannot_be_resumed(driver: Driver) -> None:
    _, ready = await identify(driver)
    driver.discord.gateway.cut(resumable=False)
    assert await (await resume(driver, ready, 1)).receive() == {"op": 9, "d": False}

    client, ready = await identify(driver)
    await client.socket.close(code=1000)
    assert await (await resume(driver, ready, 1)).receive() == {"op": 9, "d": False}

    client, ready = await identify(driver)
    driver.discord.gateway.cut(resumable=True)
    await driver.discord.gateway.wait_for(lambda: not driver.discord.gateway.connected)
    driver.clock.advance(SESSION_LIFETIME_S + 1)
    await driver.slash()
    assert await (await resume(driver, ready, 1)).receive() == {"op": 9, "d": False}


async def test_one_shard_can_be_cut_while_the_others_stay(driver: Driver) -> None:
    gateway = driver.discord.gateway
    gateway.identify_limits.max_concurrency = 2
    first, _ = await identify(driver, shard=[0, 2])
    _, ready = await identify(driver, shard=[1, 2])
    gateway.cut(resumable=True, shard=1)
    await gateway.wait_for(lambda: gateway.connected_shards == {0})
    gateway.ask_to_reconnect(1)  # nobody is there to be asked
    again = await resume(driver, ready, 1)
    await again.receive_event("RESUMED")
    gateway.cut(resumable=False, shard=1)
    await gateway.wait_for(lambda: gateway.connected_shards == {0})
    assert await (await resume(driver, ready, 1)).receive() == {"op": 9, "d": False}
    await first.send(1, first.sequence)
    while (await first.receive())["op"] != 11:
        pass


async def test_a_refused_shard_is_closed_with_the_code_that_says_why_and_others_come_in(driver: Driver) -> None:
    _, ready = await identify(driver, shard=[1, 2])
    driver.discord.gateway.refused_shards[1] = 4011
    await (await resume(driver, ready, 1)).closed_with(4011)
    client = await connect(driver)
    await client.send(2, {"token": driver.discord.token, "intents": GUILDS, "properties": {}, "shard": [1, 2]})
    await client.closed_with(4011)
    await identify(driver, shard=[0, 2])


async def test_a_client_can_be_asked_to_reconnect(driver: Driver) -> None:
    client, _ = await identify(driver, intents=0)
    driver.discord.gateway.ask_to_reconnect()
    assert (await client.receive())["op"] == 7


async def test_messages_are_told_to_those_who_asked_and_others_texts_are_hidden(driver: Driver) -> None:
    client, _ = await identify(driver, intents=GUILDS | GUILD_MESSAGES)
    await driver.discord.members.say(driver.user("maya"), driver.channel(), "hello", [])
    created = await client.receive_event("MESSAGE_CREATE")
    assert (created["author"]["username"], created["content"]) == ("maya", "")
    message = (await driver.post({"content": "own"})).body
    assert (await client.receive_event("MESSAGE_CREATE"))["content"] == "own"
    await driver.request("DELETE", f"/channels/{message['channel_id']}/messages/{message['id']}")
    assert (await client.receive_event("MESSAGE_DELETE"))["id"] == message["id"]


async def test_each_shard_hears_of_its_own_guilds(driver: Driver) -> None:
    heard = []
    for shard in (0, 1):
        _, ready = await identify(driver, shard=[shard, 2])
        heard += [(shard, int(guild["id"])) for guild in ready["guilds"]]
    assert sorted(guild for _, guild in heard) == sorted(driver.discord.world.guilds)
    assert all((guild >> 22) % 2 == shard for shard, guild in heard)


async def test_a_client_that_sends_no_heartbeat_is_closed_and_its_session_is_gone(driver: Driver) -> None:
    client, ready = await identify(driver)
    driver.clock.advance(45)
    await client.send(1, client.sequence)
    while (await client.receive())["op"] != 11:
        pass
    driver.clock.advance(45)
    assert driver.discord.gateway.connected
    driver.clock.advance(45)
    await client.closed_with(4009)
    assert await (await resume(driver, ready, 1)).receive() == {"op": 9, "d": False}


async def test_a_second_session_within_five_seconds_is_told_to_wait(driver: Driver) -> None:
    assert (await start_shard(driver, 0, 1))["t"] == "READY"
    assert await start_shard(driver, 0, 1) == {"op": 9, "d": False}
    driver.clock.advance(4.9)
    assert await start_shard(driver, 0, 1) == {"op": 9, "d": False}
    driver.clock.advance(0.2)
    assert (await start_shard(driver, 0, 1))["t"] == "READY"


async def test_shards_with_different_keys_start_together_as_far_as_max_concurrency_goes(driver: Driver) -> None:
    limits = driver.discord.gateway.identify_limits
    limits.shards, limits.max_concurrency = 4, 2
    announced = (await driver.request("GET", "/gateway/bot")).body
    assert (announced["shards"], announced["session_start_limit"]["max_concurrency"]) == (4, 2)
    first = [await start_shard(driver, shard, 4) for shard in range(4)]
    assert [answer["t"] if answer["op"] == 0 else answer["op"] for answer in first] == ["READY", "READY", 9, 9]
    driver.clock.advance(5)
    second = [await start_shard(driver, shard, 4) for shard in (2, 3)]
    assert [answer["d"]["shard"] for answer in second] == [[2, 4], [3, 4]]
    assert (await driver.request("GET", "/gateway/bot")).body["session_start_limit"]["remaining"] == 996


async def test_a_day_has_a_thousand_starts(driver: Driver) -> None:
    limits = driver.discord.gateway.identify_limits
    limits.window_s = 0
    assert all(limits.admit(0) for _ in range(1000))
    assert await start_shard(driver, 0, 1) == {"op": 9, "d": False}
    driver.clock.advance(86_400)
    assert (await start_shard(driver, 0, 1))["t"] == "READY"


async def test_a_client_that_sends_too_much_is_closed(driver: Driver) -> None:
    client, _ = await identify(driver)
    for _ in range(120):
        await client.send(1, client.sequence)
    await client.closed_with(4008)


async def test_an_unknown_version_is_closed(driver: Driver) -> None:
    client = Client(await driver.session.ws_connect(driver.discord.gateway_url + "?v=3&encoding=json"))
    await client.closed_with(4012)


async def test_members_are_told_by_id_and_by_the_start_of_their_name(driver: Driver) -> None:
    client, _ = await identify(driver)
    guild = {"guild_id": str(driver.guild().id)}
    await client.send(8, {**guild, "user_ids": [str(driver.user("maya").id), "1"], "nonce": "n"})
    chunk = await client.receive_event("GUILD_MEMBERS_CHUNK")
    assert [member["user"]["username"] for member in chunk["members"]] == ["maya"]
    assert (chunk["not_found"], chunk["nonce"]) == (["1"], "n")
    await client.send(8, {**guild, "query": "th", "limit": 10})
    chunk = await client.receive_event("GUILD_MEMBERS_CHUNK")
    assert [member["user"]["username"] for member in chunk["members"]] == ["theo"]
