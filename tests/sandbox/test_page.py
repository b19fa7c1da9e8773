"""The page's files: all there, all served, small, and asking nothing of anybody outside."""

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.app import Sandbox
from sandbox.page_server import WEB_DIRECTORY

MAX_TOTAL_BYTES = 250_000
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# An XML namespace is a name: no browser fetches it.
HARMLESS_ADDRESSES = ("http://www.w3.org/2000/svg", "http://127.0.0.1", "http://localhost")
ICON_USES = re.compile(r'icon(?:Button)?\((?:"[^"]*", |`[^`]*`, )?"([a-z]+)"')


def files() -> list[Path]:
    return sorted(path for path in WEB_DIRECTORY.rglob("*") if path.is_file())


def address_of(path: Path) -> str:
    return f"/web/{path.relative_to(WEB_DIRECTORY).as_posix()}"


def scripts() -> dict[str, str]:
    return {address_of(path): path.read_text("utf-8") for path in files() if path.suffix == ".js"}


class References(HTMLParser):
    """Collects what a document loads, and its element ids."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.inline_scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if element_id := given.get("id"):
            self.ids.append(element_id)
        if tag == "link" and (href := given.get("href")):
            self.loaded.append(href)
        if tag in ("script", "img") and (source := given.get("src")):
            self.loaded.append(source)
        self.inline_scripts += tag == "script" and "src" not in given


def index() -> References:
    references = References()
    references.feed((WEB_DIRECTORY / "index.html").read_text("utf-8"))
    return references


def imports_of(address: str, script: str) -> set[str]:
    folder = address.rsplit("/", 1)[0]
    return {f"{folder}/{name}" for name in re.findall(r'^(?:import|export) [^;]*?from "\./([^"]+)";', script, re.M)}


@pytest.fixture
async def page() -> AsyncIterator[aiohttp.ClientSession]:
    async with Sandbox(port=0, bot=False) as sandbox, aiohttp.ClientSession(sandbox.page) as session:
        yield session


async def test_every_file_is_served_with_its_type(page: aiohttp.ClientSession) -> None:
    assert len(files()) > 20
    for path in files():
        async with page.get(address_of(path)) as answer:
            assert answer.status == 200, path
            assert answer.content_type == TYPES[path.suffix], path
            assert await answer.read() == path.read_bytes()


async def test_the_address_of_the_sandbox_shows_the_page(page: aiohttp.ClientSession) -> None:
    async with page.get("/") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        assert answer.charset == "utf-8"
        assert "/web/js/main.js" in await answer.text()


async def test_a_file_outside_the_page_is_not_served(page: aiohttp.ClientSession) -> None:
    for path in ("/web/%2e%2e/app.py", "/web/js/no_such_file.js", "/web/js"):
        async with page.get(path) as answer:
            assert answer.status == 404, path


async def test_every_fault_of_discord_is_explained(page: aiohttp.ClientSession) -> None:
    async with page.get("/control/discord/faults") as faults, page.get("/control/discord/faults/help") as explained:
        names, help_texts = await faults.json(), await explained.json()
    assert set(help_texts) == set(names)
    assert all(help_texts.values())


async def said(page: aiohttp.ClientSession, name: str, body: dict[str, str]) -> dict[str, str]:
    async with page.post(f"/control/discord/members/{name}/message", json=body) as answer:
        return {**await answer.json(), "status": str(answer.status)}


async def images_channel(page: aiohttp.ClientSession) -> dict[str, Any]:
    async with page.get("/control/discord/world") as answer:
        world = await answer.json()
    return world["guilds"][0]["channels"][0]


async def test_a_reply_names_the_message_and_notifies_its_author(page: aiohttp.ClientSession) -> None:
    channel_id = (await images_channel(page))["id"]
    first = await said(page, "maya", {"channel_id": channel_id, "content": "a fox?"})
    await said(page, "theo", {"channel_id": channel_id, "content": "yes", "reply_to": first["message_id"]})
    async with page.get(f"/control/discord/channels/{channel_id}/messages?as=maya") as answer:
        reply = (await answer.json())[-1]
    assert reply["message_reference"]["message_id"] == first["message_id"]
    assert reply["referenced_message"]["content"] == "a fox?"
    assert [user["username"] for user in reply["mentions"]] == ["maya"]


async def test_what_is_gone_cannot_be_replied_to(page: aiohttp.ClientSession) -> None:
    channel_id = (await images_channel(page))["id"]
    answer = await said(page, "theo", {"channel_id": channel_id, "content": "yes", "reply_to": "1"})
    assert answer == {"status": "400", "message": "That message is not there any more."}


async def test_a_channel_names_who_sees_it(page: aiohttp.ClientSession) -> None:
    channel = await images_channel(page)
    async with page.get("/control/discord/world") as answer:
        users = {user["id"]: user["name"] for user in (await answer.json())["users"]}
    hidden = {"id": next(key for key, name in users.items() if name == "theo"), "type": 1, "allow": "0", "deny": "1024"}
    assert "theo" in [users.get(key) for key in channel["seen_by"]]
    async with page.patch(f"/control/discord/channels/{channel['id']}", json={"overwrites": [hidden]}) as answer:
        assert answer.status == 200
    seen_by = [users.get(key) for key in (await images_channel(page))["seen_by"]]
    assert "theo" not in seen_by
    assert "maya" in seen_by


def test_everything_the_document_loads_exists() -> None:
    there = {address_of(path) for path in files()}
    assert "/web/js/main.js" in index().loaded
    assert set(index().loaded) <= there


def test_every_import_names_a_module_and_what_it_exports() -> None:
    modules = scripts()
    for address, script in modules.items():
        for names, source in re.findall(r'^import (?:\{([^}]*)\}) from "([^"]+)";', script, re.M):
            assert source.startswith("./"), f"{address} imports {source}"
            target = modules[f"{address.rsplit('/', 1)[0]}/{source[2:]}"]
            for name in (part.split(" as ")[0].strip() for part in names.split(",") if part.strip()):
                assert re.search(rf"^export (?:async )?(?:function|class|const|let) {name}\b", target, re.M), (
                    f"{address} imports {name}, which {source} does not export"
                )


def test_every_module_is_reached_from_the_main_one() -> None:
    modules, reached, waiting = scripts(), set[str](), ["/web/js/main.js"]
    while waiting:
        address = waiting.pop()
        if address not in reached:
            reached.add(address)
            waiting.extend(imports_of(address, modules[address]))
    assert reached == set(modules)


def test_every_element_and_icon_the_scripts_name_is_in_the_document() -> None:
    ids = index().ids
    assert len(ids) == len(set(ids))
    for address, script in scripts().items():
        for name in re.findall(r'byId\("([^"]+)"\)', script):
            assert name in ids, f"{address} wants #{name}"
        for name in ICON_USES.findall(script):
            assert f"icon-{name}" in ids, f"{address} wants the icon {name}"


def test_every_drawn_icon_is_used() -> None:
    together = "".join(scripts().values())
    for name in (element_id.removeprefix("icon-") for element_id in index().ids if element_id.startswith("icon-")):
        assert f'"{name}"' in together, f"nothing uses the icon {name}"


def test_no_file_names_an_address_outside() -> None:
    for path in files():
        text = path.read_text("utf-8")
        for address in re.findall(r"""(?:https?:|wss?:)?//[a-z0-9][\w.-]*\.[a-z0-9]+[^\s"'`)<>]*""", text, re.I):
            assert address.startswith(HARMLESS_ADDRESSES), f"{path.name}: {address}"


def test_the_document_forbids_requests_to_the_outside() -> None:
    document = (WEB_DIRECTORY / "index.html").read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy"\s+content="([^"]+)"', document)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == rules["style-src"] == "'self'"
    assert index().inline_scripts == 0


def test_no_text_is_ever_read_as_markup() -> None:
    for address, script in scripts().items():
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert way not in script, f"{address} uses {way}"


def test_the_page_stays_small() -> None:
    assert sum(path.stat().st_size for path in files()) < MAX_TOTAL_BYTES
