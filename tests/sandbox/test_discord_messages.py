"""Messages by the bot's token: permissions, files, replies, nonces, edits, direct messages."""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

from sandbox.local_discord.permissions import Permission
from sandbox.local_discord.world import MIB, Channel, ChannelType
from tests.sandbox.discord_driver import Driver, driven

V2 = 1 << 15


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


def png(size: tuple[int, int] = (4, 3)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "PNG")
    return buffer.getvalue()


def shown(*names: str) -> dict[str, Any]:
    items = [{"media": {"url": f"attachment://{name}"}} for name in names]
    return {"flags": V2, "components": [{"type": 12, "items": items}]}


async def test_the_answer_is_bare_json_with_rate_limit_headers(driver: Driver) -> None:
    answer = await driver.post({"content": "x"})
    assert answer.headers["Content-Type"] == "application/json"
    assert (answer.headers["X-RateLimit-Limit"], answer.headers["X-RateLimit-Remaining"]) == ("5", "4")
    assert answer.headers["X-RateLimit-Bucket"]


async def test_a_sixth_message_in_five_seconds_is_refused_and_later_taken(driver: Driver) -> None:
    path = f"/channels/{driver.channel().id}/messages"
    for _ in range(5):
        assert (await driver.request("POST", path, {"content": "x"})).status == 200
    refused = await driver.request("POST", path, {"content": "x"})
    assert refused.status == 429
    assert 0 < refused.body["retry_after"] <= 5
    assert (refused.body["global"], "Via" in refused.headers) == (False, True)
    other = f"/channels/{driver.channel('general').id}/messages"
    assert (await driver.request("POST", other, {"content": "x"})).status == 200, "another channel is another bucket"
    driver.clock.advance(refused.body["retry_after"])
    assert (await driver.request("POST", path, {"content": "x"})).status == 200


async def test_more_than_fifty_requests_a_second_hit_the_global_limit(driver: Driver) -> None:
    statuses = [
        (await driver.request("GET", path)).status
        for path in ["/users/@me"] * 25 + ["/oauth2/applications/@me"] * 25 + ["/gateway/bot"]
    ]
    assert statuses == [200] * 50 + [429]


async def test_a_wrong_token_and_an_unknown_route_are_refused_and_the_route_is_remembered(driver: Driver) -> None:
    assert (await driver.request("GET", "/users/@me", token=False)).status == 401
    assert (await driver.request("GET", "/guilds/1/widget")).status == 404
    assert (await driver.request("PUT", "/users/@me")).status == 405
    assert driver.discord.world.unknown_routes == ["GET /guilds/1/widget", "PUT /users/@me"]


@pytest.mark.parametrize(
    ("denied", "body", "files", "code"),
    [
        (Permission.VIEW_CHANNEL, {"content": "x"}, None, 50001),
        (Permission.SEND_MESSAGES, {"content": "x"}, None, 50013),
        (Permission.ATTACH_FILES, {"content": "x"}, {"a.png": b"x"}, 50013),
        (Permission.READ_MESSAGE_HISTORY, {"content": "x", "message_reference": {"message_id": "1"}}, None, 160002),
    ],
)
async def test_what_the_bot_may_not_do_in_a_channel_is_refused(
    driver: Driver, denied: int, body: Any, files: Any, code: int
) -> None:
    driver.deny(denied)
    assert (await driver.post(body, files=files)).code == code
    assert (await driver.post(body, files=files, channel="general")).code in (None, 50035)


async def test_a_thread_follows_its_parent_and_needs_its_own_permission(driver: Driver) -> None:
    parent = driver.channel()
    thread = Channel(id=99, type=ChannelType.PUBLIC_THREAD, name="thread", parent_id=parent.id)
    driver.discord.world.add_channel(driver.guild(), thread)
    driver.deny(Permission.SEND_MESSAGES)
    assert (await driver.post({"content": "x"}, channel="thread")).status == 200
    driver.deny(Permission.SEND_MESSAGES_IN_THREADS)
    assert (await driver.post({"content": "x"}, channel="thread")).code == 50013
    driver.deny(0)
    thread.archived = thread.locked = True
    assert (await driver.post({"content": "x"}, channel="thread")).code == 50083


async def test_denying_connect_silences_a_voice_channel_and_a_forum_takes_no_messages(driver: Driver) -> None:
    world, guild = driver.discord.world, driver.guild()
    world.add_channel(guild, Channel(id=98, type=ChannelType.VOICE, name="voice"))
    world.add_channel(guild, Channel(id=97, type=ChannelType.FORUM, name="forum"))
    assert (await driver.post({"content": "x"}, channel="voice")).status == 200
    driver.deny(Permission.CONNECT, channel="voice")
    assert (await driver.post({"content": "x"}, channel="voice")).code == 50013
    assert (await driver.post({"content": "x"}, channel="forum")).code == 50008


