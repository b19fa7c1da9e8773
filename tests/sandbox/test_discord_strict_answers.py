"""Requests that are well formed and yet refused: for where, by whom or after what they come."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.local_discord import ActRefusedError
from sandbox.local_discord.permissions import Permission
from sandbox.local_discord.world import Channel, ChannelType, Overwrite
from tests.sandbox.discord_driver import COMMAND, Answer, Driver, driven

V2 = 1 << 15
EPHEMERAL = 64


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


@pytest.fixture
def thread(driver: Driver) -> Channel:
    parent = driver.channel()
    made = Channel(id=99, type=ChannelType.PUBLIC_THREAD, name="thread", parent_id=parent.id)
    return driver.discord.world.add_channel(driver.guild(), made)


def says(content: str, **more: Any) -> dict[str, Any]:
    return {"type": 4, "data": {"content": content, **more}}


def one_button() -> dict[str, Any]:
    return {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "A", "custom_id": "a"}]}]}


async def raw(driver: Driver, content: bytes, content_type: str) -> Answer:
    url = f"{driver.discord.api_url}/channels/{driver.channel().id}/messages"
    headers = {"Authorization": f"Bot {driver.discord.token}", "Content-Type": content_type}
    async with driver.session.post(url, data=content, headers=headers) as response:
        return Answer(response.status, response.headers, await response.json())


@pytest.mark.parametrize("content", [b'{"nonce": NaN}', b'{"nonce": -Infinity}', b"\xff", b"[" * 200_000])
async def test_what_only_looks_like_json_is_refused(driver: Driver, content: bytes) -> None:
    answer = await raw(driver, content, "application/json")
    assert (answer.status, answer.code) == (400, 50109)


async def test_an_edit_without_a_body_is_refused(driver: Driver) -> None:
    message = (await driver.post({"content": "x"})).body
    answer = await driver.edit(message, None)
    assert (answer.status, answer.code) == (400, 50109)
    assert (await driver.edit(message, {})).body["content"] == "x"


async def test_a_body_of_another_content_type_is_refused(driver: Driver) -> None:
    answer = await raw(driver, b'{"content": "x"}', "text/plain")
    assert (answer.status, answer.code, answer.error_codes()) == (400, 50035, {"": ["CONTENT_TYPE_INVALID"]})


async def test_a_request_that_names_no_client_is_refused(driver: Driver) -> None:
    headers = {"Authorization": f"Bot {driver.discord.token}", "User-Agent": ""}
    async with driver.session.get(f"{driver.discord.api_url}/users/@me", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (403, 40333)


async def test_blanks_are_no_message(driver: Driver) -> None:
    assert (await driver.post({"content": " \n\t"})).code == 50006
    message = (await driver.post({"content": "x"})).body
    assert (await driver.edit(message, {"content": "  "})).code == 50006


@pytest.mark.parametrize(
    ("denied", "body"),
    [(Permission.EMBED_LINKS, {"embeds": [{"title": "x"}]}), (Permission.SEND_TTS_MESSAGES, {"tts": True})],
)
async def test_embeds_and_speech_need_their_own_permissions(driver: Driver, denied: int, body: Any) -> None:
    bot_id = driver.discord.world.bot.id
    driver.channel().overwrites = [Overwrite(target_id=bot_id, kind=1, allow=int(denied))]
    assert (await driver.post({"content": "x", **body})).status == 200
    driver.deny(denied)
    answer = await driver.post({"content": "x", **body})
    assert (answer.status, answer.code) == (403, 50013)
    assert (await driver.post({"content": "x"})).status == 200


async def test_a_reply_reaches_only_into_its_own_channel(driver: Driver) -> None:
    message = (await driver.post({"content": "x"})).body
    reference = {"message_id": message["id"], "channel_id": message["channel_id"], "guild_id": str(driver.guild().id)}
    assert (await driver.post({"content": "y", "message_reference": reference})).status == 200
    for name in ("channel_id", "guild_id"):
        answer = await driver.post({"content": "y", "message_reference": {**reference, name: "5"}})
        assert answer.error_codes() == {"message_reference": ["REPLIES_UNKNOWN_MESSAGE"]}


async def test_a_nonce_that_was_used_does_not_excuse_a_wrong_body(driver: Driver) -> None:
    body = {"content": "x", "nonce": "n1", "enforce_nonce": True}
    assert (await driver.post(body)).status == 200
    assert (await driver.post({**body, "enforce_nonce": 1})).error_codes() == {
        "enforce_nonce": ["BOOLEAN_TYPE_CONVERT"]
    }
    assert (await driver.post({**body, "colour": 1})).error_codes() == {"colour": ["UNKNOWN_FIELD"]}


async def test_the_bot_deletes_nothing_of_others_in_a_direct_channel(driver: Driver) -> None:
    maya = driver.user("maya")
    channel = driver.discord.world.direct_channel(maya)
    said = await driver.discord.members.say(maya, channel, "hello", [])
    answer = await driver.request("DELETE", f"/channels/{channel.id}/messages/{said.id}")
    assert (answer.status, answer.code) == (403, 50003)


async def test_an_entry_names_its_file_for_the_components_too(driver: Driver) -> None:
    def gallery(name: str) -> dict[str, Any]:
        media = {"media": {"url": f"attachment://{name}"}}
        entries = [{"id": 0, "filename": "named.png"}]
        return {"flags": V2, "components": [{"type": 12, "items": [media]}], "attachments": entries}

    refused = await driver.post(gallery("part.png"), files={"part.png": b"x"})
    assert list(refused.error_codes()) == ["components.0.items.0.media.url"]
    taken = await driver.post(gallery("named.png"), files={"part.png": b"x"})
    assert [entry["filename"] for entry in taken.body["attachments"]] == ["named.png"]


async def test_a_locked_thread_takes_no_posts_and_no_answers_and_an_archived_one_wakes(
    driver: Driver, thread: Channel
) -> None:
    message = (await driver.post({"content": "x"}, channel="thread")).body
    interaction = await driver.slash(channel="thread")
    await driver.respond(interaction, says("x"))
    thread.archived = True
    assert (await driver.edit(message, {"content": "y"})).code == 50083
    assert (await driver.webhook("PATCH", interaction, "/messages/@original", {"content": "y"})).code == 50083
    assert (await driver.post({"content": ""}, channel="thread")).code == 50006
    assert thread.archived, "what is refused wakes nobody"
    assert (await driver.webhook("POST", interaction, "", {"content": "y"})).status == 200
    assert not thread.archived
    thread.archived = thread.locked = True
    assert (await driver.post({"content": "x"}, channel="thread")).code == 50083
    assert (await driver.webhook("POST", interaction, "", {"content": "y"})).code == 50083
    late = await driver.slash(channel="thread")
    assert (await driver.respond(late, says("x"))).code == 50083


async def test_members_need_the_permissions_of_the_place_they_write_in(driver: Driver, thread: Channel) -> None:
    maya, members, images = driver.user("maya"), driver.discord.members, driver.channel()

    def deny(permission: int) -> None:
        images.overwrites = [Overwrite(target_id=maya.id, kind=1, deny=int(permission))]

    deny(Permission.SEND_MESSAGES)
    await members.say(maya, thread, "hello", [])
    deny(Permission.SEND_MESSAGES_IN_THREADS)
    with pytest.raises(ActRefusedError, match="may not write"):
        await members.say(maya, thread, "hello", [])
    deny(Permission.ATTACH_FILES)
    with pytest.raises(ActRefusedError, match="files"):
        await members.say(maya, images, "hello", ["5"])
    deny(0)
    with pytest.raises(ActRefusedError, match="10 files"):
        await members.say(maya, images, "hello", ["5"] * 11)
    with pytest.raises(ActRefusedError, match="empty"):
        await members.say(maya, images, "  ", [])
    thread.archived = thread.locked = True
    with pytest.raises(ActRefusedError, match="may not write"):
        await members.say(maya, thread, "hello", [])


async def test_a_message_deleted_since_cannot_be_updated_by_its_button(driver: Driver) -> None:
    message = (await driver.post({"content": "x", **one_button()})).body
    members, channel = driver.discord.members, driver.channel()
    press = members.click(driver.user("maya"), channel, message["id"], "a", None)
    members.delete(driver.user("olive"), channel, message["id"])
    answer = await driver.respond(press, {"type": 7, "data": {"content": "y"}})
    assert (answer.status, answer.code) == (404, 10008)
    assert (await driver.respond(press, says("y"))).status == 200


async def test_a_deferred_update_takes_no_unknown_data(driver: Driver) -> None:
    message = (await driver.post({"content": "x", **one_button()})).body
    press = driver.discord.members.click(driver.user("maya"), driver.channel(), message["id"], "a", None)
    assert (await driver.respond(press, {"type": 6, "data": {"colour": 1}})).error_codes() == {
        "data.colour": ["UNKNOWN_FIELD"]
    }
    assert (await driver.respond(press, {"type": 6, "data": {}})).status == 200


@pytest.mark.parametrize(("method", "path"), [("POST", ""), ("PATCH", "/messages/@original")])
async def test_a_token_works_in_its_own_channel_only(driver: Driver, method: str, path: str) -> None:
    interaction = await driver.slash()
    await driver.respond(interaction, says("x"))
    own, other = driver.channel().id, driver.channel("general").id
    assert (await driver.webhook(method, interaction, f"{path}?thread_id={own}", {"content": "y"})).status == 200
    count = len(driver.channel().messages)
    assert (await driver.webhook(method, interaction, f"{path}?thread_id={other}", {"content": "z"})).code == 10003
    refused = await driver.webhook(method, interaction, f"{path}?colour=1", {"content": "z"})
    assert refused.error_codes() == {"colour": ["UNKNOWN_FIELD"]}
    assert len(driver.channel().messages) == count


async def test_a_channel_option_and_a_channel_select_take_only_their_types(driver: Driver) -> None:
    where = {"type": 7, "name": "where", "description": "Where", "channel_types": [2]}
    await driver.sync({**COMMAND, "options": [where]})
    members, maya, channel = driver.discord.members, driver.user("maya"), driver.channel()
    with pytest.raises(ActRefusedError, match="of this type"):
        members.slash(maya, channel, "imagine", {"where": str(channel.id)})
    picker = {"type": 8, "custom_id": "c", "channel_types": [2]}
    message = (await driver.post({"content": "x", "components": [{"type": 1, "components": [picker]}]})).body
    with pytest.raises(ActRefusedError, match="of this type"):
        members.click(maya, channel, message["id"], "c", [str(channel.id)])


async def test_a_select_of_a_message_is_never_left_empty_or_picked_twice(driver: Driver) -> None:
    options = [{"label": name, "value": name} for name in "ab"]
    select = {"type": 3, "custom_id": "s", "options": options, "max_values": 2, "required": False}
    message = (await driver.post({"content": "x", "components": [{"type": 1, "components": [select]}]})).body
    for values in ([], ["a", "a"]):
        with pytest.raises(ActRefusedError):
            driver.discord.members.click(driver.user("maya"), driver.channel(), message["id"], "s", values)


async def test_ephemeral_is_decided_by_the_first_answer_and_no_edit_undoes_it(driver: Driver) -> None:
    interaction = await driver.slash()
    await driver.respond(interaction, says("x", flags=EPHEMERAL))
    edited = await driver.webhook("PATCH", interaction, "/messages/@original", {"content": "y", "flags": 0})
    assert edited.body["flags"] == EPHEMERAL
    assert driver.discord.members.visible_messages(driver.user("theo"), driver.channel()) == []
