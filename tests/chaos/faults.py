"""What goes wrong in a round: on Discord's side, on the provider's, and with the bot's own process and clock."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

JsonObject = dict[str, Any]

CARD_ROUTES = (
    "*",
    "PATCH /*/messages/*",
    "POST /channels/*/messages",
    "POST /interactions/*/*/callback",
    "PATCH /webhooks/*",
    "GET /ephemeral-attachments/*",
)
# Refusals that are no lie: where they meet a card, the bot has to go on somewhere else.
CLOSING = ("missing_permissions", "missing_access", "cannot_message_user", "expired_token")

PROVIDER_SWITCHES = (
    *("rate_limited", "queries_rate_limited", "key_refused", "credits_gone", "credits_gone_as_429", "key_limit"),
    *("maintenance", "feature_off", "create_500", "content_refused", "no_task_id", "real_statuses", "html_errors"),
    *("older_message_field", "unknown_is_404", "query_500", "query_501", "query_408", "queuing_seen"),
    *("never_finishes", "fail_internal", "fail_content_policy", "fail_flagged", "fail_prohibited", "fail_gemini"),
    *("fail_image_fetch", "fail_overloaded", "success_without_urls", "two_results", "wrong_extension"),
    *("result_expired", "result_gone", "truncated_download", "drop_create_before", "drop_create_after"),
    *("lost_create_answer_html", "drop_query", "upload_fails", "older_upload_shape"),
    *("callbacks_repeated", "callbacks_reordered", "callbacks_dropped"),
)


@dataclass(slots=True)
class FaultPlan:
    """What to switch, and when (seconds from the beginning of the round)."""

    at_s: float
    discord: JsonObject = field(default_factory=dict)
    provider: JsonObject = field(default_factory=dict)
    gateway: str = ""


def plans(chance: random.Random, lasts_s: float) -> list[FaultPlan]:
    """Return the faults of a round in their order."""
    found = [
        chance.choice((_discord, _discord, _provider, _provider, _gateway))(chance, chance.uniform(0, lasts_s))
        for _ in range(chance.randint(0, 9))
    ]
    return sorted(found, key=lambda plan: plan.at_s)


def _discord(chance: random.Random, at_s: float) -> FaultPlan:
    name = chance.choice(
        (
            *("delay", "internal_error", "bad_gateway_after_effect", "rate_limited", "entity_too_large"),
            *("drop_before_effect", "drop_after_effect", *CLOSING),
        )
    )
    fault: JsonObject = {"route": chance.choice(CARD_ROUTES), "times": chance.randint(1, 6)}
    if name == "cannot_message_user":
        fault["route"] = "POST /channels/*/messages"
    elif name == "expired_token":
        fault["route"] = "PATCH /webhooks/*"
    elif name == "entity_too_large":
        fault = {"route": "PATCH /*/messages/*", "times": 1}
    elif name in ("delay", "rate_limited"):
        fault["seconds"] = round(chance.uniform(0.1, 2.5), 1)
    return FaultPlan(at_s, discord={name: fault})


def _provider(chance: random.Random, at_s: float) -> FaultPlan:
    how: list[Any] = [{"times": chance.randint(1, 5)}, {"probability": round(chance.uniform(0.1, 0.7), 2)}]
    wanted: JsonObject = {name: chance.choice(how) for name in chance.sample(PROVIDER_SWITCHES, chance.randint(1, 3))}
    if chance.random() < 0.3:
        wanted[chance.choice(("slow_create_s", "slow_query_s", "slow_download_s"))] = round(chance.uniform(0.2, 3), 1)
    if chance.random() < 0.2:
        wanted["null_record_polls"] = chance.randint(1, 4)
    return FaultPlan(at_s, provider=wanted)


def _gateway(chance: random.Random, at_s: float) -> FaultPlan:
    return FaultPlan(at_s, gateway=chance.choice(("resumable", "invalid", "reconnect")))
