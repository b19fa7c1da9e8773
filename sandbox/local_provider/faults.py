"""Faults of the provider that can be switched while it runs: by name, for ever, for some times, or by chance."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.json_values import as_object

SWITCHES: Mapping[str, str] = {
    "rate_limited": "creates answer 429",
    "queries_rate_limited": "queries answer 429",
    "key_refused": "everything answers 401, as for a wrong key",
    "credits_gone": "creates answer 402, and the balance reads 0",
    "credits_gone_as_429": "the same as 429 with a text about topping up",
    "key_limit": "creates answer 433: the key's own limit is used up",
    "maintenance": "creates answer 455",
    "feature_off": "creates answer 505",
    "create_500": "creates answer 500, no task is made",
    "content_refused": "creates answer 400 for the prompt's content",
    "no_task_id": "creates answer 200 without a task id, no task is made",
    "real_statuses": "errors come as HTTP statuses, not inside HTTP 200",
    "html_errors": "errors come as HTML pages with HTTP statuses",
    "older_message_field": "the text of an answer is under `message` instead of `msg`",
    "prefixed_ids": "task ids look like task_nano-banana-pro_<ms>",
    "unknown_is_404": "an unknown task answers 404 instead of `recordInfo is null`",
    "query_500": "queries answer 500",
    "query_501": "queries answer 501: the generation failed, the task is dead",
    "query_408": "queries answer 408: silent upstream for 10 minutes, the task is dead",
    "queuing_seen": "tasks made now are `queuing` for a while before they are generating",
    "never_finishes": "tasks made now stay pending past every deadline",
    "fail_internal": 'tasks fail "500" Internal Error',
    "fail_content_policy": 'tasks fail "422" CONTENT_POLICY_BLOCKED',
    "fail_flagged": 'tasks fail "400" prompt flagged by Website',
    "fail_prohibited": 'tasks fail "422" prohibited content',
    "fail_gemini": 'tasks fail "500" Gemini could not generate an image',
    "fail_image_fetch": 'tasks fail "400" Image fetch failed',
    "fail_overloaded": "tasks fail without a code: high demand (E003)",
    "success_without_urls": "tasks succeed and name no picture",
    "two_results": "tasks name two pictures",
    "wrong_extension": "the name of a picture says another type than its bytes",
    "result_expired": "a picture is 404 at its first address; download-url gives another one",
    "result_gone": "a picture is 404, and download-url refuses too",
    "library_agents_refused": "the file host refuses the user agents of all libraries, not only of some",
    "truncated_download": "the connection ends in the middle of a picture",
    "drop_create_before": "a create's connection is cut before anything was done",
    "drop_create_after": "a create's connection is cut although the task was made",
    "lost_create_answer_html": "a create answers 502 in HTML although the task was made",
    "drop_query": "a query's connection is cut",
    "upload_fails": "uploads answer 500",
    "older_upload_shape": "uploads answer with fileUrl instead of downloadUrl",
    "callbacks_repeated": "every callback comes twice",
    "callbacks_reordered": "a callback comes after the one that follows it",
    "callbacks_dropped": "callbacks never come",
}
NUMBERS: Mapping[str, str] = {
    "null_record_polls": "so many polls after a create answer `recordInfo is null`",
    "slow_create_s": "creates answer so many seconds late, after the task was made",
    "slow_query_s": "queries answer so many seconds late",
    "slow_download_s": "pictures come so many seconds late",
    "png_size_mb": "PNG files are about so many MB large",
}


class FaultError(ValueError):
    """A fault was asked for that does not exist or makes no sense."""


@dataclass(slots=True)
class _Switch:
    times: int | None = None
    probability: float = 1.0

    def as_json(self) -> object:
        if self.times is not None:
            return {"times": self.times}
        return True if self.probability >= 1 else {"probability": self.probability}


class ProviderFaults:
    """The faults that are on now."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)  # noqa: S311 (not a secret)
        self._switches: dict[str, _Switch] = {}
        self._numbers: dict[str, float] = {}

    def meets(self, name: str) -> bool:
        """Tell whether the fault meets what happens now, and count it."""
        if name not in SWITCHES:
            raise FaultError(f"There is no fault {name}.")
        switch = self._switches.get(name)
        if switch is None or self._chance.random() >= switch.probability:
            return False
        if switch.times is not None:
            switch.times -= 1
            if switch.times <= 0:
                del self._switches[name]
        return True

    def is_on(self, name: str) -> bool:
        """Tell whether the fault is on at all, without counting."""
        return name in self._switches

    def number(self, name: str) -> float:
        """Return the value of a fault that is a number; 0 while it is off."""
        if name not in NUMBERS:
            raise FaultError(f"There is no fault {name}.")
        return self._numbers.get(name, 0.0)

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Apply a partial change, all or nothing: a switch takes true, {"times": n}, {"probability": p} or false."""
        switches, numbers = dict(self._switches), dict(self._numbers)
        for name, value in wanted.items():
            if name in NUMBERS:
                numbers[name] = _number(name, value)
            elif name in SWITCHES:
                switches.pop(name, None)
                if (switch := _switch(name, value)) is not None:
                    switches[name] = switch
            else:
                raise FaultError(f"There is no fault {name}; there are {', '.join([*SWITCHES, *NUMBERS])}.")
        self._switches, self._numbers = switches, numbers

    def clear(self) -> None:
        """Switch everything off."""
        self._switches.clear()
        self._numbers.clear()

    def as_json(self) -> dict[str, object]:
        """Return every fault by name: false or 0 while it is off."""
        found: dict[str, object] = {
            name: self._switches[name].as_json() if name in self._switches else False for name in SWITCHES
        }
        return {**found, **{name: self._numbers.get(name, 0.0) for name in NUMBERS}}


def _switch(name: str, value: Any) -> _Switch | None:
    if value is None or value is False:
        return None
    if value is True:
        return _Switch()
    settings = as_object(value) or {}
    if len(settings) == 1:
        times, probability = settings.get("times"), settings.get("probability")
        if isinstance(times, int) and not isinstance(times, bool) and times >= 1:
            return _Switch(times=times)
        if isinstance(probability, int | float) and not isinstance(probability, bool) and 0 < probability <= 1:
            return _Switch(probability=float(probability))
    raise FaultError(f'{name} takes true, false, {{"times": 1}} or {{"probability": 0.5}}.')


def _number(name: str, value: Any) -> float:
    if value is None or value is False:
        return 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise FaultError(f"{name} takes a number from 0.")
    return float(value)
