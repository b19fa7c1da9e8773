"""Addresses that come from outside lead to the open internet, or nowhere."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yarl
from aiohttp.abc import AbstractResolver, ResolveResult

from generation.downloads import download
from generation.errors import DownloadError, DownloadProblem
from generation.public_addresses import NotPublicError, PublicResolver, may_be_public, public_session

INSIDE = (
    *("127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "ff02::1"),
)
DISGUISED = ("127.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "localhost", "a.localhost")


class Names(AbstractResolver):
    """Answers every name with these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize("host", [*INSIDE, *DISGUISED])
def test_addresses_of_inside_are_none_however_they_are_written(host: str) -> None:
    assert not may_be_public(host)


@pytest.mark.parametrize(
    "host", ["8.8.8.8", "2606:4700::1111", "[2606:4700::1111]", "file.example.com", "64:ff9b::808:808"]
)
def test_names_and_public_addresses_may_be_called(host: str) -> None:
    assert may_be_public(host)


@pytest.mark.parametrize("inside", INSIDE)
async def test_name_that_leads_inside_is_not_resolved(inside: str) -> None:
    with pytest.raises(NotPublicError):
        await PublicResolver(Names(inside)).resolve("file.example.com", 443)


async def test_only_the_public_addresses_of_a_name_are_used() -> None:
    found = await PublicResolver(Names("10.0.0.1", "8.8.8.8")).resolve("file.example.com", 443)
    assert [entry["host"] for entry in found] == ["8.8.8.8"]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(resolver=PublicResolver(Names("127.0.0.1")))
    async with aiohttp.ClientSession(connector=connector) as opened:
        yield opened


@pytest.mark.parametrize(
    "url",
    ["https://results.example.com/a.png", "https://127.0.0.1/a.png", "https://[::1]/a.png", "https://2130706433/a"],
)
async def test_result_that_lies_inside_is_not_fetched(session: aiohttp.ClientSession, tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError) as refused:
        await download(session, url, tmp_path / "result", max_bytes=1000, timeout_s=10)
    assert refused.value.problem is DownloadProblem.FORBIDDEN_URL
    assert not list(tmp_path.iterdir())


async def test_cookies_of_the_servers_met_are_not_kept() -> None:
    async with public_session() as session:
        session.cookie_jar.update_cookies({"visitor": "7"}, yarl.URL("https://results.example.com/a.png"))
        assert len(session.cookie_jar) == 0
