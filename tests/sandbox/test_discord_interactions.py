"""Interactions: deadlines, tokens, response types, ephemeral messages, what members may press."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.local_discord import ActRefusedError
from sandbox.local_discord.cdn import EPHEMERAL_LIFETIME_S
from sandbox.local_discord.world import MIB
from tests.sandbox.discord_driver import COMMAND, Driver, driven

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
EPHEMERAL = 64


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


def says(content: str, **more: Any) -> dict[str, Any]:
    return {"type": MESSAGE, "data": {"content": content, **more}}


def buttons(**more: Any) -> dict[str, Any]:
    return {
        "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "A", "custom_id": "a", **more}]}]
    }


async def test_three_seconds_are_the_limit_for_a_first_response(driver: Driver) -> None:
    in_time = await driver.slash()
    driver.clock.advance(3)
    assert (await driver.respond(await driver.slash(), says("x"))).status == 200
    late = await driver.slash()
    driver.clock.advance(3.01)
    answer = await driver.respond(late, says("x"))
    assert (answer.status, answer.code) == (404, 10062)
    await late.answered.wait()
    assert late.failure == "The application did not respond"
    await in_time.answered.wait()


async def test_a_second_response_is_refused(driver: Driver) -> None:
    interaction = await driver.slash()
    assert (await driver.respond(interaction, says("x"))).body["resource"]["message"]["content"] == "x"
    answer = await driver.respond(interaction, says("y"))
    assert (answer.status, answer.code) == (400, 40060)


async def test_a_wrong_interaction_token_is_unknown(driver: Driver) -> None:
    interaction = await driver.slash()
    path = f"/interactions/{interaction.id}/wrong/callback"
    assert (await driver.request("POST", path, says("x"), token=False)).code == 10062
    assert (await driver.webhook("GET", interaction, "/messages/@original")).code == 10015, "not answered yet"


async def test_a_token_lives_fifteen_minutes_and_the_channel_route_for_ever(driver: Driver) -> None:
    interaction = await driver.slash()
    message = (await driver.respond(interaction, says("x"))).body["resource"]["message"]
    driver.clock.advance(890)
    assert (await driver.webhook("PATCH", interaction, "/messages/@original", {"content": "y"})).status == 200
    driver.clock.advance(10)
    answer = await driver.webhook("PATCH", interaction, "/messages/@original", {"content": "z"})
    assert (answer.status, answer.code) == (401, 50027)
    assert (await driver.webhook("POST", interaction, "", {"content": "z"})).code == 50027
    assert (await driver.edit(message, {"content": "z"})).body["content"] == "z"


@pytest.mark.parametrize("kind", [DEFER_UPDATE, UPDATE, CHOICES, 1, 99])
async def test_a_command_takes_only_its_own_response_types(driver: Driver, kind: int) -> None:
    answer = await driver.respond(await driver.slash(), {"type": kind, "data": {"content": "x"}})
    assert "type" in answer.error_codes()


async def test_a_deferred_response_thinks_until_it_is_edited(driver: Driver) -> None:
    interaction = await driver.slash()
    answer = await driver.respond(interaction, {"type": DEFER})
    assert answer.body["interaction"]["response_message_loading"]
    assert driver.discord.members.visible_messages(driver.user("theo"), driver.channel())[0]["interaction_state"] == (
        "thinking"
    )
    assert not interaction.settled.is_set()
    edited = await driver.webhook("PATCH", interaction, "/messages/@original", {"content": "done"})
    assert (edited.body["content"], edited.body["flags"], edited.body["edited_timestamp"]) == ("done", 0, None)
    assert interaction.settled.is_set()
    again = await driver.webhook("PATCH", interaction, "/messages/@original", {"content": "done again"})
    assert again.body["edited_timestamp"] is not None


async def test_the_first_followup_after_a_deferral_becomes_the_response(driver: Driver) -> None:
    interaction = await driver.slash()
    await driver.respond(interaction, {"type": DEFER})
    first = await driver.webhook("POST", interaction, "", {"content": "first"})
    second = await driver.webhook("POST", interaction, "", {"content": "second"})
    assert first.body["id"] == str(interaction.original_id) != second.body["id"]
    assert interaction.followup_ids == [int(second.body["id"])]


async def test_an_ephemeral_message_is_seen_by_one_member_and_reached_by_its_token_only(driver: Driver) -> None:
    interaction = await driver.slash("maya")
    message = (await driver.respond(interaction, says("secret", flags=EPHEMERAL))).body["resource"]["message"]
    members, channel = driver.discord.members, driver.channel()
    assert len(members.visible_messages(driver.user("maya"), channel)) == 1
    assert members.visible_messages(driver.user("olive"), channel) == []
    path = f"/channels/{message['channel_id']}/messages/{message['id']}"
    for method in ("GET", "DELETE"):
        assert (await driver.request(method, path)).code == 10008
    assert (await driver.edit(message, {"content": "x"})).code == 10008
    assert (await driver.webhook("PATCH", interaction, "/messages/@original", {"content": "new"})).status == 200
    members.dismiss(driver.user("maya"), channel, message["id"])
    assert members.visible_messages(driver.user("maya"), channel) == []
    with pytest.raises(ActRefusedError, match="not there"):
        members.click(driver.user("maya"), channel, message["id"], "a", None)


async def test_a_file_of_a_response_may_weigh_what_the_member_may_send(driver: Driver) -> None:
    big = {"a.bin": bytes(11 * MIB)}
    answer = await driver.respond(await driver.slash("theo"), says("x"), files=big)
    assert (answer.status, answer.code) == (413, 40005)
    assert (await driver.respond(await driver.slash("maya"), says("x"), files=big)).status == 200


async def test_a_press_updates_its_message_and_a_vanished_control_cannot_be_pressed(driver: Driver) -> None:
    maya, channel, members = driver.user("maya"), driver.channel(), driver.discord.members
    message = (await driver.post({"content": "x", **buttons()})).body
    press = members.click(maya, channel, message["id"], "a", None)
    answer = await driver.respond(press, {"type": UPDATE, "data": {"content": "y", **buttons(disabled=True)}})
    assert answer.body["resource"]["message"]["id"] == message["id"]
    with pytest.raises(ActRefusedError, match="disabled"):
        members.click(maya, channel, message["id"], "a", None)
    with pytest.raises(ActRefusedError, match="no such control"):
        members.click(maya, channel, message["id"], "b", None)
    late = members.click
    await driver.edit(message, {"content": "x", **buttons()})
    unanswered = late(maya, channel, message["id"], "a", None)
    driver.clock.advance(3.01)
    await unanswered.answered.wait()
    assert unanswered.failure == "This interaction failed"


async def test_a_select_takes_only_what_it_offers(driver: Driver) -> None:
    options = [{"label": name, "value": name} for name in "abc"]
    select = {"type": 3, "custom_id": "s", "options": options, "max_values": 2}
    message = (await driver.post({"content": "x", "components": [{"type": 1, "components": [select]}]})).body
    for values in ([], ["z"], ["a", "b", "c"]):
        with pytest.raises(ActRefusedError):
            driver.discord.members.click(driver.user("maya"), driver.channel(), message["id"], "s", values)
    press = driver.discord.members.click(driver.user("maya"), driver.channel(), message["id"], "s", ["a", "c"])
    assert press.data["values"] == ["a", "c"]


async def test_a_modal_is_sent_once_by_who_opened_it(driver: Driver) -> None:
    interaction = await driver.slash("maya")
    field = {"type": 18, "label": "L", "component": {"type": 4, "custom_id": "t", "style": 1, "min_length": 2}}
    data = {"custom_id": "m", "title": "T", "components": [field]}
    assert (await driver.respond(interaction, {"type": MODAL, "data": data})).status == 200
    members = driver.discord.members
    with pytest.raises(ActRefusedError, match="No such modal"):
        members.submit_modal(driver.user("theo"), interaction.id, {"t": "xx"})
    for values, words in (({}, "required"), ({"t": "x"}, "characters"), ({"u": "x"}, "no input u")):
        with pytest.raises(ActRefusedError, match=words):
            members.submit_modal(driver.user("maya"), interaction.id, values)
    sent = members.submit_modal(driver.user("maya"), interaction.id, {"t": "xx"})
    assert sent.data["components"][0]["component"]["value"] == "xx"
    with pytest.raises(ActRefusedError, match="No such modal"):
        members.submit_modal(driver.user("maya"), interaction.id, {"t": "xx"})
    answer = await driver.respond(sent, {"type": MODAL, "data": data})
    assert "type" in answer.error_codes(), "a modal cannot answer a modal"


async def test_default_member_permissions_hide_a_command(driver: Driver) -> None:
    await driver.sync({**COMMAND, "name": "budget", "default_member_permissions": "32"}, {**COMMAND, "name": "own"})
    members, channel = driver.discord.members, driver.channel()
    with pytest.raises(ActRefusedError, match="permission"):
        members.slash(driver.user("maya"), channel, "budget", {"prompt": "x"})
    for name in ("olive", "nadia"):
        assert members.slash(driver.user(name), channel, "budget", {"prompt": "x"}).data["name"] == "budget"
    harbor = driver.channel("images", "Harbor")
    with pytest.raises(ActRefusedError, match="sees no channel"):
        members.slash(driver.user("maya"), members.channel(driver.user("maya"), harbor.id), "own", {"prompt": "x"})


async def test_uploads_belong_to_one_member_and_vanish(driver: Driver) -> None:
    await driver.sync()
    members, channel = driver.discord.members, driver.channel()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"not a picture"

    upload = await members.upload(driver.user("maya"), chunks(), "a.png")
    options = {"prompt": "x", "reference": str(upload.id)}
    with pytest.raises(ActRefusedError, match="uploaded"):
        members.slash(driver.user("theo"), channel, "imagine", options)
    data = members.slash(driver.user("maya"), channel, "imagine", options).data
    resolved = data["resolved"]["attachments"][str(upload.id)]
    assert (resolved["content_type"], resolved["ephemeral"], "width" in resolved) == ("image/png", True, False)
    async with driver.session.get(resolved["url"]) as response:
        assert (response.status, await response.read()) == (200, b"not a picture")
    driver.clock.advance(EPHEMERAL_LIFETIME_S + 1)
    async with driver.session.get(resolved["url"]) as response:
        assert response.status == 404
    with pytest.raises(ActRefusedError, match="uploaded"):
        members.slash(driver.user("maya"), channel, "imagine", options)


async def test_an_interaction_carries_what_discord_py_and_the_bot_rely_on(driver: Driver) -> None:
    seen: list[Any] = []
    driver.discord.gateway.dispatch = lambda event, data, **_: seen.append((event, data))  # type: ignore[method-assign]
    await driver.slash("theo")
    event, data = seen[0]
    assert event == "INTERACTION_CREATE"
    assert data["attachment_size_limit"] == 10 * MIB
    assert data["context"] == 0
    assert data["authorizing_integration_owners"] == {"0": str(driver.guild().id)}
    assert int(data["app_permissions"]) & (1 << 15)
    assert int(data["member"]["permissions"]) & (1 << 11)
    assert data["member"]["user"]["username"] == "theo"
    assert {"id", "token", "version", "channel", "locale", "guild_locale", "entitlements"} <= set(data)


async def test_what_still_thinks_when_its_token_ends_has_failed(driver: Driver) -> None:
    interaction = await driver.slash()
    await driver.respond(interaction, {"type": DEFER})
    driver.clock.advance(3)
    await driver.request("GET", "/gateway")  # lets the clock's sleepers take their next step
    driver.clock.advance(15 * 60)
    await interaction.settled.wait()
    assert interaction.failure == "The application did not respond"