async def test_unknown_channels_and_messages_have_their_codes(driver: Driver) -> None:
    channel = driver.channel().id
    assert (await driver.request("GET", "/channels/5")).code == 10003
    assert (await driver.request("POST", "/channels/5/messages", {"content": "x"})).code == 10003
    assert (await driver.request("PATCH", f"/channels/{channel}/messages/5", {"content": "x"})).code == 10008
    assert (await driver.request("DELETE", f"/channels/{channel}/messages/5")).code == 10008


async def test_uploaded_pictures_are_described_and_served_until_their_address_expires(driver: Driver) -> None:
    message = (await driver.post({**shown("a_b.png")}, files={"a b.png": png((40, 30))})).body
    attachment = message["attachments"][0]
    assert (attachment["filename"], attachment["content_type"]) == ("a_b.png", "image/png")
    assert (attachment["width"], attachment["height"], attachment["size"]) == (40, 30, len(png((40, 30))))
    media = message["components"][0]["items"][0]["media"]
    assert (media["attachment_id"], media["url"]) == (attachment["id"], attachment["url"])

    async def status(url: str) -> int:
        async with driver.session.get(url) as response:
            return response.status

    assert await status(attachment["url"]) == 200
    assert await status(attachment["url"].split("?")[0]) == 404
    assert await status(attachment["url"].replace("hm=", "hm=0")) == 404
    driver.clock.advance(24 * 3600)
    assert await status(attachment["url"]) == 404
    again = await driver.request("GET", f"/channels/{message['channel_id']}/messages/{message['id']}")
    assert await status(again.body["attachments"][0]["url"]) == 200, "a fetched message has fresh addresses"


async def test_file_and_request_sizes_are_limited_by_boost_tier_and_over_all(driver: Driver) -> None:
    exact, over = bytes(10 * MIB), bytes(10 * MIB + 1)
    assert (await driver.post({"content": "x"}, files={"a.bin": exact})).status == 200
    refused = await driver.post({"content": "x"}, files={"a.bin": over})
    assert (refused.status, refused.code) == (413, 40005)
    driver.guild().premium_tier = 2
    assert (await driver.post({"content": "x"}, files={"a.bin": over})).status == 200
    refused = await driver.post({"content": "x"}, files={"a.bin": exact, "b.bin": exact, "c.bin": exact})
    assert (refused.status, refused.code) == (413, 40005)


async def test_eleven_files_are_refused(driver: Driver) -> None:
    files = {f"{n}.txt": b"x" for n in range(11)}
    assert "attachments" in (await driver.post({"content": "x"}, files=files)).error_codes()


async def test_a_refused_upload_leaves_no_file_behind(driver: Driver) -> None:
    directory = driver.discord.cdn.directory
    await driver.post({"content": "x" * 2001}, files={"a.png": png()})
    assert list(directory.iterdir()) == []


async def test_an_edit_keeps_files_by_id_adds_new_ones_and_drops_the_rest(driver: Driver) -> None:
    first = (await driver.post(shown("a.png", "b.png"), files={"a.png": png(), "b.png": png()})).body
    a, b = first["attachments"]
    body = {**shown("b.png", "c.png"), "attachments": [{"id": b["id"]}, {"id": 0}]}
    second = (await driver.edit(first, body, files={"c.png": png((9, 9))})).body
    assert [attachment["filename"] for attachment in second["attachments"]] == ["b.png", "c.png"]
    assert second["attachments"][0]["id"] == b["id"]
    assert second["edited_timestamp"] is not None
    async with driver.session.get(a["url"]) as response:
        assert response.status == 404
    refused = await driver.edit(second, {"attachments": []})
    assert refused.code == 50035, "the components still show those files"


async def test_a_classic_message_becomes_v2_only_without_its_text_and_never_goes_back(driver: Driver) -> None:
    message = (await driver.post({"content": "x"})).body
    text = [{"type": 10, "content": "card"}]
    assert (await driver.edit(message, {"flags": V2, "components": text})).code == 50035
    changed = await driver.edit(message, {"flags": V2, "components": text, "content": None})
    assert (changed.body["content"], changed.body["flags"]) == ("", V2)
    assert (await driver.edit(message, {"flags": 0, "content": "x"})).code == 50035


async def test_a_nonce_gives_the_same_message_for_a_while_and_404_once_deleted(driver: Driver) -> None:
    body = {"content": "x", "nonce": "n1", "enforce_nonce": True}
    first, second = await driver.post(body), await driver.post(body)
    assert first.body["id"] == second.body["id"]
    assert len(driver.channel().messages) == 1
    driver.clock.advance(180)
    third = await driver.post(body)
    assert third.body["id"] != first.body["id"]
    path = f"/channels/{driver.channel().id}/messages/{third.body['id']}"
    assert (await driver.request("DELETE", path)).status == 204
    assert (await driver.post(body)).code == 10008


async def test_only_allowed_mentions_notify(driver: Driver) -> None:
    maya, theo = driver.user("maya"), driver.user("theo")
    content = f"<@{maya.id}> <@{theo.id}> @everyone"

    async def mentioned(**more: Any) -> list[str]:
        body = (await driver.post({"content": content, **more})).body
        assert not body["mention_everyone"], "the bot may not mention everyone"
        return [user["username"] for user in body["mentions"]]

    assert await mentioned() == ["maya", "theo"]
    assert await mentioned(allowed_mentions={"parse": []}) == []
    assert await mentioned(allowed_mentions={"parse": [], "users": [str(theo.id)]}) == ["theo"]


