"""Bodies that Discord refuses, and the error each one gets."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.sandbox.discord_driver import Driver, driven

V2 = 1 << 15


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


def text(content: str = "x") -> dict[str, Any]:
    return {"type": 10, "content": content}


def button(custom_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "A", "custom_id": custom_id, **more}


def row(*children: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def v2(*components: Any, **more: Any) -> dict[str, Any]:
    return {"flags": V2, "components": list(components), **more}


def select(**more: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}], **more}


def gallery(*urls: str, **more: Any) -> dict[str, Any]:
    return {"type": 12, "items": [{"media": {"url": url}, **more} for url in urls]}


PICTURE = "https://example.com/a.png"

REFUSED_MESSAGES: list[tuple[str, dict[str, Any], str, str]] = [
    ("content over 2000", {"content": "x" * 2001}, "content", "BASE_TYPE_MAX_LENGTH"),
    ("content that is a number", {"content": 5}, "content", "STRING_TYPE_CONVERT"),
    ("an unknown field", {"content": "x", "colour": 1}, "colour", "UNKNOWN_FIELD"),
    ("an unknown flag", {"content": "x", "flags": 1 << 20}, "flags", "MESSAGE_FLAGS_INVALID"),
    ("an ephemeral flag", {"content": "x", "flags": 64}, "flags", "MESSAGE_FLAGS_INVALID"),
    ("a nonce over 25", {"content": "x", "nonce": "n" * 26}, "nonce", "BASE_TYPE_MAX_LENGTH"),
    ("11 embeds", {"embeds": [{"title": "x"}] * 11}, "embeds", "BASE_TYPE_MAX_LENGTH"),
    ("an embed title over 256", {"embeds": [{"title": "x" * 257}]}, "embeds.0.title", "BASE_TYPE_MAX_LENGTH"),
    ("embeds over 6000", {"embeds": [{"description": "x" * 4000}] * 2}, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
    (
        "mentions parsed and listed",
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    (
        "an unknown reply",
        {"content": "x", "message_reference": {"message_id": "5"}},
        "message_reference",
        "REPLIES_UNKNOWN_MESSAGE",
    ),
    (
        "an attachment that is not there",
        {"content": "x", "attachments": [{"id": 0}]},
        "attachments.0.id",
        "ATTACHMENT_NOT_FOUND",
    ),
    (
        "content with V2",
        v2(text(), content="x"),
        "content",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    (
        "embeds with V2",
        v2(text(), embeds=[{"title": "x"}]),
        "embeds",
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
    ),
    ("text display without the flag", {"components": [text()]}, "components.0", "UNION_TYPE_CHOICES"),
    ("41 nested", v2(*[row(*[button(f"{r}{b}") for b in range(5)]) for r in range(7)]), "components", "TOTAL"),
    ("V2 text over 4000", v2(text("x" * 2500), text("y" * 1501)), "components", "DISPLAYABLE"),
    ("one text over 4000", v2(text("x" * 4001)), "components.0.content", "BASE_TYPE_BAD_LENGTH"),
    ("empty text", v2(text("")), "components.0.content", "BASE_TYPE_BAD_LENGTH"),
    ("a custom_id twice", v2(row(button(), button())), "components.0.components.1.custom_id", "DUPLICATED"),
    ("a custom_id over 100", v2(row(button("x" * 101))), "components.0.components.0.custom_id", "BAD_LENGTH"),
    ("a label over 80", v2(row(button(label="x" * 81))), "components.0.components.0.label", "MAX_LENGTH"),
    ("no custom_id", v2(row({"type": 2, "style": 1, "label": "x"})), "components.0.components.0.custom_id", "REQUIRED"),
    ("a link with custom_id", v2(row(button(style=5, url=PICTURE))), "components.0.components.0.custom_id", "INVALID"),
    ("6 buttons", v2(row(*[button(str(n)) for n in range(6)])), "components.0.components", "BAD_LENGTH"),
    ("a button beside a select", v2(row(button(), select())), "components.0.components", "WIDTH_EXCEEDED"),
    ("an empty row", v2(row()), "components.0.components", "BAD_LENGTH"),
    ("a button at the top", v2(button()), "components.0", "UNION_TYPE_CHOICES"),
    ("a container in a container", v2({"type": 17, "components": [{"type": 17, "components": [text()]}]}),
     "components.0.components.0", "UNION_TYPE_CHOICES"),
    ("26 options", v2(row(select(options=[{"label": str(n), "value": str(n)} for n in range(26)]))),
     "components.0.components.0.options", "BAD_LENGTH"),
    ("an option value twice", v2(row(select(options=[{"label": "a", "value": "a"}] * 2))),
     "components.0.components.0.options.1.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"),
    ("a placeholder over 150", v2(row(select(placeholder="x" * 151))), "components.0.components.0.placeholder", "MAX"),
    ("11 pictures", v2(gallery(*[PICTURE] * 11)), "components.0.items", "BAD_LENGTH"),
    ("an empty gallery", v2(gallery()), "components.0.items", "BAD_LENGTH"),
    ("alt text over 1024", v2(gallery(PICTURE, description="x" * 1025)), "components.0.items.0.description", "LENGTH"),
    ("a file that is not there", v2(gallery("attachment://a.png")), "components.0.items.0.media.url", "NOT_FOUND"),
    ("a file component from outside", v2({"type": 13, "file": {"url": PICTURE}}), "components.0.file.url", "URL"),
    ("a section without accessory", v2({"type": 9, "components": [text()]}), "components.0.accessory", "REQUIRED"),
    ("a section with 4 texts", v2({"type": 9, "components": [text()] * 4, "accessory": button()}),
     "components.0.components", "BAD_LENGTH"),
    ("an unknown component field", v2({"type": 10, "content": "x", "size": 1}), "components.0.size", "UNKNOWN_FIELD"),
    ("a colour out of range", v2({"type": 17, "components": [text()], "accent_color": 1 << 24}),
     "components.0.accent_color", "NUMBER_TYPE_MAX"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "path", "code"), [entry[1:] for entry in REFUSED_MESSAGES],
                         ids=[entry[0] for entry in REFUSED_MESSAGES])  # fmt: skip
async def test_a_wrong_message_is_refused_at_the_field(driver: Driver, body: Any, path: str, code: str) -> None:
    answer = await driver.post(body)
    assert (answer.status, answer.code) == (400, 50035)
    errors = answer.error_codes()
    assert any(code in found for found in errors.get(path, [])), errors
    assert driver.channel().messages == {}


async def test_a_message_at_every_limit_is_taken(driver: Driver) -> None:
    for body in (
        {"content": "x" * 2000, "nonce": "n" * 25},
        v2(text("x" * 2500), text("y" * 1500)),
        v2(*[row(*[button(f"{r}{b}") for b in range(4)]) for r in range(8)]),
        v2(gallery(*[PICTURE] * 10, description="x" * 1024)),
        v2(row(select(options=[{"label": str(n), "value": str(n)} for n in range(25)]))),
    ):
        answer = await driver.post(body)
        assert answer.status == 200, answer.body


@pytest.mark.parametrize("body", [{}, {"content": ""}, {"content": None, "embeds": []}, {"flags": V2}])
async def test_an_empty_message_is_refused(driver: Driver, body: Any) -> None:
    assert (await driver.post(body)).code == 50006


async def test_what_is_not_json_is_refused(driver: Driver) -> None:
    url = f"{driver.discord.api_url}/channels/{driver.channel().id}/messages"
    headers = {"Authorization": f"Bot {driver.discord.token}", "Content-Type": "application/json"}
    async with driver.session.post(url, data=b"{", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)


def option(**more: Any) -> dict[str, Any]:
    return {"type": 3, "name": "a", "description": "x", **more}


def command(**more: Any) -> dict[str, Any]:
    return {"name": "a", "description": "x", **more}


REFUSED_COMMANDS: list[tuple[str, list[Any], str, str]] = [
    ("an upper-case name", [command(name="Imagine")], "0.name", "APPLICATION_COMMAND_INVALID_NAME"),
    ("a name with a space", [command(name="a b")], "0.name", "APPLICATION_COMMAND_INVALID_NAME"),
    ("a name over 32", [command(name="x" * 33)], "0.name", "BASE_TYPE_BAD_LENGTH"),
    ("no description", [{"name": "a"}], "0.description", "BASE_TYPE_REQUIRED"),
    ("a description over 100", [command(description="x" * 101)], "0.description", "BASE_TYPE_BAD_LENGTH"),
    ("a name twice", [command(), command()], "1", "APPLICATION_COMMANDS_DUPLICATE_NAME"),
    ("26 options", [command(options=[option(name=f"o{n}") for n in range(26)])], "0.options", "MAX_LENGTH"),
    ("an option twice", [command(options=[option(), option()])], "0.options.1.name", "ALREADY_EXISTS"),
    ("required after optional", [command(options=[option(), option(name="b", required=True)])], "0.options.1",
     "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"),
    ("max_length 6001", [command(options=[option(max_length=6001)])], "0.options.0.max_length", "NUMBER_TYPE_MAX"),
    ("26 choices", [command(options=[option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])])],
     "0.options.0.choices", "MAX_LENGTH"),
    ("a choice name over 100", [command(options=[option(choices=[{"name": "x" * 101, "value": "x"}])])],
     "0.options.0.choices.0.name", "BAD_LENGTH"),
    ("an unknown field", [command(colour=1)], "0.colour", "UNKNOWN_FIELD"),
    ("over 8000 characters",
     [command(options=[option(name=f"o{n}", choices=[{"name": "x" * 90, "value": f"{m}"} for m in range(25)])
                       for n in range(4)])], "0", "APPLICATION_COMMAND_TOO_LARGE"),
    ("a menu with description", [{"name": "Remix", "type": 3, "description": "x"}], "0.description", "MAX_LENGTH"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "path", "code"), [entry[1:] for entry in REFUSED_COMMANDS],
                         ids=[entry[0] for entry in REFUSED_COMMANDS])  # fmt: skip
async def test_a_wrong_command_is_refused_at_the_field(driver: Driver, body: Any, path: str, code: str) -> None:
    answer = await driver.sync(*body)
    assert (answer.status, answer.code) == (400, 50035)
    assert any(code in found for found in answer.error_codes().get(path, [])), answer.body
    assert driver.discord.commands.everything() == []


async def test_more_than_100_commands_are_refused(driver: Driver) -> None:
    assert (await driver.sync(*[command(name=f"c{n}") for n in range(100)])).status == 200
    assert (await driver.sync(*[command(name=f"c{n}") for n in range(101)])).code == 30032


async def test_a_synced_command_keeps_its_id_and_changes_its_version_only_when_it_changes(driver: Driver) -> None:
    first = (await driver.sync(command())).body[0]
    same = (await driver.sync(command())).body[0]
    other = (await driver.sync(command(description="y"))).body[0]
    assert same == first
    assert (other["id"], other["version"] == first["version"]) == (first["id"], False)
    listed = await driver.request("GET", f"/applications/{driver.app}/commands")
    assert listed.body == [other]


def label(component: Any, **more: Any) -> dict[str, Any]:
    return {"type": 18, "label": "L", "component": component, **more}


def entry(custom_id: str = "t", **more: Any) -> dict[str, Any]:
    return {"type": 4, "custom_id": custom_id, "style": 1, **more}


def modal(*components: Any, **more: Any) -> dict[str, Any]:
    return {"custom_id": "m", "title": "T", "components": list(components), **more}


REFUSED_MODALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("6 items", modal(*[label(entry(str(n))) for n in range(6)]), "data.components", "BAD_LENGTH"),
    ("no items", modal(), "data.components", "BAD_LENGTH"),
    ("a title over 45", modal(label(entry()), title="x" * 46), "data.title", "BAD_LENGTH"),
    ("a custom_id over 100", modal(label(entry()), custom_id="x" * 101), "data.custom_id", "BAD_LENGTH"),
    ("a label over 45", modal(label(entry(), label="x" * 46)), "data.components.0.label", "BAD_LENGTH"),
    ("a hint over 100", modal(label(entry(), description="x" * 101)), "data.components.0.description", "BAD_LENGTH"),
    ("max_length 4001", modal(label(entry(max_length=4001))), "data.components.0.component.max_length", "MAX"),
    ("11 files", modal(label({"type": 19, "custom_id": "f", "max_values": 11})),
     "data.components.0.component.max_values", "NUMBER_TYPE_MAX"),
    ("required with none", modal(label({"type": 19, "custom_id": "f", "min_values": 0})),
     "data.components.0.component.min_values", "COMPONENT_REQUIRED_MIN_VALUES"),
    ("one radio option", modal(label({"type": 21, "custom_id": "r", "options": [{"label": "a", "value": "a"}]})),
     "data.components.0.component.options", "BAD_LENGTH"),
    ("a button", modal(label(button())), "data.components.0.component", "UNION_TYPE_CHOICES"),
    ("a custom_id twice", modal(label(entry()), label(entry())), "data.components.1.component.custom_id", "DUPLICATED"),
    ("an unknown field", modal(label(entry()), colour=1), "data.colour", "UNKNOWN_FIELD"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "path", "code"), [entry[1:] for entry in REFUSED_MODALS],
                         ids=[entry[0] for entry in REFUSED_MODALS])  # fmt: skip
async def test_a_wrong_modal_is_refused_and_may_be_sent_right(driver: Driver, body: Any, path: str, code: str) -> None:
    interaction = await driver.slash()
    answer = await driver.respond(interaction, {"type": 9, "data": body})
    assert (answer.status, answer.code) == (400, 50035)
    assert any(code in found for found in answer.error_codes().get(path, [])), answer.body
    right = await driver.respond(interaction, {"type": 9, "data": modal(label(entry()))})
    assert right.status == 200
    assert interaction.modal is not None


async def test_a_wrong_response_names_its_field_below_data(driver: Driver) -> None:
    interaction = await driver.slash()
    answer = await driver.respond(interaction, {"type": 4, "data": {"content": "x" * 2001}})
    assert answer.error_codes() == {"data.content": ["BASE_TYPE_MAX_LENGTH"]}


def mutations(value: Any) -> Iterator[Any]:
    """Yield the value once for each of its parts and each wrong thing in that part's place."""
    yield from (None, True, -1, 5, "x", [], {}, [[]], [{}], {"x": []}, 1.5)
    if isinstance(value, dict):
        for name in value:
            for changed in mutations(value[name]):
                yield {**value, name: changed}
    elif isinstance(value, list):
        for index in range(len(value)):
            for changed in mutations(value[index]):
                yield [*value[:index], changed, *value[index + 1 :]]


MESSAGE = v2(
    {"type": 17, "components": [{"type": 9, "components": [text()], "accessory": button("b")}, row(select())]},
    gallery(PICTURE),
    allowed_mentions={"parse": ["users"]},
    nonce="n",
    attachments=[],
    embeds=[],
)
COMMANDS = [command(options=[option(choices=[{"name": "a", "value": "a"}])], contexts=[0])]
MODAL = modal(label(entry()), label({"type": 21, "custom_id": "r", "options": [{"label": "a", "value": "a"}] * 2}))


async def test_no_body_however_wrong_breaks_the_server(driver: Driver) -> None:
    driver.discord.rate_limits.enabled = False
    seen = {(await driver.post(body)).status for body in mutations(MESSAGE)}
    seen |= {(await driver.sync(*body)).status for body in mutations(COMMANDS) if isinstance(body, list)}
    interaction = await driver.slash()
    for body in mutations({"type": 9, "data": MODAL}):
        seen.add((await driver.respond(interaction, body)).status)
        interaction.response_type = None
    message = (await driver.post(v2(text()))).body
    seen |= {(await driver.edit(message, body)).status for body in mutations(MESSAGE)}
    assert seen == {200, 400}
