"""Thirty-one requests with one fault each, as bots send them by mistake: every one is refused where it is wrong.

Discord's OpenAPI document gives the first 22 away; the last nine break rules that stand elsewhere.
"""

import copy
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.discord_driver import COMMAND, Answer, Driver, driven

V2 = 1 << 15
PICTURE = {"media": {"url": "https://example.com/a.png"}}
EMBED = {"title": "An embed"}
MISSING = object()


def button(custom_id: str) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Again", "custom_id": custom_id}


def text(content: str) -> dict[str, Any]:
    return {"type": 10, "content": content}


def choice(name: str) -> dict[str, Any]:
    return {"label": name, "value": name}


def option(name: str, **more: Any) -> dict[str, Any]:
    return {"type": 3, "name": name, "description": "What", **more}


def command(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "description": "Make an image", **more}


def question(custom_id: str, **more: Any) -> dict[str, Any]:
    return {"type": 18, "label": "Prompt", "component": {"type": 4, "custom_id": custom_id, "style": 1, **more}}


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request Discord takes; braces in the path stand for ids of the running world."""

    method: str
    path: str
    body: Any


def posted(**body: Any) -> Request:
    return Request(method="POST", path="/channels/{channel}/messages", body=body)


def card(*components: Any) -> Request:
    return posted(flags=V2, components=list(components))


def called_back(interaction: str, kind: int, **data: Any) -> Request:
    path = f"/interactions/{{{interaction}}}/callback"
    return Request(method="POST", path=path, body={"type": kind, "data": data})


def modal(*components: Any) -> Request:
    return called_back("slash", 9, custom_id="remix", title="Remix", components=list(components))


def synced(*commands: Any) -> Request:
    return Request(method="PUT", path="/applications/{app}/commands", body=list(commands))


CLASSIC = posted(content="A lighthouse", nonce="request-1", embeds=[EMBED] * 10)
WITH_FILES = posted(content="x", attachments=[{"id": n} for n in range(10)])
BUTTONS = card({"type": 1, "components": [button(f"again:{n}") for n in range(5)]})
SELECT = {"type": 3, "custom_id": "size", "placeholder": "Size", "options": [choice(str(n)) for n in range(25)]}
SELECTS = card({"type": 1, "components": [SELECT]})
GALLERY = card({"type": 12, "items": [PICTURE] * 10})
SECTION = card({"type": 9, "components": [text("A lighthouse")], "accessory": button("again:1")})
MODAL = modal(*[question(f"prompt:{n}", max_length=4000) for n in range(5)])
SUGGESTIONS = called_back("typing", 8, choices=[{"name": f"{n}", "value": f"{n}"} for n in range(25)])
ANSWER = called_back("slash", 4, content="queued", embeds=[EMBED])
FOLLOWUP = Request(method="POST", path="/webhooks/{app}/{token}", body={"content": "done"})
FINISHED = Request(method="PATCH", path="/webhooks/{app}/{token}/messages/@original", body={"embeds": [EMBED]})
EDITED = Request(method="PATCH", path="/channels/{channel}/messages/{message}", body={"embeds": [EMBED]})
COMMANDS = synced(command("imagine", options=[option(f"option-{n}", max_length=6000) for n in range(25)]))
CHOICES = synced(command("imagine", options=[option("size", choices=[{"name": "2K", "value": "2K"}])]))
NEW_COMMAND = Request(method="POST", path="/applications/{app}/commands", body=command("imagine"))
FULL_TEXT = card(text("x" * 2500), {"type": 17, "components": [text("y" * 1500)]})
FORTY = card(
    *[{"type": 1, "components": [button(f"{row}:{n}") for n in range(5)]} for row in range(6)],
    *[text("x") for _ in range(4)],
)
HUNDRED_COMMANDS = synced(*[command(f"command-{n}") for n in range(100)])


@dataclass(frozen=True, kw_only=True)
class SeededFault:
    """One wrong value in a request that is right otherwise.

    Attributes:
        at: the keys and indexes that lead to the value; an index one past the end appends.
        wrong: what stands there instead; `MISSING` where nothing does.
        code: the field's own error code; None where the answer's code is not 50035 and so names no field.
        reported: the path in `errors` where it is not the one the value stands at.
    """

    name: str
    request: Request
    at: tuple[str | int, ...]
    wrong: Any
    code: str | None
    reported: tuple[str | int, ...] | None = None
    status: int = 400
    discord_code: int = 50035

    def body(self) -> Any:
        """Return the request's body with the fault in it."""
        body = copy.deepcopy(self.request.body)
        *way, last = self.at
        place = body
        for step in way:
            place = place[step]
        if self.wrong is MISSING:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(self.wrong)
        else:
            place[last] = self.wrong
        return body

    def errors(self) -> dict[str, list[str]]:
        """Return what the answer has to say, by dotted path."""
        path = self.at if self.reported is None else self.reported
        return {} if self.code is None else {".".join(map(str, path)): [self.code]}


