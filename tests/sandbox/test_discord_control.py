"""The control API: faults, changes of the world, what members see."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.client import RefusedError, SandboxClient
from sandbox.local_discord import LocalDiscord
from sandbox.page_server import PageServer
from tests.sandbox.discord_driver import Driver, driven


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


@pytest.fixture
async def client(driver: Driver) -> AsyncIterator[SandboxClient]:
    server = PageServer(driver.discord.control_routes())
    await server.start(0)
    async with SandboxClient(f"{server.url}/control") as made:
        yield made
    await server.stop()


POSTS = "POST /channels/*/messages"


@pytest.mark.parametrize(
    ("name", "status", "code", "posted"),
    [
        ("internal_error", 500, 0, 0),
        ("bad_gateway_after_effect", 502, 0, 1),
        ("rate_limited", 429, None, 0),
        ("missing_permissions", 403, 50013, 0),
        ("missing_access", 403, 50001, 0),
        ("unknown_channel", 404, 10003, 0),
        ("unknown_message", 404, 10008, 0),
        ("cannot_message_user", 403, 50007, 0),
        ("invalid_recipient", 400, 50033, 0),
        ("entity_too_large", 413, 40005, 0),
        ("expired_token", 401, 50027, 0),
        ("blocked_by_automod", 400, 200000, 0),
    ],
)
async def test_a_fault_meets_its_route_as_often_as_asked(
    driver: Driver, client: SandboxClient, name: str, status: int, code: int | None, posted: int
) -> None:
    faults = await client.discord.set_faults(**{name: {"route": POSTS, "times": 1}})
    assert faults[name] == {"route": POSTS, "times": 1, "seconds": 1.0}
    assert (await driver.request("GET", "/users/@me")).status == 200
    answer = await driver.post({"content": "x"}, files={"a.txt": b"x"})
    assert (answer.status, answer.code) == (status, code)
    assert len(driver.channel().messages) == posted
    assert (await client.discord.faults())[name] is None
    assert (await driver.post({"content": "x"})).status == 200
    assert (await client.discord.requests())[1]["error_code"] in (code, 0)


@pytest.mark.parametrize(("name", "posted"), [("drop_before_effect", 0), ("drop_after_effect", 1)])
async def test_a_connection_is_dropped_before_or_after_the_effect(
    driver: Driver, client: SandboxClient, name: str, posted: int
) -> None:
    await client.discord.set_faults(**{name: {"route": POSTS, "times": 1}})
    with pytest.raises(aiohttp.ClientError):
        await driver.post({"content": "x"})
    assert len(driver.channel().messages) == posted


@pytest.mark.parametrize("wrong", [{"how": "softly"}, {"shard": -1}, {"shard": True}, {"code": 1000}, {"which": 1}])
async def test_gateway_is_cut_only_in_ways_that_there_are(client: SandboxClient, wrong: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        await client.request("POST", "/discord/gateway/cut", wrong)


async def test_unknown_faults_and_values_are_refused_by_name(client: SandboxClient) -> None:
    for faults, words in (
        ({"gremlins": True}, "gremlins"),
        ({"delay": {"times": 0}}, "delay.times"),
        ({"delay": {"seconds": -1}}, "delay.seconds"),
        ({"delay": 5}, "delay takes"),
    ):
        with pytest.raises(RefusedError, match=words):
            await client.discord.set_faults(**faults)
    assert set((await client.discord.faults()).values()) == {None}


async def test_the_world_names_guilds_channels_and_who_moderates(client: SandboxClient) -> None:
    world = await client.discord.world()
    orchard, harbor = world["guilds"]
    assert [channel["name"] for channel in orchard["channels"]] == [
        "images",
        "general",
        "night-scenes",
        "gallery",
        "Foxes of the week",
        "lounge",
    ]
    moderators = {member["name"] for member in orchard["members"] if member["is_moderator"]}
    assert moderators == {"olive", "nadia"}
    assert {member["name"] for member in harbor["members"]} == {"Plantain", "theo", "juno", "ines"}
    assert not world["bot_connected"]


async def test_the_world_changes_by_request(driver: Driver, client: SandboxClient) -> None:
    guild, channel = str(driver.guild().id), str(driver.channel().id)
    await client.discord.change_guild(guild, premium_tier=3)
    assert driver.guild().premium_tier == 3
    await client.discord.change_user("theo", dms_open=False)
    assert not driver.user("theo").dms_open
    bot = str(driver.discord.world.bot.id)
    await client.discord.change_channel(channel, overwrites=[{"id": bot, "type": 1, "deny": str(1 << 11)}])
    assert (await driver.post({"content": "x"})).code == 50013
    thread = await client.discord.add_channel(guild, name="a thread", type=11, parent_id=channel)
    await client.discord.delete_channel(channel)
    assert (await driver.request("GET", f"/channels/{thread['id']}")).code == 10003
    for change in ({"premium_tier": 4}, {"name": "x"}):
        with pytest.raises(RefusedError):
            await client.discord.change_guild(guild, **change)


async def test_members_delete_what_they_may(driver: Driver, client: SandboxClient) -> None:
    message = (await driver.post({"content": "x"})).body
    with pytest.raises(RefusedError, match="may not delete"):
        await client.member("maya").delete(message)
    await client.member("olive").delete(message)
    assert (await driver.edit(message, {"content": "y"})).code == 10008


async def test_events_show_each_member_what_they_see(driver: Driver, client: SandboxClient) -> None:
    async with client.member("maya").events() as seen, client.member("juno").events() as elsewhere:
        await client.member("theo").say("hello")
        await client.member("theo").say("ahoy", channel="Harbor/images")
        event = await anext(seen)
        assert (event["type"], event["message"]["content"]) == ("message_create", "hello")
        assert (await anext(elsewhere))["message"]["content"] == "ahoy"


async def test_control_errors_are_plain_words(client: SandboxClient) -> None:
    for path in ("/discord/nothing", "/discord/interactions/5", "/discord/channels/5/messages"):
        with pytest.raises(RefusedError, match=r"[Nn]o"):
            await client.request("GET", path, **{"as": "maya"})
    with pytest.raises(RefusedError, match="no user nobody"):
        await client.member("nobody").say("x")


async def test_the_page_server_serves_only_its_files_and_only_here(client: SandboxClient) -> None:
    base = client.control_url.removesuffix("/control")
    for path in ("/web/%2e%2e/app.py", "/web/../app.py", "/web/missing.js"):
        async with client.session.get(base + path) as response:
            assert response.status == 404
    async with client.session.get(base + "/control/discord/world", headers={"Host": "evil.example"}) as response:
        assert response.status == 403


async def test_every_request_is_a_line_of_the_log_without_the_token(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    async with LocalDiscord(request_log=log) as discord, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bot {discord.token}"}
        await session.get(f"{discord.api_url}/users/@me?x=1", headers=headers)
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("payload_json", '{"content": "x"}')
        form.add_field("files[0]", b"x", filename="a.txt")
        await session.post(f"{discord.api_url}/channels/5/messages", data=form, headers=headers)
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        assert discord.token not in log.read_text()
    assert lines == [
        {"method": "GET", "path": "/users/@me", "json": None},
        {"method": "POST", "path": "/channels/5/messages", "json": {"content": "x"}},
    ]


async def test_faults_meet_downloads_of_files_too(driver: Driver, client: SandboxClient) -> None:
    attachment = (await driver.post({"content": "x"}, files={"a.txt": b"x"})).body["attachments"][0]

    async def status() -> int:
        async with driver.session.get(attachment["url"]) as response:
            return response.status

    await client.discord.set_faults(internal_error={"route": "GET /attachments/*", "times": 1})
    assert [await status(), await status()] == [500, 200]
    # Twice: aiohttp repeats a GET whose kept-alive connection was lost.
    await client.discord.set_faults(drop_before_effect={"route": "GET /attachments/*", "times": 2})
    with pytest.raises(aiohttp.ClientError):
        await status()
