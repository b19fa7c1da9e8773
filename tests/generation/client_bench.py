"""A client of the scripted provider, for the tests of the client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from generation.client import KieClient
from generation.gates import SlidingWindowGate
from tests.generation.scripted_provider import EagerClock, ScriptedProvider

API_KEY = "kie-secret-0123456789"


@dataclass(frozen=True, kw_only=True)
class Bench:
    provider: ScriptedProvider
    client: KieClient
    clock: EagerClock
    session: aiohttp.ClientSession

    def client_of(self, api_url: str, *, session: aiohttp.ClientSession | None = None) -> KieClient:
        return new_client(session or self.session, self.clock, api_url=api_url, upload_url=api_url)


def new_client(session: aiohttp.ClientSession, clock: EagerClock, *, api_url: str, upload_url: str) -> KieClient:
    return KieClient(
        session,
        api_url=api_url,
        upload_url=upload_url,
        api_key=API_KEY,
        create_gate=SlidingWindowGate(1000, 10.0),
        query_gate=SlidingWindowGate(1000, 1.0),
        clock=clock,
        jitter=lambda: 0.5,
    )


@asynccontextmanager
async def open_bench() -> AsyncIterator[Bench]:
    clock = EagerClock()
    async with ScriptedProvider() as provider, aiohttp.ClientSession() as session:
        client = new_client(session, clock, api_url=provider.url, upload_url=f"{provider.url}/upload-host/")
        yield Bench(provider=provider, client=client, clock=clock, session=session)