async def test_a_reply_shows_what_it_replies_to(driver: Driver) -> None:
    first = (await driver.post({"content": "first"})).body
    reply = (await driver.post({"content": "second", "message_reference": {"message_id": first["id"]}})).body
    assert (reply["type"], reply["referenced_message"]["content"]) == (19, "first")


async def test_the_bot_edits_only_its_own_messages_and_needs_manage_messages_to_delete_others(driver: Driver) -> None:
    said = await driver.discord.members.say(driver.user("maya"), driver.channel(), "hello", [])
    message = {"channel_id": said.channel_id, "id": said.id}
    assert (await driver.edit(message, {"content": "x"})).code == 50005
    path = f"/channels/{said.channel_id}/messages/{said.id}"
    assert (await driver.request("DELETE", path)).code == 50013
    fetched = await driver.request("GET", path)
    assert fetched.body["content"] == "", "no message content without its intent"


async def test_late_edits_are_capped(driver: Driver) -> None:
    message = (await driver.post({"content": "x"})).body
    driver.clock.advance(3600)
    statuses = [(await driver.edit(message, {"content": str(n)})).status for n in range(6)]
    assert statuses == [200] * 5 + [429]


async def test_history_pages_from_newest_to_oldest(driver: Driver) -> None:
    ids = [(await driver.post({"content": str(n)})).body["id"] for n in range(4)]
    path = f"/channels/{driver.channel().id}/messages"

    async def page(query: str) -> list[str]:
        return [message["id"] for message in (await driver.request("GET", path + query)).body]

    assert await page("") == ids[::-1]
    assert await page(f"?after={ids[0]}&limit=2") == [ids[2], ids[1]]
    assert await page(f"?before={ids[2]}") == [ids[1], ids[0]]
    assert (await driver.request("GET", f"{path}?limit=101")).code == 50035


async def test_direct_messages_reach_open_doors_only(driver: Driver) -> None:
    maya = driver.user("maya")
    opened = await driver.request("POST", "/users/@me/channels", {"recipient_id": str(maya.id)})
    assert opened.body["type"] == 1
    path = f"/channels/{opened.body['id']}/messages"
    assert (await driver.request("POST", path, {"content": "x"})).status == 200
    maya.dms_open = False
    assert (await driver.request("POST", path, {"content": "x"})).code == 50007
    assert (await driver.request("POST", "/users/@me/channels", {"recipient_id": "5"})).code == 50033


async def test_the_login_routes_name_the_owner_and_the_gateway(driver: Driver) -> None:
    application = (await driver.request("GET", "/oauth2/applications/@me")).body
    assert application["owner"]["username"] == "nadia"
    assert (await driver.request("GET", "/gateway")).body == {"url": driver.discord.gateway_url}
    assert (await driver.request("GET", f"/applications/{driver.app}/emojis")).body == {"items": []}
    assert (await driver.request("GET", f"/users/{driver.user('maya').id}")).body["username"] == "maya"
    assert (await driver.request("GET", "/users/5")).code == 10013
    assert (await driver.request("POST", f"/channels/{driver.channel().id}/typing")).status == 204


async def test_two_requests_at_once_with_one_nonce_make_one_message(driver: Driver) -> None:
    body = {"nonce": "n1", "enforce_nonce": True, **shown("a.png")}
    answers = await asyncio.gather(*(driver.post(body, files={"a.png": png()}) for _ in range(3)))
    assert len({answer.body["id"] for answer in answers}) == 1
    assert len(list(driver.discord.cdn.directory.iterdir())) == 1


async def test_what_is_not_multipart_is_refused(driver: Driver) -> None:
    url = f"{driver.discord.api_url}/channels/{driver.channel().id}/messages"
    kind = "multipart/form-data; boundary=x"
    headers = {"Authorization": f"Bot {driver.discord.token}", "Content-Type": kind}
    async with driver.session.post(url, data=b"nothing of the kind", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50035)


async def test_even_an_absurd_picture_is_described_by_its_header(driver: Driver) -> None:
    absurd = bytearray(png())
    absurd[16:24] = struct.pack(">II", 60_000, 50_000)
    absurd[29:33] = struct.pack(">I", zlib.crc32(bytes(absurd[12:29])))
    message = (await driver.post({"content": "x"}, files={"a.png": bytes(absurd), "b.png": b"no picture"})).body
    assert [(entry.get("width"), entry.get("height")) for entry in message["attachments"]] == [
        (60_000, 50_000),
        (None, None),
    ]


async def test_embeds_as_discord_py_writes_them_are_taken(driver: Driver) -> None:
    answer = await driver.post({"embeds": [{"type": "rich", "title": "Hello", "flags": 0}]})
    assert answer.status == 200
