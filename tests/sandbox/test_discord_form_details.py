"""Finer rules of bodies: what may stand beside what, what must be there, what may come once only."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.local_discord import LocalDiscord
from tests.sandbox.discord_driver import COMMAND, Driver, driven
from tests.sandbox.test_discord_forms import button, command, entry, label, modal, option, row, select, text, v2

CHANNEL_SELECT = {"type": 8, "custom_id": "c"}
ROLE_SELECT = {"type": 6, "custom_id": "r"}
FIRST = "components.0.components.0"


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


def embed(**more: Any) -> dict[str, Any]:
    return {"embeds": [{"title": "An embed", **more}]}


def mentions(**more: Any) -> dict[str, Any]:
    return {"content": "x", "allowed_mentions": more}


REFUSED_MESSAGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("true as a type", v2({**text(), "type": True}), "components.0", "UNION_TYPE_CHOICES"),
    ("no type", v2({"content": "x"}), "components.0.type", "BASE_TYPE_REQUIRED"),
    ("a text of blanks", v2(text(" \n ")), "components.0.content", "BASE_TYPE_BAD_LENGTH"),
    ("an emoji without name", v2(row(button(emoji={}))), f"{FIRST}.emoji.name", "BASE_TYPE_REQUIRED"),
    ("an emoji that is none", v2(row(button(emoji={"name": "fire"}))), f"{FIRST}.emoji.name",
     "COMPONENT_INVALID_EMOJI"),
    ("an emoji nobody uploaded", v2(row(button(emoji={"name": "fire", "id": "5"}))), f"{FIRST}.emoji.id",
     "COMPONENT_INVALID_EMOJI"),
    ("a link to an attachment", v2(row({"type": 2, "style": 5, "label": "x", "url": "attachment://a.png"})),
     f"{FIRST}.url", "URL_TYPE_INVALID_SCHEME"),
    ("a link that is none", v2(row({"type": 2, "style": 5, "label": "x", "url": "a.png"})), f"{FIRST}.url",
     "URL_TYPE_INVALID_URL"),
    ("more to choose than there is", v2(row(select(max_values=2))), f"{FIRST}.options", "BASE_TYPE_BAD_LENGTH"),
    ("at least two of at most one", v2(row({**ROLE_SELECT, "min_values": 2})), f"{FIRST}.min_values",
     "COMPONENT_VALUES_RANGE"),
    ("two chosen of at most one",
     v2(row(select(options=[{"label": name, "value": name, "default": True} for name in "ab"]))), FIRST,
     "SELECT_COMPONENT_TOO_MANY_DEFAULTS"),
    ("a user chosen among roles", v2(row({**ROLE_SELECT, "default_values": [{"id": "5", "type": "user"}]})),
     f"{FIRST}.default_values.0.type", "BASE_TYPE_CHOICES"),
    ("an unknown channel type", v2(row({**CHANNEL_SELECT, "channel_types": [7]})), f"{FIRST}.channel_types.0",
     "BASE_TYPE_CHOICES"),
    ("a channel type twice", v2(row({**CHANNEL_SELECT, "channel_types": [0, 0]})), f"{FIRST}.channel_types.1",
     "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    ("an embed with nothing in it", {"embeds": [{"color": 5}]}, "embeds.0.description", "BASE_TYPE_REQUIRED"),
    ("a footer without text", embed(footer={"icon_url": "https://example.com/a.png"}), "embeds.0.footer.text",
     "BASE_TYPE_REQUIRED"),
    ("an author without name", embed(author={"url": "https://example.com"}), "embeds.0.author.name",
     "BASE_TYPE_REQUIRED"),
    ("an embed that links to an attachment", embed(url="attachment://a.png"), "embeds.0.url",
     "URL_TYPE_INVALID_SCHEME"),
    ("a time that is none", embed(timestamp="yesterday"), "embeds.0.timestamp", "DATE_TYPE_PARSE"),
    ("an unknown field of an embed's field", embed(fields=[{"name": "x", "value": "x", "colour": 1}]),
     "embeds.0.fields.0.colour", "UNKNOWN_FIELD"),
    ("a kind of mention twice", mentions(parse=["users", "users"]), "allowed_mentions.parse.1",
     "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    ("a mentioned role twice", mentions(roles=["5", "5"]), "allowed_mentions.roles.1",
     "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    ("101 mentioned users", mentions(users=[str(n) for n in range(101)]), "allowed_mentions.users",
     "BASE_TYPE_MAX_LENGTH"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "path", "code"), [row_[1:] for row_ in REFUSED_MESSAGES],
                         ids=[row_[0] for row_ in REFUSED_MESSAGES])  # fmt: skip
async def test_a_message_against_a_finer_rule_is_refused(driver: Driver, body: Any, path: str, code: str) -> None:
    answer = await driver.post(body)
    assert (answer.status, answer.code) == (400, 50035)
    assert answer.error_codes() == {path: [code]}


async def test_what_keeps_the_finer_rules_is_taken(driver: Driver) -> None:
    options = [{"label": name, "value": name, "default": True} for name in "ab"]
    for body in (
        v2(row(button(emoji={"name": "🎨"}), {"type": 2, "style": 5, "label": "x", "url": "discord://-/channels"})),
        v2(row(select(options=options, max_values=2)), row({**CHANNEL_SELECT, "channel_types": [0, 15]})),
        v2(row({**ROLE_SELECT, "default_values": [{"id": "5", "type": "role"}]})),
        embed(timestamp="2026-11-23T12:00:00.000Z", url="https://example.com", footer={"text": "x"}),
        mentions(parse=["users", "roles"]),
        mentions(users=["5", "6"]),
    ):
        answer = await driver.post(body)
        assert answer.status == 200, answer.body


def string(name: str = "a", **more: Any) -> dict[str, Any]:
    return command(options=[option(name=name, **more)])


REFUSED_COMMANDS: list[tuple[str, dict[str, Any], str, str]] = [
    ("names in no locale", command(name_localizations={"xx": "x"}), "name_localizations.xx", "BASE_TYPE_CHOICES"),
    ("a list of names", command(name_localizations=[]), "name_localizations", "DICT_TYPE_CONVERT"),
    ("null as a name", command(name_localizations={"de": None}), "name_localizations.de", "STRING_TYPE_CONVERT"),
    ("an upper-case name in German", command(name_localizations={"de": "Bild"}), "name_localizations.de",
     "APPLICATION_COMMAND_INVALID_NAME"),
    ("a description of 101 in German", command(description_localizations={"de": "x" * 101}),
     "description_localizations.de", "BASE_TYPE_BAD_LENGTH"),
    ("more permissions than there are", command(default_member_permissions=str(2**54)), "default_member_permissions",
     "NUMBER_TYPE_MAX"),
    ("a context twice", command(contexts=[0, 0]), "contexts.1", "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    ("no installation", command(integration_types=[]), "integration_types", "BASE_TYPE_BAD_LENGTH"),
    ("choices and suggestions", string(autocomplete=True, choices=[{"name": "x", "value": "x"}]),
     "options.0.autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_WITH_CHOICES"),
    ("at least 5 of at most 4", string(min_length=5, max_length=4), "options.0.min_length",
     "APPLICATION_COMMAND_OPTIONS_RANGE_INVALID"),
    ("an inexact number", string(type=4, max_value=2**53), "options.0.max_value", "NUMBER_TYPE_MAX"),
    ("an unknown type of option", string(type=12), "options.0", "UNION_TYPE_CHOICES"),
    ("an option beside a subcommand", command(options=[{**option(name="s"), "type": 1}, option()]), "options.0",
     "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"),
    ("a channel type twice", string(type=7, channel_types=[0, 0]), "options.0.channel_types.1",
     "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    ("a description of blanks", command(description="  "), "description", "BASE_TYPE_BAD_LENGTH"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "path", "code"), [row_[1:] for row_ in REFUSED_COMMANDS],
                         ids=[row_[0] for row_ in REFUSED_COMMANDS])  # fmt: skip
async def test_a_command_against_a_finer_rule_is_refused_in_create_edit_and_overwrite(
    driver: Driver, body: Any, path: str, code: str
) -> None:
    made = (await driver.sync(command())).body[0]
    base = f"/applications/{driver.app}/commands"
    for method, where, sent, prefix in (
        ("POST", base, body, ""),
        ("PATCH", f"{base}/{made['id']}", body, ""),
        ("PUT", base, [body], "0."),
    ):
        answer = await driver.request(method, where, sent)
        assert (answer.status, answer.code) == (400, 50035)
        assert answer.error_codes() == {f"{prefix}{path}": [code]}
    assert driver.discord.commands.synced() == [made]


async def test_translations_count_among_the_8000_characters(driver: Driver) -> None:
    def many(translated: str) -> dict[str, Any]:
        choices = [{"name": "x", "name_localizations": {"de": translated}, "value": str(n)} for n in range(25)]
        return command(options=[option(name=f"o{n}", choices=choices) for n in range(4)])

    assert (await driver.sync(many("x" * 75))).status == 200
    assert (await driver.sync(many("x" * 81))).error_codes() == {"0": ["APPLICATION_COMMAND_TOO_LARGE"]}


async def test_an_edit_changes_what_it_names_and_keeps_the_id(driver: Driver) -> None:
    first, second = (await driver.sync(command(), command(name="b"))).body
    path = f"/applications/{driver.app}/commands/{first['id']}"
    changed = await driver.request("PATCH", path, {"description": "y", "options": [option()]})
    assert changed.body == {**first, "version": changed.body["version"], "description": "y", "options": [option()]}
    assert driver.discord.commands.synced() == [changed.body, second]
    clash = await driver.request("PATCH", path, {"name": "b"})
    assert clash.error_codes() == {"name": ["APPLICATION_COMMANDS_DUPLICATE_NAME"]}
    assert (await driver.request("PATCH", path, {"type": 2})).error_codes() == {"type": ["UNKNOWN_FIELD"]}
    assert (await driver.request("PATCH", f"{path}0", {"description": "y"})).code == 10063


async def test_two_hundred_new_commands_a_day_are_the_limit(driver: Driver) -> None:
    for first in (0, 100):
        assert (await driver.sync(*[command(name=f"c{first + n}") for n in range(100)])).status == 200
    assert (await driver.sync(*[command(name=f"c{100 + n}", nsfw=True) for n in range(100)])).status == 200
    assert (await driver.sync(command())).code == 30034
    driver.clock.advance(24 * 3600)
    assert (await driver.sync(command())).status == 200


REFUSED_MODALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("a disabled select", label(select(disabled=True)), "component.disabled", "COMPONENT_DISABLED_IN_MODAL"),
    ("at least 5 of at most 4", label(entry(min_length=5, max_length=4)), "component.min_length",
     "COMPONENT_VALUES_RANGE"),
    ("a text that is too long at once", label(entry(value="xxx", max_length=2)), "component.value",
     "BASE_TYPE_MAX_LENGTH"),
    ("two files of at most one", label({"type": 19, "custom_id": "f", "min_values": 2}), "component.min_values",
     "COMPONENT_VALUES_RANGE"),
    ("two radio buttons on",
     label({"type": 21, "custom_id": "r", "options": [{"label": n, "value": n, "default": True} for n in "ab"]}),
     "component", "SELECT_COMPONENT_TOO_MANY_DEFAULTS"),
    ("a label around nothing", {"type": 18, "label": "L"}, "component", "BASE_TYPE_REQUIRED"),
    ("a text input outside a label", entry(), "", "UNION_TYPE_CHOICES"),
    ("a row around a text input without a label", row(entry()), "components.0.label", "BASE_TYPE_REQUIRED"),
    ("a row around two text inputs", row(entry("a", label="A"), entry("b", label="B")), "components",
     "BASE_TYPE_BAD_LENGTH"),
    ("a row around a button", row(button()), "components.0", "UNION_TYPE_CHOICES"),
]  # fmt: skip


@pytest.mark.parametrize(("item", "path", "code"), [row_[1:] for row_ in REFUSED_MODALS],
                         ids=[row_[0] for row_ in REFUSED_MODALS])  # fmt: skip
async def test_a_modal_against_a_finer_rule_is_refused(driver: Driver, item: Any, path: str, code: str) -> None:
    answer = await driver.respond(await driver.slash(), {"type": 9, "data": modal(item)})
    assert (answer.status, answer.code) == (400, 50035)
    assert answer.error_codes() == {f"data.components.0.{path}".rstrip("."): [code]}


async def test_a_row_around_one_text_input_is_still_taken_and_comes_back_as_a_row(driver: Driver) -> None:
    interaction = await driver.slash()
    answer = await driver.respond(interaction, {"type": 9, "data": modal(row(entry("words", label="Words")))})
    assert answer.status == 200
    sent = driver.discord.members.submit_modal(driver.user("maya"), interaction.id, {"words": "hello"})
    (back,) = sent.data["components"]
    assert (back["type"], back["components"][0]["custom_id"], back["components"][0]["value"]) == (1, "words", "hello")


async def test_what_other_clients_send_along_with_a_response_is_overlooked(driver: Driver) -> None:
    body = {"content": "x", "nonce": "n", "enforce_nonce": False}
    assert (await driver.respond(await driver.slash(), {"type": 4, "data": body})).status == 200
    deferred = {"type": 5, "data": {"flags": 64, "allowed_mentions": {"parse": []}}}
    assert (await driver.respond(await driver.slash(), deferred)).status == 200


def test_a_token_names_its_bot_as_the_real_ones_do() -> None:
    discord = LocalDiscord()
    who = discord.token.partition(".")[0]
    assert base64.urlsafe_b64decode(who + "=" * (-len(who) % 4)).decode() == str(discord.world.application_id)


async def test_all_boxes_may_be_checked_where_no_number_is_given(driver: Driver) -> None:
    boxes = [{"label": name, "value": name, "default": True} for name in "abc"]
    item = label({"type": 22, "custom_id": "g", "options": boxes})
    assert (await driver.respond(await driver.slash(), {"type": 9, "data": modal(item)})).status == 200


@pytest.mark.parametrize(
    ("choice", "path", "code"),
    [
        ({"name": "x" * 101, "value": 1}, "name", "BASE_TYPE_BAD_LENGTH"),
        ({"name": "x", "value": "1"}, "value", "NUMBER_TYPE_COERCE"),
        ({"name": "x", "value": 1.5}, "value", "NUMBER_TYPE_COERCE"),
        ({"name": "x", "value": 1, "name_localizations": {"de": 1}}, "name_localizations.de", "STRING_TYPE_CONVERT"),
        ({"name": "x", "value": 1, "colour": 1}, "colour", "UNKNOWN_FIELD"),
    ],
)
async def test_a_wrong_suggestion_for_a_number_is_refused(driver: Driver, choice: Any, path: str, code: str) -> None:
    count = {"type": 4, "name": "count", "description": "How many", "autocomplete": True}
    await driver.sync({**COMMAND, "options": [count]})
    maya, channel = driver.user("maya"), driver.channel()
    typing = driver.discord.members.autocomplete(maya, channel, "imagine", {"count": 1}, "count")
    answer = await driver.respond(typing, {"type": 8, "data": {"choices": [choice]}})
    assert answer.error_codes() == {f"data.choices.0.{path}": [code]}
    right = {"type": 8, "data": {"choices": [{"name": "x", "value": 1, "name_localizations": {"de": "y"}}]}}
    assert (await driver.respond(typing, right)).status == 200
    assert (await driver.webhook("POST", typing, "", {"content": "x"})).code == 10015, "suggestions have no followups"


@pytest.mark.parametrize("data", [True, "x", 5, []])
@pytest.mark.parametrize("kind", [4, 5, 9])
async def test_the_data_of_a_response_is_an_object(driver: Driver, kind: int, data: Any) -> None:
    answer = await driver.respond(await driver.slash(), {"type": kind, "data": data})
    assert answer.error_codes() == {"data": ["MODEL_TYPE_CONVERT"]}
