"""The local Discord as a whole: its parts wired together and served on one loopback port."""

import base64
import secrets
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox.local_discord.access import BotAccess
from sandbox.local_discord.broadcast import Broadcast
from sandbox.local_discord.cdn import Cdn
from sandbox.local_discord.clock import Clock, SystemClock
from sandbox.local_discord.commands import CommandRegistry
from sandbox.local_discord.control import ControlApi
from sandbox.local_discord.default_world import default_world
from sandbox.local_discord.events import EventHub
from sandbox.local_discord.faults import Faults
from sandbox.local_discord.gateway import Gateway
from sandbox.local_discord.interactions import Interactions
from sandbox.local_discord.members import Members
from sandbox.local_discord.messages import Messages
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.people_control import PeopleControl
from sandbox.local_discord.rate_limits import RateLimits
from sandbox.local_discord.request_log import RequestLog
from sandbox.local_discord.responses import Responses
from sandbox.local_discord.rest import API_PREFIX, RestApi
from sandbox.local_discord.rest_application import ApplicationRoutes
from sandbox.local_discord.rest_channels import ChannelRoutes
from sandbox.local_discord.rest_interactions import InteractionRoutes
from sandbox.local_discord.snowflakes import Snowflakes
from sandbox.local_discord.world import World
from sandbox.local_discord.world_control import WorldControl


def _token_of(application_id: int) -> str:
    """Make up a token of the form of the real ones, whose first part names the bot: clients read it there."""
    who = base64.urlsafe_b64encode(str(application_id).encode()).decode().rstrip("=")
    return f"{who}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(24)}"


class LocalDiscord:
    """A Discord of one's own: `async with LocalDiscord() as discord`.

    Attributes:
        token: the bot's token, made up for this run.
        api_url: to use in place of https://discord.com/api/v10.
        gateway_url: to use in place of wss://gateway.discord.gg/.
        members: acts in the name of members, without HTTP.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        request_log: Path | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.clock = clock or SystemClock()
        snowflakes = Snowflakes(self.clock)
        self.world: World = default_world(snowflakes)
        self.token = _token_of(self.world.application_id)
        self.faults = Faults()
        self.rate_limits = RateLimits(self.clock)
        self.events = EventHub()
        self.request_log = RequestLog(request_log)
        self.cdn = Cdn(self.clock, snowflakes, self.faults)
        self.commands = CommandRegistry(snowflakes, self.world.application_id)
        self._wire()

    def _wire(self) -> None:
        world, clock, cdn = self.world, self.clock, self.cdn
        payloads = Payloads(world, cdn)
        self.gateway = Gateway(world, payloads, clock, self.token)
        broadcast = Broadcast(world, payloads, self.gateway, self.events)
        messages = Messages(world, cdn, clock, broadcast)
        self.interactions = Interactions(world, payloads, clock, self.gateway, broadcast)
        responses = Responses(world, clock, payloads, messages, self.interactions, broadcast)
        self.members = Members(world, clock, cdn, payloads, self.commands, messages, self.interactions)
        self.world_control = WorldControl(world, self.gateway, messages, broadcast)
        self._control = ControlApi(
            members=self.members,
            commands=self.commands,
            interactions=self.interactions,
            world_control=self.world_control,
            people_control=PeopleControl(world, broadcast),
            events=self.events,
            faults=self.faults,
            log=self.request_log,
        )
        self._rest = RestApi(
            world=world,
            cdn=cdn,
            clock=clock,
            faults=self.faults,
            limits=self.rate_limits,
            log=self.request_log,
            token=self.token,
        )
        access = BotAccess(world, payloads)
        self._rest.add(ApplicationRoutes(world, payloads, self.commands, self.gateway).routes())
        self._rest.add(ChannelRoutes(world, clock, payloads, messages, access, broadcast).routes())
        self._rest.add(InteractionRoutes(payloads, self.interactions, responses).routes())

    def control_routes(self) -> list[web.RouteDef]:
        """Return the routes below /control/discord, for the server that holds the page."""
        return self._control.routes()

    async def start(self) -> None:
        """Listen; the addresses are known after this."""
        self.request_log.open()
        app = web.Application()
        app.add_routes([*self.gateway.routes(), *self.cdn.routes(), *self._rest.aiohttp_routes()])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://{self._host}:{port}"
        self.api_url = f"{self.base_url}{API_PREFIX}"
        self.gateway_url = f"ws://{self._host}:{port}/gateway/"
        self.cdn.open(self.base_url)
        self.gateway.base_url = self.gateway_url

    async def stop(self) -> None:
        """Close all connections and delete all files."""
        await self.interactions.close()
        await self._control.close()
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.request_log.close()
        self.cdn.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