def fault(name: str, request: Request, at: str, wrong: Any, code: str | None, **more: Any) -> SeededFault:
    """`at` and `reported` are dotted paths."""
    if "reported" in more:
        more["reported"] = _steps(more["reported"])
    return SeededFault(name=name, request=request, at=_steps(at), wrong=wrong, code=code, **more)


def _steps(path: str) -> tuple[str | int, ...]:
    return tuple(int(step) if step.isdigit() else step for step in path.split("."))


FIRST = "components.0.components"
IN_THE_DOCUMENT = [
    fault("a label of 81", BUTTONS, f"{FIRST}.0.label", "x" * 81, "BASE_TYPE_MAX_LENGTH"),
    fault("a custom_id of 101", BUTTONS, f"{FIRST}.0.custom_id", "x" * 101, "BASE_TYPE_BAD_LENGTH"),
    fault("6 buttons in a row", BUTTONS, f"{FIRST}.5", button("again:6"), "BASE_TYPE_BAD_LENGTH", reported=FIRST),
    fault("26 options in a select", SELECTS, f"{FIRST}.0.options.25", choice("26"), "BASE_TYPE_BAD_LENGTH",
          reported=f"{FIRST}.0.options"),
    fault("a placeholder of 151", SELECTS, f"{FIRST}.0.placeholder", "x" * 151, "BASE_TYPE_MAX_LENGTH"),
    fault("11 pictures in a gallery", GALLERY, "components.0.items.10", PICTURE, "BASE_TYPE_BAD_LENGTH",
          reported="components.0.items"),
    fault("a section without accessory", SECTION, "components.0.accessory", MISSING, "BASE_TYPE_REQUIRED"),
    fault("an unknown type of component", SECTION, "components.0", {"type": 99}, "UNION_TYPE_CHOICES"),
    fault("a nonce of 26", CLASSIC, "nonce", "n" * 26, "BASE_TYPE_MAX_LENGTH"),
    fault("11 embeds", CLASSIC, "embeds.10", EMBED, "BASE_TYPE_MAX_LENGTH", reported="embeds"),
    fault("content that is a number", CLASSIC, "content", 5, "STRING_TYPE_CONVERT"),
    fault("11 attachments", WITH_FILES, "attachments.10", {"id": 10}, "BASE_TYPE_MAX_LENGTH", reported="attachments"),
    fault("an embed title of 257 in an edit", EDITED, "embeds.0.title", "x" * 257, "BASE_TYPE_MAX_LENGTH"),
    fault("26 options in a command", COMMANDS, "0.options.25", option("one-more"), "BASE_TYPE_MAX_LENGTH",
          reported="0.options"),
    fault("a max_length of 6001", COMMANDS, "0.options.0.max_length", 6001, "NUMBER_TYPE_MAX"),
    fault("a choice name of 101", CHOICES, "0.options.0.choices.0.name", "x" * 101, "BASE_TYPE_BAD_LENGTH"),
    fault("a description of 101", NEW_COMMAND, "description", "x" * 101, "BASE_TYPE_BAD_LENGTH"),
    fault("a command without a name", NEW_COMMAND, "name", MISSING, "BASE_TYPE_REQUIRED"),
    fault("a modal title of 46", MODAL, "data.title", "x" * 46, "BASE_TYPE_BAD_LENGTH"),
    fault("a text input up to 4001", MODAL, "data.components.0.component.max_length", 4001, "NUMBER_TYPE_MAX"),
    fault("26 suggestions", SUGGESTIONS, "data.choices.25", {"name": "x", "value": "x"}, "BASE_TYPE_MAX_LENGTH",
          reported="data.choices"),
    fault("a followup of 2001", FOLLOWUP, "content", "x" * 2001, "BASE_TYPE_MAX_LENGTH"),
]  # fmt: skip
NOT_IN_THE_DOCUMENT = [
    fault("content of 2001", CLASSIC, "content", "x" * 2001, "BASE_TYPE_MAX_LENGTH"),
    fault("4001 characters in all texts", FULL_TEXT, "components.1.components.0.content", "y" * 1501,
          "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", reported="components"),
    fault("content beside Components V2", SECTION, "content", "x",
          "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    fault("41 nested components", FORTY, "components.10", text("x"), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
          reported="components"),
    fault("a custom_id twice", BUTTONS, f"{FIRST}.1.custom_id", "again:0", "COMPONENT_CUSTOM_ID_DUPLICATED"),
    fault("an unknown field", ANSWER, "data.embeds.0.colour", 1, "UNKNOWN_FIELD"),
    fault("6 items in a modal", MODAL, "data.components.5", question("prompt:6"), "BASE_TYPE_BAD_LENGTH",
          reported="data.components"),
    fault("an upper-case command name", NEW_COMMAND, "name", "Imagine", "APPLICATION_COMMAND_INVALID_NAME"),
    fault("101 commands", HUNDRED_COMMANDS, "100", command("one-more"), None, discord_code=30032),
]  # fmt: skip
FAULTS = IN_THE_DOCUMENT + NOT_IN_THE_DOCUMENT
ORIGINALS = {str(id(seeded.request)): seeded.request for seeded in FAULTS}


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    async with driven() as started:
        yield started


