"""REST routes of the application itself: who it is, where the gateway is, its commands."""

from typing import Any

from sandbox.json_values import JsonObject
from sandbox.local_discord.commands import CommandRegistry
from sandbox.local_discord.errors import ApiError
from sandbox.local_discord.gateway import Gateway
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.rate_limits import RouteLimit
from sandbox.local_discord.rest import Call, RestRoute
from sandbox.local_discord.world import World

_COMMANDS = RouteLimit(20, 20.0)


class ApplicationRoutes:
    """Login, users, guilds, commands."""

    def __init__(self, world: World, payloads: Payloads, commands: CommandRegistry, gateway: Gateway) -> None:
        self._world = world
        self._payloads = payloads
        self._commands = commands
        self._gateway = gateway

    def routes(self) -> list[RestRoute]:
        application = "/applications/{application}"
        routes = [
            RestRoute(method="GET", template="/users/@me", handler=self._me),
            RestRoute(method="GET", template="/users/{user}", handler=self._user),
            RestRoute(method="GET", template="/oauth2/applications/@me", handler=self._application),
            RestRoute(method="GET", template="/applications/@me", handler=self._application),
            RestRoute(method="GET", template="/gateway", handler=self._gateway_url, with_token=False),
            RestRoute(method="GET", template="/gateway/bot", handler=self._gateway_bot),
            RestRoute(method="GET", template="/guilds/{guild}", handler=self._guild),
            RestRoute(method="GET", template="/guilds/{guild}/channels", handler=self._channels),
            RestRoute(method="GET", template="/guilds/{guild}/members/{user}", handler=self._member),
            RestRoute(method="GET", template=f"{application}/emojis", handler=self._emojis),
        ]
        for scope in (f"{application}/commands", f"{application}/guilds/{{guild}}/commands"):
            routes += [
                RestRoute(method="GET", template=scope, handler=self._list, limit=_COMMANDS),
                RestRoute(method="PUT", template=scope, handler=self._overwrite, limit=_COMMANDS),
                RestRoute(method="POST", template=scope, handler=self._upsert, limit=_COMMANDS),
                RestRoute(method="GET", template=f"{scope}/{{command}}", handler=self._get, limit=_COMMANDS),
                RestRoute(method="PATCH", template=f"{scope}/{{command}}", handler=self._change, limit=_COMMANDS),
                RestRoute(method="DELETE", template=f"{scope}/{{command}}", handler=self._remove, limit=_COMMANDS),
            ]
        return routes

    async def _me(self, call: Call) -> JsonObject:
        del call
        bot = self._payloads.user(self._world.bot)
        return {**bot, "verified": True, "mfa_enabled": True, "flags": 0, "locale": "en-US", "email": None}

    async def _user(self, call: Call) -> JsonObject:
        return self._payloads.user(self._world.user(call.id("user")))

    async def _application(self, call: Call) -> JsonObject:
        del call
        owner = self._world.users[self._world.owner_id]
        return {
            "id": str(self._world.application_id),
            "name": self._world.application_name,
            "description": "",
            "icon": None,
            "type": None,
            "flags_new": "0",
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "approximate_guild_count": len(self._world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "eligible_oauth2_scopes": [],
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "owner": self._payloads.user(owner),
            "team": None,
            "flags": 0,
            "summary": "",
            "tags": [],
            "integration_types_config": {"0": {}},
            "bot": self._payloads.user(self._world.bot),
        }

    async def _gateway_url(self, call: Call) -> JsonObject:
        del call
        return {"url": self._gateway.base_url}

    async def _gateway_bot(self, call: Call) -> JsonObject:
        del call
        limits = self._gateway.identify_limits
        return {"url": self._gateway.base_url, "shards": limits.shards, "session_start_limit": limits.as_json()}

    def _own_guild(self, call: Call) -> int:
        guild = self._world.guild(call.id("guild"))
        if self._world.bot.id not in guild.members:
            raise ApiError(50001)
        return guild.id

    async def _guild(self, call: Call) -> JsonObject:
        return self._payloads.guild(self._world.guilds[self._own_guild(call)])

    async def _channels(self, call: Call) -> list[JsonObject]:
        guild = self._world.guilds[self._own_guild(call)]
        return [self._payloads.channel(channel) for channel in guild.channels.values()]

    async def _member(self, call: Call) -> JsonObject:
        guild = self._world.guilds[self._own_guild(call)]
        if call.id("user") not in guild.members:
            raise ApiError(10007)
        return self._payloads.member(guild.members[call.id("user")])

    async def _emojis(self, call: Call) -> JsonObject:
        self._scope(call)
        return {"items": []}

    def _scope(self, call: Call) -> int | None:
        """Return the guild of a command route, None for the global ones; raises `ApiError`."""
        if call.id("application") != self._world.application_id:
            raise ApiError(10002)
        return self._own_guild(call) if "guild" in call.ids else None

    async def _list(self, call: Call) -> list[JsonObject]:
        return self._commands.synced(self._scope(call))

    async def _overwrite(self, call: Call) -> Any:
        return self._commands.overwrite(call.body.json, self._scope(call))

    async def _upsert(self, call: Call) -> JsonObject:
        return self._commands.upsert(call.body.json, self._scope(call))

    async def _get(self, call: Call) -> JsonObject:
        return self._commands.get(call.id("command"), self._scope(call))

    async def _change(self, call: Call) -> JsonObject:
        return self._commands.change(call.id("command"), call.json, self._scope(call))

    async def _remove(self, call: Call) -> None:
        self._commands.remove(call.id("command"), self._scope(call))
