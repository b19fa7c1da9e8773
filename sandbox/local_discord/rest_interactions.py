"""REST routes that need no bot token: interaction callbacks and the messages of their tokens."""

from typing import Any

from sandbox.json_values import JsonObject
from sandbox.local_discord.errors import ApiError, FormErrors
from sandbox.local_discord.interactions import Interaction, Interactions
from sandbox.local_discord.payloads import Payloads
from sandbox.local_discord.rate_limits import RouteLimit
from sandbox.local_discord.responses import Responses
from sandbox.local_discord.rest import Call, RestRoute
from sandbox.local_discord.world import Message

_WEBHOOK = RouteLimit(5, 2.0, shared="webhook")


class InteractionRoutes:
    """Answers to interactions."""

    def __init__(self, payloads: Payloads, interactions: Interactions, responses: Responses) -> None:
        self._payloads = payloads
        self._interactions = interactions
        self._responses = responses

    def routes(self) -> list[RestRoute]:
        base = "/webhooks/{application}/{token:token}"
        original, other = f"{base}/messages/@original", f"{base}/messages/{{message}}"
        routes = [
            RestRoute(
                method="POST",
                template="/interactions/{interaction}/{token:token}/callback",
                handler=self._callback,
                with_token=False,
                limit=None,
            ),
            RestRoute(method="POST", template=base, handler=self._follow_up, with_token=False, limit=_WEBHOOK),
        ]
        for template in (original, other):
            for method, handler in (("GET", self._get), ("PATCH", self._edit), ("DELETE", self._delete)):
                routes.append(
                    RestRoute(method=method, template=template, handler=handler, with_token=False, limit=_WEBHOOK)
                )
        return routes

    async def _callback(self, call: Call) -> Any:
        interaction = self._interactions.to_respond(call.id("interaction"), call.ids["token"])
        answer = await self._responses.respond(interaction, call.json, call.uploads)
        return answer if _is_true(call.query.get("with_response")) else None

    def _interaction(self, call: Call, *queries: str) -> Interaction:
        """Return the interaction whose token the path holds; other queries than these are refused by name."""
        errors = FormErrors()
        for name in set(call.query) - {"thread_id", *queries}:
            errors.add((name,), "UNKNOWN_FIELD", f'Unknown field "{name}".')
        errors.raise_if_any()
        interaction = self._interactions.by_token(call.id("application"), call.ids["token"])
        if call.query.get("thread_id", str(interaction.channel_id)) != str(interaction.channel_id):
            raise ApiError(10003)
        return interaction

    def _found(self, call: Call) -> tuple[Interaction, Message]:
        interaction = self._interaction(call, "with_components")
        if "message" not in call.ids:
            return interaction, self._interactions.original(interaction)
        return interaction, self._interactions.owned_message(interaction, call.id("message"))

    async def _get(self, call: Call) -> JsonObject:
        return self._payloads.message(self._found(call)[1])

    async def _edit(self, call: Call) -> JsonObject:
        interaction, message = self._found(call)
        return self._payloads.message(await self._responses.edit(interaction, message, call.json, call.uploads))

    async def _delete(self, call: Call) -> None:
        self._responses.delete(*self._found(call))

    async def _follow_up(self, call: Call) -> JsonObject | None:
        interaction = self._interaction(call, "wait", "with_components")
        message = await self._responses.follow_up(interaction, call.json, call.uploads)
        return self._payloads.message(message)


def _is_true(value: str | None) -> bool:
    return value is not None and value.lower() in ("1", "true")