async def sent(driver: Driver, request: Request, body: Any) -> Answer:
    """Send a body to the request's path, made for this world; what the path needs is there before."""
    completing = {**COMMAND["options"][0], "autocomplete": True}
    await driver.sync({**COMMAND, "options": [completing]})
    maya, channel, members = driver.user("maya"), driver.channel(), driver.discord.members
    slash = members.slash(maya, channel, "imagine", {"prompt": "x"})
    typing = members.autocomplete(maya, channel, "imagine", {"prompt": "x"}, "prompt")
    answered = members.slash(maya, channel, "imagine", {"prompt": "x"})
    await driver.respond(answered, {"type": 4, "data": {"content": "queued"}})
    path = request.path.format(
        app=driver.app,
        channel=channel.id,
        message=answered.original_id,
        token=answered.token,
        slash=f"{slash.id}/{slash.token}",
        typing=f"{typing.id}/{typing.token}",
    )
    announced = len(request.body.get("attachments", [])) if isinstance(request.body, dict) else 0
    files = {f"{n}.txt": b"x" for n in range(announced)} if announced else None
    return await driver.request(request.method, path, body, files=files)


def test_there_are_22_faults_in_the_document_and_nine_besides() -> None:
    assert (len(IN_THE_DOCUMENT), len(NOT_IN_THE_DOCUMENT)) == (22, 9)
    assert len({seeded.name for seeded in FAULTS}) == 31


@pytest.mark.parametrize("seeded", FAULTS, ids=lambda seeded: seeded.name)
async def test_a_seeded_fault_is_refused_where_it_is(driver: Driver, seeded: SeededFault) -> None:
    answer = await sent(driver, seeded.request, seeded.body())
    assert (answer.status, answer.code) == (seeded.status, seeded.discord_code), answer.body
    assert answer.error_codes() == seeded.errors()


@pytest.mark.parametrize("request_", ORIGINALS.values(), ids=lambda request: f"{request.method} {request.path}")
async def test_the_same_request_without_the_fault_is_taken(driver: Driver, request_: Request) -> None:
    answer = await sent(driver, request_, request_.body)
    assert answer.status in (200, 204), answer.body


async def test_the_101st_command_is_refused_when_it_comes_alone_too(driver: Driver) -> None:
    assert (await driver.sync(*HUNDRED_COMMANDS.body[:99])).status == 200
    path = f"/applications/{driver.app}/commands"
    assert (await driver.request("POST", path, command("the-hundredth"))).status == 200
    refused = await driver.request("POST", path, command("one-more"))
    assert (refused.status, refused.code) == (400, 30032)
    changed = await driver.request("POST", path, command("the-hundredth", nsfw=True))
    assert changed.status == 200, "a command that exists is replaced, not added"
    assert len(driver.discord.commands.synced()) == 100
